"""What a paged person reads and hears: a request and one of its messages in, words out.

Everything is made from the request as it stands at this moment, so that nothing is said that is no longer true.
"""

from collections.abc import Callable
from dataclasses import replace

from bridge.core import phones
from bridge.core.model import Channel, Message, Purpose, Request, State
from bridge.core.pins import MOST
from bridge.core.speech import Answer, Listen, Menu, Through, Voice, one_line
from bridge.core.wording import clock_time, spaced


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
    who = voice.who(request.accepted_by)
    if request.eta_at is not None:
        return voice.wording.say("text.stand_down_eta", code=request.code, who=who, time=clock_time(request.eta_at))
    return voice.wording.say("text.stand_down", code=request.code, who=who)


def _scene_text(request: Request, message: Message, voice: Voice) -> str:
    return voice.wording.say("text.scene", time=clock_time(request.scene_by or 0.0), **_about(request, voice))


def _remind_text(request: Request, message: Message, voice: Voice) -> str:
    return voice.wording.say("text.remind", code=request.code, **_number(request, voice))


def _again_text(request: Request, message: Message, voice: Voice) -> str:
    if message.person == request.accepted_by:
        return voice.wording.say("text.again_holder", code=request.code, number=_number(request, voice)["number"])
    return voice.wording.say("text.again", **_about(request, voice))


def _corrected_text(request: Request, message: Message, voice: Voice) -> str:
    if message.person == request.accepted_by:
        number = _number(request, voice)["number"]
        return voice.wording.say("text.corrected_holder", number=number, **_about(request, voice))
    return voice.wording.say("text.corrected", **_about(request, voice))


