"""What would be a stream of texts to one person, as one text: it names every code, place and deadline, and how to answer.

What is open stands first, by deadline and place, so that many codes fit; then what the person has, with the number to call;
then what they need not mind any more. A single message is the ordinary text.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from bridge.core import phones
from bridge.core.model import Message, Purpose, Request, State
from bridge.core.paged import text
from bridge.core.segments import plain, segments
from bridge.core.speech import Voice
from bridge.core.wording import clock_time

Part = tuple[Request, Message]
NAMED = 2  # codes in the example of an answer


def fitting(parts: Sequence[Part], voice: Voice, room: int) -> tuple[int, str]:
    """How many of the parts, from the first one on, fit into `room` segments, and the text of those. The first one always
    goes."""
    sizes = range(2, len(parts) + 1)
    fit = bisect_right(sizes, room, key=lambda size: segments(body(parts[:size], voice))) + 1
    return fit, body(parts[:fit], voice)


def body(parts: Sequence[Part], voice: Voice) -> str:
    """One text for all of these parts, which are to one person and are all still wanted."""
    if len(parts) == 1:
        return plain(text(*parts[0], voice))
    return plain(" ".join(section for make in _SECTIONS if (section := make(parts, voice))))


def _open(parts: Sequence[Part], voice: Voice) -> str:
    found = _about(parts, _offered)
    if not found:
        return ""
    listed = " ".join(_by(time, same, voice) for time, same in _grouped(found, lambda r: clock_time(r.deadline_at)))
    example = " ".join(request.code for request in found[:NAMED])
    return voice.wording.say("text.digest_open", count=str(len(found)), list=listed, codes=example)


def _by(time: str, requests: list[Request], voice: Voice) -> str:
    places = _grouped(requests, lambda request: voice.place(request.place, short=True))
    listed = "; ".join(voice.wording.say("text.digest_place", place=place, codes=_codes(same, " ")) for place, same in places)
    return voice.wording.say("text.digest_by", time=time, list=listed)


def _yours(parts: Sequence[Part], voice: Voice) -> str:
    found = _about(parts, _held)
    return voice.wording.say("text.digest_yours", list="; ".join(_one(each, voice) for each in found)) if found else ""


def _one(request: Request, voice: Voice) -> str:
    return voice.wording.say(
        "text.digest_yours_one",
        code=request.code,
        number=phones.written(request.callback) if request.callback else voice.wording.say("place.no_number"),
        time=clock_time(request.deadline_at),
        place=voice.place(request.place, short=True),
    )


def _scene(parts: Sequence[Part], voice: Voice) -> str:
    found = _about(parts, _awaited)
    each = (
        voice.wording.say(
            "text.digest_scene_one",
            code=request.code,
            time=clock_time(request.scene_by or request.deadline_at),
            place=voice.place(request.place, short=True),
        )
        for request in found
    )
    return voice.wording.say("text.digest_scene", list="; ".join(each)) if found else ""


def _returned(parts: Sequence[Part], voice: Voice) -> str:
    found = _about(parts, lambda request, message: message.purpose is Purpose.RETURNED)
    return voice.wording.say("text.digest_returned", codes=_codes(found, ", ")) if found else ""


def _stand_down(parts: Sequence[Part], voice: Voice) -> str:
    found = _about(parts, lambda request, message: message.purpose is Purpose.STAND_DOWN)
    return voice.wording.say("text.digest_stand_down", codes=_codes(found, ", ")) if found else ""


_SECTIONS: tuple[Callable[[Sequence[Part], Voice], str], ...] = (_open, _yours, _scene, _returned, _stand_down)


def _offered(request: Request, message: Message) -> bool:
    return message.purpose is Purpose.PAGE or (message.purpose in _NEWS and message.person != request.accepted_by)


def _held(request: Request, message: Message) -> bool:
    mine = message.person == request.accepted_by and request.state is State.ACCEPTED
    return message.purpose in (Purpose.DETAILS, Purpose.REMIND) or (message.purpose in _NEWS and mine)


def _awaited(request: Request, message: Message) -> bool:
    """Who has reached the caller is only told where they are awaited."""
    late_news = message.purpose is Purpose.CORRECTED and request.state is State.CONTACTED
    return message.purpose is Purpose.SCENE or late_news


_NEWS = frozenset({Purpose.AGAIN, Purpose.CORRECTED})  # what it is to somebody depends on who has the request


def _about(parts: Iterable[Part], fits: Callable[[Request, Message], bool]) -> list[Request]:
    """The requests of the parts that fit, each once."""
    return list({request.id: request for request, message in parts if fits(request, message)}.values())


def _grouped(requests: Iterable[Request], key: Callable[[Request], str]) -> list[tuple[str, list[Request]]]:
    """The requests by what they have in common, in the order of the first of each kind."""
    groups: dict[str, list[Request]] = {}
    for request in requests:
        groups.setdefault(key(request), []).append(request)
    return list(groups.items())


def _codes(requests: Iterable[Request], between: str) -> str:
    return between.join(request.code for request in requests)
