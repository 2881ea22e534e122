"""The carrier's own records are deleted: whoever has got a sid leaves it here, and the workers go on until the carrier has it
no more.

One effect of the outbox, "record", stands for all of them, and deletes one at a time: pages that wait in the queue go between,
and a carrier that hangs holds up one worker, for a tenth of its time. The rules stand in `bridge.core.records`; what nobody has
remembered `sweep` finds.
"""

import secrets

import structlog

from bridge.actions import line
from bridge.actions.backoff import jitter
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.core.records import GIVEN_UP, Record, again_in, record_of

log = structlog.get_logger(__name__)

EFFECT = "record"
SETTLES = 60.0  # seconds until the carrier has done with a call or text that has just ended
AWAY = 60.0  # seconds for which a carrier that takes no texts or calls is left alone
LEAST_REST = 5.0  # seconds for which a carrier that fails is left alone;
SHARE = 10.0  # longer where it took long to fail: of a worker's time no more than a tenth


def leave(world: World, channel: Channel, sid: str, wait: float = SETTLES) -> None:
    """The carrier's record of this text, call or queue is to be deleted, for the first time in `wait` seconds. Durable when it
    returns; left once more it changes nothing. Raises what the store raises."""
    now = world.now()
    record = record_of(channel, sid, now)
    if record:
        world.store.leave_record(record, now + wait)
    elif sid:
        log.warning("record not understood", channel=channel.value)


def carry_out(world: World) -> None:
    """Have one record deleted. Returns quietly where somebody else does, or nothing is due."""
    now = world.now()
    if not world.store.claim(EFFECT, secrets.token_hex(8), now):
        return
    record = world.store.next_record(now)
    rests = _deleted(world, record) if record else 0.0
    if world.store.arm_records(world.now(), world.now() + rests):
        try:
            world.queue.put(EFFECT)
        except Exception as error:  # noqa: BLE001  it stands in the outbox
            log.warning("records left to the clock", error=type(error).__name__)


def _deleted(world: World, record: Record) -> float:
    """Ask the carrier to. Returns for how many seconds it is to be left alone."""
    if line.closed(world, record.channel):
        return AWAY
    began = world.now()
    try:
        world.carrier.forget(record.channel, record.sid)
    except CarrierBusy as error:
        return _later(world, record, error, world.now() - began)
    except CarrierRefused as error:
        _kept(world, record, int(str(error.details["code"])) or int(str(error.details["status"])))
        return 0.0
    world.store.record_gone(record)
    return 0.0


def _later(world: World, record: Record, error: CarrierBusy, took: float) -> float:
    """A record that is not final keeps no other waiting; a carrier that fails does."""
    now, asked = world.now(), float(str(error.details["retry_after"]))
    trouble = bool(error.details.get("trouble", error.details["reason"]))
    if now - record.since > GIVEN_UP and not trouble:
        _kept(world, record, int(str(error.details.get("status", 0))))
        return 0.0
    world.store.put_off_record(record, now + max(asked, again_in(now - record.since)) + jitter())
    return max(asked, LEAST_REST, SHARE * took) if trouble else 0.0


def _kept(world: World, record: Record, code: int) -> None:
    log.warning("record kept by the carrier", effect=record.effect, code=code)
    world.store.record_kept(record, code, world.now())
