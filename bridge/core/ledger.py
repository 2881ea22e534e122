"""What people have changed in the rota since the files were written: overrides, leave, swaps, checks of numbers.

All of it is one value, the ledger, which is replaced as a whole: who changes it names the version that they saw. Instants are
seconds, UTC. Nothing here is about a caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.core.model import Channel, Status
from bridge.core.rota import Booking, Leave, Override


@dataclass(frozen=True)
class Entry:
    """One change that was made: when, by whom (a person's id, a user's name, or "bridge"), via what, and what, in words.

    `via` is "text", "board", "command" or "clock"."""

    at: float
    by: str
    via: str
    what: str


@dataclass(frozen=True)
class Check:
    """One proof that a person's number reaches them by this channel. It counts only for the `phone` (E.164) it was made with.

    `code_hash` is of the code that was sent, empty once it is of no more use; `tries` are left."""

    person: str
    channel: Channel
    phone: str
    asked_at: float
    expires_at: float
    answered_at: float | None = None
    code_hash: str = ""
    tries: int = 0


@dataclass(frozen=True)
class Swap:
    """`asker` wants `other` to agree to these overrides."""

    id: str
    asker: str
    other: str
    overrides: tuple[Override, ...]
    made_at: float
    expires_at: float


@dataclass(frozen=True)
class Ledger:
    """All of it. `feeds` counts how often the address of a calendar feed ("region D", "person boyd") was replaced."""

    version: int = 0
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    checks: tuple[Check, ...] = ()
    swaps: tuple[Swap, ...] = ()
    feeds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CalendarCopy:
    """The last good copy of a calendar that an agency keeps elsewhere. `fault` says what is wrong with it now, in words."""

    name: str
    bookings: tuple[Booking, ...] = ()
    fetched_at: float = 0.0  # when this copy was made
    tried_at: float = 0.0
    fault: str = ""


@dataclass(frozen=True)
class Proposal:
    """A change that a person texted and has not confirmed yet: the ledger's changes, and how it was read back to them."""

    person: str
    read_back: str
    made_at: float
    expires_at: float
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    ends_leave: bool = False
    swap: Swap | None = None


@dataclass(frozen=True)
class Notice:
    """A text or call to somebody on the roster that belongs to no request: a reminder, a warning, a code.

    `key` names the sentence ("notice.shift_starts"), `values` fill it. It goes through the outbox as "notice/ID"."""

    id: str
    person: str
    channel: Channel
    key: str
    values: Mapping[str, str]
    at: float
    status: Status = Status.WAITING
    word: str = ""
    sid: str = ""
    tries: int = 0
    changed_at: float = 0.0
