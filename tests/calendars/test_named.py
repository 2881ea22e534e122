"""Whom an event means; and that nobody is put on call by an event that says something else."""

import pytest

from bridge.calendars.named import Unnamed, meant
from tests.calendars.ics import PEOPLE


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("boyd", "boyd"),
        ("Boyd", "boyd"),
        ("Dana Boyd", "boyd"),
        ("BOYD, DANA", "boyd"),
        ("Sgt. Dana Boyd", "boyd"),
        ("Sergeant D. Boyd", "boyd"),
        ("On call: Boyd", "boyd"),
        ("Boyd (week 32)", "boyd"),
        ("Region D on-call - Boyd - 256-555-0113", "boyd"),
        ("D: Boyd 18:00–06:00", "boyd"),
        ("Peer support coordinator on duty: Cpl. Theo Crane", "crane"),
        ("Primary: Lt. Réyes", "reyes"),
        ("O'Neal", "oneal"),
        ("O’NEAL weekend", "oneal"),
        ("Boyd’s shift", "boyd"),
    ],
)
def test_a_plain_event_means_the_person_it_names(text: str, who: str) -> None:
    assert meant(text, PEOPLE, "D", "on-call") == who


@pytest.mark.parametrize("text", ["", "On call", "Holiday party", "Boydton fair", "Dana", "Sgt.", "📅", "Smith"])
def test_an_event_without_a_name_means_nobody(text: str) -> None:
    assert meant(text, PEOPLE, "D", "on-call") is Unnamed.NOBODY


@pytest.mark.parametrize(
    "text",
    [
        "Boyd off",
        "Boyd on leave",
        "Boyd vacation",
        "NOT Boyd",
        "Boyd?",
        "Reyes for Boyd",
        "Boyd / Crane",
        "Boyd dentist",
        "Boyd's birthday",
        "Backup: Boyd",
        "Region G: Boyd",
        "Boyd until Crane takes over",
        "Dana Crane",
    ],
)
def test_an_event_that_says_more_puts_nobody_on_call(text: str) -> None:
    assert meant(text, PEOPLE, "D", "on-call") is Unnamed.UNSURE


def test_a_calendar_of_backups_may_say_backup_and_not_primary() -> None:
    assert meant("Backup: Boyd", PEOPLE, "D", "backup") == "boyd"
    assert meant("Primary: Boyd", PEOPLE, "D", "backup") is Unnamed.UNSURE


def test_two_of_one_name_are_told_apart_by_the_rest_of_it() -> None:
    people = {"dana": "Sgt. Dana Boyd", "mike": "Cpl. Mike Boyd Jr."}
    assert meant("Boyd", people, "D", "on-call") is Unnamed.UNSURE
    assert meant("Mike Boyd", people, "D", "on-call") == "mike"
    assert meant("M. Boyd Jr.", people, "A", "on-call") == "mike"
