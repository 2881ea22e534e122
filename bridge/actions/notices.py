"""What becomes of a notice: it leaves by text or call, its receipts come back, and who picks up hears it.

A notice is claimed before it is sent, like every effect of the outbox, so that any number of processes may try at once.
"""

import secrets
from dataclasses import replace

import structlog

from bridge.actions import attempts, line, reachable, records
from bridge.actions.backoff import jitter, pause
from bridge.actions.watch import stands, watch
from bridge.actions.world import World
from bridge.core.circuit import PROBE_EVERY
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.ledger import Notice
from bridge.core.model import RANK, Channel, Status
from bridge.core.phones import dialable
from bridge.core.rota import Person
from bridge.core.segments import plain, segments
from bridge.core.speech import Answer, Listen, one_line

__all__ = ["carry_out", "picked_up", "pressed", "reported", "watch"]

log = structlog.get_logger(__name__)

URGENCY = 4e9  # seconds, UTC: later than any page, so that pages go first
RETRY_FIRST, RETRY_CAP = 1.0, 60.0  # seconds
CALL_AGAIN = 600.0  # seconds until somebody who did not pick up is called again
MOST_CALLS = 3
MOST_PROMPTS = 3  # how often in a row somebody is asked for the code
CODES = ("notice.code", "notice.code_spoken")
# Worth a call where the text fails, and another one where nobody picks up.
MATTERS = frozenset({"notice.changed", "notice.warning", "notice.swap_offer", "notice.swap_agreed"})
CALLED_AGAIN = MATTERS | {"notice.opted_out"}
ABOUT_TEXTS = ("notice.opted_out", "notice.opted_out_desk", "notice.landline_desk")


def carry_out(world: World, notice_id: str) -> None:
    """Send one notice. Returns quietly where that is done, or being done, or needless."""
    effect = f"notice/{notice_id}"
    if not world.store.claim(effect, secrets.token_hex(8), world.now()):
        return
    notice = world.rota.load_notice(notice_id)
    if notice is None or notice.status is not Status.WAITING:
        return world.store.drop(effect)
    person = world.settings.roster.people.get(notice.person)
    if person is None or not dialable(person.phone, world.settings.own_numbers):
        return _settle(world, notice, Status.FAILED, "no number")
    if not _still_true(world, notice):
        return _settle(world, notice, Status.DROPPED)
    if notice.channel is Channel.TEXT and person.id in world.blocked:
        return _settle(world, notice, Status.FAILED, "opted out")
    _send(world, notice, person)


def reported(world: World, notice_id: str, status: Status, word: str, sid: str) -> None:
    """A receipt came. `word` is the carrier's, such as "undelivered 30003"."""
    notice = world.rota.load_notice(notice_id)
    if notice is None:
        log.info("receipt for unknown notice", notice=notice_id)
        return
    if status is Status.FAILED and notice.channel is Channel.CALL:
        world.lanes.hung_up(notice.person)
    code = word.rpartition(" ")[2]
    if code.isdecimal() and RANK[status] > RANK[notice.status]:  # a copy of a receipt may not be true any more
        reachable.learn(world, notice.person, int(code))
    if sid != notice.sid:  # the answer to its sending was lost: here its record comes to light
        records.leave(world, notice.channel, sid)
    _settle(world, notice, status, word, sid)


def picked_up(world: World, notice_id: str) -> Answer:
    """Somebody, or something, picked up the call that we placed. What is only to be heard is said, and the call ends."""
    notice = world.rota.load_notice(notice_id)
    if notice is None or not notice.values:
        return one_line(world.voice, "notice.over")
    world.lanes.talks(notice.person, world.now())
    said = world.voice.wording.say(notice.key, **notice.values)
    if notice.key in CODES:
        return Answer((said,), Listen(keys=reachable.DIGITS[Channel.CALL]))
    _settle(world, notice, Status.ANSWERED, "heard")
    return Answer((said, world.voice.wording.say("notice.goodbye")))


def pressed(world: World, notice_id: str, digits: str, prompts: int) -> Answer:
    """A code was keyed in, or nothing (""). `prompts` counts how often we have asked."""
    notice = world.rota.load_notice(notice_id)
    person = world.settings.roster.people.get(notice.person) if notice else None
    if notice is None or person is None or notice.key not in CODES or not notice.values:
        return one_line(world.voice, "notice.over")
    if not digits:
        return picked_up(world, notice_id) if prompts < MOST_PROMPTS else one_line(world.voice, "notice.goodbye")
    found = reachable.answered(world, person, Channel.CALL, digits)
    if found == "rota.code_right":
        _settle(world, notice, Status.ANSWERED, "code given back")
        return one_line(world.voice, "notice.code_right")
    if found == "rota.code_wrong":
        asked = picked_up(world, notice_id)
        return replace(asked, say=(world.voice.wording.say("notice.code_wrong"), *asked.say))
    return one_line(world.voice, "notice.code_end")


