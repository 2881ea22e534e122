"""The part of the store that keeps strangers, and copies of what the carrier once signed, from doing harm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Limit:
    """At most so many of a `kind` within so many seconds: of `who` (a number, a person's id), or in all where that is ""."""

    kind: str
    most: int
    within: float
    who: str = field(default="", repr=False)


@dataclass(frozen=True)
class Full:
    """The limit that is full, and in how many seconds there is room again."""

    limit: Limit
    wait: float


class Guard(Protocol):
    """What was counted, and what counts no more. Neither names nor numbers are kept, only keyed hashes, of bounded number."""

    def counts_until(self, name: str, until: float, now: float) -> float:
        """What the carrier signs about this call or text (its sid) counts until then (seconds, UTC), or until an earlier
        instant that was given before. Returns the instant that stands."""

    def counted_until(self, name: str) -> float:
        """Until when it counts, as far as anybody has said; infinity else."""

    def admit(self, name: str, limits: Sequence[Limit], now: float) -> Full | None:
        """Count what is called `name` against each of the limits, once however often it is asked; or against none, where one of
        them is full: which."""

    def forgive(self, limit: Limit) -> None:
        """What was counted against it was honest."""

    def kept(self) -> int:
        """How many requests there are that are not erased."""

    def met_abuse(self, kind: str, now: float) -> None:
        """There was too much of something."""

    def abuse(self) -> Mapping[str, float]:
        """What there was too much of in the last day, and when last (seconds, UTC)."""
