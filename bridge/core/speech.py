"""What a caller hears: a call or a request in, words and what to listen for out. What a paged person hears is in `paged`.

Everything is made from the request as it stands at this moment, so that nothing is said that is no longer true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from bridge.core import phones
from bridge.core.intake import Call, Ears, Stage
from bridge.core.model import Context, Place, Request, State
from bridge.core.wording import Wording, clock_time


@dataclass(frozen=True)
class Listen:
    """Wait for an answer: at most `keys` keys, and words where `words` is set."""

    keys: int
    words: bool = False
    patience: int = 0  # seconds of silence; 0 is the usual


class Through(Enum):
    """Where somebody who has a request is put through to."""

    CALLER = "caller"  # the caller's telephone rings
    LINE = "line"  # the caller has stayed on the line


class Menu(StrEnum):
    """What a key is asked for. It stands in the address that the key goes to: a key that the carrier sends twice, or that was
    pressed while everything changed, is never taken for the answer to another question."""

    TAKE = "take"  # 1 takes the request
    HELD = "held"  # 1 connects who has it with the caller
    TALKED = "talked"  # 1 says that the caller was reached
    ARRIVED = "arrived"  # 1 says that somebody is on scene
    HEARD = "heard"  # 1 says that this was heard


@dataclass(frozen=True)
class Answer:
    """What the carrier is to do: speak, then listen, or dial the dispatch desk, or put through, or (nothing) end the call.

    `number` (E.164) is the caller's, where their telephone rings. `hold`: the caller waits on the line from now on. `leave`:
    and does so no longer. `menu`: what somebody whom we called presses a key for. `key`: the key that they have pressed, and
    that takes effect once they have entered their PIN.
    """

    say: tuple[str, ...]
    listen: Listen | None = None
    dial: bool = False
    through: Through | None = None
    number: str = ""
    hold: bool = False
    leave: bool = False
    menu: Menu = Menu.HELD
    key: str = ""


@dataclass(frozen=True)
class Voice:
    """The agency's words, and what they may speak of."""

    wording: Wording
    context: Context

    def place(self, place: Place, *, short: bool = False) -> str:
        """The place in words."""
        if place.label and place.label != f"{place.county} County":
            return self.wording.say("place.town_short" if short else "place.town", town=place.label, county=place.county)
        if place.county:
            return self.wording.say("place.county", county=place.county)
        if place.region in self.context.regions and not short:
            return self.wording.say("place.region", region=self.region(place), about=self.context.regions[place.region].about)
        return self.wording.say("place.unknown")

    def region(self, place: Place) -> str:
        """The name of the region. One that the agency has renamed since is none."""
        known = self.context.regions.get(place.region)
        return known.name if known else self.wording.say("place.no_region")

    def who(self, person: str) -> str:
        """The name of somebody on the roster, or their id where they have left it."""
        known = self.context.roster.people.get(person)
        return known.name if known else person


def one_line(voice: Voice, key: str) -> Answer:
    """One sentence, and the call ends."""
    return Answer((voice.wording.say(key),))


def question(call: Call, voice: Voice, ears: Ears) -> Answer:
    """The question that stands in this call, after a word about what was wrong with the last answer."""
    trouble = (voice.wording.say(call.trouble),) if call.trouble else ()
    return Answer(trouble + _QUESTIONS[call.stage](call, voice, ears), _LISTEN[call.stage])


def greeting(call: Call, voice: Voice, ears: Ears) -> Answer:
    """The first words: what this is, how to reach a person, the first question; then where help is in danger."""
    say = voice.wording.say
    return Answer((say("caller.greeting"), say("caller.ask_place"), say("caller.help")), _LISTEN[Stage.PLACE])


def promise(request: Request, again: bool, voice: Voice, now: float) -> Answer:
    """The promise that is true at this moment: to be spoken only once the request is on disk."""
    return Answer((_promise(request, again, voice, now), voice.wording.say("caller.after_promise")), Listen(keys=1))


def _promise(request: Request, again: bool, voice: Voice, now: float) -> str:
    say, time = voice.wording.say, clock_time(request.deadline_at)
    if now >= request.deadline_at:
        return say("caller.already_overdue")
    if again:
        return say("caller.already_accepted" if request.state is State.ACCEPTED else "caller.already_open", time=time)
    if _served(request, voice):
        return say("caller.promise", region=voice.region(request.place), time=time)
    return say("caller.promise_state", time=time)


def _served(request: Request, voice: Voice) -> bool:
    """Whether somebody who serves the caller's own region is being paged."""
    return any(request.paged(person.id) for person in voice.context.roster.serving(request.place.region))


def put_through(voice: Voice, call: Call) -> Answer:
    """One true sentence, then the dispatch desk."""
    return Answer((voice.wording.say(_why_put_through(call)),), dial=True)


