"""The map of the status page: who is on call where, and every request at its place, none upon another."""

import math
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.actions.reachable import NO_ANSWER
from bridge.core.atlas import Atlas, Chart
from bridge.core.board import Board, rows
from bridge.core.board_map import FEW, MOST, SILENT, Box, Mark, Picture, pictured
from bridge.core.model import Context, Place, Region, Request, State
from bridge.core.oncall import Outlook
from bridge.core.rota import Leave
from bridge.settings import load
from tests.given import T0

OXFORD = Place("Oxford", "Calhoun", "G")
MOBILE = Place("Mobile", "Mobile", "A")
HIGH = {False: 40, True: 28}  # of a mark as the page draws it, in few and in many
SHIPPED = load({"BRIDGE_DATA": "var"})
CHART = Atlas.load().draw(SHIPPED.regions)
TOWNS = [
    Place(town, county, region.id)
    for region in SHIPPED.regions.values()
    for county in region.counties
    for town in CHART.atlas.towns[county]
]


def call(n: int, place: Place = OXFORD, **more: object) -> Request:
    """The nth caller, a second after the one before."""
    return replace(Request(f"r{n}", str(412 + 7 * n), T0 - 900 + n, T0 + 900 + n, place), **more)  # type: ignore[arg-type]


def seen(*requests: Request, leaves: tuple[Leave, ...] = (), now: float = T0, **troubles: str) -> Picture:
    """The map of these requests, in the shipped agency, with these people off."""
    roster = replace(SHIPPED.roster, leaves=leaves)
    context = Context(SHIPPED.policy, roster, SHIPPED.regions)
    outlook = Outlook(roster, tuple(SHIPPED.regions.values()), now, {who: (why,) for who, why in troubles.items()})
    board = Board(now, tuple(rows(requests, context, now)), (), (), outlook.posts(("on-call",)))
    return pictured(board, SHIPPED.regions, CHART)


def box(mark: Mark, picture: Picture) -> Box:
    """What a mark takes up on the page."""
    half = HIGH[picture.dense] / 2
    return Box(mark.x + mark.left, mark.y - half, mark.x + mark.left + mark.wide, mark.y + half)


def assert_apart(picture: Picture) -> None:
    """No mark lies on another, nor on the edge of the picture."""
    boxes = [box(mark, picture) for mark in picture.marks]
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    left, top, wide, high = CHART.box
    assert all(b.left >= left and b.top >= top and b.right <= left + wide and b.bottom <= top + high for b in boxes)


# ---- marks


def test_a_request_stands_where_its_caller_is() -> None:
    (mark,) = seen(call(0, MOBILE)).marks
    assert (mark.x, mark.y) == mark.at == CHART.where(MOBILE)
    assert not mark.moved
    assert mark.said == "Request 412, waiting: Mobile, Mobile County, Region A"


@pytest.mark.parametrize(
    ("more", "kind", "late", "said"),
    [
        ({}, "open", False, "waiting"),
        ({"state": State.ACCEPTED, "accepted_by": "boyd"}, "accepted", False, "accepted"),
        ({"deadline_at": T0 - 1}, "overdue", False, "overdue"),
        ({"state": State.CONTACTED, "scene_by": T0 + 9}, "scene", False, "on scene needed"),
        ({"state": State.CONTACTED, "scene_by": T0 - 9}, "scene", True, "overdue on scene"),
    ],
)
def test_a_mark_says_what_its_row_says(more: dict[str, object], kind: str, late: bool, said: str) -> None:
    picture = seen(call(0, **more))
    (mark,) = picture.marks
    assert (mark.kind, mark.late) == (kind, late)
    assert mark.said.startswith(f"Request 412, {said}: Oxford")
    assert [(each.code, each.said) for each in picture.territories[6].requests] == [("412", said)]


def test_what_has_ended_is_not_on_the_map() -> None:
    picture = seen(call(0, state=State.CONTACTED, contacted_at=T0), call(1, state=State.CLOSED))
    assert picture.marks == picture.nowhere == ()
    assert not any(each.requests for each in picture.territories)


def test_a_request_whose_place_nobody_knows_is_named_apart() -> None:
    picture = seen(call(0, Place()), call(1))
    assert [each.code for each in picture.nowhere] == ["412"]
    assert [mark.code for mark in picture.marks] == ["419"]


def test_a_request_of_which_only_the_region_is_known_stands_in_it_beside_its_name() -> None:
    (mark,) = seen(call(0, Place(region="E"))).marks
    (shape,) = (shape for shape in CHART.shapes if shape.id == "E")
    assert mark.at == shape.label
    assert 30 < math.dist(mark.at, (mark.x, mark.y)) < 150


def test_forty_at_one_place_do_not_lie_on_one_another() -> None:
    picture = seen(*(call(n) for n in range(40)))
    assert len(picture.marks) == 40
    assert picture.dense
    assert_apart(picture)
    assert all(mark.at == CHART.where(OXFORD) for mark in picture.marks)
    assert max(math.dist(mark.at, (mark.x, mark.y)) for mark in picture.marks) < 300


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TOWNS), max_size=40))
def test_wherever_callers_are_their_marks_lie_apart_and_near(places: list[Place]) -> None:
    picture = seen(*(call(n, place) for n, place in enumerate(places)))
    assert len(picture.marks) == len(places)
    assert_apart(picture)
    assert all(
        mark.moved == (math.dist(mark.at, (mark.x, mark.y)) > 18 * (0.72 if picture.dense else 1)) for mark in picture.marks
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(TOWNS), min_size=1, max_size=FEW))
def test_a_new_request_moves_none_of_the_others(places: list[Place]) -> None:
    requests = [call(n, place) for n, place in enumerate(places)]
    before, after = seen(*requests[:-1]), seen(*reversed(requests))
    assert [mark for mark in after.marks if mark.id != requests[-1].id] == list(before.marks)


