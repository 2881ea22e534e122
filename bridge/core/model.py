"""The nouns of the house: a request, the messages sent for it, and the rules it lives by. All frozen; times are UTC seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.core.limits import Limits
from bridge.core.rota import DISPATCH, Person, Roster


class State(StrEnum):
    """Where a request stands. "Overdue" is a mark on a request, not a state."""

    OPEN = "open"  # nobody has it: the ladder pages
    ACCEPTED = "accepted"  # one person has it: the contact clock runs
    CONTACTED = "contacted"  # that person has reached the caller
    CLOSED = "closed"  # a dispatcher ended it, with a reason
    ERASED = "erased"  # place and number are gone; the carrier's records are being deleted


class Channel(StrEnum):
    """How a person is reached."""

    TEXT = "text"
    CALL = "call"


class Purpose(StrEnum):
    """Why a message goes out. Each has its own sentences in wording.toml."""

    INTAKE = "intake"  # the caller's own call, remembered only so that its record can be deleted
    PAGE = "page"
    DETAILS = "details"  # the callback number, for the one who accepted
    STAND_DOWN = "stand-down"
    REMIND = "remind"
    RETURNED = "returned"  # it went back on the ladder, for the one who had it
    AGAIN = "again"  # the caller has called once more
    CORRECTED = "corrected"  # a dispatcher has put right where the caller is, or the number
    OVERDUE = "overdue"  # the deadline passed: for the dispatch desk
    CONNECT = "connect"  # the one who has it asked to be put through to the caller
    SCENE = "scene"  # somebody is needed on scene: a reminder for the one who has it
    SCENE_OVERDUE = "scene-overdue"  # nobody has arrived in time: for the dispatch desk
    TALK = "talk"  # a call to the caller, or from them to the desk, remembered only so that its record can be deleted


class Status(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"  # to be sent; it stands in the outbox
    SENT = "sent"  # taken by the carrier
    RINGING = "ringing"
    DELIVERED = "delivered"  # the handset has it
    TALKING = "talking"  # somebody, or something, picked up
    FAILED = "failed"  # it did not reach a person
    DROPPED = "dropped"  # no longer needed when its turn came
    ANSWERED = "answered"  # a person pressed a key
    FORGETTING = "forgetting"  # the carrier's record is to be deleted; it stands in the outbox
    FORGOTTEN = "forgotten"


# Receipts come late and twice: a status only moves to a higher rank. What was dropped on its way was sent all the same.
RANK = {
    Status.WAITING: 0,
    Status.DROPPED: 1,
    Status.SENT: 2,
    Status.RINGING: 3,
    Status.DELIVERED: 4,
    Status.TALKING: 4,
    Status.FAILED: 5,
    Status.ANSWERED: 6,
    Status.FORGETTING: 7,
    Status.FORGOTTEN: 8,
}
PENDING = frozenset({Status.WAITING, Status.FORGETTING})
# The last word of a message that waits because its channel is away, while the other one is not; and where both are.
AWAY = {Channel.TEXT: "texts away", Channel.CALL: "calls away"}
ALL_AWAY = "texts and calls away"
DEAD = frozenset({Status.FAILED, Status.DROPPED})
WIND_UP = 600.0  # seconds from the end that the clock makes to the erasure: texts about it leave in the meantime


@dataclass(frozen=True)
class Message:
    """One text or call. `n` counts within its request; `word` is the carrier's last word, such as "undelivered 30003"."""

    n: int
    person: str
    channel: Channel
    purpose: Purpose
    at: float  # when it is to leave; while it waits, when it is tried next
    rung: int = -1  # which firing of the ladder it belongs to, or, where it was `chosen`, which one had gone
    status: Status = Status.WAITING
    changed_at: float = 0.0
    word: str = ""
    sid: str = ""
    tries: int = 0
    chosen: bool = False  # a dispatcher chose this person: the ladder goes on as if they had not been asked
    instead: int = -1  # it goes because the channel of that message was away


