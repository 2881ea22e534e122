"""The talk with a caller: one question at a time, and never a dead end.

The rules:
- Two answers are needed, a place and a number, each read back. Everything else is help.
- An answer that is not understood is asked for once more in a way that helps: any place, then the county, then the ZIP or the
  part of the state by one key. As many failures in a row as the policy says, and the caller is put through to a person.
- 0, or asking for a person in words, puts the caller through at any moment.
- `turn` counts the questions. An answer to an older question (a webhook that came twice) changes nothing: the question that
  stands is asked again.

What a caller says is never stored: only the place that was understood, until the call is over.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.core.model import Context, Place
from bridge.core.phones import callback_from
from bridge.core.places import DOUBTFUL, Found, Gazetteer, Nothing, One, Outside, Several, settled
from bridge.core.places import Place as Known

MOST_TURNS = 30  # somebody who is still asked after so many questions needs a person


class Stage(StrEnum):
    """Which question stands."""

    PLACE = "place"
    COUNTY = "county"
    ZIP = "zip"
    CONFIRM_PLACE = "confirm-place"
    OFFER_NUMBER = "offer-number"
    NUMBER = "number"
    CONFIRM_NUMBER = "confirm-number"
    COMPLETE = "complete"  # everything is known: the request is to be stored
    PUT_THROUGH = "put-through"  # to a dispatcher
    TOLD = "told"  # the promise, or the truth, was spoken
    WAITING = "waiting"  # the caller has stayed on the line


@dataclass(frozen=True)
class Call:
    """One caller's call, as far as it has come. `caller_id` and `callback` are E.164 or empty. `sid` is the carrier's name."""

    sid: str
    request_id: str  # the id its request will have, so that storing it twice stores it once
    caller_id: str = ""
    withheld: bool = False  # there is no usable number to show to who is dialled
    stage: Stage = Stage.PLACE
    turn: int = 0
    failures: int = 0
    trouble: str = ""  # what was wrong with the last answer: a sentence of the wording
    place: Place = Place()
    confirmed: bool = False  # the caller said that the place is right
    candidates: tuple[Place, ...] = ()
    callback: str = ""
    asked: bool = False  # the caller asked for a person
    reached: bool = False  # a dispatcher answered
    dials: int = 0
    stored: bool = False  # its request is in the store
    waits_from: float = 0.0  # since when the caller waits on the line (seconds, UTC)
    waited: int = 0  # rounds of waiting since the caller was told how it stands
    plight: str = ""  # what the caller was told last while waiting

    @property
    def number(self) -> str:
        """The best number known to call back on, or empty."""
        return self.callback or self.caller_id


@dataclass(frozen=True)
class Heard:
    """One answer: keys, or words with the recogniser's confidence (0 to 1), or neither, which is silence."""

    digits: str = ""
    speech: str = ""
    confidence: float | None = None

    @property
    def text(self) -> str:
        """What was keyed or said, keys first."""
        return self.digits or self.speech


@dataclass(frozen=True)
class Ears:
    """What it takes to understand an answer."""

    gazetteer: Gazetteer
    context: Context
    own_numbers: frozenset[str]

    @property
    def regions(self) -> dict[str, str]:
        """County -> region."""
        return {county: region.id for region in self.context.regions.values() for county in region.counties}

    @property
    def region_keys(self) -> dict[str, str]:
        """Key on the telephone -> region, in the order of their letters."""
        return {str(key): region for key, region in enumerate(sorted(self.context.regions), start=1)}


def hear(call: Call, heard: Heard, ears: Ears) -> Call:
    """The call after an answer to the question that stands."""
    call = replace(call, turn=call.turn + 1, trouble="")
    if _wants_a_person(heard) or call.turn > MOST_TURNS:
        return replace(call, stage=Stage.PUT_THROUGH, asked=_wants_a_person(heard))
    if call.stage in _HEAR and heard.text != "*":
        return _HEAR[call.stage](call, heard, ears)
    return call


def _place(call: Call, heard: Heard, ears: Ears) -> Call:
    if not heard.text:
        return _ask_place_again(call, "caller.not_heard", ears)
    if not heard.digits and (heard.confidence or 1.0) < DOUBTFUL and not call.failures:
        return _ask_place_again(call, "caller.not_understood", ears)  # once: the second time an exact name is believed
    region = ears.region_keys.get(heard.digits) if call.stage is Stage.ZIP else None
    if region:
        return _found_place(call, Place(region=region))
    return _looked_up(call, ears.gazetteer.look_up(heard.text, None if heard.digits else heard.confidence), ears)


def _looked_up(call: Call, found: Found, ears: Ears) -> Call:
    match settled(found, ears.regions):
        case One(place):
            return _chosen(call, [named(place, ears)], ears)
        case Several(places):
            counties = [place for place in places if place.kind == "county" and call.stage is Stage.COUNTY]
            return _chosen(call, [named(place, ears) for place in counties or places], ears)
        case Outside():
            return _ask_place_again(call, "caller.outside", ears)
        case Nothing():
            return _ask_place_again(call, "caller.not_understood", ears)


