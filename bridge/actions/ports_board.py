"""What people keep at the board, as the actions know it: the rota, the books, and who may log in. See `ports`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.core.chain import Base, Checked, Head, Link, Verdict
from bridge.core.ledger import CalendarCopy, Entry, Ledger, Notice, Proposal
from bridge.core.trail import Act, Outcome
from bridge.settings import User


@dataclass(frozen=True)
class Session:
    """Somebody is logged in, in one browser: who, since when (seconds, UTC), and whether that was `ended` before its time."""

    user: str
    since: float
    ended: bool = False


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
    """What people did, as a chain in which nothing changes unseen, and how requests ended. Nothing in it is about a caller.

    A method that records returns only once that is on disk, and raises TrailBusy, or what the store raises, where it is not."""

    def record(self, act: Act) -> None:
        """Remember what somebody did."""

    def record_change(self, act: Act, name: str, value: str) -> bool:
        """Remember the act, and that what has this name is now of this value, unless it is known to be: whether it was not."""

    def mark(self, name: str) -> str:
        """What was last remembered of what has this name; "" for nothing."""

    def record_often(self, act: Act, within: float) -> None:
        """Remember something that may happen in floods: the first time at once; what follows within so many seconds is counted,
        and remembered as one entry when they are over: see `settle_counts`."""

    def settle_counts(self, now: float) -> None:
        """Remember what was counted and is over."""

    def acts(self, limit: int) -> list[Act]:
        """The latest, newest first."""

    def links(self, before: int | None = None) -> Iterator[Link]:
        """The entries with a number less than `before`, or all, newest first, read as far as they are asked for."""

    def nearest(self, at: float) -> int:
        """The number of the first entry at or after that instant (seconds, UTC), or nearly; of the one to come for none."""

    def head(self) -> Head:
        """The end of the trail."""

    def check(self, secrets: Sequence[str] = (), expected: Mapping[int, str] | None = None) -> Verdict:
        """Read the whole trail, and see whether it holds. `secrets` are further ones with which it was written, `expected` are
        hashes that entries must have."""

    def checked(self) -> Checked | None:
        """How the trail was found when the whole of it was last read; None where it never was."""

    def keep_checked(self, checked: Checked) -> None:
        """Keep that for whoever looks next."""

    def trim(self, at: float, by: str, now: float) -> int:
        """Forget entries of before `at` (seconds, UTC), and remember that. How many there were."""

    def export(self) -> tuple[Base, Head, Iterator[bytes]]:
        """What stands before the chain, its end, and each entry of it as it is stored, oldest first."""

    def older(self) -> list[bytes]:
        """The entries of a release that had no chain, as they are stored, oldest first."""

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

    def begin_session(self, id: str, session: Session, lasts: float) -> bool:
        """Keep the session under its id for so many seconds. False where it was ended, or all of the user's since it began."""

    def session(self, id: str) -> Session | None:
        """The session of this id, ended or not; None where none is kept."""

    def end_session(self, id: str, session: Session, lasts: float) -> None:
        """The session counts no more, whether it was kept or not; that is remembered for so many seconds."""

    def sessions(self) -> Mapping[str, Session]:
        """Those that are kept, ended or not. The keys are not ids: nobody can log in by what stands here."""

    def end_sessions(self, user: str, now: float, lasts: float) -> int:
        """None of the user's sessions that began before `now` counts any more, whether it is kept or not; that is remembered
        for so many seconds. How many were open."""
