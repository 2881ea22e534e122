"""The environment, read once. Nothing half-valid comes out: a bad value is a fault that says what to write instead."""

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from bridge.core.phones import normalise
from bridge.settings.alarms import read_alarms
from bridge.settings.documents import Fault, shown
from bridge.settings.model import Environment
from bridge.settings.oidc import read_oidc
from bridge.settings.secret_files import exposed, opened
from bridge.settings.store_url import HOW_TO_WRITE, UNGUARDED, by_sentinels, is_store, missing_files, unguarded

ACCOUNT = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "BRIDGE_LINE_NUMBER")  # all three, or none: then we are local
LOCAL_LINE = "+18332192461"
SHORTEST_SECRET = 32  # characters
MAY_LOSE = "BRIDGE_STORE_MAY_LOSE_REQUESTS"
NOT_SEALED = "none"  # instead of the first key: what is private is not sealed
_SEAL_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
_MAKE_KEY = (
    "make one with: python3 -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
)
_MAKE_ONE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


def read(environ: Mapping[str, str]) -> tuple[Environment, list[Fault]]:
    """What the environment says, and its faults. Where there are any, the first is not to be used, but for `config`."""
    told, unread = opened(environ)
    reader = _Reader(told, unread)
    local = not any(reader.text(name) for name in ACCOUNT)
    host, port = reader.host(), reader.port("PORT", 8000)
    data, config = Path(reader.text("BRIDGE_DATA", "var")), Path(reader.text("BRIDGE_CONFIG", "config"))
    public_url = reader.url("BRIDGE_PUBLIC_URL") or f"http://{_reachable(host)}:{port}"
    carrier_url = reader.url("TWILIO_BASE_URL")
    redis_url = reader.redis_url()
    oidc, alarms = read_oidc(reader.text, reader.fault), read_alarms(reader.text, reader.fault)
    if local:
        carrier_url = carrier_url or reader.local_carrier(port)
    else:
        reader.check_account(carrier_url)
    reader.check_log()
    secret = reader.secret(data, public_url, may_be_made=local or not redis_url)
    return (
        Environment(
            account_sid=f"AC{_derived(secret, 'account')}" if local else reader.text("TWILIO_ACCOUNT_SID"),
            auth_token=_derived(secret, "token") if local else reader.text("TWILIO_AUTH_TOKEN"),
            second_token=reader.text("TWILIO_AUTH_TOKEN_SECONDARY"),
            carrier_url=carrier_url,
            line=LOCAL_LINE if local else normalise(reader.text("BRIDGE_LINE_NUMBER")) or "",
            public_url=public_url,
            redis_url=redis_url,
            secret_key=secret,
            seal_keys=reader.seal_keys(),
            exposed=exposed(environ),
            host=host,
            port=port,
            data=data,
            config=config,
            local=local,
            oidc=oidc,
            alarms=alarms,
            replicas=reader.replicas(redis_url),
            may_lose=reader.yes(MAY_LOSE),
            workers=reader.count("BRIDGE_WORKERS", 2),
            webs=reader.count("WEB_CONCURRENCY", 1),
        ),
        reader.faults,
    )