def named(place: Known, ears: Ears) -> Place:
    """The place as a request has it, with its region."""
    label = f"{place.name} County" if place.kind == "county" else place.name
    return Place(label, place.county, ears.regions[place.county])


def _chosen(call: Call, places: list[Place], ears: Ears) -> Call:
    """One region: that is the place. Several: the county decides, and what was said before counts."""
    known = [old for old in call.candidates for new in places if old.county == new.county]
    places = known or places
    if len({place.region for place in places}) == 1:
        return _found_place(call, places[0])
    return _ask_place_again(replace(call, candidates=tuple(places)), "caller.several", ears)


def _found_place(call: Call, place: Place) -> Call:
    return replace(call, place=place, stage=Stage.CONFIRM_PLACE)


def _ask_place_again(call: Call, trouble: str, ears: Ears) -> Call:
    """Any place, then the county, then the ZIP; then a person."""
    call = _failed(call, trouble, ears)
    stage = (Stage.PLACE, Stage.COUNTY, Stage.ZIP)[min(call.failures, 2)]
    return call if call.stage is Stage.PUT_THROUGH else replace(call, stage=stage, place=Place())


def _confirm_place(call: Call, heard: Heard, ears: Ears) -> Call:
    match _yes_or_no(heard):
        case True:
            stage = Stage.OFFER_NUMBER if call.caller_id else Stage.NUMBER
            return replace(call, stage=stage, confirmed=True, failures=0, candidates=())
        case False:
            return _ask_place_again(replace(call, candidates=(), place=Place()), "", ears)
        case None:
            return _failed(call, _trouble(heard), ears)


def _offer_number(call: Call, heard: Heard, ears: Ears) -> Call:
    match _yes_or_no(heard):
        case True:
            return replace(call, stage=Stage.COMPLETE, callback=call.caller_id)
        case False:
            return replace(call, stage=Stage.NUMBER)
        case None:
            return _number(call, heard, ears)


def _number(call: Call, heard: Heard, ears: Ears) -> Call:
    number = callback_from(heard.text, ears.own_numbers)
    if number:
        return replace(call, stage=Stage.CONFIRM_NUMBER, callback=number, failures=0)
    trouble = "caller.bad_number" if len(heard.digits) > 1 else _trouble(heard)
    return _failed(call, trouble, ears)


def _confirm_number(call: Call, heard: Heard, ears: Ears) -> Call:
    match _yes_or_no(heard):
        case True:
            return replace(call, stage=Stage.COMPLETE)
        case False:
            again = _failed(replace(call, callback=""), "", ears)
            return again if again.stage is Stage.PUT_THROUGH else replace(again, stage=Stage.NUMBER)
        case None:
            return _failed(call, _trouble(heard), ears)


def _last_try(call: Call, ears: Ears) -> bool:
    return call.failures + 1 >= ears.context.policy.failures


def _failed(call: Call, trouble: str, ears: Ears) -> Call:
    stage = Stage.PUT_THROUGH if _last_try(call, ears) else call.stage
    return replace(call, failures=call.failures + 1, trouble=trouble, stage=stage)


def _trouble(heard: Heard) -> str:
    return "caller.not_understood" if heard.text else "caller.not_heard"


def _yes_or_no(heard: Heard) -> bool | None:
    if heard.digits:
        return {"1": True, "2": False}.get(heard.digits)
    return _SAID.get(_words(heard.speech))


def _wants_a_person(heard: Heard) -> bool:
    said = set(_words(heard.speech.replace("'", "")).split()) - _POLITE
    return heard.digits == "0" or (not heard.digits and bool(said) and said <= _PERSON)


def _words(speech: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in speech.casefold()).split())


_SAID = {
    **dict.fromkeys(("yes", "yeah", "yep", "correct", "right", "one", "1", "that is right", "yes it is"), True),
    **dict.fromkeys(("no", "nope", "wrong", "two", "2", "that is wrong", "change it"), False),
}
_PERSON_WORDS = "0 zero operator dispatcher dispatch person human agent help representative somebody someone"
_POLITE_WORDS = (
    "a an the i id like me my can could you let please just want need get give to talk speak with real live alea thanks"
)
_PERSON, _POLITE = frozenset(_PERSON_WORDS.split()), frozenset(_POLITE_WORDS.split())
_HEAR = {
    Stage.PLACE: _place,
    Stage.COUNTY: _place,
    Stage.ZIP: _place,
    Stage.CONFIRM_PLACE: _confirm_place,
    Stage.OFFER_NUMBER: _offer_number,
    Stage.NUMBER: _number,
    Stage.CONFIRM_NUMBER: _confirm_number,
}
