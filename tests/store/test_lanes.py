"""The lanes: what leaves when, who goes first, what leaves together, and that nothing waits for ever."""

import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bridge.actions.ports import Permit
from bridge.core.model import Channel
from bridge.core.rota import DISPATCH
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_store import CLAIMED, RedisStore
from tests.given import CALL, POLICY, T0, TEXT

PAUSE = 15.5  # seconds: the policy's pause and its slack


def near(at: float) -> Any:
    """The same instant. By itself pytest is content with half an hour, so large are seconds since 1970."""
    return pytest.approx(at, rel=0, abs=0.001)


@dataclass
class Line:
    """The lanes, and an outbox to take effects from."""

    redis: "Redis[Any]"
    now: float = T0

    def __post_init__(self) -> None:
        self.lanes = RedisLanes(self.redis, POLICY)
        self.store = RedisStore(self.redis, "secret")

    def ask(
        self, effect: str, person: str = "boyd", channel: Channel = TEXT, *, cost: int = 1, urgency: float = 1.0,
        joins: bool = True, leaves: bool = True, answers: bool = False, patient: bool = False,
    ) -> Permit:  # fmt: skip
        """Somebody wants to send this effect, and does where that is permitted, with all that may go with it."""
        if self.redis.zscore("outbox", effect) is None:
            self.redis.zadd("outbox", {effect: self.now + 5})
        assert self.store.claim(effect, "a worker", self.now)
        permit = self.lanes.ask(
            effect, person, channel, cost=cost, urgency=urgency, now=self.now, joins=joins, answers=answers, patient=patient
        )
        if permit.until is None and leaves:
            self.leaves(permit, person, channel)
        return permit

    def leaves(self, permit: Permit, person: str = "boyd", channel: Channel = TEXT, cost: int | None = None) -> None:
        """What was permitted is sent."""
        self.lanes.leaves(person, channel, permit, permit.room if cost is None else cost, self.now)
        for effect in permit.effects:
            self.settles(effect)

    def settles(self, effect: str) -> None:
        """There is nothing left to do about this effect."""
        self.store.drop(effect)

    def waits(self, channel: Channel = TEXT) -> float | None:
        """When the clock looks at the lanes next."""
        return self.redis.zscore("outbox", f"lane/{channel}")


@pytest.fixture
def line(redis: "Redis[Any]") -> Line:
    return Line(redis)


# ---- the line


def test_a_text_that_nothing_stands_in_the_way_of_leaves_at_once(line: Line) -> None:
    assert line.ask("r1/1") == Permit(effects=("r1/1",), charged=f"r1/1@{T0!r}")
    assert line.waits() is None


def test_the_line_takes_three_segments_in_a_second_and_the_rest_waits_until_it_has_room(line: Line) -> None:
    for person in ("a", "b", "c"):
        assert line.ask(f"{person}/1", person).until is None
    refused = line.ask("d/1", "d")
    assert refused.until == near(T0 + 1.1)
    assert line.waits() == near(T0 + 1.1)
    assert line.redis.exists("claim:d/1") == 0, "somebody else may have it"
    line.now += 1.05
    assert line.lanes.next(TEXT, line.now) == ""
    line.now += 0.1
    assert line.lanes.next(TEXT, line.now) == "d/1"
    assert line.ask("d/1", "d").until is None
    assert line.waits() is None


def test_calls_have_a_line_of_their_own_and_start_one_a_second(line: Line) -> None:
    assert [line.ask(f"{p}/1", p, CALL).until is None for p in ("a", "b")] == [True, False]
    assert line.ask("c/1", "c").until is None


def test_a_text_of_two_segments_takes_two_and_one_too_long_for_a_second_keeps_the_line_for_longer(line: Line) -> None:
    assert line.ask("a/1", "a", cost=2).until is None
    assert line.ask("b/1", "b", cost=2).until is not None
    line.now += 1.2
    line.settles("b/1")
    assert line.ask("c/1", "c", cost=6).until is None, "when nothing else is on the line"
    line.now += 1.2
    assert line.ask("d/1", "d").until is not None
    line.now += 1.0
    assert line.ask("d/1", "d").until is None