def test_a_mark_stays_where_it_is_whatever_becomes_of_its_request() -> None:
    places = [(mark.x, mark.y) for mark in seen(call(0), call(1), call(2)).marks]
    changed = seen(call(0, state=State.ACCEPTED), call(1, deadline_at=T0 - 1), call(2))
    assert [(mark.x, mark.y) for mark in changed.marks] == places


def test_no_mark_hides_the_name_of_a_region() -> None:
    for shape in CHART.shapes:
        picture = seen(*(call(n, Place(region=shape.id)) for n in range(8)))
        name = Box(shape.label[0] - 25, shape.label[1] - 50, shape.label[0] + 25, shape.label[1] + 36)
        assert not any(box(mark, picture).meets(name) for mark in picture.marks)


@pytest.mark.parametrize("place", [Place("Huntsville", "Madison", "F"), Place("Eufaula", "Barbour", "B"), OXFORD, MOBILE])
def test_a_mark_does_not_reach_into_another_region(place: Place) -> None:
    picture = seen(call(0, place), call(1, place))
    for mark in picture.marks:
        ends = ((mark.x + mark.left, mark.y), (mark.x + mark.left + mark.wide, mark.y))
        assert not any(CHART.abroad(spot, place.region) for spot in ends)


def test_more_than_have_room_are_counted_and_none_is_lost_from_the_table() -> None:
    picture = seen(*(call(n) for n in range(MOST + 5)))
    assert (len(picture.marks), picture.more) == (MOST, 5)
    assert_apart(picture)
    assert len(picture.territories[6].requests) == MOST + 5


def test_time_alone_changes_nothing_of_the_map() -> None:
    assert seen(call(0), call(1, MOBILE)) == seen(call(0), call(1, MOBILE), now=T0 + 60)


# ---- regions


def test_every_region_is_named_with_who_is_on_call_there() -> None:
    picture = seen()
    assert [each.id for each in picture.territories] == list("ABCDEFG")
    f = picture.territories[5]
    assert (f.name, f.on_call, f.lines) == ("Region F", "Lt. Sam Kirby", ("Kirby",))
    assert not any(each.unreachable for each in picture.territories)
    assert picture.said.startswith("No open requests in 7 regions.")


def test_a_region_with_nobody_on_call_says_so() -> None:
    picture = seen(call(0), leaves=(Leave("x", "kirby", T0 - 1, T0 + 1),))
    f = picture.territories[5]
    assert (f.unreachable, f.why, f.lines) == (True, "nobody is on call", ("NOBODY",))
    assert picture.said.startswith("1 open request in 7 regions. Region F: nobody is on call.")
    assert sum(each.unreachable for each in picture.territories) == 1


def test_a_gap_to_come_is_none_now() -> None:
    assert not any(each.unreachable for each in seen(leaves=(Leave("x", "kirby", T0 + 1, T0 + 9),)).territories)


def test_who_did_not_answer_the_last_drill_cannot_be_counted_on() -> None:
    f = seen(kirby=NO_ANSWER).territories[5]
    assert SILENT == NO_ANSWER
    assert (f.unreachable, f.why, f.lines) == (True, "Lt. Sam Kirby: no answer to the last drill", ("Kirby", "NO ANSWER"))


@pytest.mark.parametrize("trouble", ["landline", "opted out of texts"])
def test_who_can_only_be_called_can_be_reached(trouble: str) -> None:
    assert not seen(kirby=trouble).territories[5].unreachable


def test_two_of_one_family_name_are_told_apart() -> None:
    people = {**SHIPPED.roster.people}
    people["garner"] = replace(people["garner"], name="Sgt. Pat Kirby Jr.")
    roster = replace(SHIPPED.roster, people=people)
    posts = Outlook(roster, tuple(SHIPPED.regions.values()), T0).posts(("on-call",))
    picture = pictured(Board(T0, (), (), (), posts), SHIPPED.regions, CHART)
    assert {each.lines[0] for each in picture.territories if "Kirby" in each.on_call} == {"Sgt. Pat Kirby Jr.", "Lt. Sam Kirby"}
    alone = tuple(post for post in posts if post.who != "Lt. Sam Kirby")
    picture = pictured(Board(T0, (), (), (), alone), SHIPPED.regions, CHART)
    assert [each.lines for each in picture.territories if "Kirby" in each.on_call] == [("Kirby",)]


def test_a_region_that_has_no_shape_is_in_the_table_all_the_same() -> None:
    regions = {**SHIPPED.regions, "X": Region("X", "Region X", "elsewhere", ("Fulton",), ())}
    context = Context(SHIPPED.policy, SHIPPED.roster, regions)
    board = Board(T0, tuple(rows([call(0, Place("Atlanta", "Fulton", "X"))], context, T0)), (), ())
    chart: Chart = CHART.atlas.draw(regions)
    picture = pictured(board, regions, chart)
    assert picture.territories[-1].label is None
    assert [each.code for each in picture.territories[-1].requests] == ["412"]
    assert [each.code for each in picture.nowhere] == ["412"]
