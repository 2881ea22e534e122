"""What can happen to a request, and what must be done about it: facts in the past tense, effects in the imperative."""

from dataclasses import dataclass

from bridge.core.model import Channel, Place, Status


@dataclass(frozen=True)
class Ticked:
    """Time has passed."""


@dataclass(frozen=True)
class Accepted:
    """Somebody takes the request, by text or, with a key, on the telephone. `eta` (seconds, UTC) is when they will call.
    `told`: a dispatcher was told so by them, and says it for them."""

    by: str
    via: Channel = Channel.TEXT
    eta: float | None = None
    told: bool = False


@dataclass(frozen=True)
class Expected:
    """Who has it says when they will call: at `eta` (seconds, UTC). Not allowed to anybody else."""

    by: str
    eta: float


@dataclass(frozen=True)
class Declined:
    """Somebody who was paged cannot take it."""

    by: str


@dataclass(frozen=True)
class Released:
    """Who had accepted gives it back. Not allowed to anybody else."""

    by: str


@dataclass(frozen=True)
class Contacted:
    """Who had accepted has reached the caller. Not allowed to anybody else."""

    by: str


@dataclass(frozen=True)
class Needed:
    """Who has it, or has reached the caller, says that so many `people` are needed on scene."""

    by: str
    people: int = 1


@dataclass(frozen=True)
class Arrived:
    """Who had accepted is on scene, and with that has reached the caller."""

    by: str


@dataclass(frozen=True)
class ConnectAsked:
    """Who has it wants to be rung up and put through to the caller."""

    by: str


@dataclass(frozen=True)
class Connecting:
    """Who has it is being put through to the caller: the line `dials` them, or they wait on it. Raises NotAllowed where they
    were dialled too often."""

    by: str
    dials: bool = True


@dataclass(frozen=True)
class TalkEnded:
    """The two are not connected any more, or never were: `answered` says that somebody, or something, picked up."""

    by: str
    answered: bool


@dataclass(frozen=True)
class LegStarted:
    """The carrier has a call of ours to the caller, under this sid: its record is to be deleted one day."""

    sid: str


@dataclass(frozen=True)
class CalledAgain:
    """The same caller called once more; `place` is empty where they gave none, `hung_up` where they heard no promise this time.
    `sid` is the carrier's name for the call."""

    place: Place = Place()
    callback: str = ""
    sid: str = ""
    hung_up: bool = False


@dataclass(frozen=True)
class Reported:
    """What became of message `n`: a receipt, or the answer to sending it. `retry_at` (seconds, UTC) puts it off."""

    n: int
    status: Status
    word: str = ""
    sid: str = ""
    retry_at: float | None = None


@dataclass(frozen=True)
class Closed:
    """A dispatcher ends it, for one of `CLOSING_REASONS`."""

    reason: str


@dataclass(frozen=True)
class PagedNow:
    """A dispatcher has the next rung go now. `fired` is how many had gone when they looked: where that is not true any more,
    it changes nothing."""

    fired: int


@dataclass(frozen=True)
class PersonPaged:
    """A dispatcher has this person paged, by text and by call at once, whoever they are and whatever they said before."""

    person: str


@dataclass(frozen=True)
class Corrected:
    """A dispatcher puts right where the caller is, or the number to call back on (E.164). None leaves it as it is."""

    place: Place | None = None
    callback: str | None = None


@dataclass(frozen=True)
class Silenced:
    """A dispatcher silences the board's alarm, one of `ALARMS`, which is on. The calls to the desk go on."""

    alarm: str


ALARMS = ("overdue", "scene")

CLOSING_REASONS = {
    "reached": "The caller was reached another way",
    "no-number": "No usable callback number",
    "duplicate": "Same matter as another request",
    "not-needed": "The caller no longer needs support",
    "test": "A test or a drill",
}
EXPIRED = "expired"  # the clock ended it: place and number may not be kept longer
ENDED_FOR = {**CLOSING_REASONS, EXPIRED: "Given up unanswered: it may not be kept longer"}

Event = (
    Ticked
    | Accepted
    | Expected
    | Declined
    | Released
    | Contacted
    | Needed
    | Arrived
    | ConnectAsked
    | Connecting
    | TalkEnded
    | LegStarted
    | CalledAgain
    | Reported
    | Closed
    | PagedNow
    | PersonPaged
    | Corrected
    | Silenced
)


@dataclass(frozen=True)
class Send:
    """Message `n` is to be carried out at `at` (seconds, UTC): sent, or its record at the carrier deleted."""

    n: int
    at: float


@dataclass(frozen=True)
class Settle:
    """Message `n` no longer waits in the outbox."""

    n: int


Effect = Send | Settle
