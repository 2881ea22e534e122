"""Who has what before and after: moves, reminders, and what is to be warned of; and how it is said."""

from dataclasses import replace
from datetime import datetime

import pytest

from bridge.core import handoffs
from bridge.core.handoffs import HALF_DAY, LATE, NEAR, SHORT, Move
from bridge.core.model import Region
from bridge.core.rota import ALABAMA, Duty, Leave, Override, Person, Roster
from bridge.core.rota_words import RotaWords, named
from tests.core.test_wording import words as sample
from tests.given import DUTIES, PEOPLE, REGIONS, T0, roster

HOUR, DAY = 3600.0, 24 * 3600.0
WORDS = RotaWords(sample(), REGIONS, roster().people, T0)
COVER = Override("o", "G", "on-call", "kirby", T0 + HOUR, T0 + 3 * HOUR, T0)


def with_overrides(*overrides: Override, leaves: tuple[Leave, ...] = ()) -> Roster:
    return replace(roster(), overrides=overrides, leaves=leaves)


def wall(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ALABAMA).timestamp()


# ---- moves


def test_what_a_change_moves_is_what_is_different() -> None:
    found = handoffs.moves(roster(), with_overrides(COVER), REGIONS, T0, T0 + DAY)
    assert found == (Move("G", "on-call", T0 + HOUR, T0 + 3 * HOUR, "boyd", "kirby"),)
    assert handoffs.moves(roster(), roster(), REGIONS, T0, T0 + DAY) == ()


def test_a_leave_that_nobody_fills_moves_a_region_to_nobody() -> None:
    off = with_overrides(leaves=(Leave("l", "ramsey", T0, T0 + DAY, T0),))
    assert handoffs.moves(roster(), off, REGIONS, T0, T0 + DAY) == (Move("D", "on-call", T0, T0 + DAY, "ramsey", ""),)


# ---- reminders


def test_a_hand_off_concerns_who_has_it_and_who_had_it_from_its_moment_on_and_not_for_long() -> None:
    start, end = COVER.start, COVER.start + DAY
    known = with_overrides(replace(COVER, end=end))
    move = Move("G", "on-call", start, end, "boyd", "kirby")
    both = {("boyd", start): [move], ("kirby", start): [move]}
    assert handoffs.reminders(known, REGIONS, start - 1) == {}
    assert handoffs.reminders(known, REGIONS, start) == both
    assert handoffs.reminders(known, REGIONS, start + LATE - 1) == both
    assert handoffs.reminders(known, REGIONS, start + LATE) == {}


def test_what_is_over_is_no_news() -> None:
    short = replace(COVER, end=COVER.start + HOUR)
    found = handoffs.reminders(with_overrides(short), REGIONS, COVER.start + HOUR)
    assert {at for _, at in found} == {COVER.start + HOUR}


def test_all_that_changes_hands_at_one_moment_is_one_reminder() -> None:
    other = replace(COVER, id="o2", rank="backup", who="boyd")
    found = handoffs.reminders(with_overrides(COVER, other), REGIONS, COVER.start)
    assert {key: len(moves) for key, moves in found.items()} == {
        ("boyd", COVER.start): 2, ("kirby", COVER.start): 1, ("crane", COVER.start): 1,
    }  # fmt: skip


@pytest.mark.parametrize(("lasts", "reminded"), [(SHORT - 60, False), (SHORT, True)])
def test_a_shift_that_is_too_short_is_not_worth_a_reminder(lasts: float, reminded: bool) -> None:
    known = with_overrides(replace(COVER, end=COVER.start + lasts))
    begins = handoffs.reminders(known, REGIONS, COVER.start)
    ends = handoffs.reminders(known, REGIONS, COVER.start + lasts)
    assert (("kirby", COVER.start) in begins) is reminded
    assert (("kirby", COVER.start + lasts) in ends) is reminded
    assert ("boyd", COVER.start) in begins, "who has it for long is told"


def test_who_simply_goes_on_is_not_reminded() -> None:
    same = replace(COVER, who="boyd")
    assert handoffs.reminders(with_overrides(same), REGIONS, same.start) == {}


# ---- what is coming


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(DAY + 60, None), (DAY, "day"), (HOUR + 1, "day"), (HOUR, "hour"), (0, "hour"), (-NEAR + 1, "hour"), (-NEAR, None)],
)
def test_a_shift_is_coming_a_day_ahead_and_an_hour_ahead(ahead: float, said: str | None) -> None:
    known = with_overrides(replace(COVER, start=T0, end=T0 + DAY))
    found = [when for _, new, when in handoffs.coming(known, ["G"], T0 - ahead) if new.start == T0]
    assert found == ([said] if said else [])


