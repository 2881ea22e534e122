"""What must always be true: a life that goes well breaks nothing; each way to break something is found, and nothing else."""

import math
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.events import Accepted, Closed, Contacted, Needed, Reported
from bridge.core.findings import Facts, How, Repair
from bridge.core.invariants import INVARIANTS, check
from bridge.core.model import PENDING, Channel, Purpose, Request, State, Status
from bridge.core.vitals import CanaryNews, CarrierNews, Signs, StoreCondition
from tests.given import T0, Walk, in_state, walk

EVERYBODY = frozenset({"boyd", "crane", "kirby"})


def signs(now: float, **fields: Any) -> Signs:
    well = Signs({"worker:1": now, "clock:1": now}, StoreCondition(), CarrierNews(answered_at=now), CanaryNews(now, 0.04))
    return replace(well, **fields)


def facts(*requests: Request, now: float = T0, **fields: Any) -> Facts:
    """What stands in a store that keeps these requests as it must."""
    waits = {f"{r.id}/{m.n}": max(m.at, now) for r in requests for m in r.messages if m.status in PENDING}
    listed = [r for r in requests if r.state is not State.ERASED]
    well = Facts(
        requests=tuple(listed),
        hidden=tuple(r for r in requests if r not in listed),
        due={r.id: r.due_at for r in requests if r.due_at is not None},
        outbox=waits,
        codes={r.id: r.id for r in listed},
        callers={r.id: frozenset({r.id}) for r in listed if r.callback and r.state in (State.OPEN, State.ACCEPTED)},
        texted=EVERYBODY,
        signs=signs(now),
    )
    return replace(well, **fields)


def found(facts: Facts, now: float = T0) -> list[tuple[str, How | None]]:
    return [(finding.kind, finding.repair.how if finding.repair else None) for finding in check(facts, now)]


def waiting() -> Request:
    """A request whose first page has not left yet."""
    return walk(carrier_is_away=True).request


# ---- what goes well


@pytest.mark.parametrize("state", State)
def test_a_request_in_any_state_breaks_nothing(state: State) -> None:
    there = in_state(state)
    assert found(facts(there.request, now=there.now), there.now) == []


def test_a_whole_life_breaks_nothing_at_any_instant() -> None:
    there = walk(call_sid="CA1")
    for _ in range(40):
        there.passes(47.0)
        assert found(facts(there.request, now=there.now), there.now) == []
    there.accepted_by("whitfield", via=Channel.CALL).does(Needed("whitfield"), 30.0).does(Contacted("whitfield"), 60.0)
    for _ in range(40):
        there.passes(301.0)
        assert found(facts(there.request, now=there.now), there.now) == []


def test_who_heard_the_number_on_the_telephone_and_gets_no_texts_needs_no_message() -> None:
    there = in_state(State.ACCEPTED)
    silent = replace(there.request, messages=tuple(m for m in there.request.messages if m.purpose is not Purpose.DETAILS))
    assert found(facts(silent, texted=frozenset())) == []


def test_a_clock_that_puts_something_off_breaks_nothing() -> None:
    request = waiting()
    assert request.due_at is not None
    now = request.due_at + 1
    assert found(facts(request, now=now, due={request.id: now + 5}), now) == []


def test_an_alarm_that_was_answered_may_be_silent() -> None:
    there = walk().passes(1800)
    alarm = next(m for m in there.request.messages if m.purpose is Purpose.OVERDUE)
    there.does(Reported(alarm.n, Status.ANSWERED))
    assert there.request.alarm_at is None
    assert found(facts(there.request, now=there.now), there.now) == []


def test_what_waits_in_a_lane_and_is_settled_breaks_nothing() -> None:
    assert found(facts(walk().request, lanes={"text:boyd": frozenset({"r1/0"})})) == []


# ---- requests


@pytest.mark.parametrize(
    ("state", "broken", "kind", "how"),
    [
        (State.OPEN, {"next_at": None}, "no-next", How.PAGE),
        (State.ACCEPTED, {"return_at": None}, "no-next", None),
        (State.CONTACTED, {"erase_at": None}, "no-erasure", None),
        (State.CLOSED, {"erase_at": None}, "no-erasure", None),
        (State.OPEN, {"alarm_at": None}, "no-alarm", None),
        (State.ACCEPTED, {"alarm_at": None}, "no-alarm", None),
        (State.ACCEPTED, {"accepted_by": ""}, "nobody", None),
        (State.ACCEPTED, {"accepted_by": "crane"}, "untold", How.TELL),
        (State.ACCEPTED, {"accepted_at": T0 + 60}, "untold", How.TELL),
    ],
)
def test_a_request_that_would_not_go_on_is_found(state: State, broken: dict[str, Any], kind: str, how: How | None) -> None:
    there = in_state(state)
    request = replace(there.request, **broken)
    assert found(facts(request, now=there.now), there.now) == [(kind, how)]


