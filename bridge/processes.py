"""How the processes are started: under a supervisor that starts again what dies, and never outliving it."""

import ctypes
import errno
import json
import os
import pwd
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

from bridge.settings import Settings

PR_SET_PDEATHSIG = 1  # linux/prctl.h
QUICK = 3.0  # seconds after the last start of the same process: it cannot have lived for long
PAUSE = 1.0  # seconds
DYING = 12.0  # seconds: longer than a web process takes to end whose supervisor was killed
LOOKS = 0.2  # seconds between looks at whether a port is free
NO_CORE = 1  # byte: too little for a file, and Linux takes it, unlike 0, to forbid a dump into a program too (core(5))
# So that a name server that is dead holds a send for seconds only, and not for longer than it is claimed (resolv.conf(5)).
RESOLVER = "timeout:1 attempts:2"


class NoPort(Exception):
    """Nothing can listen there; the text says what to do."""


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send us this signal when our parent dies, so that no orphan keeps a port or a job. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def leave_no_core() -> None:
    """Have nothing written when this process, or one that it starts or becomes, breaks: its memory holds numbers and places."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    most = NO_CORE if hard == resource.RLIM_INFINITY else min(NO_CORE, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def pace() -> bool:
    """Wait a moment where the supervisor has started this very process a moment ago: it starts again at once what ends at once,
    and a process that cannot live would take the machine from those that can. On a full disk, which may be why, wait too.
    Returns whether that was so."""
    name = os.environ.get("SUPERVISOR_PROCESS_NAME", "")
    if not name:
        return False
    stamp = Path(os.environ["BRIDGE_DATA"]) / "starts" / name
    try:
        quick = _just_started(stamp)
    except OSError:
        quick = True
    if quick:
        time.sleep(PAUSE)
    return quick


def _just_started(stamp: Path) -> bool:
    """Whether the stamp is fresh. It is made anew."""
    fresh = stamp.exists() and abs(time.time() - stamp.stat().st_mtime) < QUICK
    stamp.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp.touch()
    return fresh


def ask_names_quickly() -> None:
    """Set how long this process, and those that it becomes, wait for a name server. What is set already stays."""
    os.environ.setdefault("RES_OPTIONS", RESOLVER)


def check_port(host: str, port: int) -> None:
    """Raises NoPort where somebody else listens already, as another bridge may: web processes share their port with any other
    of the same user, and callers would be answered now by this one, now by that one. Who is about to end is waited for."""
    give_up = time.monotonic() + DYING
    while error := _refused(host, port):
        if error.errno != errno.EADDRINUSE:
            raise NoPort(f"Nothing can listen on {host}, port {port} ({error.strerror}): set HOST and PORT.")
        if time.monotonic() >= give_up:
            raise NoPort(f"Somebody listens on port {port} already: stop the other bridge, or set PORT to another one.")
        time.sleep(LOOKS)


def _refused(host: str, port: int) -> OSError | None:
    """Why we cannot listen there, or None. Without SO_REUSEPORT: with it we could, beside another one."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has ended leaves traces for a minute
            probe.bind(address)
    except OSError as error:
        return error
    return None


def become_supervisor(settings: Settings) -> None:
    """Replace this process by the supervisor of all the others. Does not return."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.update(_environment(settings))
    conf = Path(__file__).with_name("supervisord.conf")
    os.execv(sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)])


def become_web(settings: Settings) -> None:
    """Replace this process by gunicorn. Does not return."""
    conf = Path(__file__).with_name("web") / "gunicorn_conf.py"
    bind = f"{settings.host}:{settings.port}"
    os.environ["WEB_CONCURRENCY"] = str(settings.webs)
    command = [sys.executable, "-m", "gunicorn", "-c", str(conf), "-b", bind, "bridge.web.entry:app()"]
    os.execv(sys.executable, command)


def become_carrier(settings: Settings) -> None:
    """Replace this process by the local carrier, which calls our webhooks as Twilio would. Does not return."""
    os.environ.update(TWILIO_ACCOUNT_SID=settings.account_sid, TWILIO_AUTH_TOKEN=settings.auth_token)
    ours = settings.public_url
    os.execv(
        sys.executable,
        [
            *(sys.executable, "-m", "bridge.simulator"),
            *("--port", settings.carrier_url.rpartition(":")[2], "--line", settings.line),
            *("--voice-url", f"{ours}/voice", "--sms-url", f"{ours}/sms", "--status-url", f"{ours}/voice/ended"),
            *("--phones", str(_phones(settings))),
        ],
    )


def _phones(settings: Settings) -> Path:
    """The telephones of the roster, for the page of the local carrier."""
    people = settings.roster.people.values()
    phones = [{"name": p.name, "number": p.phone, "about": _serves(settings, p.id)} for p in people]
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data / "phones.json"
    path.write_text(json.dumps(phones), encoding="utf-8")
    return path


def _serves(settings: Settings, person: str) -> str:
    duties = [f"{d.region} {d.rank}" for d in settings.roster.duties if person in d.who]
    state = ["state coordinator"] if person in settings.roster.state else []
    return ", ".join(dict.fromkeys(state + duties))


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "BRIDGE_DATA": str(settings.data.resolve()),
        "BRIDGE_CONFIG": str(settings.config.resolve()),
        "BRIDGE_EMBEDDED": str(not settings.redis_url).lower(),
        "BRIDGE_CALENDARS": str(bool(settings.calendars)).lower(),
        "BRIDGE_LOCAL": str(settings.local).lower(),
        "BRIDGE_PYTHON": sys.executable,
        "BRIDGE_USER": pwd.getpwuid(os.getuid()).pw_name,
        "BRIDGE_WORKERS": str(settings.workers),
        "BRIDGE_STDOUT": _stdout(),
        "BRIDGE_LOG": os.environ.get("BRIDGE_LOG") or ("plain" if sys.stdout.isatty() else "json"),
        "PYTHONUNBUFFERED": "1",
    }


def _stdout() -> str:
    """A file that the supervisor can open for what the others print. A socket cannot be opened: a pipe leads to it."""
    if not stat.S_ISSOCK(os.fstat(1).st_mode):
        return "/dev/fd/1"
    relay = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)  # Ctrl-C is for us, not for it
    assert relay.stdin is not None
    os.dup2(relay.stdin.fileno(), 1)
    return "/dev/fd/1"
