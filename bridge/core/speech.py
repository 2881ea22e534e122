"""Which sentences, to whom, when: a request or a call in, words and what to listen for out.

Everything is made from the request as it stands at this moment, so that nothing is said that is no longer true.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bridge.core import phones
from bridge.core.intake import Call, Ears, Stage
from bridge.core.model import Context, Message, Place, Purpose, Request, State
from bridge.core.wording import Wording, clock_time, spaced


@dataclass(frozen=True)
class Listen:
    """Wait for an answer: at most `keys` keys, and words where `words` is set."""

    keys: int
    words: bool = False


@dataclass(frozen=True)
class Answer:
    """What the carrier is to do: speak, then listen, or dial the dispatch desk, or (neither) end the call."""

    say: tuple[str, ...]
    listen: Listen | None = None
    dial: bool = False


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


# ---- the caller


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


# ---- who is paged, by text


def text(request: Request, message: Message, voice: Voice) -> str:
    """The body of a text. Only who has accepted reads the callback number."""
    return _TEXTS[message.purpose](request, message, voice)


def _page_text(request: Request, message: Message, voice: Voice) -> str:
    if not request.place.region:
        return voice.wording.say("text.page_no_place", code=request.code, notes=_notes(request, voice))
    return voice.wording.say("text.page", notes=_notes(request, voice), **_about(request, voice))


def _details_text(request: Request, message: Message, voice: Voice) -> str:
    if not request.callback:
        return voice.wording.say("text.details_no_number", time=clock_time(request.deadline_at), **_about(request, voice))
    return voice.wording.say("text.details", **_number(request, voice), **_about(request, voice))


def _stand_down_text(request: Request, message: Message, voice: Voice) -> str:
    if request.state is not State.ACCEPTED:
        return voice.wording.say("text.stand_down_ended", code=request.code)
    return voice.wording.say("text.stand_down", code=request.code, who=voice.who(request.accepted_by))


def _remind_text(request: Request, message: Message, voice: Voice) -> str:
    return voice.wording.say("text.remind", code=request.code, **_number(request, voice))


def _again_text(request: Request, message: Message, voice: Voice) -> str:
    if message.person == request.accepted_by:
        return voice.wording.say("text.again_holder", code=request.code, number=_number(request, voice)["number"])
    return voice.wording.say("text.again", **_about(request, voice))


_TEXTS: dict[Purpose, Callable[[Request, Message, Voice], str]] = {
    Purpose.PAGE: _page_text,
    Purpose.DETAILS: _details_text,
    Purpose.STAND_DOWN: _stand_down_text,
    Purpose.REMIND: _remind_text,
    Purpose.RETURNED: lambda request, message, voice: voice.wording.say("text.returned", code=request.code),
    Purpose.AGAIN: _again_text,
}


def _about(request: Request, voice: Voice) -> dict[str, str]:
    return {
        "code": request.code,
        "place": voice.place(request.place, short=True),
        "region": voice.region(request.place),
    }


def _notes(request: Request, voice: Voice) -> str:
    hung_up = voice.wording.say("text.note_hung_up") + " " if request.hung_up else ""
    incomplete = voice.wording.say("text.note_incomplete") + " " if request.incomplete and not request.hung_up else ""
    return hung_up + incomplete


def _number(request: Request, voice: Voice) -> dict[str, str]:
    number = phones.written(request.callback) if request.callback else voice.wording.say("place.no_number")
    return {"number": number, "time": clock_time(request.deadline_at)}


# ---- who is paged, by telephone


def page_call(request: Request, message: Message, voice: Voice) -> Answer:
    """What somebody hears who picks up a call that we placed."""
    if message.purpose is Purpose.PAGE:
        return _page_call(request, message, voice)
    if message.purpose is Purpose.OVERDUE:
        return _overdue_call(request, voice)
    return _holder_call(request, message, voice)


def accepted(request: Request, person: str, voice: Voice) -> Answer:
    """They have it now. The number comes by text, and on a key."""
    say = voice.wording.say
    texted = any(m.person == person and m.purpose is Purpose.DETAILS for m in request.messages)
    return Answer(
        (
            say("call.accepted", code=spaced(request.code), time=clock_time(request.deadline_at)),
            *((say("call.texted"),) if texted else ()),
            say("call.holder_keys"),
        ),
        Listen(keys=1),
    )


def number(request: Request, voice: Voice) -> Answer:
    """The callback number, twice, for who has the request."""
    say = voice.wording.say
    if not request.callback:
        return Answer((say("call.no_number"),))
    sentence = say("call.number", number=phones.spoken(request.callback))
    return Answer((sentence, sentence, say("call.holder_keys")), Listen(keys=1))


def not_needed(request: Request, voice: Voice) -> Answer:
    """Somebody else has it, or others are being asked, or it is over."""
    if request.state is State.OPEN:
        return one_line(voice, "call.returned")
    if request.state is State.ACCEPTED:
        return Answer((voice.wording.say("call.taken", who=voice.who(request.accepted_by)),))
    return Answer((voice.wording.say("call.ended"),))


def one_line(voice: Voice, key: str) -> Answer:
    """One sentence, and the call ends."""
    return Answer((voice.wording.say(key),))


def _page_call(request: Request, message: Message, voice: Voice) -> Answer:
    if request.state is State.ACCEPTED and request.accepted_by == message.person:
        return accepted(request, message.person, voice)
    if request.state is not State.OPEN:
        return not_needed(request, voice)
    return Answer((_page_words(request, voice), voice.wording.say("call.keys")), Listen(keys=1))


def _page_words(request: Request, voice: Voice) -> str:
    say, notes = voice.wording.say, _notes(request, voice)
    if not request.place.region:
        return say("call.page_no_place", notes=notes)
    return say("call.page", code=spaced(request.code), notes=notes, **_spoken_place(request, voice))


def _overdue_call(request: Request, voice: Voice) -> Answer:
    about = {"code": spaced(request.code), **_spoken_place(request, voice)}
    if request.state is State.OPEN:
        return Answer((voice.wording.say("call.overdue_open", **about),), Listen(keys=1))
    if request.state is State.ACCEPTED:
        who = voice.who(request.accepted_by)
        return Answer((voice.wording.say("call.overdue_accepted", who=who, **about),), Listen(keys=1))
    return not_needed(request, voice)


def _holder_call(request: Request, message: Message, voice: Voice) -> Answer:
    if request.state is not State.ACCEPTED or request.accepted_by != message.person:
        return not_needed(request, voice)
    if message.purpose in (Purpose.RETURNED, Purpose.STAND_DOWN):
        return accepted(request, message.person, voice)  # they have taken it again meanwhile
    values = {"code": spaced(request.code)}
    if message.purpose is not Purpose.AGAIN:
        values["time"] = clock_time(request.deadline_at)
    return Answer(
        (voice.wording.say(f"call.{message.purpose}", **values), voice.wording.say("call.holder_keys")), Listen(keys=1)
    )


def _spoken_place(request: Request, voice: Voice) -> dict[str, str]:
    return {"place": voice.place(request.place), "region": voice.region(request.place)}
