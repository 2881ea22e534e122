"""The part of the store that is about the carrier's own records, which are to be deleted."""

from collections.abc import Mapping
from typing import Protocol

from bridge.core.records import Record, RecordNews


class Records(Protocol):
    """What the carrier still has of us, as far as we know. One effect of the outbox, "record", stands for all of them: so one
    worker at most is busy with them, and nothing of them stands between a page and its worker."""

    def leave_record(self, record: Record, at: float) -> None:
        """It is to be deleted, and tried first at `at`. One that is known already stays as it is."""

    def next_record(self, now: float) -> Record | None:
        """The one whose time came first, or None where none is due."""

    def put_off_record(self, record: Record, until: float) -> None:
        """It is tried again then."""

    def record_gone(self, record: Record) -> None:
        """The carrier has it no more."""

    def record_kept(self, record: Record, code: int, now: float) -> None:
        """The carrier refuses to delete it, with this code."""

    def leave_kept(self, before: float, now: float) -> None:
        """Try again what the carrier has kept since an instant before `before`."""

    def arm_records(self, now: float, not_before: float) -> bool:
        """The effect "record" is carried out, and is handed out again when the next record is due, but not before then. Returns
        whether one is due now."""

    def known_records(self) -> frozenset[str]:
        """Effects of all records that wait or are kept."""

    def record_news(self, now: float) -> RecordNews:
        """How it stands with them."""

    def sweep_begins(self, now: float) -> None:
        """Somebody asks the carrier what it has."""

    def swept(self, now: float, found: int, trouble: str) -> None:
        """It was asked, and so many more were found. With a `trouble` (no number in it) not everything was seen."""

    def oldest_attempt(self) -> float | None:
        """Since when the oldest attempt stands of which nobody knows what became: its record may be asked for."""

    def undiscarded(self, now: float) -> Mapping[str, int]:
        """Accounts that have lately refused to discard what they are sent -> the code with which they did."""

    def note_undiscarded(self, account: str, code: int, now: float) -> None:
        """This account refuses to, with this code."""

    def calls_held(self) -> int:
        """How many calls are going on, as far as we know."""