def test_what_is_permitted_counts_from_the_moment_it_leaves_and_only_for_what_it_takes(line: Line) -> None:
    late = line.ask("a/1", "a", cost=3, leaves=False)
    line.now += 1.5
    assert line.ask("b/1", "b").until is not None, "the other may leave at this very moment"
    line.leaves(late, "a", cost=2)
    assert line.ask("b/1", "b").until is None
    line.now += 1.05
    assert line.ask("c/1", "c").until is not None
    line.now += 0.1
    assert line.ask("c/1", "c").until is None


def test_a_permit_that_nobody_uses_holds_up_the_line_for_three_seconds(line: Line) -> None:
    line.ask("a/1", "a", cost=3, leaves=False)
    line.now += 3.0
    assert line.ask("b/1", "b").until is not None
    line.now += 0.2
    assert line.lanes.next(TEXT, line.now) == "b/1"
    assert line.ask("b/1", "b").until is None


# ---- the person


def test_a_person_gets_three_texts_at_once_and_then_one_in_fifteen_seconds(line: Line) -> None:
    for n in range(3):
        assert line.ask(f"r{n}/1").until is None
        line.now += 1.2
    refused = line.ask("r3/1")
    assert refused.until == near(line.now - 1.2 + PAUSE)
    line.now = refused.until
    assert line.ask("r3/1").until is None
    assert line.ask("r4/1").until == near(line.now + PAUSE)
    assert line.ask("x/1", "crane").until is None, "nobody else has to wait for that"


def test_a_minute_without_a_text_and_the_storm_is_over(line: Line) -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    line.now += 59
    assert line.ask("r3/1").until is None
    line.now += 1
    assert line.ask("r4/1").until is not None
    line.now += 15
    assert line.ask("r4/1").until is None
    line.now += 60
    assert [line.ask(f"s{n}/1").until is None for n in range(3)] == [True] * 3


def test_what_answers_their_own_text_is_none_of_the_first_ones_but_waits_in_a_storm(line: Line) -> None:
    for n in range(3):
        assert line.ask(f"r{n}/1").until is None
        line.now += 1.2
        assert (line.ask(f"r{n}/2", answers=True).until is None) == (n < 2)
        line.now += 1.2


def test_a_page_never_waits_behind_what_can_wait(line: Line) -> None:
    for n in range(2):
        assert line.ask(f"n{n}/1", urgency=9.0, patient=True).until is None
    assert line.ask("n2/1", urgency=9.0, patient=True).until == near(T0 + PAUSE)
    line.now += PAUSE
    assert line.ask("n2/1", urgency=9.0, patient=True).until is None
    assert line.ask("r1/1").until is None, "a page, in the same moment"
    assert line.ask("r2/1").until == near(line.now + PAUSE)


def test_a_page_that_comes_while_reminders_wait_brings_them_along(line: Line) -> None:
    for n in range(2):
        line.ask(f"n{n}/1", urgency=9.0, patient=True)
    line.now += 1.2
    assert line.ask("n2/1", urgency=9.0, patient=True).until is not None
    assert line.ask("r1/1").effects == ("r1/1", "n2/1")


def test_a_person_is_on_one_telephone_at_a_time_until_it_is_put_down_or_must_have_been(line: Line) -> None:
    assert line.ask("r1/1", channel=CALL).until is None
    line.now += 5
    refused = line.ask("r2/1", channel=CALL)
    assert refused.until == near(T0 + POLICY.ring_for + 10)
    line.lanes.hung_up("boyd")
    assert line.waits(CALL) == 0.0, "the clock looks at once"
    assert line.lanes.next(CALL, line.now) == "r2/1"
    assert line.ask("r2/1", channel=CALL).until is None
    line.now += POLICY.ring_for + 10
    assert line.ask("r3/1", channel=CALL).until is None


def test_who_has_picked_up_is_left_alone_for_as_long_as_they_press_keys(line: Line) -> None:
    assert line.ask("r1/1", channel=CALL).until is None
    line.now += 20
    line.lanes.talks("boyd", line.now)
    assert line.ask("r2/1", channel=CALL).until == near(line.now + 60)
    line.now += 50
    line.lanes.talks("boyd", line.now)
    assert line.ask("r2/1", channel=CALL).until == near(line.now + 60)
    line.lanes.hung_up("boyd")
    assert line.ask("r2/1", channel=CALL).until is None


