"""The addresses of the calendars that we give out: one for each region and each person, which nobody can guess.

A feed has a name, "region D" or "person boyd". Its address holds a token, made from the name, from how often the address was
replaced, and from the secret: nothing is stored but that count, and a replaced address is worth nothing any more.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bridge.core.ledger import Ledger
from bridge.core.model import Region
from bridge.core.rota import DISPATCH, Person

_TOKEN_BYTES = 20  # 160 bits


def feed_names(regions: Mapping[str, Region], people: Mapping[str, Person]) -> tuple[str, ...]:
    """Every feed there is. The dispatch desk has no shifts."""
    return (*(f"region {region}" for region in regions), *(f"person {person}" for person in people if person != DISPATCH))


def feed_address(public_url: str, secret: str, ledger: Ledger, feed: str) -> str:
    """Where the feed is now. Whoever has the address can read it: it belongs in no log."""
    return f"{public_url}/rota/{_token(secret, ledger, feed)}.ics"


def feed_of(token: str, secret: str, ledger: Ledger, feeds: Iterable[str]) -> str | None:
    """The feed with this token, or None. All are compared, in full: how long it takes tells nothing."""
    given = token.encode(errors="replace")
    found = [feed for feed in feeds if hmac.compare_digest(_token(secret, ledger, feed).encode(), given)]
    return found[0] if found else None


def replace_feed(ledger: Ledger, feed: str) -> Ledger:
    """The ledger in which the feed has a new address."""
    return replace(ledger, feeds={**ledger.feeds, feed: ledger.feeds.get(feed, 0) + 1})


def _token(secret: str, ledger: Ledger, feed: str) -> str:
    told = f"feed\n{feed}\n{ledger.feeds.get(feed, 0)}"
    digest = hmac.new(secret.encode(errors="surrogateescape"), told.encode(), hashlib.sha256).digest()[:_TOKEN_BYTES]
    return base64.b32encode(digest).decode().lower()  # 32 letters and digits: no mail program breaks it
