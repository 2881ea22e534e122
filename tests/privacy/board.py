"""What people are shown: every address that can be read, as an administrator, a dispatcher and a watcher see it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

import requests

from tests.privacy.bridge_at_work import ROLES, House
from tests.privacy.search import Haystack

PAGES = (
    "/",
    "/board?since=",
    "/rota",
    "/rota/version",
    "/figures",
    "/figures.csv",
    "/audit",
    "/health/live",
    "/health/ready",
    "/login",
)
EVENTS = 3  # of the stream


def board(house: House, requests_: Iterable[str]) -> Iterator[Haystack]:
    """Every page, the stream and the feeds: bodies and headers."""
    ids = list(requests_)
    for role in ROLES:
        session = house.log_in(role)
        pages = [*PAGES, *(f"/requests/{each}/messages" for each in ids)]
        for path in [*pages, *_feeds(session, house)]:
            with suppress(requests.ConnectionError):
                answer = session.get(house.url + path, timeout=20)
                yield Haystack("board", f"{role} {path.split('?')[0]}", repr(answer.headers).encode() + b"\n" + answer.content)
        yield Haystack("board", f"{role} stream", _stream(session, house))
        yield Haystack("board", f"{role} cookies", repr(session.cookies.get_dict()).encode())


def _stream(session: requests.Session, house: House) -> bytes:
    """The first events."""
    read = bytearray()
    with session.get(f"{house.url}/live", stream=True, timeout=20, headers={"Accept": "text/event-stream"}) as answer:
        for part in answer.iter_content(None):
            read += part
            if read.count(b"\n\n") >= EVENTS:
                break
    return bytes(read)


def _feeds(session: requests.Session, house: House) -> list[str]:
    shown = session.get(f"{house.url}/rota", timeout=20, headers={"Accept": "text/html"}).text
    return sorted(set(re.findall(r"/rota/[\w-]+\.ics", shown)))[:4]