def test_the_desk_rings_for_longer(line: Line) -> None:
    assert line.ask("r1/1", DISPATCH, CALL).until is None
    line.now += 2
    assert line.ask("r2/1", DISPATCH, CALL).until == near(T0 + POLICY.dispatch_ring_for + 10)


def test_a_telephone_that_is_put_down_while_nothing_waits_wakes_nobody(line: Line) -> None:
    line.ask("r1/1", channel=CALL)
    line.lanes.hung_up("boyd")
    assert line.waits(CALL) is None


def test_what_the_carrier_did_not_take_does_not_count_as_a_text_and_the_person_is_left_alone_for_a_while(line: Line) -> None:
    for n in range(2):
        line.ask(f"r{n}/1")
    third = line.ask("r2/1", leaves=False)
    line.lanes.leaves("boyd", TEXT, third, 1, line.now)
    line.lanes.in_vain("boyd", TEXT, line.now + 2, line.now, stays=["r2/1"])
    line.now += 1.5
    assert line.ask("r2/1").until == near(T0 + 2)
    line.now = T0 + 2
    assert line.ask("r2/1").until is None


def test_the_pause_counts_from_the_moment_in_which_the_last_text_left(line: Line) -> None:
    for n in range(2):
        line.ask(f"r{n}/1")
    slow = line.ask("r2/1", leaves=False)
    line.now += 2
    line.leaves(slow)
    assert line.ask("r3/1").until == near(T0 + 2 + PAUSE)


def test_answers_to_texts_count_on_the_line_and_for_nobody(line: Line) -> None:
    line.lanes.replied(2, line.now)
    line.lanes.replied(1, line.now)
    assert line.ask("r0/1").until == near(T0 + 1.1)
    line.now += 1.2
    assert [line.ask(f"r{n}/1").until is None for n in range(3)] == [True] * 3


# ---- who goes first, and what together


def test_what_waits_for_one_person_leaves_together_the_most_urgent_first(line: Line) -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    for n, urgency in ((3, 30.0), (4, 20.0), (5, 40.0)):
        line.ask(f"r{n}/1", urgency=urgency)
    line.now += PAUSE + 1
    assert line.lanes.next(TEXT, line.now) == "r4/1"
    permit = line.ask("r4/1", urgency=20.0, leaves=False)
    assert (permit.effects, permit.room) == (("r4/1", "r3/1", "r5/1"), 3)
    assert all(not line.store.claim(effect, "another", line.now) for effect in permit.effects), "nobody else sends them"
    line.lanes.leaves("boyd", TEXT, permit, 2, line.now, stays=["r5/1"])
    line.settles("r4/1")
    line.settles("r3/1")
    assert line.waits() == near(line.now + PAUSE), "what did not fit waits on"
    line.now += PAUSE
    assert line.lanes.next(TEXT, line.now) == "r5/1"


def test_what_does_not_join_goes_alone_and_in_its_turn(line: Line) -> None:
    line.ask("r1/1", channel=CALL)
    line.ask("r2/1", channel=CALL, urgency=2.0)
    line.ask("r3/1", channel=CALL, urgency=1.0, joins=False)
    line.lanes.hung_up("boyd")
    line.now += 2
    assert line.ask("r2/1", channel=CALL, urgency=2.0).until is not None, "the other one is more urgent"
    assert line.ask("r3/1", channel=CALL, urgency=1.0, joins=False).effects == ("r3/1",)
    line.lanes.hung_up("boyd")
    line.now += 2
    assert line.ask("r2/1", channel=CALL, urgency=2.0).effects == ("r2/1",)


def test_of_two_people_the_one_with_the_more_urgent_effect_goes_first(line: Line) -> None:
    for person in ("a", "b", "c"):
        line.ask(f"{person}/1", person)
    line.ask("late/1", "d", urgency=9.0)
    line.ask("early/1", "e", urgency=3.0)
    line.now += 1.2
    fresh = line.ask("new/1", "f", urgency=6.0, cost=3)
    assert fresh.until is not None, "the earlier one goes first, and then there is no room for three"
    assert fresh.more, "and it may go now"
    assert line.lanes.next(TEXT, line.now) == "early/1"
    assert line.ask("early/1", "e", urgency=3.0).until is None
    assert line.ask("late/1", "d", urgency=9.0).until is not None
    line.now += 1.2
    assert line.lanes.next(TEXT, line.now) == "new/1"


