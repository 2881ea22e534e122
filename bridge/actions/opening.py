"""How a request comes into being, whoever asks for it: a caller on the telephone, or a dispatcher who took the call."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

from bridge.actions.world import World
from bridge.core.events import EXPIRED, CalledAgain, Closed
from bridge.core.model import Place, Request, State
from bridge.core.replies import CODES, is_code
from bridge.core.request import opened

MOST_TRIES = 5  # a request that is called again may end in that very moment
SHORT_CODES_TRIED = 20


def draft(world: World, request_id: str, place: Place, callback: str, *, incomplete: bool, hung_up: bool = False) -> Request:
    """A request that begins now, without a code."""
    now = world.now()
    return Request(
        id=request_id,
        code="",
        opened_at=now,
        deadline_at=now + world.settings.policy.deadline,
        place=place,
        callback=callback,
        incomplete=incomplete,
        hung_up=hung_up,
    )


def create(world: World, request: Request, call_sid: str = "") -> str:
    """Store the draft under a code that has rested, and have people paged. Returns the id of the request that stands: this one,
    or the one that is open for its number already."""
    for code in _codes():
        now = world.now()
        begun, effects = opened(replace(request, code=code), world.context, now, call_sid=call_sid)
        standing = world.store.create(begun, effects, now)
        if standing == begun.id:
            world.hand_out(begun.id, effects, now)
        if standing:
            return standing
    raise AssertionError("codes never end")


def called_again(world: World, request_id: str, event: CalledAgain) -> tuple[Request, Request]:
    """Let it happen to the request that stands, as `World.change` does. One that may not be kept for as long as is promised
    anew is ended first, and NotAllowed is raised: who calls now makes a new one."""
    request = world.store.load(request_id)
    ends_at = request.given_up_at if request.state in (State.OPEN, State.ACCEPTED) else None
    if ends_at is not None and ends_at - world.now() < world.settings.policy.deadline:
        world.apply(request_id, Closed(EXPIRED))
    return world.change(request_id, event)


def _codes() -> Iterator[str]:
    """Short codes at random; in a flood that has used most of them, longer ones."""
    for _ in range(SHORT_CODES_TRIED):
        yield secrets.choice(CODES)
    while True:
        longer = str(secrets.randbelow(10_000))
        if is_code(longer):
            yield longer
