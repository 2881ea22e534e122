"""The outside as the actions know it. What stands behind each port is made in `bridge.wiring`, and nowhere else.

Here are the ports that pages go through. Those of what people keep at the board stand in `ports_board`, those of who looks
whether all is well in `ports_watch`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.actions.ports_guard import Guard
from bridge.actions.ports_records import Records
from bridge.core.circuit import CarrierNews, Circuit
from bridge.core.events import Effect
from bridge.core.intake import Call
from bridge.core.model import Channel, Request
from bridge.core.records import Listing
from bridge.core.vitals import CanaryNews, StoreCondition


@dataclass(frozen=True)
class PutThrough:
    """A caller who asked for a person and got one: when (seconds, UTC). No request was made, and nothing else is known."""

    at: float


@dataclass(frozen=True)
class Attempt:
    """A text or call that the carrier was asked for `at` (seconds, UTC), for the first time in these words at `since`. `mac` is
    a keyed hash of number and words. Where it stands for several effects, all have this attempt, and `bundle` names them."""

    since: float
    at: float
    mac: str
    bundle: str = ""


class Store(Records, Guard, Protocol):
    """What is kept, durably. A method that writes returns only once the write is on disk."""

    def create(self, request: Request, effects: Sequence[Effect], now: float) -> str:
        """Store a new request, unless its id or its callback has one already. Returns the id of the one that stands,
        or "" where the code is taken: try another."""

    def load(self, request_id: str) -> Request:
        """The request as it stands. Raises UnknownRequest."""

    def commit(self, before: Request, after: Request, effects: Sequence[Effect], now: float) -> bool:
        """Put `after` and its effects in the place of `before`: all or nothing. False where somebody else was first."""

    def requests(self) -> list[Request]:
        """Every request that is not erased yet, oldest first."""

    def changes(self) -> int:
        """A number that grows with every change of any request: whoever shows them looks again."""

    def by_code(self, code: str) -> str:
        """The id of the request that has, or lately had, this code; "" for none."""

    def lease(self, now: float, limit: int) -> list[str]:
        """Effects whose time has come: each is handed out once, and again if nothing is heard of it."""

    def claim(self, effect: str, token: str, now: float) -> bool:
        """Whether the effect is still to be done and nobody else is doing it; it is ours for a while."""

    def drop(self, effect: str) -> None:
        """The effect has nothing left to do."""

    def due(self, now: float, limit: int) -> list[str]:
        """Requests ("id") and calls ("call/sid") whose time has come."""

    def next_due(self) -> float | None:
        """The next instant (seconds, UTC) at which anything is due, or None."""

    def put_off(self, member: str, until: float) -> None:
        """Look at this request or call again at `until`: it could not be dealt with now."""

    def never_due(self, member: str) -> None:
        """There is no such request or call any more."""

    def save_call(self, call: Call, due_at: float) -> None:
        """Keep a call that is going on; it is looked at again at `due_at`."""

    def load_call(self, sid: str) -> Call | None:
        """The call as far as it has come, or None."""

    def forget_call(self, sid: str) -> None:
        """The call is over and nothing of it is kept."""

    def keep_waiting(self, request_id: str, call: str) -> None:
        """The caller of this request is on the line in this call ("account/sid"), and can be put through to, for the next
        seconds."""

    def waiting_call(self, request_id: str) -> str:
        """The call ("account/sid") in which the caller of this request waits on the line; "" for none."""

    def stop_waiting(self, request_id: str) -> None:
        """The caller is not on the line any more, or talks to somebody."""

    def block_texts(self, person: str, why: str) -> None:
        """Texts do not reach this person any more, for this reason."""

    def allow_texts(self, person: str) -> None:
        """It lets us again."""

    def no_text(self) -> Mapping[str, str]:
        """Whom texts do not reach: person's id -> why ("opted out", "landline +1…" with the number that this was said of)."""

    def put_through(self, event: PutThrough) -> None:
        """A caller was put through."""

    def were_put_through(self) -> list[PutThrough]:
        """Those of the last day, newest first."""

    def first_time(self, what: str, number: str, within: float, now: float) -> bool:
        """Whether this has not happened for this number within so many seconds. The number itself is not kept."""

    def beat(self, name: str, now: float) -> None:
        """A process says that it is alive."""

    def beats(self) -> dict[str, float]:
        """When each process last said so."""

    def condition(self, now: float) -> StoreCondition:
        """How the outbox is, and the store itself: what it says of itself may be two seconds old, so that many may look."""

    def circuits(self) -> Mapping[str, Circuit]:
        """By "account/channel". What is not there is well."""

    def swap_circuit(self, name: str, before: Circuit, after: Circuit) -> bool:
        """Put `after` in the place of `before`; False where somebody else was first."""

    def hold(self, effect: str, channel: Channel, until: float) -> None:
        """The effect, which is claimed, cannot leave by this channel now: it is tried at `until`, or when it is let go."""

    def let_go(self, channel: Channel, now: float) -> None:
        """Whatever is held back by this channel may leave at once."""

    def attempts(self, effects: Sequence[str]) -> Mapping[str, Attempt]:
        """Which of these were tried before, and nobody knows what became of it."""

    def note_attempts(self, attempts: Mapping[str, Attempt | None]) -> None:
        """Remember attempts until their effects are settled. None: nothing can have been taken."""

    def carrier_answered(self, now: float) -> None:
        """The carrier took something, or refused it for good: it is there."""

    def carrier_failed(self, trouble: str, reached: bool, now: float) -> None:
        """The carrier did not take something, for this reason (no number in it), or could not be `reached`."""

    def carrier_news(self) -> CarrierNews:
        """What the carrier last said to any process."""

    def begin_canary(self, now: float) -> None:
        """Put the canary into the outbox, unless it is there."""

    def end_canary(self, now: float) -> None:
        """The canary has come through, and is in the outbox no more."""

    def canary(self) -> CanaryNews:
        """How it went with it."""

    def files_owed_since(self) -> float | None:
        """Since when (seconds, UTC) something that was erased is known to be in the store's files still; None for nothing."""

    def compact(self, now: float) -> None:
        """Where something was erased, see to it that the store's files are rewritten, and that this comes to its end.
        Anybody may ask at any time."""


