"""Whom next, by which channel, when; and what happens at the deadline.

The rules:
- The ladder is a list of rungs. A rung goes at its time, or at once when the one before it cannot succeed any more: everybody
  it paged has passed, or cannot be reached, or nobody was there to page.
- A page that waits because its channel is away, and goes by the other one too where it can, holds no rung up.
- Who is on leave is paged by no rung, unless they were put on call since.
- Who has passed is not asked again in the same round. After the last rung the ladder starts over: paging never ends by itself.
- A dispatcher may have the next rung go before its time, or anybody paged besides: that one holds no rung up, and brings none
  forward. See by_hand.
- A ladder that starts over is compressed into the time that is left to the deadline, but never to less than a third.
- At the deadline, without contact, the request is overdue and the dispatch desk is called until somebody there presses a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bridge.core.model import AWAY, DEAD, Channel, Context, Message, Policy, Purpose, Request, Rung, State, Status, Who
from bridge.core.rota import DISPATCH, Person


def start(request: Request, context: Context, now: float, *, passed: Iterable[str] = ()) -> Request:
    """Put the request on the ladder, from its first rung, at the pace that the time left allows."""
    return replace(
        request,
        fired=_next_round(request.fired, len(ladder_of(request, context.policy))),
        ladder_from=now,
        pace=_pace(request, context.policy, now),
        passed=frozenset(passed),
        next_at=now,
    )


def advance(request: Request, context: Context, now: float) -> Request:
    """Send every rung that is due, and those that the failure of others has brought forward."""
    while request.state is State.OPEN and _goes_now(request, context.policy, now):
        request = _fire(request, context, now)
    return request


def alarm(request: Request, context: Context, now: float) -> Request:
    """What the deadline brings: the mark, and a call to dispatch, again and again until a key is pressed there."""
    if request.alarm_at is None or now < request.alarm_at:
        return request
    marked = replace(request, overdue=True, alarm_at=now + context.policy.alarm_every)
    if any(m.purpose is Purpose.OVERDUE and m.status is Status.WAITING for m in request.messages):
        return marked  # the carrier has not taken the last one yet
    return marked.with_message(DISPATCH, Channel.CALL, Purpose.OVERDUE, now)


def ladder_of(request: Request, policy: Policy) -> tuple[Rung, ...]:
    """The ladder this request goes up: the policy's, or the desk alone where that is the policy for who hung up."""
    if request.hung_up and policy.hang_up == "dispatch":
        return (Rung(0.0, Who.DISPATCH, (Channel.CALL,)),)
    return policy.ladder


def way_up(request: Request, context: Context) -> tuple[object, ...]:
    """What decides whom the ladder pages: where it has changed, the ladder starts over."""
    return request.place.region, ladder_of(request, context.policy)


def people(rung: Rung, region: str, context: Context, now: float) -> list[Person]:
    """Whom the rung pages at `now`, each once. Empty where nobody has the duty. Without a region only the state, the desk
    and everyone can be found."""
    return list({person.id: person for person in _found(rung.who, region, context, now)}.values())


def _goes_now(request: Request, policy: Policy, now: float) -> bool:
    if request.next_at is not None and now >= request.next_at:
        return True
    round_is_over = request.fired % len(ladder_of(request, policy)) == 0
    return not round_is_over and _cannot_succeed(request)


def _cannot_succeed(request: Request) -> bool:
    """Whether nobody whom the last rung paged can still say yes. True also where it found nobody to page."""
    last = [m for m in request.messages if m.rung == request.fired - 1 and not m.chosen]
    return all(m.status in DEAD or m.person in request.passed or _away(m) for m in last)


def _away(message: Message) -> bool:
    """Whether its channel is away while the other one is not: others may be reached meanwhile. Where both are, nobody is."""
    return message.status is Status.WAITING and message.word == AWAY[message.channel]


def _fire(request: Request, context: Context, now: float) -> Request:
    ladder = ladder_of(request, context.policy)
    if request.fired and request.fired % len(ladder) == 0 and request.ladder_from < now:
        request = start(request, context, now)
    rung = ladder[request.fired % len(ladder)]
    for person, channel in _pages(rung, request, context, now):
        request = request.with_message(person.id, channel, Purpose.PAGE, now, rung=request.fired)
    request = replace(request, fired=request.fired + 1)
    return replace(request, next_at=_planned(request, context.policy, now))


def _pages(rung: Rung, request: Request, context: Context, now: float) -> Iterator[tuple[Person, Channel]]:
    for person in people(rung, request.place.region, context, now):
        if person.id not in request.passed:
            for channel in dict.fromkeys(context.channel(person, wanted) for wanted in rung.by):
                yield person, channel


def _planned(request: Request, policy: Policy, now: float) -> float:
    ladder = ladder_of(request, policy)
    rung = request.fired % len(ladder)
    if rung == 0:
        return now + policy.again_every
    return request.ladder_from + ladder[rung].at * request.pace


def _next_round(fired: int, rungs: int) -> int:
    return -(-fired // rungs) * rungs


def _pace(request: Request, policy: Policy, now: float) -> float:
    return min(1.0, max((request.deadline_at - now) / policy.deadline, 1 / 3))


def _found(who: Who, region: str, context: Context, now: float) -> Iterator[Person]:
    roster = context.roster
    if who in (Who.ON_CALL, Who.BACKUP):
        yield from _on_duty(region, who.value, context, now)
    elif who is Who.NEIGHBOURS and region in context.regions:
        for neighbour in context.regions[region].neighbours:
            yield from _on_duty(neighbour, Who.ON_CALL.value, context, now)
    elif who is Who.STATE:
        yield from (roster.people[person] for person in roster.state if not roster.is_off(person, now))
    elif who is Who.EVERYONE:
        everybody = (person for person in roster.people.values() if person.id != DISPATCH)
        yield from (person for person in everybody if not roster.is_off(person.id, now))
    elif who is Who.DISPATCH:
        yield context.dispatch


def _on_duty(region: str, rank: str, context: Context, now: float) -> Iterator[Person]:
    person = context.roster.on_duty(region, rank, now)
    if person:
        yield person
