"""Whom the bridge tells, by a channel that is not the carrier, that it cannot keep its promise by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AlarmRoutes:
    """Where alarms go: `webhook` gets a POST, and `mail_to` are mailed through `smtp`. Each may be empty."""

    webhook: str = field(default="", repr=False)  # its address may hold a token
    smtp: str = field(default="", repr=False)  # may hold a password
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()


def read_alarms(text: Callable[[str], str], fault: Callable[[str], None]) -> AlarmRoutes:
    """The routes. `text` reads a variable; what is wrong is told to `fault`."""
    return AlarmRoutes()