@dataclass(frozen=True)
class Permit:
    """Whether an effect may go to the carrier.

    Where `until` is None it may, now, together with the other `effects`, all to the same person and all claimed, the most
    urgent first; what they are put into may take `room` (segments, or 1 for a call), which the line was `charged` for. Else it
    waits in its person's lane, its claim given up, and is handed out again by itself, not before `until` (seconds, UTC).
    `more`: something else may leave at this very instant, and "lane/{channel}" should be carried out."""

    until: float | None = None
    effects: tuple[str, ...] = ()
    room: int = 1
    charged: str = ""
    more: bool = False


class Lanes(Protocol):
    """What the carrier takes in a second, and what a person can take in. Holds back what would be too much.

    Methods that return a bool say whether something else may leave at this very instant, as `Permit.more` does."""

    def ask(
        self,
        effect: str,
        person: str,
        channel: Channel,
        *,
        cost: int,
        urgency: float,
        now: float,
        joins: bool,
        answers: bool = False,
        patient: bool = False,
    ) -> Permit:
        """May this effect, which is claimed, go now? `cost` is segments of a text, or 1 for a call; what has the smaller
        `urgency` goes first. One that `joins` may be sent together with others to the same person; one that `answers` what they
        have just done is none of those that they get at once, and one that is `patient` leaves the last of those to a page."""

    def next(self, channel: Channel, now: float) -> str:
        """The most urgent effect that waits and may go now; "" for none. Whoever carries it out asks for it once more."""

    def leaves(
        self, person: str, channel: Channel, permit: Permit, cost: int, now: float, *, stays: Sequence[str] = ()
    ) -> bool:
        """What was permitted goes to the carrier at this moment, and takes so much. What `stays` waits on in its lane."""

    def in_vain(self, person: str, channel: Channel, until: float, now: float, *, stays: Sequence[str] = ()) -> bool:
        """The carrier did not take it. The person is tried again at `until`; what `stays` waits on in its lane."""

    def replied(self, cost: int, now: float) -> None:
        """The line carries so many segments in answer to a text: those are not held back, but counted."""

    def talks(self, person: str, now: float) -> None:
        """This person has just picked up our call, or pressed a key in it: no other call is to reach them now."""

    def hung_up(self, person: str) -> None:
        """This person's telephone is free again."""

    def keep_bundle(self, bundle: str, effects: Sequence[str]) -> None:
        """Remember for a day which effects this one text or call stands for."""

    def bundle(self, bundle: str) -> tuple[str, ...]:
        """Which effects it stands for; none where that is forgotten."""


class Carrier(Protocol):
    """The telephone network. Raises CarrierRefused (for good) or CarrierBusy (may be tried again)."""

    def send_text(self, to: str, body: str, report_url: str, *, discard: bool = False) -> str:
        """Text `to` (E.164); receipts go to `report_url`. `discard`: the carrier is to keep neither words nor number, and what
        it took cannot be found by them. Returns the carrier's sid."""

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        """Ring `to` for so many seconds; who picks up hears what `answer_url` says. Returns the carrier's sid."""

    def forget(self, channel: Channel, sid: str) -> None:
        """Delete the carrier's own record, and the words of a text before. One account of several that has no such record
        says so: CarrierRefused with the status 404. To `world.carrier`, which stands for all of them, a record that is gone
        already is no error."""

    def records(self, desks: Collection[str]) -> Listing:
        """What it still has of the line: texts and calls from and to it, calls of the line's callers to one of `desks` (E.164),
        queues. To `world.carrier` an account that cannot be asked is a trouble of the listing, and no error."""

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        """The sid of a text to `to`, taken at or after `since` (seconds, UTC), whose body is the `same`; "" for none."""

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        """The sid of a call to `to`, taken at or after `since`, that is none of the `known` sids; "" for none."""

    def ping(self) -> None:
        """Ask it something that costs nothing and reaches nobody: it answers, or this raises CarrierBusy."""


class Queue(Protocol):
    """Hands effects to workers, as soon as possible. May lose some: the clock brings them back."""

    def put(self, effect: str) -> None:
        """Have `effect` carried out."""