def test_the_clock_looks_when_there_is_room_for_the_most_urgent_one(line: Line) -> None:
    line.ask("a/1", "a", cost=2)
    line.now += 0.5
    line.ask("b/1", "b")
    line.ask("long/1", "c", cost=3, urgency=1.0)
    line.ask("short/1", "d", cost=1, urgency=2.0)
    assert line.waits() == near(line.now + 1.1)


def test_what_is_put_together_leaves_room_for_those_who_have_been_told_nothing_yet(line: Line) -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    for n in (3, 4, 5):
        line.ask(f"r{n}/1", urgency=float(n))
    line.now += PAUSE
    line.ask("full/1", "zed", cost=3)
    line.ask("x/1", "crane", urgency=50.0)
    line.now += 1.2
    assert line.ask("r3/1", urgency=3.0, leaves=False).room == 2


def test_many_that_wait_rather_wait_a_moment_longer_for_a_long_text(line: Line) -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    for n in range(3, 30):
        line.ask(f"r{n}/1", urgency=float(n))
    line.now += PAUSE - 0.5
    for n in range(2):
        line.ask(f"other{n}/1", "crane", urgency=99.0)
    line.now += 0.5
    assert line.lanes.next(TEXT, line.now) == "", "one segment would do for the first few only"
    assert line.waits() == near(line.now + 0.6)
    line.now += 0.7
    assert line.lanes.next(TEXT, line.now) == "r3/1"
    assert line.ask("r3/1", urgency=3.0, leaves=False).room == 3


def test_of_a_lane_whose_effects_are_settled_nothing_is_left(line: Line, redis: "Redis[Any]") -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    line.ask("r3/1")
    line.settles("r3/1")
    line.now += PAUSE
    assert line.lanes.next(TEXT, line.now) == ""
    assert line.waits() is None
    assert redis.keys("lane*") == []
    assert redis.hgetall("weights:text") == {}


def test_an_effect_that_nobody_manages_to_carry_out_stands_in_nobodys_way(line: Line) -> None:
    for person in ("a", "b", "c"):
        line.ask(f"{person}/1", person)
    line.ask("poison/1", "d", urgency=0.0)
    line.ask("other/1", "e", urgency=1.0)
    line.now += 1.2
    assert line.lanes.next(TEXT, line.now) == "poison/1"
    assert line.lanes.next(TEXT, line.now) == "other/1"
    assert line.redis.zscore("outbox", "poison/1") == near(line.now + 5)


def test_what_was_to_go_together_and_was_forgotten_comes_back_by_itself(line: Line, redis: "Redis[Any]") -> None:
    for n in range(3):
        line.ask(f"r{n}/1")
    line.ask("r3/1", urgency=3.0)
    line.ask("r4/1", urgency=4.0)
    line.now += PAUSE
    line.ask("r3/1", urgency=3.0, leaves=False)
    assert sorted(line.store.lease(line.now + CLAIMED, 10)) == ["r3/1", "r4/1"], "the worker died"


def test_a_bundle_is_known_for_a_day(line: Line, redis: "Redis[Any]") -> None:
    line.lanes.keep_bundle("b1", ["r1/1", "r2/5"])
    assert line.lanes.bundle("b1") == ("r1/1", "r2/5")
    assert 0 < redis.ttl("bundle:b1") <= 24 * 3600
    assert line.lanes.bundle("b2") == ()


# ---- any storm

