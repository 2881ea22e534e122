"""The core and the real store, walked side by side through the same events.

A plain dict is the model: requests by id, moved by `opened` and `step` alone. The store must stand where the model stands,
after every event, after a stale write, after a write that was sent twice, and after a worker that died. What must hold:

- promised: a request that was promised exists, exactly as the core left it;
- one acceptance: of two who accept at the same moment one has it, and the other is told so;
- no way out: nothing leaves open without an answer, which is an acceptance or a dispatcher's closing;
- silence: no page is sent after an acceptance, only who was paged is told to stand down;
- on time: every due instant is honoured: the clock finds exactly what the core says is due, and a tick leaves nothing due;
- nothing lost: the outbox holds exactly the messages that wait, each to be looked at again within the lease;
- one code: a code names one request, also after it is erased; one number has one request open;
- erased: the number and the place of an erased request are nowhere in the store, in no key and in no value.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from redis import Redis

from bridge.core.errors import NotAllowed
from bridge.core.events import (
    Accepted,
    CalledAgain,
    Closed,
    Contacted,
    Corrected,
    Declined,
    Effect,
    Event,
    PagedNow,
    PersonPaged,
    Released,
    Reported,
    Send,
    Silenced,
    Ticked,
)
from bridge.core.messages import wanted
from bridge.core.model import PENDING, Place, Purpose, Request, State, Status
from bridge.core.request import opened, step
from bridge.store.redis_store import CLAIMED, RedisStore
from tests.given import GADSDEN, OXFORD, T0, context
from tests.store.again import Sent

NUMBERS = ("+12565550177", "+12055550188", "+13345550199", "")
CODES = ("412", "523", "634", "745")
PERSONS = ("boyd", "crane", "kirby", "whitfield", "dispatch")
LIVE = (State.OPEN, State.ACCEPTED)

people = st.sampled_from(PERSONS)
places = st.sampled_from([Place(), OXFORD, GADSDEN])
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Accepted, people),
    st.builds(Declined, people),
    st.builds(Released, people),
    st.builds(Contacted, people),
    st.builds(CalledAgain, places, st.sampled_from(NUMBERS), st.sampled_from(["", "CA7", "CA8"]), st.booleans()),
    st.builds(Reported, st.integers(0, 6), st.sampled_from(Status), sid=st.sampled_from(["", "SM1", "SM2"])),
    st.builds(Closed, st.just("test")),
    st.builds(PagedNow, st.integers(0, 9)),
    st.builds(PersonPaged, people),
    st.builds(Corrected, st.none() | places, st.none() | st.sampled_from(NUMBERS)),
    st.builds(Silenced, st.sampled_from(["overdue", "scene"])),
)


class Life(RuleBasedStateMachine):
    """See the module."""

    redis: ClassVar["Redis[Any]"]

    @initialize()
    def begin(self) -> None:
        self.redis.flushall()
        self.store = RedisStore(self.redis, "secret")
        self.sent = Sent(self.store)
        self.now = T0
        self.context = context()
        self.model: dict[str, Request] = {}
        self.callers: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.numbers: dict[str, set[str]] = {}
        self.older: dict[str, Request] = {}

    # ---- what happens

    @rule(
        number=st.sampled_from(NUMBERS), place=places, code=st.sampled_from(CODES),
        sid=st.sampled_from(["", "CA1"]), twice=st.booleans(),
    )  # fmt: skip
    def a_caller_asks_for_help(self, number: str, place: Place, code: str, sid: str, twice: bool) -> None:
        new = Request(f"r{len(self.model)}", code, self.now, self.now + 1800, place, number)
        request, effects = opened(new, self.context, self.now, call_sid=sid)
        standing = self.store.create(request, effects, self.now)
        if number in self.callers:
            assert standing == self.callers[number], "who has a request open gets no second one"
        elif code in self.codes:
            assert standing == "", "a code names one request"
        else:
            assert standing == request.id
            self._stands(request)
            self.codes[code] = request.id
        if standing and twice:
            assert self.store.create(request, effects, self.now) == standing

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 9), event=events, twice=st.booleans())
    def something_happens(self, which: int, event: Event, twice: bool) -> None:
        before = self._some(which)
        moved = self._step(before, event)
        if moved:
            self._committed(before, *moved, twice=twice)

    @precondition(lambda self: self._in(State.ACCEPTED))
    @rule(which=st.integers(0, 9), answer=st.sampled_from([Contacted, Released]))
    def who_has_it_answers(self, which: int, answer: type[Contacted | Released]) -> None:
        held = self._in(State.ACCEPTED)
        before = held[which % len(held)]
        moved = self._step(before, answer(before.accepted_by))
        assert moved
        self._committed(before, *moved)

    @precondition(lambda self: self._in(State.CONTACTED, State.CLOSED))
    @rule()
    def an_hour_passes(self) -> None:
        self.time_passes(self.context.policy.erase_after)

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 9), first=people, second=people)
    def two_accept_at_the_same_moment(self, which: int, first: str, second: str) -> None:
        before = self._some(which)
        one, other = self._step(before, Accepted(first)), self._step(before, Accepted(second))
        if one and other:
            self._committed(before, *one)
            same = one == other and (before.place, before.callback) == (Place(), "")  # what is sealed anew is never the same
            assert self.store.commit(before, *other, self.now) is same, "the second write finds that it was overtaken"
            if first != second and before.state is State.OPEN:
                with pytest.raises(NotAllowed):
                    step(self.store.load(before.id), Accepted(second), self.context, self.now)
            assert self.store.load(before.id).accepted_by == first

    @precondition(lambda self: self.older)
    @rule(which=st.integers(0, 9), event=events)
    def somebody_writes_what_they_made_of_an_older_version(self, which: int, event: Event) -> None:
        stale = self.older[sorted(self.older)[which % len(self.older)]]
        moved = self._step(stale, event)
        if moved and moved[0] != replace(self.model[stale.id], version=moved[0].version):
            assert self.store.commit(stale, *moved, self.now) is False

    @rule(seconds=st.sampled_from([0.5, 29.0, 90.0, 240.0, 500.0, 900.0, 1800.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        due = {each for each, request in self.model.items() if request.due_at is not None and request.due_at <= self.now}
        assert set(self.store.due(self.now, 100)) == due
        for each in sorted(due):
            moved = self._step(self.model[each], Ticked())
            assert moved, "a tick is always allowed"
            self._committed(self.model[each], *moved)

    @precondition(lambda self: self._waiting())
    @rule(which=st.integers(0, 20), fate=st.sampled_from(["sent", "failed", "busy", "dies", "answers late"]))
    def a_worker_takes_an_effect(self, which: int, fate: str) -> None:
        waiting = self._waiting()
        effect = waiting[which % len(waiting)]
        assert self.store.claim(effect, "this worker", self.now)
        assert not self.store.claim(effect, "another", self.now), "never two at once"
        assert self.store.claim(effect, "this worker", self.now)
        request_id, _, n = effect.rpartition("/")
        self._carry_out(self.store.load(request_id), int(n), fate)

    @rule()
    def the_clock_hands_out_what_is_stuck(self) -> None:
        self.now += CLAIMED
        stuck = {each for each, at in self._pending().items() if at <= self.now}
        assert set(self.store.lease(self.now, 1000)) == stuck
        assert self.store.lease(self.now, 1000) == [], "handed out once, and again only after the lease"

    def _carry_out(self, request: Request, n: int, fate: str) -> None:
        """What a worker makes of a claimed effect: see bridge.actions.sending."""
        message = request.message(n)
        outcome = Reported(n, Status.SENT, sid=f"SM-{request.id}-{n}")
        if message.status is Status.FORGETTING:
            outcome = Reported(n, Status.FORGOTTEN)
        elif not wanted(request, message):
            outcome = Reported(n, Status.DROPPED)
        elif fate == "failed":
            outcome = Reported(n, Status.FAILED, "undelivered 30003")
        if fate == "busy":
            outcome = Reported(n, message.status, "busy", retry_at=self.now + 0.5)
        if fate == "answers late":  # somebody takes it while it is under way
            self.something_happens(sorted(self.model).index(request.id), Accepted("boyd"), twice=False)
        if fate == "dies":
            self.redis.delete(f"claim:{request.id}/{n}")  # as time does
        else:
            before = self.model[request.id]
            moved = self._step(before, outcome)
            assert moved
            self._committed(before, *moved)
            assert self.redis.exists(f"claim:{request.id}/{n}") == 0 or fate == "answers late"

    # ---- how

    def _some(self, which: int) -> Request:
        return self.model[sorted(self.model)[which % len(self.model)]]

    def _in(self, *states: State) -> list[Request]:
        return [request for _, request in sorted(self.model.items()) if request.state in states]

    def _step(self, before: Request, event: Event) -> tuple[Request, tuple[Effect, ...]] | None:
        try:
            after, effects = step(before, event, self.context, self.now)
        except (NotAllowed, IndexError):
            return None
        if before.state is State.OPEN and after.state is not State.OPEN:
            assert isinstance(event, Accepted | Closed), "nothing leaves open without an answer"
        if before.state is not State.OPEN and after.state is State.ACCEPTED:
            assert after.accepted_by == before.accepted_by, "at most one acceptance"
        if after.state is not State.OPEN:
            sent = [after.message(each.n) for each in effects if isinstance(each, Send)]
            assert all(m.purpose is not Purpose.PAGE or m.status is Status.FORGETTING for m in sent)
            assert not [m for m in after.messages if m.purpose is Purpose.PAGE and wanted(after, m)]
        if isinstance(event, Ticked):
            assert after.due_at is None or after.due_at > self.now, "a tick leaves nothing due"
        return after, effects

    def _committed(self, before: Request, after: Request, effects: tuple[Effect, ...], *, twice: bool = False) -> None:
        assert self.store.commit(before, after, effects, self.now)
        if twice:
            assert self.sent.again(), "a write that is sent twice says the same"
        self.older[before.id] = before
        self._stands(replace(after, version=before.version + 1), before)

    def _stands(self, request: Request, before: Request | None = None) -> None:
        self.model[request.id] = request
        number = request.callback or (before.callback if before else "")
        self.numbers.setdefault(request.id, set()).update({number} - {""})
        if number and request.state in LIVE:
            self.callers.setdefault(number, request.id)
        elif number and self.callers.get(number) == request.id:
            del self.callers[number]

    def _waiting(self) -> list[str]:
        return sorted(f"{each}/{m.n}" for each, r in self.model.items() for m in r.messages if m.status in PENDING)

    def _pending(self) -> dict[str, float]:
        return {name.decode(): at for name, at in self.redis.zrange("outbox", 0, -1, withscores=True)}

    def _everything(self) -> list[bytes]:
        read: dict[bytes, Callable[[bytes], Any]] = {
            b"hash": self.redis.hgetall,
            b"set": self.redis.smembers,
            b"zset": lambda key: self.redis.zrange(key, 0, -1),
            b"string": self.redis.get,
        }
        return [key + b" " + repr(read[self.redis.type(key)](key)).encode() for key in self.redis.keys("*")]


class Walk(Life):
    """The same walk, and what must hold after every step of it."""

    @invariant()
    def promised_requests_exist(self) -> None:
        pipe = self.redis.pipeline(transaction=False)
        for each, request in self.model.items():
            assert self.store.load(each) == request
            pipe.sismember("requests", each)
        assert [bool(there) for there in pipe.execute()] == [r.state is not State.ERASED for r in self.model.values()]

    @invariant()
    def every_due_instant_stands_in_the_store(self) -> None:
        due = {each: request.due_at for each, request in self.model.items() if request.due_at is not None}
        stored = {name.decode(): at for name, at in self.redis.zrange("due", 0, -1, withscores=True)}
        assert stored == pytest.approx(due, rel=0, abs=0.001)

    @invariant()
    def the_outbox_holds_exactly_what_waits(self) -> None:
        pending = self._pending()
        assert sorted(pending) == self._waiting()
        for effect, at in pending.items():
            request_id, _, n = effect.rpartition("/")
            assert at <= max(self.model[request_id].message(int(n)).at, self.now) + CLAIMED

    @invariant()
    def one_code_one_request_one_number_one_open_request(self) -> None:
        assert {code: self.store.by_code(code) for code in self.codes} == self.codes
        live = [request.callback for request in self.model.values() if request.state in LIVE and request.callback]
        assert set(self.callers) <= set(live), "whose request has ended is not held back by it"
        assert len(self.redis.keys("caller:*")) == len(self.callers)

    @invariant()
    def an_open_request_always_has_a_next_instant_and_an_accepted_one_a_holder(self) -> None:
        for request in self.model.values():
            assert (request.state is State.ACCEPTED) <= bool(request.accepted_by)
            assert (request.state is State.OPEN) <= (request.next_at is not None and not request.accepted_by)
            assert (request.state in LIVE) <= (request.due_at is not None)

    @precondition(lambda self: any(r.state is State.ERASED for r in self.model.values()))
    @invariant()
    def what_is_erased_is_nowhere(self) -> None:
        kept = [request for request in self.model.values() if request.state is not State.ERASED]
        known = {request.callback for request in kept}
        everything = b"\n".join(self._everything())
        for each, request in self.model.items():
            if request.state is State.ERASED:
                assert (request.place, request.callback) == (Place(), "")
                for number in self.numbers[each] - known:
                    assert number.removeprefix("+1").encode() not in everything
        for place in (OXFORD, GADSDEN):
            if place.label not in {request.place.label for request in kept}:
                assert place.label.encode() not in everything


def test_core_and_store_stand_alike_whatever_happens(redis: "Redis[Any]") -> None:
    class Real(Walk):
        pass

    Real.redis = redis
    chosen = settings(
        derandomize=True, deadline=None, max_examples=80, stateful_step_count=40, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Real, settings=chosen)