def _send(world: World, notice: Notice, person: Person) -> None:
    body = plain(world.voice.wording.say(notice.key, **notice.values))
    cost = segments(body) if notice.channel is Channel.TEXT else 1
    effect, now = f"notice/{notice.id}", world.now()
    permit = world.lanes.ask(effect, person.id, notice.channel, cost=cost, urgency=URGENCY, now=now, joins=False, patient=True)
    if permit.until is not None:
        return _next(world, notice.channel, permit.more)
    _next(world, notice.channel, world.lanes.leaves(person.id, notice.channel, permit, cost, now))
    try:
        taken = attempts.found(world, [effect], person, notice.channel)
        sid = taken.get(effect) or _hand_over(world, notice, person, body)
    except CarrierRefused as error:
        code = int(str(error.details["code"]))
        log.warning("notice refused for good", notice=notice.id, code=code)
        reachable.learn(world, person.id, code)
        return _settle(world, notice, Status.FAILED, f"refused {code}")
    except CarrierBusy as error:
        return _put_off(world, notice, error)
    _settle(world, notice, Status.SENT, sid=sid)
    records.leave(world, notice.channel, sid)


def _next(world: World, channel: Channel, more: bool) -> None:
    """Something else may leave at this very instant."""
    if more:
        world.queue.put(f"lane/{channel}")


def _put_off(world: World, notice: Notice, error: CarrierBusy) -> None:
    now, tried = world.now(), replace(notice, tries=notice.tries + 1, word="carrier busy")
    is_away = notice.channel in line.away(world)
    until = now + (PROBE_EVERY + jitter() if is_away else _pause(notice, error))  # it has probed: others wait for that
    if is_away and notice.channel is Channel.TEXT:
        _call_too(world, notice)
    world.rota.change_notice(notice.id, lambda known: replace(tried, changed_at=now) if known == notice else known, until)
    _next(world, notice.channel, world.lanes.in_vain(notice.person, notice.channel, until, now))


def _hand_over(world: World, notice: Notice, person: Person, body: str) -> str:
    here, texted = f"{world.settings.public_url}/notice/{notice.id}", notice.channel is Channel.TEXT

    def hand_over() -> str:
        if texted:
            return world.carrier.send_text(person.phone, body, f"{here}/receipt")
        return world.carrier.place_call(person.phone, f"{here}/answered", f"{here}/receipt", world.settings.policy.ring_for)

    effects, said = [f"notice/{notice.id}"], body if texted else ""
    return attempts.send(world, effects, hand_over, person=person, channel=notice.channel, body=said)


def _settle(world: World, notice: Notice, status: Status, word: str = "", sid: str = "") -> None:
    """How far it has come; a status only ever moves forward. What failed and matters is said another way."""
    now = world.now()
    after = world.rota.change_notice(notice.id, lambda known: _moved(known, status, word, sid, now), None)
    if after and after.status is Status.FAILED:
        _say_otherwise(world, after)


def _moved(known: Notice, status: Status, word: str, sid: str, now: float) -> Notice:
    if RANK[status] <= RANK[known.status]:
        return replace(known, sid=known.sid or sid)
    return _without_code(replace(known, status=status, word=word or known.word, sid=known.sid or sid, changed_at=now))


def _without_code(notice: Notice) -> Notice:
    """A code is kept only until it has left, or, where it is spoken, until the call is over."""
    left = notice.channel is Channel.TEXT or RANK[notice.status] >= RANK[Status.FAILED]
    return replace(notice, values={}) if notice.key in CODES and left else notice


def _say_otherwise(world: World, notice: Notice) -> None:
    """A text that failed becomes a call; a call that nobody took is placed again, a few times."""
    if notice.channel is Channel.TEXT:
        _call_too(world, notice)
    again = _as_call(world, notice)
    if notice.channel is Channel.CALL and notice.key in CALLED_AGAIN and notice.attempt < MOST_CALLS:
        n = notice.attempt + 1
        base = notice.id.removesuffix(f"-{notice.attempt}") if notice.attempt > 1 else notice.id
        world.rota.create_notice(replace(again, id=f"{base}-{n}", at=world.now() + CALL_AGAIN, attempt=n))


def _call_too(world: World, notice: Notice) -> None:
    """What matters is said by telephone as well, once."""
    if notice.key in MATTERS:
        world.rota.create_notice(replace(_as_call(world, notice), id=f"{notice.id}-call", at=world.now()))


def _as_call(world: World, notice: Notice) -> Notice:
    return replace(notice, channel=Channel.CALL, status=Status.WAITING, word="", sid="", tries=0, changed_at=world.now())


def _still_true(world: World, notice: Notice) -> bool:
    about = notice.values.get("about", "")
    if notice.key in ABOUT_TEXTS:
        return about in world.blocked
    match notice.key:
        case "notice.warning":
            return not about or stands(world, about)
        case "notice.swap_offer":
            return any(swap.id == about for swap in world.rota.live()[0].swaps)
    return True


def _pause(notice: Notice, error: CarrierBusy) -> float:
    """A second, doubled each time up to the cap, but as long as the carrier asks for."""
    asked = float(str(error.details["retry_after"]))
    return max(asked + jitter(), pause(notice.tries, RETRY_FIRST, RETRY_CAP))
