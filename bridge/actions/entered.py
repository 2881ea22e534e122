"""What a dispatcher has entered, made sure of: a place, a number, a person, a time. NotUnderstood says what is wrong."""

import uuid

from bridge.actions import texts
from bridge.actions.world import World
from bridge.core import lookup, phones
from bridge.core.board_course import name
from bridge.core.board_words import clock
from bridge.core.errors import NotUnderstood, Undecided
from bridge.core.model import Place, Request, State

MINUTES = range(1, 91)  # until somebody calls; nobody can text a longer time either
ELSEWHERE = "The place that this may mean is in another region. Choose it, or leave the place empty."


def once(typed: str) -> str:
    """The id of the request that this form makes, however often it is sent."""
    try:
        return uuid.UUID(typed).hex
    except ValueError:
        raise NotUnderstood(why="This form is not complete. Load the page again. Nothing was done.") from None


def place(world: World, typed: str, region: str) -> Place | None:
    """What was typed, or else the region; None where neither was given. Raises NotUnderstood, Undecided."""
    if region and region not in world.settings.regions:
        raise NotUnderstood(why="Choose a region from the list. Nothing was done.")
    if not typed.strip():
        return Place(region=region) if region else None
    found = lookup.find(typed, world.ears)
    if found and region:
        found = _in_region(found, typed, region)
    if len(found) > 1:
        raise Undecided(why=lookup.which(found), choices=found)
    if not found and not region:
        raise NotUnderstood(why=lookup.why_none(typed, world.ears))
    return found[0] if found else Place(region=region)


def _in_region(found: tuple[Place, ...], typed: str, region: str) -> tuple[Place, ...]:
    """Those in the region that was chosen, too. Where there are none, what sounds like the place may be another one."""
    here = tuple(place for place in found if place.region == region)
    if here or typed == lookup.written(found[0]):
        return here or found
    raise Undecided(why=ELSEWHERE, choices=found)


def number(world: World, typed: str) -> str:
    """The number in E.164; "" where none was given."""
    found = phones.callback_from(typed, world.settings.own_numbers)
    if typed.strip() and not found:
        raise NotUnderstood(why="That number cannot be called. Enter ten digits, with the area code. Nothing was done.")
    return found or ""


def name_of(world: World, person: str, request: Request | None = None) -> str:
    """The name of somebody on the roster, or of who has the request: they may have left the roster since."""
    has_it = request is not None and person != "" and person == request.accepted_by
    if person not in world.settings.roster.people and not has_it:
        raise NotUnderstood(why="Choose a person from the list. Nothing was done.")
    return name(person, world.voice.context)


def eta(world: World, request: Request, minutes: int | None) -> float | None:
    """When they call (seconds, UTC), where that was said and keeps the promise."""
    if minutes is None:
        return None
    if minutes not in MINUTES:
        raise NotUnderstood(why=f"Enter {MINUTES[0]} to {MINUTES[-1]} minutes, or nothing. Nothing was done.")
    at, latest = world.now() + 60.0 * minutes, texts.latest_eta(world, request)
    if at > latest and request.state in (State.OPEN, State.ACCEPTED):
        raise NotUnderstood(why=f"That is too late: the call back is due by {clock(latest, world.now())}. Nothing was done.")
    return at


def same(eta: float | None, standing: float | None) -> bool:
    """Whether nothing new is said about when they call: a second click comes a moment after the first."""
    return eta is None or (standing is not None and abs(eta - standing) < 60.0)
