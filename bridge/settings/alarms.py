"""Whom the bridge tells, by a channel that is not the carrier, that it cannot keep its promise by itself."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

WEBHOOK, SMTP = "BRIDGE_ALARM_WEBHOOK", "BRIDGE_ALARM_SMTP"
MAIL_FROM, MAIL_TO = "BRIDGE_ALARM_MAIL_FROM", "BRIDGE_ALARM_MAIL_TO"
_MAIL = (SMTP, MAIL_FROM, MAIL_TO)  # all three, or none
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_NOT_IN_ONE = set('@,;<>()[]"\\ ')


@dataclass(frozen=True)
class AlarmRoutes:
    """Where alarms go: `webhook` gets a POST, and `mail_to` are mailed through `smtp`. Each may be empty."""

    webhook: str = field(default="", repr=False)  # its address may hold a token
    smtp: str = field(default="", repr=False)  # may hold a password
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether an alarm goes anywhere at all."""
        return bool(self.webhook or self.smtp)


def read_alarms(text: Callable[[str], str], fault: Callable[[str], None]) -> AlarmRoutes:
    """The routes. `text` reads a variable; what is wrong is told to `fault`, without what may be a token or a password."""
    found = list(_faults(text))
    for each in found:
        fault(each)
    if found:
        return AlarmRoutes()
    return AlarmRoutes(text(WEBHOOK), text(SMTP), text(MAIL_FROM), _addresses(text(MAIL_TO)))


def _faults(text: Callable[[str], str]) -> Iterator[str]:
    if text(WEBHOOK) and not _is_hook(text(WEBHOOK)):
        yield f"{WEBHOOK} is not a web address without a user name; write it as {WEBHOOK}=https://alarms.example.org/hook"
    if not any(text(name) for name in _MAIL):
        return
    for name in _MAIL:
        if not text(name):
            yield f"{name} is not set; set all of {', '.join(_MAIL)}, or none of them to send no mail"
    if text(SMTP) and not _is_mail_server(text(SMTP)):
        yield f"{SMTP} is not a mail server; write it as {SMTP}=smtp://user:password@mail.example.org:587, or smtps://…"
    for name in (MAIL_FROM, MAIL_TO):
        wrong = [each for each in _addresses(text(name)) if not _is_address(each)]
        if wrong or (text(name) and not _addresses(text(name))):
            yield f"{name} holds what is no address; write it as {name}=desk@example.org"
    if len(_addresses(text(MAIL_FROM))) > 1:
        yield f"{MAIL_FROM} holds several addresses; write one"


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def _is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None and not _NOT_IN_ONE & set(text.partition("@")[0])


def _is_hook(text: str) -> bool:
    parts = _split(text)
    return parts is not None and parts.scheme in ("http", "https") and parts.username is None


def _is_mail_server(text: str) -> bool:
    """A user has a password and the other way round; nothing comes behind the port."""
    parts = _split(text)
    if parts is None or parts.scheme not in ("smtp", "smtps"):
        return False
    return parts.path in ("", "/") and not parts.query and bool(parts.username) is bool(parts.password)


def _split(text: str) -> SplitResult | None:
    """The parts of an address that can be used; else None."""
    try:
        parts = urlsplit(text)
        good_port = parts.port is None or parts.port > 0  # reading a bad port raises
    except ValueError:
        return None
    plain = text.isascii() and text.isprintable() and " " not in text and not parts.fragment
    return parts if plain and good_port and parts.hostname else None