class _Reader:
    """Hands out values and collects the faults. A faulty value comes out as a harmless one, so that reading goes on."""

    def __init__(self, environ: Mapping[str, str], faults: list[Fault]) -> None:
        self._environ = environ
        self.faults = faults

    def fault(self, text: str) -> None:
        """Remember what is wrong."""
        self.faults.append(Fault("", 0, text))

    def text(self, name: str, default: str = "") -> str:
        """The value without the space around it that copying leaves; the default where it is unset or blank."""
        return self._environ.get(name, "").strip() or default

    def port(self, name: str, default: int) -> int:
        """A TCP port."""
        text = self.text(name, str(default))
        if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) and 1 <= int(text) <= 65535:
            return int(text)
        self.fault(f"{name} {shown(text)} is not a port; write a number from 1 to 65535, such as {name}=8000")
        return 8000

    def count(self, name: str, default: int) -> int:
        """How many processes of a kind there are."""
        text = self.text(name, str(default))
        if re.fullmatch(r"[1-9][0-9]?", text, re.ASCII):
            return int(text)
        self.fault(f"{name} {shown(text)} is not a number of processes; write a number from 1 to 99, such as {name}={default}")
        return default

    def check_log(self) -> None:
        """In which form the log is written. The log itself begins earlier, and reads it by itself."""
        text = self.text("BRIDGE_LOG")
        if text not in ("", "json", "plain"):
            self.fault(f"BRIDGE_LOG {shown(text)} is no form of the log; write json or plain, or leave it out")

    def host(self) -> str:
        """The address to listen on."""
        text = self.text("HOST", "127.0.0.1")
        if not _is_host(text):
            self.fault(f"HOST {shown(text)} is not an address to listen on; write HOST=127.0.0.1 or HOST=0.0.0.0")
        return text

    def url(self, name: str) -> str:
        """A web address without its trailing slash, or nothing."""
        text = self.text(name).rstrip("/")
        if text and not _is_url(text, {"http", "https"}):
            self.fault(f"{name} {shown(text)} is not a web address; write it as {name}=https://bridge.example.org")
        return text

    def redis_url(self) -> str:
        """The store's address, or nothing. A wrong one is not shown: it may hold a password."""
        text = self.text("REDIS_URL")
        if text and not is_store(text):
            self.fault(f"REDIS_URL is not the address of a store; {HOW_TO_WRITE}")
            return ""
        for option in missing_files(text):
            self.fault(f"REDIS_URL names a file that cannot be read in {option}; write the path of a file with certificates")
        may_be = self.yes(UNGUARDED)
        if (why := unguarded(text)) and not may_be:
            self.fault(
                f"REDIS_URL {why}, so that others could read and change what is stored; write REDIS_URL="
                f"rediss://user:password@host:6379/0?ssl_ca_certs=/path/ca.pem, or {UNGUARDED}=yes where nobody else gets there"
            )
        return text

    def replicas(self, redis_url: str) -> int:
        """How many replicas must have a request before it counts as stored."""
        text = self.text("BRIDGE_STORE_REPLICAS", "1" if by_sentinels(redis_url) else "0")
        if not re.fullmatch(r"[0-9]", text, re.ASCII) or (text != "0" and not redis_url):
            self.fault(
                f"BRIDGE_STORE_REPLICAS {shown(text)} is not a number of replicas; write a number from 0 to 9, such as "
                "BRIDGE_STORE_REPLICAS=1, and 0 without REDIS_URL"
            )
            return 0
        return int(text)

    def yes(self, name: str) -> bool:
        """Whether somebody has said that less will do than we ask for. It takes exactly one word to say so."""
        text = self.text(name)
        if text not in ("", "yes"):
            self.fault(f"{name} {shown(text)} is not understood; write {name}=yes, or leave it out")
        return text == "yes"

    def local_carrier(self, port: int) -> str:
        """Where the carrier on this machine listens."""
        carrier_port = self.port("BRIDGE_CARRIER_PORT", port + 1)
        if carrier_port == port:
            self.fault(f"BRIDGE_CARRIER_PORT {port} is PORT too; leave it out, or write another number")
        return f"http://127.0.0.1:{carrier_port}"

    def check_account(self, carrier_url: str) -> None:
        """An account is whole and well-formed. Other carriers than Twilio may write their ids as they like."""
        for name in ACCOUNT:
            if not self.text(name):
                self.fault(f"{name} is not set; set all of {', '.join(ACCOUNT)}, or none of them to run locally")
        sid, line = self.text("TWILIO_ACCOUNT_SID"), self.text("BRIDGE_LINE_NUMBER")
        if sid and not carrier_url and not re.fullmatch(r"AC[0-9a-f]{32}", sid):
            self.fault(f"TWILIO_ACCOUNT_SID {shown(sid)} is not an account; write AC and its 32 hex digits")
        if line and not normalise(line):
            self.fault(f"BRIDGE_LINE_NUMBER {shown(line)} is not a number that can be called; write it as {LOCAL_LINE}")

    def secret(self, data: Path, public_url: str, may_be_made: bool) -> str:
        """The secret that sessions are signed with. With a store of its own every machine has to be given the same."""
        text = self.text("BRIDGE_SECRET_KEY")
        if text and len(text) < SHORTEST_SECRET and public_url.startswith("https:"):  # short ones are for rehearsals
            self.fault(f"BRIDGE_SECRET_KEY is shorter than {SHORTEST_SECRET} characters; {_MAKE_ONE}")
        if not text and not may_be_made:
            self.fault(f"BRIDGE_SECRET_KEY is not set; {_MAKE_ONE}")
        if text or not may_be_made or self.faults:  # nothing is written for a configuration that cannot run
            return text
        return self._kept_secret(data)

    def seal_keys(self) -> tuple[str, ...]:
        """The keys that seal what is private. A wrong one is not shown, only where it stands."""
        text = self.text("BRIDGE_SEAL_KEYS")
        keys = tuple(each.strip() for each in text.split(",")) if text else ()
        for n, key in enumerate(keys, start=1):
            if key == NOT_SEALED and n > 1:
                self.fault(f"BRIDGE_SEAL_KEYS says {NOT_SEALED} in place {n}; it can only stand first")
            elif key != NOT_SEALED and not _SEAL_KEY.fullmatch(key):
                self.fault(f"BRIDGE_SEAL_KEYS holds no key in place {n} of {len(keys)}; {_MAKE_KEY}")
        return keys

    def _kept_secret(self, data: Path) -> str:
        try:
            secret = kept_secret(data)
        except (OSError, ValueError) as error:
            self.fault(f"BRIDGE_DATA {shown(str(data))} cannot be used ({error}); name a directory that can be written")
            return ""
        if len(secret) < SHORTEST_SECRET:
            self.fault(f"{data / 'secret'} holds no usable secret; delete it, and a new one is made")
        return secret


def kept_secret(data: Path) -> str:
    """The secret kept in this directory; the first to ask makes it. Raises OSError, or ValueError where it is not text."""
    path = data / "secret"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_secret(path)
    return path.read_text("ascii").strip()


def _make_secret(path: Path) -> None:
    """Several processes start at once: a link appears whole or not at all, and only the first one succeeds."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # for nobody else to read
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def _derived(secret: str, use: str) -> str:
    """32 hex digits that are the same in every process, and tell nothing about the secret."""
    return hmac.new(secret.encode(errors="surrogateescape"), use.encode(), hashlib.sha256).hexdigest()[:32]


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST_NAME.fullmatch(text) is not None
    return True


def _is_url(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0  # reading a bad port raises
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and not parts.fragment and not parts.query
    return parts.scheme in schemes and bool(parts.hostname) and port_is_fine and plain


def _reachable(host: str) -> str:
    """The address under which this machine itself reaches what listens on `host`."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - asked, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