def test_a_need_on_scene_of_which_dispatch_would_never_hear_is_found() -> None:
    there = in_state(State.ACCEPTED).does(Needed("boyd"))
    request = replace(there.request, scene_alarm_at=None)
    assert found(facts(request, now=there.now), there.now) == [("no-alarm", None)]


@pytest.mark.parametrize("state", [state for state in State if state is not State.ERASED])
def test_a_request_that_the_clock_never_looks_at_is_found_and_mended_by_its_document(state: State) -> None:
    there = in_state(state)
    (finding,) = check(facts(there.request, now=there.now, due={}), there.now)
    assert finding.repair == Repair(How.DUE, "r1", there.request.version, there.request.due_at)
    assert (finding.kind, finding.grave) == ("due", True)


@pytest.mark.parametrize(("by", "grave"), [(500.0, True), (-5.0, False)])
def test_a_request_that_the_clock_looks_at_at_the_wrong_time_is_found(by: float, grave: bool) -> None:
    request = walk().request
    (finding,) = check(facts(request, due={"r1": (request.due_at or 0) + by}), T0)
    assert (finding.kind, finding.grave) == ("due", grave)


def test_a_request_at_which_nothing_happens_any_more_is_found() -> None:
    there = in_state(State.ACCEPTED)
    assert there.request.return_at
    assert there.request.due_at
    late = there.request.due_at + 60
    assert found(facts(there.request, now=late), late) == []
    assert found(facts(there.request, now=late + 1), late + 1) == [("passed", None)]
    (finding,) = check(facts(there.request, now=there.request.return_at + 61), there.request.return_at + 61)
    assert "gone back on the ladder" in finding.words


def test_what_is_promised_and_not_there_is_found() -> None:
    request = walk().request
    assert found(facts(gone=("r2",))) == [("gone", None)]
    assert found(facts(unreadable=("r2",))) == [("unreadable", None)]
    assert found(replace(facts(request), requests=(), hidden=(request,))) == [("hidden", How.LIST)]


def test_a_code_or_a_number_that_leads_nowhere_is_found() -> None:
    request = walk().request
    assert found(facts(request, codes={"r1": ""})) == [("code", How.CODE)]
    assert found(facts(request, codes={"r1": "r2"})) == [("code", None)], "whose it is, nobody can tell"
    assert found(facts(request, callers={"r1": frozenset({""})})) == [("caller", How.CALLER)]
    assert found(facts(request, callers={"r1": frozenset({"r7", "r1"})})) == []
    assert found(facts(strays={"caller:5e": "r9"})) == [("stray", How.UNLINK)]


def test_of_what_has_changed_meanwhile_nothing_is_said() -> None:
    assert found(facts(walk().request, codes={}, callers={})) == []


# ---- the ways of messages


def test_a_message_that_would_never_leave_is_found() -> None:
    request = waiting()
    assert found(facts(request, outbox={})) == [("lost", How.OUTBOX)]
    assert found(facts(request, outbox={"r1/0": T0 + 140})) == [("far", How.OUTBOX)]
    assert found(facts(request, outbox={"r1/0": T0 + 120})) == [], "it waits in its lane"


def test_a_record_that_would_never_be_deleted_is_found() -> None:
    there = in_state(State.ERASED)
    there.request = there.request.with_changed(replace(there.request.messages[0], status=Status.FORGETTING, sid="SM1"))
    broken = facts(there.request, now=there.now, outbox={})
    assert set(found(broken, there.now)) == {("lost", How.OUTBOX)}


@pytest.mark.parametrize("effect", ["r1/7", "r2/0", "notice/n1", "nonsense", "r1/x"])
def test_what_points_at_nothing_is_found(effect: str) -> None:
    request = walk().request
    assert found(facts(request, outbox={effect: T0})) == [("pointless", How.DROP)]


def test_what_points_at_what_cannot_be_read_is_left_alone() -> None:
    assert found(facts(outbox={"r2/0": T0}, unreadable=("r2",))) == [("unreadable", None)]


def test_what_the_bridge_itself_puts_into_the_outbox_points_at_something() -> None:
    known = {"canary": T0, "lane/text": T0, "notice/n1": T0}
    assert found(facts(outbox=known, notices=frozenset({"notice/n1"}))) == []


def test_what_should_have_left_is_found_once_for_all_of_it() -> None:
    request = waiting()
    assert found(facts(request, late={"r1/0": T0 - 15})) == []
    (finding,) = check(facts(request, late={"r1/0": T0 - 16}), T0)
    assert (finding.id, finding.grave) == ("overdue outbox", False)
    (finding,) = check(facts(request, late={"r1/0": T0 - 61}), T0)
    assert finding.grave
    request = walk(carrier_is_away=True).passes(300).request
    late = {f"r1/{m.n}": T0 for m in request.messages}
    (finding,) = check(facts(request, now=T0 + 300, late=late), T0 + 300)
    assert finding.grave


