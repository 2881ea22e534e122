"""Whether people can be reached: numbers that are proved by a code, texts that people or networks have blocked.

A proof counts only for the number that it was made with. Only a keyed hash of a code is kept in the ledger.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from bridge.actions import changes, limits, notes
from bridge.actions.world import World
from bridge.core import ledger as book
from bridge.core.errors import NotReachable, TooSoon
from bridge.core.handoffs import HOUR
from bridge.core.ledger import Check, Ledger
from bridge.core.model import Channel
from bridge.core.rota import DISPATCH, RANKS, Person
from bridge.core.wording import spaced

log = structlog.get_logger(__name__)

# https://www.twilio.com/docs/api/errors
STOPPED = 21610  # the recipient has texted STOP
LANDLINES = frozenset({21614, 30006})
LINE_FAULTS = {30004: "blocked", 30007: "filtered as spam", 30032: "the toll-free number is not verified"}
VALID = 1800.0  # seconds that a code may be given back
PAUSE = 60.0  # seconds between two codes for the same person and channel
DIGITS = {Channel.TEXT: 6, Channel.CALL: 4}
TRIES = {Channel.TEXT: 5, Channel.CALL: 3}
DAY = 24 * 3600.0
SETTLED = 120.0  # seconds: pages come first; and who opted out by accident may be back before
OPTED_OUT, LANDLINE = "opted out of texts", "landline"
NEVER, NO_ANSWER = "number never verified", "no answer to the last drill"


@dataclass(frozen=True)
class Standing:
    """Why somebody (id) may not be reached, or not by text."""

    person: str
    why: tuple[str, ...]


def ask_for_proof(world: World, person: str, channel: Channel, by: str, via: str) -> None:
    """Send a person (id) a code, to be given back within half an hour: by text, or in a call that speaks it.
    Raises UnknownPerson, NotReachable, TooSoon, RotaConflict."""
    known, now = changes.person(world, person), world.now()
    if channel is Channel.TEXT and not (known.text and known.id not in world.blocked):
        raise NotReachable(name=known.name, channel=channel.value, reason="it takes no texts; have it called")
    last = world.rota.live()[0].check(person, channel, known.phone)
    if last and now - last.asked_at < PAUSE:
        raise TooSoon(name=known.name, channel=channel.value, wait=last.asked_at + PAUSE - now)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS[channel]))
    check = Check(
        person=person,
        channel=channel,
        phone=known.phone,
        asked_at=now,
        expires_at=now + VALID,
        answered_at=last.answered_at if last else None,
        code_hash=_hashed(world, person, channel, code),
        tries=TRIES[channel],
    )
    what = f"{known.name} was sent a code by {channel}"
    changes.change(world, lambda ledger, _: book.with_check(ledger, check), by, via, what)
    key, spoken = ("notice.code", code) if channel is Channel.TEXT else ("notice.code_spoken", spaced(code))
    notes.say(world, f"code-{channel}-{person}-{int(now)}", person, key, {"code": spoken}, channel=channel)


def drill(world: World, by: str, via: str) -> list[tuple[Person, Channel]]:
    """Send a code to everybody who is on duty now, by text where they take them. Returns to whom, and how.
    Raises RotaConflict."""
    asked = []
    for person in _on_duty(world):
        channel = Channel.TEXT if person.text and person.id not in world.blocked else Channel.CALL
        try:
            ask_for_proof(world, person.id, channel, by, via)
        except TooSoon:  # the code that they have just been sent will do
            continue
        asked.append((person, channel))
    return asked


def answered(world: World, person: Person, channel: Channel, digits: str) -> str:
    """A code came back on this channel. Returns what to say: the key of a sentence; "rota.code_wrong" has tries {left}."""
    for_code = _check(world.rota.live()[0], person, channel)
    if not for_code or not book.awaits_code(for_code, world.now()):
        return "rota.no_code"
    right = hmac.compare_digest(for_code.code_hash, _hashed(world, person.id, channel, digits))
    what = f"{person.name} proved the number by {channel}" if right else f"{person.name} gave back a wrong code by {channel}"
    counted = changes.change(world, lambda ledger, now: _tried(ledger, for_code, right, now), person.id, channel.value, what)
    if not counted:
        return "rota.no_code"
    if right:
        return "rota.code_right"
    if tries_left(world, person, channel):
        return "rota.code_wrong"
    limits.met(world, "proof", person.id)
    return "rota.code_used_up"


def tries_left(world: World, person: Person, channel: Channel) -> int:
    """How often a wrong code may still be given back."""
    check = _check(world.rota.live()[0], person, channel)
    return check.tries if check and book.awaits_code(check, world.now()) else 0


def proven(ledger: Ledger, person: Person, channel: Channel) -> bool:
    """Whether the number that the person has now was proved to reach them by this channel."""
    check = _check(ledger, person, channel)
    return check is not None and check.answered_at is not None


def standing(world: World) -> list[Standing]:
    """Everybody who may not be reached, or not by text, and why. In the order of the roster."""
    ledger, why_not = world.rota.live()[0], world.store.no_text()
    people = [person for person in world.settings.roster.people.values() if person.id != DISPATCH]
    found = [Standing(person.id, tuple(_doubts(world, ledger, why_not.get(person.id, ""), person))) for person in people]
    return [each for each in found if each.why]


def opted_out(world: World, person: Person) -> None:
    """The person has texted STOP, or the carrier says so: from now on they are called, and a call tells them how to come
    back. Dispatch is called too where the person is on duty now, once a day."""
    if world.store.no_text().get(person.id) == "opted out":
        return
    now, line = world.now(), world.settings.line.removeprefix("+1")
    values = {"about": person.id, "number": spaced(line)}
    notes.say(
        world, f"opted-out-{person.id}-{int(now)}", person.id, "notice.opted_out", values, channel=Channel.CALL, after=SETTLED
    )
    _tell_desk(world, f"opted-out-desk-{person.id}-{int(now // DAY)}", person, "notice.opted_out_desk")
    world.store.block_texts(person.id, "opted out")  # at last: whoever dies before has it all said when it is heard of again


def learn(world: World, person: str, code: int) -> None:
    """What an error of the carrier's says about the telephone of a person (id), or about the whole line, which is for the
    operator to mend."""
    known = world.settings.roster.people.get(person)
    if known and code == STOPPED:
        opted_out(world, known)
    if known and code in LANDLINES:
        world.store.block_texts(person, f"landline {known.phone}")
        _tell_desk(world, f"landline-desk-{person}-{known.phone.removeprefix('+')}", known, "notice.landline_desk")
    if code in LINE_FAULTS:
        log.error("the carrier does not deliver our texts", code=code)


def _tell_desk(world: World, notice_id: str, person: Person, key: str) -> None:
    if person in _on_duty(world):
        notes.tell(world, notice_id, DISPATCH, key, {"about": person.id, "name": person.name}, after=SETTLED)


def _on_duty(world: World) -> list[Person]:
    roster, now = world.roster, world.now()
    found = (roster.on_duty(region, rank, now) for region in world.settings.regions for rank in RANKS)
    return list(dict.fromkeys(person for person in found if person))


def _doubts(world: World, ledger: Ledger, blocked: str, person: Person) -> Iterator[str]:
    if blocked == "opted out":
        yield OPTED_OUT
    if not person.text or blocked == f"landline {person.phone}":
        yield LANDLINE
    checks = [check for channel in Channel if (check := _check(ledger, person, channel))]
    if not world.settings.local and not any(proven(ledger, person, channel) for channel in Channel):
        yield NEVER
    if _unanswered(checks, world.now()):
        yield NO_ANSWER


def _unanswered(checks: list[Check], now: float) -> bool:
    """Whether the last code was sent more than an hour ago, and none was given back since."""
    asked_at = max((check.asked_at for check in checks), default=now)
    heard_at = max((check.answered_at for check in checks if check.answered_at is not None), default=float("-inf"))
    return asked_at < now - HOUR and heard_at < asked_at


def _check(ledger: Ledger, person: Person, channel: Channel) -> Check | None:
    return ledger.check(person.id, channel, person.phone)


def _tried(ledger: Ledger, check: Check, right: bool, now: float) -> Ledger:
    """Nothing changes where another code was sent meanwhile. A try that came at the same moment counts for itself."""
    stands = ledger.check(check.person, check.channel, check.phone)
    same = stands is not None and stands.code_hash == check.code_hash and book.awaits_code(stands, now)
    return book.with_check(ledger, book.tried(stands, right, now)) if stands and same else ledger


def _hashed(world: World, person: str, channel: Channel, code: str) -> str:
    text = f"{person} {channel} {code}".encode()
    return hmac.new(world.settings.secret_key.encode(), text, hashlib.sha256).hexdigest()
