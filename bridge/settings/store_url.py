"""The address of the store: one server, or the sentinels that know which of several servers leads."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

UNGUARDED = "BRIDGE_STORE_UNGUARDED"
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
# What may be said of TLS: files in the format PEM. That certificates are not looked at cannot be said: who else is it for?
TLS_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_OPTIONS = {"redis": {"db"}, "unix": {"db", "username", "password"}, "rediss": {"db", *TLS_FILES}}


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
    ssl_ca_certs: str = ""  # whose certificates are good: this file, or the system's where it is empty
    ssl_certfile: str = ""  # our own certificate and its key, for servers that ask for one
    ssl_keyfile: str = ""


def is_store(url: str) -> bool:
    """Whether this is the address of a store, with nothing in it that nobody here understands."""
    try:
        if by_sentinels(url):
            sentinels(url)
        else:
            _parts(url)
    except ValueError:
        return False
    return True


def missing_files(url: str) -> Iterator[str]:
    """The options of an address (as `is_store` takes them) that name a file of certificates which cannot be read."""
    told = parse_qs(urlsplit(url).query)
    for name in TLS_FILES:
        if name in told and not _readable(Path(told[name][0])):
            yield name


def unguarded(url: str) -> str:
    """What is wrong with an address (as `is_store` takes them) that leads to another machine: "" where nothing is.

    On the way somebody may read, and write, what is stored; and whoever reaches a store without a password can do the same."""
    hosts, password = _reached(url)
    if all(map(_is_here, hosts)):
        return ""
    if not url.startswith("rediss"):
        return "speaks to another machine without TLS"
    return "" if password else "speaks to another machine without a password"


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
        **_about(found["more"] or "", SCHEMES[found["scheme"]]),
    )


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    port = int((found and found["port"]) or SENTINEL_PORT)
    if not found or not 1 <= port <= 65535:
        raise ValueError("not a host and its port")
    return found["host"].strip("[]"), port


def _about(query: str, tls: bool) -> dict[str, str]:
    """How to log in to the sentinels themselves, and the files of TLS."""
    told = parse_qs(query, strict_parsing=True) if query else {}
    if not {*_ABOUT, *(TLS_FILES if tls else ())}.issuperset(told) or any(len(values) != 1 for values in told.values()):
        raise ValueError("not what is said of sentinels")
    return {name: values[0] for name, values in told.items()}


def _parts(url: str) -> SplitResult:
    """Raises ValueError where it is not the address of one server, or has options that are none."""
    parts = urlsplit(url)
    if parts.scheme not in _OPTIONS:
        raise ValueError("nobody speaks that")
    plain = url.startswith(f"{parts.scheme}://") and url.isprintable() and " " not in url
    plain = plain and not parts.fragment and parts.port != 0  # reading a bad port raises
    somewhere = parts.path.startswith("/") and not parts.netloc if parts.scheme == "unix" else bool(parts.hostname)
    told = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    if not plain or not somewhere or not _OPTIONS[parts.scheme].issuperset(told):
        raise ValueError("not the address of a store")
    if any(len(values) != 1 for values in told.values()) or not told.get("db", ["0"])[0].isdigit():
        raise ValueError("an option that is said twice, or is no number")
    return parts


def _reached(url: str) -> tuple[list[str], str]:
    """Where it leads (nowhere by a file of this machine), and the password."""
    if by_sentinels(url):
        found = sentinels(url)
        return [host for host, _ in found.hosts], found.password
    parts = urlsplit(url)
    return [parts.hostname] if parts.hostname else [], parts.password or ""


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