@dataclass(frozen=True)
class Place:
    """Where the caller is, as it is said: `label` "Oxford", `county` "Calhoun", `region` "G"; empty where not known."""

    label: str = ""
    county: str = ""
    region: str = ""


@dataclass(frozen=True)
class Request:
    """One person waiting to be called back. `callback` is E.164, or empty where nobody knows it."""

    id: str
    code: str
    opened_at: float
    deadline_at: float
    place: Place = Place()
    callback: str = ""
    incomplete: bool = False  # something was never asked, understood or confirmed
    hung_up: bool = False  # the caller hung up before the promise was spoken
    state: State = State.OPEN
    overdue: bool = False
    messages: tuple[Message, ...] = ()
    passed: frozenset[str] = frozenset()  # who said no, in this round of the ladder
    fired: int = 0  # how many rungs have gone, over all rounds
    ladder_from: float = 0.0  # when this round of the ladder began
    pace: float = 1.0  # a ladder begun late is compressed into the time that is left
    next_at: float | None = None  # the next rung
    remind_at: float | None = None
    return_at: float | None = None  # when it goes back on the ladder for want of contact
    alarm_at: float | None = None  # when the dispatch desk is called about the deadline
    erase_at: float | None = None
    forget_by: float | None = None  # place and number are erased by then, whatever has happened or not
    nudged_at: float = 0.0
    accepted_by: str = ""
    accepted_at: float | None = None
    first_accepted_at: float | None = None  # by whomever, whether they kept it or gave it back
    eta_at: float | None = None  # when the one who has it said that they will call
    contacted_at: float | None = None
    talks: int = 0  # how often the line has dialled the caller for somebody
    talk_until: float | None = None  # so long the one who has it may be talking to the caller on the line
    scene_by: float | None = None  # somebody is to be on scene by then: the second promise
    scene_people: int = 0  # how many
    scene_remind_at: float | None = None
    scene_alarm_at: float | None = None  # when the dispatch desk is called about it
    arrived_at: float | None = None
    closed_at: float | None = None
    closed_for: str = ""
    silenced: frozenset[str] = frozenset()  # which alarms ("overdue", "scene") a dispatcher has silenced at the board
    renumbered: int = 0  # how often the number to call back on was put right
    version: int = 0

    @property
    def due_at(self) -> float | None:
        """The next instant at which the clock has something to do here, or None."""
        put_off = (at if at is None else max(at, self.talk_until or at) for at in (self.remind_at, self.return_at))
        times = (
            *put_off,
            self.next_at,
            self.alarm_at,
            self.erase_at,
            self.scene_remind_at,
            self.scene_alarm_at,
            self.given_up_at,
        )
        return min((time for time in times if time is not None), default=None)

    @property
    def given_up_at(self) -> float | None:
        """When the clock ends it, early enough that people are told before it is erased. None where it has ended."""
        live = self.state in (State.OPEN, State.ACCEPTED) or self.awaited
        return self.forget_by - WIND_UP if live and self.forget_by is not None else None

    @property
    def awaited(self) -> bool:
        """Whether somebody is needed on scene and has not arrived."""
        return self.scene_by is not None and self.arrived_at is None and self.state not in (State.CLOSED, State.ERASED)

    def message(self, n: int) -> Message:
        """The message with this number. Raises IndexError where there is none."""
        return self.messages[n]

    def paged(self, person: str) -> bool:
        """Whether this person was ever asked to take the request."""
        return any(m.person == person and m.purpose is Purpose.PAGE for m in self.messages)

    def held(self, person: str) -> bool:
        """Whether this person ever had the request, and so learned whom to call."""
        return any(m.person == person and m.purpose in (Purpose.DETAILS, Purpose.RETURNED) for m in self.messages)

    def may_finish(self, person: str) -> bool:
        """Whether this person may say that the caller was reached: they have it, or it went back on the ladder meanwhile."""
        return (self.state is State.OPEN and self.held(person)) or (self.state is State.ACCEPTED and self.accepted_by == person)

    def with_message(
        self,
        person: str,
        channel: Channel,
        purpose: Purpose,
        now: float,
        rung: int = -1,
        *,
        chosen: bool = False,
        instead: int = -1,
    ) -> "Request":
        """The same request with one more message to send at once."""
        n = len(self.messages)
        message = Message(n, person, channel, purpose, now, rung, changed_at=now, chosen=chosen, instead=instead)
        return replace(self, messages=(*self.messages, message))

    def with_changed(self, message: Message) -> "Request":
        """The same request with one message put in the place of the one with its number."""
        return replace(self, messages=(*self.messages[: message.n], message, *self.messages[message.n + 1 :]))


