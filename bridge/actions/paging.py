"""What time brings, and what the carrier says became of what was sent.

`tick` finds what is due and what is stuck, and may be run by any number of processes at once. What goes out: see `sending`.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bridge.actions import callers, notices, reachable, trail
from bridge.actions.world import World
from bridge.core.errors import SealedElsewhere, UnknownRequest
from bridge.core.events import Reported, Ticked
from bridge.core.model import RANK, Channel, Message, State, Status

log = structlog.get_logger(__name__)

BATCH = 200  # how much one tick takes on
AGAIN = 5.0  # seconds until what could not be dealt with is tried again


def tick(world: World) -> float | None:
    """Do what is due, hand out what is stuck. Returns the next instant (seconds, UTC) at which something is due, or None."""
    now = world.now()
    for effect in world.store.lease(now, BATCH):
        world.queue.put(effect)
    for member in world.store.due(now, BATCH):
        try:
            _come_due(world, member)
        except Exception:
            log.exception("what is due could not be dealt with", due=member, seconds=AGAIN)
            world.store.put_off(member, now + AGAIN)
    notices.watch(world)
    return world.store.next_due()


def reported(world: World, request_id: str, report: Reported) -> None:
    """A receipt came. Receipts for what is erased are nobody's any more."""
    _reported(world, [f"{request_id}/{report.n}"], report)


def bundle_reported(world: World, bundle: str, status: Status, word: str, sid: str) -> None:
    """A receipt came for a text or call that stands for several messages."""
    _reported(world, world.lanes.bundle(bundle), Reported(0, status, word, sid))


def _reported(world: World, effects: Sequence[str], report: Reported) -> None:
    """It is true of each of these messages, which are all to one person. What it says of their telephone is learned first."""
    code, last = _code(report.word), None
    for effect in effects:
        request_id, _, n = effect.rpartition("/")
        try:
            if code and last is None:
                _learn(world, world.store.load(request_id).message(int(n)), report.status, code)
            last = world.apply(request_id, replace(report, n=int(n))).message(int(n))
        except (UnknownRequest, SealedElsewhere, IndexError):
            log.info("receipt for unknown message", effect=effect)
    if last and last.channel is Channel.CALL and report.status is Status.FAILED:
        world.lanes.hung_up(last.person)


def _learn(world: World, message: Message, status: Status, code: int) -> None:
    """What a receipt says of a telephone, once: a copy of it, months later, may not be true any more."""
    if RANK[status] > RANK[message.status]:
        reachable.learn(world, message.person, code)


def _code(word: str) -> int:
    """The error in the carrier's words, or 0."""
    error = word.rpartition(" ")[2]
    return int(error) if error.isascii() and error.isdecimal() else 0


def _come_due(world: World, member: str) -> None:
    if member.startswith("call/"):
        return callers.gone_quiet(world, member.removeprefix("call/"))
    try:
        after = world.apply(member, Ticked())
    except UnknownRequest:
        return world.store.never_due(member)
    if after.state is State.ERASED:
        trail.note(world, trail.CLOCK, "erased place and number", after.code)
        world.store.compact(world.now())