def test_a_claim_that_does_not_end_is_found() -> None:
    request = waiting()
    assert found(facts(request, claims={"r1/0": 12.0})) == []
    assert found(facts(request, claims={"r1/0": math.inf})) == [("claim", How.CLAIM)]


def test_a_lane_that_nobody_looks_at_is_found() -> None:
    request, lanes = waiting(), {"text:boyd": frozenset({"r1/0"})}
    waits = {"r1/0": T0 + 120}
    assert found(facts(request, outbox=waits, lanes=lanes)) == [("unarmed", How.ARM)]
    assert found(facts(request, outbox={**waits, "lane/text": T0 + 1}, lanes=lanes)) == []
    assert found(facts(request, outbox=waits, lanes=lanes, claims={"r1/0": 3.0})) == [], "somebody has it in hand"
    assert found(facts(request, outbox={"r1/0": T0 + 12}, lanes=lanes)) == [], "it comes back by itself, soon"
    put_off = replace(request.messages[0], at=T0 + 60, tries=1)
    assert found(facts(request.with_changed(put_off), outbox={"r1/0": T0 + 60}, lanes=lanes)) == [], (
        "the carrier asked for that"
    )


# ---- the parts of the bridge


@pytest.mark.parametrize(
    ("part", "kind", "grave"),
    [
        ({"beats": {"clock:1": T0}}, "silent", True),
        ({"beats": {"worker:1": T0, "clock:1": T0 - 16}}, "silent", True),
        ({"canary": CanaryNews(T0 - 181, 0.1)}, "canary", True),
        ({"canary": CanaryNews(None, 0.0, T0 - 181)}, "canary", True),
        ({"canary": CanaryNews(T0 - 181, 0.1, T0 - 121)}, "canary", True),
        ({"store": StoreCondition(False, ("appendonly is no",))}, "durable", True),
        ({"store": StoreCondition(True, ("its memory is nearly full",))}, "durable", False),
        ({"carrier": CarrierNews(failing_since=T0 - 21, trouble="HTTP 503")}, "carrier", True),
        ({"carrier": CarrierNews(failing_since=T0 - 21, trouble="time-out", reached=False)}, "carrier", True),
    ],
)
def test_a_part_of_the_bridge_that_fails_is_found(part: dict[str, Any], kind: str, grave: bool) -> None:
    (finding,) = check(facts(signs=signs(T0, **part)), T0)
    assert (finding.kind, finding.grave, finding.repair) == (kind, grave, None)


def test_a_caller_who_met_a_broken_bridge_is_found_for_a_while() -> None:
    assert found(facts(broken=(T0 - 299,))) == [("broken", None)]
    assert found(facts(broken=(T0 - 300,))) == []


@pytest.mark.parametrize(
    "part",
    [
        {"store": StoreCondition(None, ("does not tell appendfsync",))},
        {"canary": CanaryNews()},
        {"canary": CanaryNews(T0 - 100, 0.1, T0 - 40)},
        {"canary": CanaryNews(T0 - 3600, 0.1, T0 - 15)},  # the bridge was down for an hour
        {"carrier": CarrierNews(failing_since=T0 - 20, trouble="HTTP 503")},
    ],
)
def test_what_is_not_known_or_has_just_begun_is_no_finding(part: dict[str, Any]) -> None:
    assert found(facts(signs=signs(T0, **part))) == []


# ---- the words


def everything_broken() -> Facts:
    there: Walk = walk()
    request = replace(there.request, next_at=None, alarm_at=None)
    return facts(
        request, waiting_too(), due={}, outbox={"x/1": T0 - 99}, codes={"r1": ""}, callers={"r1": frozenset()}, gone=("r8",),
        unreadable=("r9",), strays={"caller:5e": "r7"}, claims={"x/1": math.inf}, signs=Signs(),
    )  # fmt: skip


def waiting_too() -> Request:
    return replace(waiting(), id="r2", code="777")


def test_no_finding_says_anything_about_a_caller() -> None:
    said = [f"{each.id} {each.words} {each.todo}" for each in check(everything_broken(), T0)]
    assert len(said) > 8
    for each in said:
        assert not any(word in each for word in ("Oxford", "Calhoun", "2565550177", "Gadsden"))
        assert each.isprintable()


def test_ids_are_stable_and_each_is_there_once() -> None:
    findings = check(everything_broken(), T0)
    assert len({each.id for each in findings}) == len(findings)
    assert [each.id for each in findings] == [each.id for each in check(everything_broken(), T0 + 1)]


def test_every_invariant_counts_what_it_looks_at() -> None:
    there = walk(carrier_is_away=True).does(Accepted("crane")).does(Closed("test"))
    assert all(each.count(facts(there.request)) >= 0 for each in INVARIANTS)
    assert len({each.name for each in INVARIANTS}) == len(INVARIANTS)