_TEXTS: dict[Purpose, Callable[[Request, Message, Voice], str]] = {
    Purpose.PAGE: _page_text,
    Purpose.DETAILS: _details_text,
    Purpose.STAND_DOWN: _stand_down_text,
    Purpose.REMIND: _remind_text,
    Purpose.RETURNED: lambda request, message, voice: voice.wording.say("text.returned", code=request.code),
    Purpose.AGAIN: _again_text,
    Purpose.CORRECTED: _corrected_text,
    Purpose.SCENE: _scene_text,
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


def page_call(request: Request, message: Message, voice: Voice) -> Answer:
    """What somebody hears who picks up a call that we placed."""
    if message.purpose is Purpose.PAGE:
        return _page_call(request, message, voice)
    if message.purpose is Purpose.OVERDUE:
        return _overdue_call(request, voice)
    if message.purpose in (Purpose.SCENE, Purpose.SCENE_OVERDUE):
        return _scene_call(request, message, voice)
    if message.purpose is Purpose.CORRECTED:
        return _corrected_call(request, message, voice)
    return _holder_call(request, message, voice)


def accepted(request: Request, person: str, voice: Voice) -> Answer:
    """They have it now. The number comes by text, and on a key."""
    say = voice.wording.say
    texted = any((m.person, m.purpose, m.channel) == (person, Purpose.DETAILS, Channel.TEXT) for m in request.messages)
    return Answer(
        (
            say("call.accepted", code=spaced(request.code), time=clock_time(request.deadline_at)),
            *((say("call.texted"),) if texted else ()),
            _holder_keys(request, voice),
        ),
        Listen(keys=1),
    )


def connecting(request: Request, voice: Voice, *, waiting: bool = False) -> Answer:
    """They are put through: to the caller's telephone, or to the caller who waits on the line."""
    if waiting:
        return Answer((voice.wording.say("call.connecting_waiting"),), through=Through.LINE)
    return Answer((voice.wording.say("call.connecting"),), through=Through.CALLER, number=request.callback)


def accepted_with_caller_waiting(voice: Voice) -> Answer:
    """They have it now, and the caller is there: few words, for somebody waits."""
    say = voice.wording.say
    return Answer((say("call.accepted_waiting"), say("call.connecting_waiting")), through=Through.LINE)


def not_answered(request: Request, voice: Voice) -> Answer:
    """The caller did not answer, or is not on the line any more."""
    return Answer((voice.wording.say("call.not_answered"), _holder_keys(request, voice)), Listen(keys=1))


def talked(voice: Voice) -> Answer:
    """Two telephones were connected. Whether the caller was on the other one only a key can say."""
    return Answer((voice.wording.say("call.talked"),), Listen(keys=1), menu=Menu.TALKED)


def no_more_talks(request: Request, voice: Voice) -> Answer:
    """The line connects nobody any more: here is the number."""
    return replace(number(request, voice), say=(voice.wording.say("call.no_talk"), *number(request, voice).say))


def _holder_keys(request: Request, voice: Voice) -> str:
    return voice.wording.say("call.holder_keys" if request.callback else "call.holder_keys_no_number")


def number(request: Request, voice: Voice) -> Answer:
    """The callback number, twice, for who has the request."""
    say = voice.wording.say
    if not request.callback:
        return Answer((say("call.no_number"), _holder_keys(request, voice)), Listen(keys=1))
    sentence = say("call.number", number=phones.spoken(request.callback))
    return Answer((sentence, sentence, _holder_keys(request, voice)), Listen(keys=1))


def not_needed(request: Request, voice: Voice) -> Answer:
    """Somebody else has it, or others are being asked, or it is over."""
    if request.state is State.OPEN:
        return one_line(voice, "call.returned")
    if request.state is State.ACCEPTED:
        return Answer((voice.wording.say("call.taken", who=voice.who(request.accepted_by)),))
    return Answer((voice.wording.say("call.ended"),))


def ask_for_pin(voice: Voice, key: str, menu: Menu, trouble: str = "") -> Answer:
    """This key takes effect once they have entered their PIN. `trouble` is what was wrong with the last one."""
    say = (trouble, voice.wording.say("call.pin")) if trouble else (voice.wording.say("call.pin"),)
    return Answer(say, Listen(keys=MOST), menu=menu, key=key)


def and_how_to_come_back(answer: Answer, voice: Voice) -> Answer:
    """The same, for somebody whose telephone has opted out of our texts."""
    return replace(answer, say=(*answer.say, voice.wording.say("call.opted_out")))


def _page_call(request: Request, message: Message, voice: Voice) -> Answer:
    if request.state is State.ACCEPTED and request.accepted_by == message.person:
        return accepted(request, message.person, voice)
    if request.state is not State.OPEN:
        return not_needed(request, voice)
    return Answer((_page_words(request, voice), voice.wording.say("call.keys")), Listen(keys=1), menu=Menu.TAKE)


def _page_words(request: Request, voice: Voice) -> str:
    say, notes = voice.wording.say, _notes(request, voice)
    if not request.place.region:
        return say("call.page_no_place", notes=notes)
    return say("call.page", code=spaced(request.code), notes=notes, **_spoken_place(request, voice))


def _overdue_call(request: Request, voice: Voice) -> Answer:
    about = {"code": spaced(request.code), **_spoken_place(request, voice)}
    if request.state is State.OPEN:
        return Answer((voice.wording.say("call.overdue_open", **about),), Listen(keys=1), menu=Menu.TAKE)
    if request.state is State.ACCEPTED:
        who = voice.who(request.accepted_by)
        return Answer((voice.wording.say("call.overdue_accepted", who=who, **about),), Listen(keys=1), menu=Menu.HEARD)
    return not_needed(request, voice)


def _holder_call(request: Request, message: Message, voice: Voice) -> Answer:
    if request.state is not State.ACCEPTED or request.accepted_by != message.person:
        return not_needed(request, voice)
    if message.purpose in (Purpose.RETURNED, Purpose.STAND_DOWN):
        return accepted(request, message.person, voice)  # they have taken it again meanwhile
    values = {"code": spaced(request.code)}
    if message.purpose not in (Purpose.AGAIN, Purpose.CONNECT):
        values["time"] = clock_time(request.deadline_at)
    return Answer((voice.wording.say(f"call.{message.purpose}", **values), _holder_keys(request, voice)), Listen(keys=1))


def _scene_call(request: Request, message: Message, voice: Voice) -> Answer:
    if not request.awaited:
        return not_needed(request, voice)
    values = {"code": spaced(request.code), "time": clock_time(request.scene_by or 0.0), **_spoken_place(request, voice)}
    if message.purpose is Purpose.SCENE_OVERDUE:
        who = voice.who(request.accepted_by) or voice.wording.say("place.nobody")
        return Answer((voice.wording.say("call.scene_overdue", who=who, **values),), Listen(keys=1), menu=Menu.HEARD)
    return Answer((voice.wording.say("call.scene", **values),), Listen(keys=1), menu=Menu.ARRIVED)


def _corrected_call(request: Request, message: Message, voice: Voice) -> Answer:
    """For who has the request, or has reached the caller and is awaited on scene."""
    has_it = request.state is State.ACCEPTED or request.awaited
    if not has_it or request.accepted_by != message.person:
        return not_needed(request, voice)
    said = voice.wording.say("call.corrected", code=spaced(request.code), **_spoken_place(request, voice))
    if request.state is not State.ACCEPTED:
        awaited = _scene_call(request, message, voice)
        return replace(awaited, say=(said, *awaited.say))
    return Answer((said, _holder_keys(request, voice)), Listen(keys=1))


def _spoken_place(request: Request, voice: Voice) -> dict[str, str]:
    return {"place": voice.place(request.place), "region": voice.region(request.place)}
