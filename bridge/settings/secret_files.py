"""A secret that stands in a file instead of in the environment: NAME_FILE=/path says where NAME is to be read.

Whoever hands out secrets as files (systemd, containers) need not put them where every child of a process has them. Each process
of ours reads the file itself, once, when it starts.
"""

import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from bridge.settings.documents import Fault

END = "_FILE"
LONGEST = 100_000  # bytes: more than that is no secret, but a file that was named by mistake
SECRETS = (
    "TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY", "BRIDGE_SECRET_KEY", "BRIDGE_SEAL_KEYS", "REDIS_URL",
    "BRIDGE_OIDC_CLIENT_SECRET", "BRIDGE_ALARM_SMTP", "BRIDGE_ALARM_WEBHOOK",
)  # fmt: skip


def opened(environ: Mapping[str, str], names: Iterable[str] = SECRETS) -> tuple[dict[str, str], list[Fault]]:
    """The environment with these variables as their files give them, and what is wrong with the files. A fault names the file,
    and never what stands in it."""
    found, faults = dict(environ), list[Fault]()
    for name in names:
        path = environ.get(name + END, "").strip()
        if path:
            text, wrong = _read(name, path, environ)
            found[name] = text
            faults += [Fault("", 0, wrong)] if wrong else []
    return found, faults


def exposed(environ: Mapping[str, str], names: Iterable[str] = SECRETS) -> tuple[str, ...]:
    """Those of these variables whose file anybody on this machine can read."""
    files = ((name + END, environ.get(name + END, "").strip()) for name in names)
    return tuple(name for name, path in files if path and _is_open_to_all(Path(path)))


def _read(name: str, path: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """What the file holds, without the space around it, and what is wrong, or ""."""
    if environ.get(name, "").strip():
        return environ[name], f"{name} and {name}{END} are both set; leave one of them out"
    named = f"{name}{END} {json.dumps(path)}"
    try:
        with Path(path).open("rb") as file:
            text = file.read(LONGEST).decode().strip()
    except OSError as error:
        return "", f"{named} cannot be read ({error.strerror}); write the path of a file that the bridge can read"
    except ValueError:
        return "", f"{named} holds no text; write {name} into it, and nothing else"
    return text, "" if text else f"{named} is empty; write {name} into it, and nothing else"


def _is_open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except (OSError, ValueError):
        return False
