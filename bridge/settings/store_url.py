"""The address of the store: one server, or the sentinels that know which of several servers leads."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}  # -> whether everything is spoken over TLS
SENTINEL_PORT = 26379
HOW_TO_WRITE = (
    "write REDIS_URL=redis://127.0.0.1:6379/0, or REDIS_URL=redis+sentinel://host1:26379,host2:26379,host3:26379/NAME/0 "
    "where sentinels watch over several servers, or leave it out"
)

_SHAPE = re.compile(
    r"(?P<scheme>[a-z+]+)://(?:(?P<who>[^@/]*)@)?(?P<hosts>[^@/?]+)/(?P<name>[\w.-]+)(?:/(?P<db>\d{0,4}))?(?:\?(?P<more>.*))?"
)
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>\d{1,5}))?")
_ABOUT = {"sentinel_username", "sentinel_password"}


@dataclass(frozen=True)
class Sentinels:
    """The sentinels (host, port) that say which server leads the group `name`, and with what to log in to it and to them."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    db: int = 0
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_username: str = ""
    sentinel_password: str = field(default="", repr=False)


def by_sentinels(url: str) -> bool:
    """Whether the address names sentinels, well or badly."""
    return url.partition("://")[0] in SCHEMES


def sentinels(url: str) -> Sentinels:
    """What redis+sentinel://[user:password@]host:port,…/NAME[/db][?sentinel_username=…&sentinel_password=…] says.

    Raises ValueError, without the address: it may hold a password."""
    found = _SHAPE.fullmatch(url)
    if not found or found["scheme"] not in SCHEMES or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("not the address of sentinels")
    user, colon, password = (found["who"] or "").partition(":")
    if user and not colon:
        raise ValueError("a user without a password")
    return Sentinels(
        hosts=tuple(map(_host, found["hosts"].split(","))),
        name=found["name"],
        db=int(found["db"] or 0),
        tls=SCHEMES[found["scheme"]],
        username=unquote(user),
        password=unquote(password),
        **_about(found["more"] or ""),
    )


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    port = int((found and found["port"]) or SENTINEL_PORT)
    if not found or not 1 <= port <= 65535:
        raise ValueError("not a host and its port")
    return found["host"].strip("[]"), port


def _about(query: str) -> dict[str, str]:
    """How to log in to the sentinels themselves."""
    told = parse_qs(query, strict_parsing=True) if query else {}
    if not _ABOUT.issuperset(told) or any(len(values) != 1 for values in told.values()):
        raise ValueError("not what is said of sentinels")
    return {name: values[0] for name, values in told.items()}