def _why_put_through(call: Call) -> str:
    if call.asked:
        return "caller.put_through"
    if not call.number:
        return "caller.failed_no_number"
    return "caller.failed_with_number" if call.number == call.caller_id else "caller.failed_with_typed"


def no_dispatcher(voice: Voice, request: Request, now: float) -> Answer:
    """Dispatch did not answer: what is being done now, or, without a number, how to reach help and a last question."""
    say = voice.wording.say
    if not request.callback:
        return Answer((say("caller.no_dispatcher_no_number"), say("caller.ask_number")), _LISTEN[Stage.NUMBER])
    return Answer((_without_dispatcher(request, voice, now), say("caller.help"), say("caller.after_promise")), Listen(keys=1))


def _without_dispatcher(request: Request, voice: Voice, now: float) -> str:
    if now >= request.deadline_at:
        return voice.wording.say("caller.already_overdue")
    key = "caller.no_dispatcher_accepted" if request.state is State.ACCEPTED else "caller.no_dispatcher_with_number"
    return voice.wording.say(key, time=clock_time(request.deadline_at))


# How it stands with a caller who waits on the line: a sentence of the wording.
PAGED, STILL, TAKEN, OVER = "caller.hold", "caller.hold_still", "caller.hold_taken", "caller.hold_over"
JOINING = "caller.hold_joining"
PLIGHT = {State.OPEN: STILL, State.ACCEPTED: TAKEN, State.CONTACTED: OVER, State.CLOSED: OVER, State.ERASED: OVER}
WAITING_ROUND = 10  # seconds without a key, then the next round of waiting


def hold(voice: Voice, key: str, request: Request, now: float) -> Answer:
    """The caller stays on the line."""
    return Answer((_plight(key, request, voice, now),), hold=True)


def waiting(voice: Voice, key: str, request: Request, now: float) -> Answer:
    """What is true while the caller waits, or nothing where that was said a moment ago (""). Then for a key."""
    return Answer((_plight(key, request, voice, now),) if key else (), Listen(keys=1, patience=WAITING_ROUND))


def waited(voice: Voice, request: Request, now: float) -> Answer:
    """The end of waiting: the line has to be free for the call back."""
    key = OVER if PLIGHT[request.state] == OVER else "caller.hold_end"
    return Answer((_plight(key, request, voice, now), voice.wording.say("caller.goodbye")))


def talk_ended(voice: Voice) -> Answer:
    """The coordinator has hung up, the caller has not."""
    return Answer((voice.wording.say("caller.talk_ended"),), Listen(keys=1))


def _plight(key: str, request: Request, voice: Voice, now: float) -> str:
    """A sentence for who waits. What names the time is replaced by the truth once that time has passed."""
    if key in (OVER, JOINING):
        return voice.wording.say(key)
    if now >= request.deadline_at:
        return voice.wording.say("caller.hold_taken_late" if request.state is State.ACCEPTED else "caller.already_overdue")
    return voice.wording.say(key, time=clock_time(request.deadline_at))


def goodbye(voice: Voice) -> Answer:
    """The end of a call in which everything has been said."""
    return Answer((voice.wording.say("caller.goodbye"),))


def _ask_zip(call: Call, voice: Voice, ears: Ears) -> tuple[str, ...]:
    regions = voice.context.regions
    keys = (voice.wording.say("caller.region_key", key=k, about=regions[r].about) for k, r in ears.region_keys.items())
    return (voice.wording.say("caller.ask_zip", regions=" ".join(keys)),)


def _plain(key: str) -> Callable[[Call, Voice, Ears], tuple[str, ...]]:
    return lambda call, voice, ears: (voice.wording.say(key),)


_QUESTIONS: dict[Stage, Callable[[Call, Voice, Ears], tuple[str, ...]]] = {
    Stage.PLACE: _plain("caller.ask_place"),
    Stage.COUNTY: _plain("caller.ask_county"),
    Stage.ZIP: _ask_zip,
    Stage.CONFIRM_PLACE: lambda call, voice, ears: (voice.wording.say("caller.confirm_place", place=voice.place(call.place)),),
    Stage.OFFER_NUMBER: lambda call, voice, ears: (
        voice.wording.say("caller.offer_number", number=phones.spoken(call.caller_id)),
    ),
    Stage.NUMBER: _plain("caller.ask_number"),
    Stage.CONFIRM_NUMBER: lambda call, voice, ears: (
        voice.wording.say("caller.confirm_number", number=phones.spoken(call.callback)),
    ),
}
_LISTEN = {
    Stage.PLACE: Listen(keys=5, words=True),
    Stage.COUNTY: Listen(keys=5, words=True),
    Stage.ZIP: Listen(keys=5, words=True),
    Stage.CONFIRM_PLACE: Listen(keys=1, words=True),
    Stage.OFFER_NUMBER: Listen(keys=10, words=True),
    Stage.NUMBER: Listen(keys=10, words=True),
    Stage.CONFIRM_NUMBER: Listen(keys=1, words=True),
}
