"""Who has which region, as it is shown: now and next, gaps, the days to come."""

from dataclasses import replace
from datetime import datetime

import pytest

from bridge.core.errors import BadTime
from bridge.core.oncall import WEEK, Gap, Outlook, Piece, days, nearest, short_names, wall_clock
from bridge.core.rota import ALABAMA, Leave, Override, Person
from tests.given import REGIONS, T0, roster

HOUR = 3600.0


def outlook(*regions: str, now: float = T0, overrides: tuple[Override, ...] = (), leaves: tuple[Leave, ...] = ()) -> Outlook:
    """The small roster with these changes, for these regions."""
    changed = replace(roster(), overrides=overrides, leaves=leaves)
    return Outlook(changed, tuple(REGIONS[region] for region in regions), now)


def off(who: str, start: float, end: float) -> Leave:
    """Leave, in hours from T0."""
    return Leave(f"leave-{who}", who, T0 + start * HOUR, T0 + end * HOUR)


def test_a_post_says_who_has_it_until_when_and_who_then() -> None:
    cover = Override("o", "G", "on-call", "kirby", T0 + HOUR, T0 + 2 * HOUR)
    here, backup = outlook("G", overrides=(cover,)).posts(ahead=WEEK)
    assert (here.name, here.rank, here.who, here.until, here.then) == (
        "Region G", "on-call", "Sgt. Dana Boyd", T0 + HOUR, "Lt. Sam Kirby",
    )  # fmt: skip
    assert (backup.rank, backup.who, backup.until, backup.then) == ("backup", "Cpl. Theo Crane", None, "")


def test_a_post_that_nobody_has_has_no_name() -> None:
    (here,) = outlook("F", leaves=(off("kirby", -1, 1),)).posts(("on-call",))
    assert (here.who, here.until, here.then) == ("", T0 + HOUR, "Lt. Sam Kirby")


def test_troubles_stand_with_the_person_who_has_them() -> None:
    seen = replace(outlook("F", "G"), troubles={"boyd": ("opted out of texts",)})
    assert [post.troubles for post in seen.posts(("on-call",))] == [(), ("opted out of texts",)]


def test_gaps_come_soonest_first_and_say_when_they_run_already() -> None:
    seen = outlook("G", "F", leaves=(off("kirby", 5, 9), off("boyd", -1, 2), off("crane", 1, 3)))
    found = [gap for gap in seen.gaps(ahead=WEEK) if gap.name == "Region G" or gap.rank == "on-call"]
    assert found == [
        Gap("G", "Region G", "on-call", None, T0 + 2 * HOUR),
        Gap("G", "Region G", "backup", T0 + HOUR, T0 + 3 * HOUR),
        Gap("F", "Region F", "on-call", T0 + 5 * HOUR, T0 + 9 * HOUR),
    ]


def test_a_gap_that_outlasts_what_was_looked_at_has_no_end() -> None:
    assert outlook("F").gaps(("backup",), WEEK) == (Gap("F", "Region F", "backup", None, None),)


def test_a_gap_that_runs_looks_the_same_a_second_later() -> None:
    leaves = (off("kirby", -1, 1),)
    assert outlook("F", leaves=leaves).gaps() == outlook("F", now=T0 + 1, leaves=leaves).gaps()


def test_the_gap_to_warn_of_is_the_first_in_which_nobody_is_on_call() -> None:
    backup, late = Gap("G", "Region G", "backup", T0, None), Gap("G", "Region G", "on-call", T0 + HOUR, None)
    later = replace(late, start=T0 + 2 * HOUR)
    assert nearest([backup, late, later]) == late
    assert nearest([backup]) == backup
    assert nearest([]) is None


def test_a_day_is_told_in_pieces_and_what_has_passed_of_today_is_left_out() -> None:
    cover = Override("o", "G", "on-call", "kirby", T0 - HOUR, T0 + HOUR)
    night = Override("n", "G", "on-call", "crane", T0 + 20 * HOUR, T0 + 26 * HOUR)
    on_call, _ = outlook("G", overrides=(cover, night)).tracks(3)
    assert on_call.days == (
        (Piece("Kirby", None, T0 + HOUR), Piece("Boyd", T0 + HOUR, T0 + 20 * HOUR), Piece("Crane", T0 + 20 * HOUR, None)),
        (Piece("Crane", None, T0 + 26 * HOUR), Piece("Boyd", T0 + 26 * HOUR, None)),
        (Piece("Boyd", None, None),),
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    first, second = days(wall_clock(f"{day} 12:00"), 1)
    assert second - first == hours * HOUR
    assert datetime.fromtimestamp(first, ALABAMA).hour == datetime.fromtimestamp(second, ALABAMA).hour == 0


def test_changes_are_those_that_are_not_over() -> None:
    cover = Override("o", "G", "on-call", "kirby", T0 + HOUR, T0 + 2 * HOUR, T0, "crane")
    seen = outlook("G", overrides=(cover,), leaves=(off("boyd", -2, 0), off("crane", -2, 1)))
    assert [(each.id, each.what, each.who, each.by, each.fixed) for each in seen.changes(frozenset({"o"}))] == [
        ("leave-crane", "off", "Cpl. Theo Crane", "", False),
        ("o", "Region G, on call", "Lt. Sam Kirby", "Cpl. Theo Crane", True),
    ]


def test_people_go_by_their_last_name_unless_two_share_it() -> None:
    people = [Person("a", "Sgt. Dana Boyd", ""), Person("b", "Lt. Al Boyd", ""), Person("c", "Crane", "")]
    assert short_names({person.id: person for person in people}) == {"a": "Sgt. Dana Boyd", "b": "Lt. Al Boyd", "c": "Crane"}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-27 18:00", "2026-11-28T00:00+00:00"),
        (" 2026-07-01T18:00 ", "2026-07-01T23:00+00:00"),
        ("2026-11-27T18:00Z", "2026-11-27T18:00+00:00"),
        ("2026-11-27", "2026-11-27T06:00+00:00"),
        ("2026-03-08 02:30", "2026-03-08T08:00+00:00"),
        ("2026-11-01 01:30", "2026-11-01T06:30+00:00"),
    ],
)
def test_a_time_is_read_by_the_wall_clock_in_alabama(text: str, utc: str) -> None:
    assert wall_clock(text) == datetime.fromisoformat(utc).timestamp()


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "18:00", "2026-02-30 10:00", "9999-12-31 23:59", "0001-01-01", "\x00", "x" * 999]
)
def test_what_is_no_time_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(BadTime, match="as 2026-11-27 18:00") as refused:
        wall_clock(text)
    assert len(str(refused.value)) < 200
