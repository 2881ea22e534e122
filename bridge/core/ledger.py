"""What people have changed in the rota since the files were written: overrides, leave, swaps, checks of numbers.

All of it is one value, the ledger, which is replaced as a whole: who changes it names the version that they saw. A function
that changes it gives the same one back where there is nothing to change, so that whatever comes twice is done once. Instants
are seconds, UTC. Nothing here is about a caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bridge.core.model import Channel, Status
from bridge.core.rota import Booking, Leave, Override

Change = TypeVar("Change", Override, Leave)

KEPT = 30 * 24 * 3600.0  # seconds: what is over is kept for so long, for whoever asks who was on call


@dataclass(frozen=True)
class Entry:
    """One change that was made: when, by whom (a person's id, a user's name, or "bridge"), via what, and what, in words.

    `via` is "text", "call", "board", "command" or "clock"."""

    at: float
    by: str
    via: str
    what: str


@dataclass(frozen=True)
class Check:
    """A proof that a person's number reaches them by this channel. It counts only for the `phone` (E.164) it was made with.

    `code_hash` is of the code that was sent, empty once it is of no more use; `tries` are left. `answered_at` is when a code
    was last given back; it stays when a new code is asked for."""

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
    """`asker` wants `other` to agree to these overrides: each takes what the other has from `start` until `end`."""

    id: str
    asker: str
    other: str
    start: float
    end: float
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

    def swap_for(self, person: str, now: float) -> Swap | None:
        """The swap that this person is asked to agree to and that has not expired, or None."""
        return next((swap for swap in self.swaps if swap.other == person and now < swap.expires_at), None)

    def check(self, person: str, channel: Channel, phone: str) -> Check | None:
        """The proof of this person's number on this channel, finished or not, or None; one of another number is none."""
        return next((c for c in self.checks if (c.person, c.channel, c.phone) == (person, channel, phone)), None)


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
    """A change that a person texted and has not confirmed yet: what they want, and how it was read back to them.

    What it comes to is worked out again when they confirm. `want` is "off", "on", "cover" or "swap"; `region` is for a cover,
    `other` (a person's id) for a swap. `id` names what is made of it, so that a confirmation that comes twice makes it once."""

    id: str
    person: str
    want: str
    read_back: str
    made_at: float
    expires_at: float
    start: float
    end: float
    region: str = ""
    other: str = ""


@dataclass(frozen=True)
class Notice:
    """A text or call to somebody on the roster that belongs to no request: a reminder, a warning, a code.

    `key` names the sentence ("notice.shift"), `values` fill it. It goes through the outbox as "notice/ID". One that is created
    in another status than WAITING is only remembered, so that it is never sent."""

    id: str
    person: str
    channel: Channel
    key: str
    values: Mapping[str, str]
    at: float
    status: Status = Status.WAITING
    word: str = ""
    sid: str = ""
    tries: int = 0  # at handing it to the carrier
    changed_at: float = 0.0
    attempt: int = 1  # how often this person was called about it, this time included


def with_override(ledger: Ledger, override: Override) -> Ledger:
    """The ledger with this override, unless it is there already."""
    known = any(each.id == override.id for each in ledger.overrides)
    return ledger if known else replace(ledger, overrides=(*ledger.overrides, override))


def with_leave(ledger: Ledger, leave: Leave) -> Ledger:
    """The ledger with this leave, unless it is there already."""
    known = any(each.id == leave.id for each in ledger.leaves)
    return ledger if known else replace(ledger, leaves=(*ledger.leaves, leave))


def find(ledger: Ledger, change_id: str, now: float) -> Override | Leave | None:
    """The override or leave with this id that is not over yet."""
    made: tuple[Override | Leave, ...] = ledger.overrides + ledger.leaves
    return next((each for each in made if each.id == change_id and each.end > now), None)


def ended(ledger: Ledger, change_id: str, now: float) -> Ledger:
    """The ledger in which this override or leave ends now: what has been stays, and what has not begun never was."""
    return replace(
        ledger,
        overrides=tuple(cut for override in ledger.overrides if (cut := _cut(override, change_id, now))),
        leaves=tuple(left for leave in ledger.leaves if (left := _cut(leave, change_id, now))),
    )


def running_leave(leaves: tuple[Leave, ...], person: str, now: float) -> tuple[Leave, ...]:
    """The leaves that this person is on now."""
    return tuple(leave for leave in leaves if leave.who == person and leave.start <= now < leave.end)


def next_leave(leaves: tuple[Leave, ...], person: str, now: float) -> tuple[Leave, ...]:
    """The leaves that this person is on now; where they are on none, those that they are on next."""
    begins = min((leave.start for leave in leaves if leave.who == person and leave.end > now), default=now)
    return running_leave(leaves, person, max(begins, now))


def with_swap(ledger: Ledger, swap: Swap) -> Ledger:
    """The ledger with this offer, unless it is there already."""
    return ledger if any(each.id == swap.id for each in ledger.swaps) else replace(ledger, swaps=(*ledger.swaps, swap))


def without_swap(ledger: Ledger, swap_id: str) -> Ledger:
    """The ledger in which this offer was refused, agreed to or given up."""
    left = tuple(swap for swap in ledger.swaps if swap.id != swap_id)
    return ledger if left == ledger.swaps else replace(ledger, swaps=left)


def agreed(ledger: Ledger, swap: Swap, now: float) -> Ledger:
    """The ledger in which this offer came true; what has passed of it meanwhile stays as it was. Where it is gone, nothing."""
    if swap not in ledger.swaps:
        return ledger
    begun = tuple(replace(each, start=max(each.start, now), made_at=now) for each in swap.overrides if each.end > now)
    return replace(without_swap(ledger, swap.id), overrides=ledger.overrides + begun)


def expired(ledger: Ledger, now: float) -> tuple[Swap, ...]:
    """The offers that nobody answered in time."""
    return tuple(swap for swap in ledger.swaps if swap.expires_at <= now)


def tidied(ledger: Ledger, now: float) -> Ledger:
    """The ledger without what has been over for long."""
    overrides = tuple(each for each in ledger.overrides if each.end > now - KEPT)
    leaves = tuple(each for each in ledger.leaves if each.end > now - KEPT)
    kept = (overrides, leaves) == (ledger.overrides, ledger.leaves)
    return ledger if kept else replace(ledger, overrides=overrides, leaves=leaves)


def with_check(ledger: Ledger, check: Check) -> Ledger:
    """The ledger with this proof in the place of any other of this person and channel."""
    others = tuple(c for c in ledger.checks if (c.person, c.channel) != (check.person, check.channel))
    return replace(ledger, checks=(*others, check))


def tried(check: Check, right: bool, now: float) -> Check:
    """The proof after a code was given back, right or wrong. A code that was right, or wrong too often, is of no more use."""
    if right:
        return replace(check, answered_at=now, code_hash="")
    left = check.tries - 1
    return replace(check, tries=left, code_hash=check.code_hash if left > 0 else "")


def awaits_code(check: Check | None, now: float) -> bool:
    """Whether a code was sent that may still be given back."""
    return check is not None and bool(check.code_hash) and now < check.expires_at


def _cut(each: Change, change_id: str, now: float) -> Change | None:
    if each.id != change_id or each.end <= now:
        return each
    return replace(each, end=now) if each.start < now else None