class Who(StrEnum):
    """Whom a rung of the ladder pages."""

    ON_CALL = "on-call"
    BACKUP = "backup"
    NEIGHBOURS = "neighbours"
    STATE = "state"
    EVERYONE = "everyone"
    DISPATCH = "dispatch"


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: `at` seconds after its start page `who`, by each of `by`."""

    at: float
    who: Who
    by: tuple[Channel, ...]


@dataclass(frozen=True)
class Policy:
    """The numbers an agency decides, from policy.toml. Every duration is in seconds."""

    ladder: tuple[Rung, ...]
    deadline: float = 1800.0
    again_every: float = 300.0  # after the last rung the ladder starts over, this much later
    remind_after: float = 480.0  # after acceptance, where no contact was reported
    contact_within: float = 900.0  # after acceptance; then it goes back on the ladder
    alarm_every: float = 120.0  # an overdue request calls the dispatch desk until somebody presses a key
    nudge_every: float = 60.0  # a caller who calls again pages again at most this often
    ring_for: float = 25.0  # how long a paged telephone rings
    dispatch_ring_for: float = 40.0  # how long dispatch rings for a caller
    erase_after: float = 3600.0  # after contact or closing
    keep_at_most: float = 86400.0  # after the call, whatever has happened: place and number are erased
    keep_audit: float = 400 * 86400.0  # who did what, which holds nothing of a caller
    idle_call: float = 180.0  # an intake without a sign of life for so long has hung up
    scene_within: float = 10800.0  # after a need for somebody on scene was reported
    scene_remind_every: float = 3600.0
    hold_for: float = 1800.0  # how long a caller may stay on the line after the promise
    talk_for: float = 3600.0  # the longest talk that the line connects
    most_talks: int = 5  # how often the line connects somebody with the caller of one request
    failures: int = 3  # misunderstandings in a row before the caller is put through to a person
    hang_up: str = "page"  # page | dispatch | ignore
    text_unverified: bool = True  # page by text also who has not proved that texts to their number arrive
    shift_reminders: bool = True  # a text to who begins and who ends a shift
    texts_per_second: int = 3  # segments that the line sends in a second
    calls_per_second: int = 1  # calls that the line starts in a second
    texts_at_once: int = 3  # texts that one person gets at once, before they are put together
    text_pause: float = 15.0  # then one person gets a text at most this often
    discard: bool = False  # the main account is told to keep neither the words nor the numbers of texts
    limits: Limits = Limits()  # what strangers may use up
    pin_for: frozenset[str] = frozenset()  # kinds of commands that take a PIN from whoever has one: see core/pins.py


@dataclass(frozen=True)
class Region:
    """One of the seven: `name` "Region G", `about` "Anniston and the east". `neighbours` are asked when nobody here answers."""

    id: str
    name: str
    about: str
    counties: tuple[str, ...]
    neighbours: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """All that a step may know besides the request itself."""

    policy: Policy
    roster: Roster
    regions: Mapping[str, Region]
    no_text: frozenset[str] = frozenset()  # ids of people whom the network lets us send no texts to

    def channel(self, person: Person, wanted: Channel) -> Channel:
        """The wanted channel, or a call where texts cannot reach this person."""
        return wanted if person.text and person.id not in self.no_text else Channel.CALL

    @property
    def dispatch(self) -> Person:
        """The ALEA dispatch desk."""
        return self.roster.people[DISPATCH]
