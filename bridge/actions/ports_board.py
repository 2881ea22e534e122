"""What people keep at the board, as the actions know it: the rota, the books, and who may log in. See `ports`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bridge.core.ledger import CalendarCopy, Entry, Ledger, Notice, Proposal
from bridge.core.trail import Act, Outcome
from bridge.settings import User


class Rota(Protocol):
    """What people change while the bridge runs. A method that writes returns only once the write is on disk."""

    def live(self) -> tuple[Ledger, tuple[CalendarCopy, ...]]:
        """The ledger and the copies of calendars, as they stand."""

    def change(self, before: Ledger, after: Ledger, entries: Sequence[Entry]) -> bool:
        """Put `after` in the place of `before` and remember who did what: all or nothing. False where somebody was first."""

    def entries(self, limit: int) -> list[Entry]:
        """The latest changes, newest first."""

    def keep_calendar(self, copy: CalendarCopy) -> None:
        """Keep the copy in the place of the last one of that name."""

    def forget_calendar(self, name: str) -> None:
        """The calendar is not configured any more."""

    def propose(self, proposal: Proposal) -> None:
        """Keep what this person has to confirm, until it expires, in the place of any earlier proposal of theirs."""

    def proposal(self, person: str) -> Proposal | None:
        """What this person has to confirm, or None."""

    def withdraw(self, person: str) -> None:
        """There is nothing to confirm any more."""

    def create_notice(self, notice: Notice) -> bool:
        """Store a notice, to be sent at `notice.at`, unless its id was there within the last days. Whether it is new."""

    def load_notice(self, notice_id: str) -> Notice | None:
        """The notice as it stands, or None."""

    def change_notice(self, notice_id: str, change: Callable[[Notice], Notice], retry_at: float | None) -> Notice | None:
        """Put what `change` makes of the notice in its place, whoever else changes it at the same moment; None where there is
        none. `retry_at` is when it is tried again, None where it is settled."""


class Books(Protocol):
    """What people did at the board, and how requests ended. Nothing in it is about a caller."""

    def record(self, act: Act) -> None:
        """Remember what somebody did. It is on disk when this returns."""

    def acts(self, limit: int) -> list[Act]:
        """The latest, newest first."""

    def outcomes(self, since: float, until: float) -> list[Outcome]:
        """Of requests that were opened between two instants (seconds, UTC) and have ended, in no order."""


class Accounts(Protocol):
    """Who may log in besides those in users.toml, and how often somebody has tried."""

    def users(self) -> Mapping[str, User]:
        """By name."""

    def put(self, user: User) -> None:
        """Add the user, or put them in the place of the one of that name."""

    def remove(self, name: str) -> bool:
        """The user may log in no more, and is logged out. Whether there was one."""

    def take(self, key: str, most: int, within: float, now: float) -> float:
        """Count an attempt at `key`, of at most `most` within so many seconds. Returns 0 where it may go on, else the seconds
        to wait; one that is refused is not counted."""

    def forgive(self, key: str) -> None:
        """The attempts at `key` were honest."""

    def first_use(self, code: str, within: float) -> bool:
        """Whether this one-time code was not used before in so many seconds."""
