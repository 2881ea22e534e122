"""What goes out, and what time brings.

`carry_out` does one effect of the outbox; `tick` finds what is due. Both may be run by any number of processes at once, twice,
or after a crash: an effect is claimed before it is sent, and what it points at is looked up again at that moment.
"""

import logging
import secrets

from bridge.actions import callers
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy, CarrierRefused, UnknownRequest
from bridge.core.events import Reported, Ticked
from bridge.core.model import PENDING, Channel, Message, Purpose, Request, State, Status
from bridge.core.phones import dialable
from bridge.core.messages import wanted
from bridge.core.speech import text

log = logging.getLogger(__name__)

BATCH = 200  # how much one tick takes on
OPTED_OUT = 21610  # the recipient has texted STOP; https://www.twilio.com/docs/api/errors/21610
# https://www.twilio.com/docs/api/errors
LINE_FAULTS = {30004: "blocked", 30007: "filtered as spam", 30032: "the toll-free number is not verified"}
RETRY_CAP = 5.0  # seconds: a page is tried again at least this often
FORGET_RETRY = 60.0  # seconds: the carrier deletes a record only once it is final


def carry_out(world: World, effect: str) -> None:
    """Send one message, or have its record deleted. Returns quietly where that is done, or being done, or needless."""
    if not world.store.claim(effect, secrets.token_hex(8), world.now()):
        return
    request_id, _, n = effect.rpartition("/")
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return world.store.drop(effect)
    message = request.message(int(n))
    if message.status not in PENDING:
        return world.store.drop(effect)
    outcome = _forget(world, message) if message.status is Status.FORGETTING else _send(world, request, message)
    world.apply(request_id, outcome)


def tick(world: World) -> float | None:
    """Do what is due, hand out what is stuck. Returns the next instant (seconds, UTC) at which something is due, or None."""
    now = world.now()
    for member in world.store.due(now, BATCH):
        try:
            _come_due(world, member)
        except Exception:
            log.exception("due %s could not be dealt with; again in %g s", member, RETRY_CAP)
            world.store.put_off(member, now + RETRY_CAP)
    for effect in world.store.lease(world.now(), BATCH):
        world.queue.put(effect)
    return world.store.next_due()


def reported(world: World, request_id: str, report: Reported) -> None:
    """A receipt came. Receipts for what is erased are nobody's any more."""
    try:
        code = int("0" + report.word.rpartition(" ")[2]) if report.word[-1:].isdecimal() else 0
        if code == OPTED_OUT:
            world.store.block_texts(world.store.load(request_id).message(report.n).person, "opted out")
        _alarm(code)
        world.apply(request_id, report)
    except (UnknownRequest, IndexError):
        log.info("receipt for unknown message %s/%d", request_id, report.n)


def _alarm(code: int) -> None:
    """What concerns the whole line and not one telephone is for the operator to mend."""
    if code in LINE_FAULTS:
        log.error("the carrier does not deliver our texts: error %d, %s", code, LINE_FAULTS[code])


def _come_due(world: World, member: str) -> None:
    if member.startswith("call/"):
        return callers.gone_quiet(world, member.removeprefix("call/"))
    try:
        after = world.apply(member, Ticked())
    except UnknownRequest:
        return world.store.never_due(member)
    if after.state is State.ERASED:
        world.store.compact()


def _send(world: World, request: Request, message: Message) -> Reported:
    if not wanted(request, message):
        return Reported(message.n, Status.DROPPED)
    person = world.settings.roster.people.get(message.person)
    if person is None or not dialable(person.phone, world.settings.own_numbers):
        return Reported(message.n, Status.FAILED, "no number")
    if message.channel is Channel.TEXT and message.person in world.no_text:
        return Reported(message.n, Status.FAILED, "opted out")
    try:
        sid = _hand_over(world, request, message, person.phone)
    except CarrierRefused as error:
        return _refused(world, message, error.details)
    except CarrierBusy as error:
        log.warning("message %s/%d not taken (%s), again soon", request.id, message.n, error.details["reason"])
        return Reported(message.n, Status.WAITING, "carrier busy", retry_at=world.now() + _pause(message, error))
    return Reported(message.n, Status.SENT, sid=sid)


def _hand_over(world: World, request: Request, message: Message, phone: str) -> str:
    here = f"{world.settings.public_url}/page/{request.id}/{message.n}"
    if message.channel is Channel.TEXT:
        return world.carrier.send_text(phone, text(request, message, world.voice), f"{here}/receipt")
    ring_for = world.settings.policy.ring_for
    if message.purpose is Purpose.OVERDUE:
        ring_for = world.settings.policy.dispatch_ring_for
    return world.carrier.place_call(phone, f"{here}/answered", f"{here}/receipt", ring_for)


def _refused(world: World, message: Message, details: dict[str, object]) -> Reported:
    code = int(str(details["code"]))
    if code == OPTED_OUT:
        world.store.block_texts(message.person, "opted out")
    log.warning("message to %s refused for good: error %d", message.person, code)
    _alarm(code)
    return Reported(message.n, Status.FAILED, f"refused {details['code']}")


def _pause(message: Message, error: CarrierBusy) -> float:
    """Half a second, doubled each time up to the cap, but as long as the carrier asks for."""
    asked = float(str(error.details["retry_after"]))
    doubled: float = 0.5 * 2 ** min(message.tries, 10)
    return max(asked, min(RETRY_CAP, doubled))


def _forget(world: World, message: Message) -> Reported:
    try:
        world.carrier.forget(message.channel, message.sid)
    except CarrierBusy:
        return Reported(message.n, Status.FORGETTING, retry_at=world.now() + FORGET_RETRY)
    except CarrierRefused as error:
        log.warning("the carrier keeps the record of message %d: error %s", message.n, error.details["code"])
        return Reported(message.n, Status.FORGOTTEN, f"kept by the carrier: {error.details['code']}")
    return Reported(message.n, Status.FORGOTTEN)
