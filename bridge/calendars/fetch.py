"""One calendar from the internet: https only, from public addresses only, and never more or longer than a calendar takes.

The name is resolved once, every address is checked, and the connection goes to a checked one: a name that leads elsewhere a
moment later gains nothing. A redirect starts all of this anew. The address of a calendar is often its only secret, so a fault
names the host and nothing else.
"""

import ssl
import time
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import urljoin

import certifi
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    SSLError,
    TimeoutError,  # noqa: A004
)
from urllib3.util import Url, parse_url

from bridge.calendars.addresses import Reach, resolve
from bridge.core.errors import BadCalendar

LARGEST = 1024 * 1024  # bytes
CONNECT = 5.0  # seconds
TOTAL = 20.0  # seconds, redirects included
MOST_REDIRECTS = 3
MOST_ADDRESSES = 3  # of one host, tried in turn
CHUNK = 64 * 1024  # bytes
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "bridge-calendars"}


@dataclass(frozen=True)
class Kept:
    """A calendar as it was fetched, and what it takes to be told that it is still the same."""

    body: bytes
    etag: str = ""
    modified: str = ""


def fetch(url: str, kept: Kept | None, reach: Reach) -> Kept:
    """What stands at `url`; `kept` where that has not changed. Raises BadCalendar, with the reason in words."""
    give_up, place = time.monotonic() + TOTAL, _place(url)
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _ask(place, kept, reach, give_up)
        except HTTPError as error:
            _refuse(str(place.host), error)
        if isinstance(answer, Kept):
            return answer
        place = _place(answer, base=place.url)
    raise BadCalendar(fault=f"it is redirected more than {MOST_REDIRECTS} times")


def _place(url: str, base: str = "") -> Url:
    try:
        place = parse_url(urljoin(base, url))
    except ValueError:  # which LocationParseError is too
        raise BadCalendar(fault="its address cannot be understood; copy it anew") from None
    if place.scheme != "https" or not place.host:
        raise BadCalendar(fault="its address does not begin with https://, or leads to one that does not")
    if place.auth is not None:
        raise BadCalendar(fault="its address holds a user name or a password; ask for one that needs none")
    return place


def _ask(place: Url, kept: Kept | None, reach: Reach, give_up: float) -> Kept | str:
    """The calendar, or where it has gone. Of several addresses the first that can be connected to is asked."""
    host, port = str(place.host), place.port or 443
    addresses = resolve(host.strip("[]"), port, reach)[:MOST_ADDRESSES]
    for address in addresses[:-1]:
        try:
            return _ask_at(address, place, kept, reach, give_up)
        except (NewConnectionError, ConnectTimeoutError):
            continue
    return _ask_at(addresses[-1], place, kept, reach, give_up)


def _ask_at(address: str, place: Url, kept: Kept | None, reach: Reach, give_up: float) -> Kept | str:
    host, left = str(place.host), _left(give_up)
    headers = {**_HEADERS, "Host": host if place.port is None else f"{host}:{place.port}", **_conditions(kept)}
    pool = HTTPSConnectionPool(
        address,
        place.port or 443,
        timeout=Timeout(connect=min(CONNECT, left), read=left),
        ssl_context=_trust(reach),
        server_hostname=host.strip("[]"),
        assert_hostname=host.strip("[]"),
    )
    try:
        response = pool.urlopen("GET", place.request_uri, headers=headers, retries=False, redirect=False, preload_content=False)
        return _understood(response, host, kept, give_up)
    finally:
        pool.close()


def _understood(response: BaseHTTPResponse, host: str, kept: Kept | None, give_up: float) -> Kept | str:
    try:
        headers, location = response.headers, response.headers.get("Location", "")
        if response.status in _REDIRECTS and location:
            return location
        if response.status == 304 and kept:
            return kept
        if response.status != 200:
            raise BadCalendar(fault=f"{host} answers {response.status}; {_ADVICE.get(response.status, 'try it in a browser')}")
        return replace(_whole(response, give_up), etag=headers.get("ETag", ""), modified=headers.get("Last-Modified", ""))
    finally:
        response.close()


_ADVICE = {
    401: "it wants a log-in, so use the calendar's secret address",
    403: "it does not let us, so use the calendar's secret address",
    404: "check the address",
    410: "the calendar is gone: check the address",
    429: "it is asked too often, and is tried again in a while",
}


def _whole(response: BaseHTTPResponse, give_up: float) -> Kept:
    """All of the body, piece by piece as it comes, so that a slow server cannot hold us between two looks at the clock."""
    body = b""
    while piece := response.read1(CHUNK, decode_content=False):
        body += piece
        _left(give_up)
        if len(body) > LARGEST:
            raise BadCalendar(fault=f"it is larger than {LARGEST // 1024} KB; publish fewer years of it")
    return Kept(body)


def _left(give_up: float) -> float:
    left = give_up - time.monotonic()
    if left <= 0:
        raise BadCalendar(fault=f"it took longer than {TOTAL:g} s")
    return left


def _conditions(kept: Kept | None) -> dict[str, str]:
    wanted = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified} if kept else {}
    return {name: value for name, value in wanted.items() if value}


def _trust(reach: Reach) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if reach.ca_file:
        context.load_verify_locations(reach.ca_file)
    return context


def _refuse(host: str, error: HTTPError) -> NoReturn:
    """`from None`: the exception's own text holds the whole address."""
    said = next(words for kind, words in _FAULTS if isinstance(error, kind))
    raise BadCalendar(fault=said.format(host=host)) from None


_FAULTS = (
    (SSLError, "{host} shows no certificate that can be trusted"),
    (ConnectTimeoutError, "{host} does not answer"),
    (NewConnectionError, "{host} does not answer"),
    (TimeoutError, f"it took longer than {TOTAL:g} s"),
    (ProtocolError, "{host} broke off in the middle"),
    (HTTPError, "{host} answers something that is not understood"),
)
