"""This machine: what is set, who can read it, whether the clock is right, and whether the bridge is reached from outside."""

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError, SSLError

from bridge.calendars.refresh import file_faults
from bridge.doctor.findings import Found, bad, good, odd
from bridge.settings import Settings, warnings
from bridge.settings.environment import NOT_SEALED
from bridge.settings.secret_files import END, SECRETS

LEAST_FREE, FEW_FREE = 200 * 1024**2, 2 * 1024**3  # bytes on the disk
NOT_SYNCHRONIZED = 5  # TIME_ERROR of adjtimex(2)
TIMEX = 512  # bytes: more than its structure has on any machine
WITHIN = Timeout(connect=5.0, read=10.0)  # seconds
OTHERS = 0o077
MAKE_KEY = "make a key (python3 -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())')"


def machine(settings: Settings, environ: Mapping[str, str], now: float) -> Iterator[Found]:
    """Everything that can be seen from here without the store and the carrier. `now` is seconds, UTC."""
    yield _user()
    yield from _settings(settings, now)
    yield from _secrets(settings, environ)
    yield _seal(settings)
    yield from _files(settings)
    yield _disk(settings.data)
    yield _clock()
    yield _address(settings)
    yield _health(settings)
    yield _alarms(settings)


def _settings(settings: Settings, now: float) -> Iterator[Found]:
    found = [*warnings(settings, now), *file_faults(settings, now)]
    if not found:
        yield good("configuration", "valid, and nothing to warn of")
    for warning in found:
        yield odd("configuration", warning, "bridge check")


def _secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[Found]:
    plain = [name for name in (*SECRETS, *_tokens(settings, environ)) if environ.get(name, "").strip()]
    if plain:
        todo = f"put each into a file that only the bridge can read, and name it: {plain[0]}{END}=/path"
        yield odd("secrets", f"in the environment: {', '.join(plain)}", todo)
    for variable in settings.exposed:
        yield bad(
            "secrets", f"everybody on this machine can read the file of {variable}", "chmod 0400, for the bridge's own user"
        )
    if not plain and not settings.exposed:
        yield good("secrets", "none stands in the environment, and nobody else can read their files")


def _tokens(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """The variables whose value is a token of another account."""
    held = {token for account in settings.fallbacks for token in account.tokens}
    return sorted(name for name, value in environ.items() if value.strip() in held)


def _seal(settings: Settings) -> Found:
    about = "sealing"
    if NOT_SEALED in settings.seal_keys:
        return bad(
            about, "BRIDGE_SEAL_KEYS says none: places and numbers are stored as they are", f"{MAKE_KEY} and put it first"
        )
    if not settings.seal_keys:
        return odd(
            about,
            "by a key that is derived from BRIDGE_SECRET_KEY: whoever gets that one can log in and read",
            f"{MAKE_KEY} and set BRIDGE_SEAL_KEYS",
        )
    if len(settings.seal_keys) > 1:
        return odd(
            about, f"by a key of its own; {len(settings.seal_keys) - 1} older in use", "take them out once all is sealed anew"
        )
    return good(about, "by a key of its own")


def _files(settings: Settings) -> Iterator[Found]:
    """What holds secrets or numbers is for us alone."""
    private = (settings.data, settings.data / "secret", settings.data / "store", settings.config / "users.toml")
    open_to_others = [path for path in private if _mode(path) & OTHERS]
    for path in open_to_others:
        yield odd("files", f"others on this machine may look into {path}", f"chmod go= {path}")
    if not open_to_others:
        yield good("files", f"{settings.data} is for the bridge alone")


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:  # it is not there, or not for us
        return 0


def _disk(data: Path) -> Found:
    there = next(path for path in (data.resolve(), *data.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    said = f"{free / 1024**3:.1f} GB free for {data}"
    if free < LEAST_FREE:
        return bad("disk", said, "free some: a full disk takes no request")
    return (
        odd("disk", said, "free some: rewriting the store's files needs as much again")
        if free < FEW_FREE
        else good("disk", said)
    )


def _clock() -> Found:
    """What the kernel knows of its own time. A container shares the machine's."""
    if sys.platform != "linux":
        return odd("clock", "this system does not tell whether it is synchronized", "see that it follows a time server")
    told = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX))
    if told == NOT_SYNCHRONIZED or told < 0:
        return odd("clock", "not known to be synchronized", "have chrony or systemd-timesyncd follow a time server")
    return good("clock", "synchronized")


def _address(settings: Settings) -> Found:
    host = urlsplit(settings.public_url).hostname
    if settings.public_url.startswith("https:"):
        return good("public address", f"{host}, over https")
    return bad("public address", f"{settings.public_url} is not https", "put a proxy with TLS before it: docs/deploy")


def _health(settings: Settings) -> Found:
    """As whoever is outside sees it: by the public address, and its certificate is looked at."""
    about, where = "reached", f"{settings.public_url}/health/ready"
    with PoolManager(timeout=WITHIN, retries=False) as http:
        try:
            answer = http.request("GET", where)
        except SSLError:
            return bad(about, "its certificate is not good", "renew it, with every certificate up to the authority's")
        except HTTPError as error:
            todo = "start the bridge, and look at the proxy and at BRIDGE_PUBLIC_URL; does the name lead here, also from here?"
            return bad(about, f"nothing answers at the public address ({type(error).__name__})", todo)
    try:
        told = json.loads(answer.data)
        missing, degraded = ", ".join(told.get("missing", [])), ", ".join(told.get("degraded", []))
    except (ValueError, TypeError, AttributeError):
        return bad(about, f"somebody else answers at the public address (status {answer.status})", "look at the proxy")
    if answer.status != 200 or missing:
        return bad(about, f"the bridge is not ready: {missing or answer.status}", f"look at {where}")
    return (
        odd(about, f"the bridge is ready, and degraded: {degraded}", f"look at {where}") if degraded else good(about, "ready")
    )


def _alarms(settings: Settings) -> Found:
    if settings.alarms.any:
        return good("alarms", "a route is set; try it: bridge alarm-test")
    return bad(
        "alarms",
        "nobody is told when the carrier fails",
        "set BRIDGE_ALARM_WEBHOOK or BRIDGE_ALARM_SMTP, then bridge alarm-test",
    )


def _user() -> Found:
    """Who asks; the bridge itself is run by the same, or else this sees another machine than it does."""
    if os.geteuid() == 0:
        return odd("user", "this is root", "run the bridge, and this, as a user of its own: docs/deploy/bridge.service")
    return good("user", "an ordinary user")