def test_a_gap_that_is_over_is_no_gap() -> None:
    known = with_overrides(leaves=(Leave("l", "ramsey", T0, T0 + 600, T0 - DAY),))
    gaps = [[new for _, new, _ in handoffs.coming(known, ["D"], T0 + at) if not new.who] for at in (599, 600)]
    assert [len(found) for found in gaps] == [1, 0]


@pytest.mark.parametrize(("ahead", "said"), [(DAY, "day"), (0, "hour"), (-HALF_DAY + 1, "hour"), (-HALF_DAY, None)])
def test_a_gap_is_warned_of_for_longer(ahead: float, said: str | None) -> None:
    known = with_overrides(leaves=(Leave("l", "ramsey", T0, T0 + DAY, T0 - DAY),))
    found = [(new.who, new.region, when) for _, new, when in handoffs.coming(known, ["D"], T0 - ahead)]
    assert [each for each in found if not each[0]] == ([("", "D", said)] if said else [])


def test_a_backup_that_is_missing_is_no_shift_to_warn_of() -> None:
    known = with_overrides(leaves=(Leave("l", "crane", T0, T0 + DAY, T0 - DAY),))
    assert list(handoffs.coming(known, ["G"], T0 - HOUR)) == []


# ---- words


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-03 02:04", "now"),
        ("2026-03-03 22:00", "22:00"),
        ("2026-03-04 00:00", "Wed Mar 4 00:00"),
        ("2026-11-27 18:00", "Fri Nov 27 18:00"),
        ("2026-11-01 01:30", "Sun Nov 1 01:30 CDT"),
        ("2026-11-01 02:30", "Sun Nov 1 02:30"),
        ("2026-03-08 03:00", "Sun Mar 8 03:00"),
    ],
)
def test_an_instant_is_said_by_the_clock_on_the_wall(at: str, said: str) -> None:
    assert WORDS.when(wall(at)) == said
    if "CDT" in said:
        assert WORDS.when(wall(at) + HOUR) == said.replace("CDT", "CST"), "the hour that comes twice"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-03-03 01:00", "2026-03-03 22:00", "now to 22:00"),
        ("2026-03-03 18:00", "2026-03-04 06:00", "18:00 to Wed Mar 4 06:00"),
        ("2026-03-06 08:00", "2026-03-06 12:00", "Fri Mar 6 08:00 to 12:00"),
        ("2026-03-06 18:00", "2026-03-09 06:00", "Fri Mar 6 18:00 to Mon Mar 9 06:00"),
    ],
)
def test_a_period_is_said_once_and_short(start: str, end: str, said: str) -> None:
    assert WORDS.period(wall(start), wall(end)) == said


def test_a_move_is_said_as_its_reader_sees_it() -> None:
    move = Move("D", "on-call", T0, wall("2026-03-03 22:00"), "ramsey", "")
    assert WORDS.move(move, "ramsey") == "Region D on-call now to 22:00: NOBODY (was you)"
    assert WORDS.move(replace(move, has="boyd"), "boyd") == "Region D on-call now to 22:00: you (was Ramsey)"
    assert WORDS.handed(replace(move, has="boyd"), "ramsey") == "Region D on-call until 22:00: Boyd (was you)"
    assert WORDS.handed(replace(move, has="boyd", end=T0 + 60 * DAY), "x") == "Region D on-call: Boyd (was Ramsey)"


def test_a_long_list_is_cut_and_counted() -> None:
    assert WORDS.listed("abcd") == "a; b; c; d"
    assert WORDS.listed("abcdefa") == "a; b; c; d; and 2 more"


def test_a_region_that_is_gone_is_called_by_its_letter() -> None:
    assert replace(WORDS, regions={"G": Region("G", "Region G", "", (), ())}).post("D", "backup") == "D backup"


OTHERS = (Person("boyd2", "Cpl. Ann Boyd", "+12565550150"), Person("obrien", "Dep. Pat O'Brien-Hall", "+12565550151"))


@pytest.mark.parametrize(
    ("texted", "meant"),
    [
        ("crane", ["crane"]),
        ("CRANE", ["crane"]),
        ("theo crane", ["crane"]),
        ("cpl. theo crane", ["crane"]),
        ("theo", ["crane"]),
        ("obrien hall", ["obrien"]),
        ("o'brien", ["obrien"]),
        ("boyd", ["boyd", "boyd2"]),
        ("dana boyd", ["boyd"]),
        ("boyd2", ["boyd2"]),
        ("boyds", []),
        ("alea dispatch", []),
        ("", []),
    ],
)
def test_a_name_as_it_is_texted_finds_whoever_it_may_mean(texted: str, meant: list[str]) -> None:
    people = {person.id: person for person in (*PEOPLE, *OTHERS)}
    assert sorted(person.id for person in named(people, texted)) == meant


def test_the_sample_of_these_tests_has_no_hand_offs_of_its_own() -> None:
    assert all(isinstance(duty, Duty) and not duty.spans for duty in DUTIES)