PEOPLE = ("a", "b", "c", "d", "e", "f")


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    arrivals=st.lists(
        st.tuples(st.floats(0, 40), st.sampled_from(PEOPLE), st.integers(1, 3), st.sampled_from([TEXT, CALL]), st.booleans()),
        min_size=1, max_size=60,
    ),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_in_any_storm_no_budget_is_exceeded_and_everything_leaves(
    redis: "Redis[Any]", arrivals: list[tuple[float, str, int, Channel, bool]], seed: int
) -> None:
    redis.flushall()
    storm = Storm(Line(redis), random.Random(seed))
    for n, (at, person, cost, channel, joins) in enumerate(sorted(arrivals)):
        storm.until(T0 + at)
        storm.wants(f"r{n}/1", person, channel, 1 if channel is CALL else cost, joins)
    storm.until(T0 + 40 + 60 * 110)
    assert sorted(storm.gone) == sorted(storm.wanted), "nothing is lost"
    for channel, rate in ((TEXT, 3), (CALL, 1)):
        left = [(at, cost) for at, _, which, cost in storm.left if which is channel]
        for at, _ in left:
            assert sum(cost for other, cost in left if at <= other < at + 1.0) <= rate
    for person in PEOPLE:
        texts = [at for at, who, channel, _ in storm.left if (who, channel) == (person, TEXT)]
        cuts = [n for n, (earlier, later) in enumerate(pairwise(texts), 1) if later - earlier >= 60]
        for start, end in pairwise([0, *cuts, len(texts)]):
            assert all(later - earlier >= 15 for earlier, later in pairwise(texts[start:end][2:]))
    assert [storm.line.lanes.next(channel, storm.line.now) for channel in Channel] == ["", ""]
    assert redis.keys("lane*") + redis.keys("weights*") == [], "what is settled is taken out of the lanes"
    assert redis.zcard("outbox") == 0


class Storm:
    """A clock and workers that sometimes die, and telephones that are put down after a while."""

    def __init__(self, line: Line, chance: random.Random) -> None:
        self.line, self.chance = line, chance
        self.wanted: dict[str, tuple[str, Channel, int, float, bool]] = {}
        self.gone: list[str] = []
        self.left: list[tuple[float, str, Channel, int]] = []
        self.ringing: dict[str, float] = {}

    def wants(self, effect: str, person: str, channel: Channel, cost: int, joins: bool) -> None:
        self.wanted[effect] = (person, channel, cost, self.line.now, joins)
        self.line.redis.zadd("outbox", {effect: self.line.now + 5})
        self._work(effect)

    def until(self, end: float) -> None:
        """The clock: whatever is due is handed out, at its time."""
        while (due := self._due()) is not None and due <= end:
            self.line.now = max(self.line.now, due)
            for person in [person for person, at in self.ringing.items() if at <= self.line.now]:
                del self.ringing[person]
                self.line.lanes.hung_up(person)
            for effect in self.line.store.lease(self.line.now, 100):
                self._work(effect)
        self.line.now = max(self.line.now, end)

    def _due(self) -> float | None:
        first = self.line.store.next_due()
        return min((at for at in (first, *self.ringing.values()) if at is not None), default=None)

    def _work(self, effect: str) -> None:
        for _ in range(100):
            if effect.startswith("lane/"):
                channel = Channel(effect.removeprefix("lane/"))
                effect = self.line.lanes.next(channel, self.line.now)
                if not effect:
                    return
            if not self._sent(effect):
                return
            effect = f"lane/{self.wanted[effect][1]}"
        raise AssertionError("a hot loop")

    def _sent(self, effect: str) -> bool:
        """Whether something else may leave now."""
        line, (person, channel, cost, urgency, joins) = self.line, self.wanted[effect]
        if not line.store.claim(effect, repr(line.now), line.now):
            return False
        permit = line.lanes.ask(effect, person, channel, cost=cost, urgency=urgency, now=line.now, joins=joins)
        if permit.until is None and self.chance.random() > 0.1:  # else the worker dies
            stays = permit.effects[1:] if self.chance.random() < 0.2 else ()
            line.lanes.leaves(person, channel, permit, permit.room, line.now, stays=stays)
            self.left.append((line.now, person, channel, permit.room))
            for each in permit.effects:
                if each not in stays:
                    line.settles(each)
                    self.gone.append(each)
            if channel is CALL:
                self.ringing[person] = line.now + self.chance.choice([5.0, 30.0])
        elif permit.until is None:
            for each in permit.effects:
                line.redis.delete(f"claim:{each}")  # as time does
        return permit.more
