"""One calendar as bookings; and everything about it that somebody should mend, in words."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.calendars import apart
from bridge.calendars.addresses import Reach
from bridge.calendars.apart import look_apart
from bridge.calendars.fetch import LARGEST, Kept
from bridge.calendars.look import Looked, Task, look
from bridge.core.errors import BadCalendar
from bridge.core.rota import Booking
from bridge.settings.model import CalendarSource
from tests.calendars.ics import NOW, PEOPLE, calendar, event, said, source
from tests.calendars.server import Server, page

FRIDAY, MONDAY = "TZID=America/Chicago:20261127T180000", "TZID=America/Chicago:20261130T060000"
ENDLESS = "RRULE:FREQ=YEARLY;INTERVAL=0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "d.ics"


def task(file: Path, *events: str) -> Task:
    """A look at a file with these events."""
    file.write_bytes(calendar(*events))
    return Task(source(file), PEOPLE, NOW)


def test_events_become_bookings_of_the_region_and_rank_of_the_calendar(file: Path) -> None:
    looked = look(task(file, event("On call: Reyes", FRIDAY, MONDAY)))
    assert said(looked.bookings) == ["reyes fri 27 18:00 - mon 30 06:00"]
    assert {(one.region, one.rank) for one in looked.bookings} == {("D", "on-call")}
    assert looked.faults == ()


def test_what_is_long_past_or_far_ahead_is_left_out(file: Path) -> None:
    rule = event("Boyd", "20250105T120000Z", "20250105T130000Z", "RRULE:FREQ=WEEKLY")
    bookings = look(task(file, rule)).bookings
    assert said(bookings)[0] == "boyd sun 22 06:00 - sun 22 07:00"
    assert NOW + 93 * 86400 < bookings[-1].start <= NOW + 100 * 86400


def test_an_attendee_is_meant_where_the_summary_names_nobody(file: Path) -> None:
    dana, theo = 'ATTENDEE;CN="Dana Boyd":mailto:a@example.org', "ATTENDEE;CN=Theo Crane:mailto:b@example.org"
    assert said(look(task(file, event("On call", FRIDAY, MONDAY, dana))).bookings) == ["boyd fri 27 18:00 - mon 30 06:00"]
    assert look(task(file, event("On call", FRIDAY, MONDAY, dana, theo))).bookings == ()
    assert look(task(file, event("Team meeting", FRIDAY, MONDAY, dana))).bookings == ()
    assert said(look(task(file, event("Reyes", FRIDAY, MONDAY, dana))).bookings) == ["reyes fri 27 18:00 - mon 30 06:00"]


def test_events_that_name_nobody_are_counted_and_shown(file: Path) -> None:
    parties = [event(f"Party {n}", FRIDAY, MONDAY) for n in range(4)]
    (fault,) = look(task(file, event("Boyd", FRIDAY, MONDAY), *parties)).faults
    assert fault == '4 events name nobody on the roster: "Party 0", "Party 1", "Party 2" …'
    (fault,) = look(task(file, event("Boyd", FRIDAY, MONDAY), event("x" * 300 + "\x07", FRIDAY, MONDAY))).faults
    assert fault == f'1 event names nobody on the roster: "{"x" * 40}…"'


def test_an_event_that_says_more_than_a_name_is_shown_with_what_to_write(file: Path) -> None:
    looked = look(task(file, event("Reyes for Boyd", FRIDAY, MONDAY)))
    assert looked.bookings == ()
    assert looked.faults == ('1 event left out: "Reyes for Boyd"; write only who it is, such as "On call: Boyd"',)


def test_two_at_once_are_reported_and_both_kept_for_the_roster_to_choose(file: Path) -> None:
    noon = "TZID=America/Chicago:20261128T120000"
    looked = look(task(file, event("Boyd", FRIDAY, MONDAY), event("Crane", noon, MONDAY), event("Boyd", noon, MONDAY)))
    assert [one.who for one in looked.bookings] == ["boyd", "boyd", "crane"]
    assert looked.faults == ('1 event at the same time as another: "boyd and crane"; the one that begins first counts',)


def test_one_after_the_other_is_no_fault(file: Path) -> None:
    assert look(task(file, event("Boyd", FRIDAY, MONDAY), event("Crane", MONDAY, "20261201T120000Z"))).faults == ()


def test_broken_events_and_unknown_zones_are_said(file: Path) -> None:
    odd = event("Boyd", "20261127T230000Z", "20261126T230000Z")
    looked = look(task(file, odd, odd.replace("UID:", "UID:2"), event("Boyd", "TZID=Foo:20261127T180000", MONDAY)))
    assert looked.faults == (
        "2 events left out: one ends before it begins",
        'nobody knows the time zone "Foo": its times are taken for Alabama\'s',
    )


def test_an_empty_calendar_is_good_and_odd(file: Path) -> None:
    looked = look(task(file))
    assert (looked.bookings, looked.faults) == ((), ("it holds no event for the next months",))


def test_a_file_that_cannot_be_read_says_why(file: Path) -> None:
    with pytest.raises(BadCalendar, match=r"d\.ics cannot be read \(No such file or directory\)"):
        look(Task(source(file), PEOPLE, NOW))
    with pytest.raises(BadCalendar, match="is not a file"):
        look(Task(source(file.parent), PEOPLE, NOW))
    os.mkfifo(file)
    with pytest.raises(BadCalendar, match="is not a file"):
        look(Task(source(file), PEOPLE, NOW))
    file.unlink()
    file.write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(BadCalendar, match="larger than 1024 KB"):
        look(Task(source(file), PEOPLE, NOW))


def test_a_calendar_on_a_server_is_fetched_in_a_process_apart(server: Server, reach: Reach) -> None:
    server.answers["/d.ics"] = page(calendar(event("Boyd", FRIDAY, MONDAY)), "200 OK", 'ETag: "1"')
    d = CalendarSource("d", "D", "backup", url=server.url("/d.ics"))
    looked = look_apart(Task(d, PEOPLE, NOW, reach=reach))
    assert said(looked.bookings) == ["boyd fri 27 18:00 - mon 30 06:00"]
    assert looked.kept is not None
    assert looked.kept.etag == '"1"'
    server.answers["/d.ics"] = page(b"<html>", "200 OK")
    with pytest.raises(BadCalendar, match="a web page, not a calendar"):
        look_apart(Task(d, PEOPLE, NOW, reach=reach))


def test_a_calendar_without_an_end_is_ended(file: Path) -> None:
    endless = task(file, event("Boyd", "20261025T230000Z", "20261026T230000Z", ENDLESS))
    with pytest.raises(BadCalendar, match="took longer than 3 s; does an event in it repeat for ever"):
        look_apart(endless, longest=3.0)


def test_what_breaks_the_process_that_reads_it_breaks_no_other(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(BadCalendar, match="breaks what reads it"):
        look_apart(task(file, event("Boyd", FRIDAY, MONDAY)))


def test_an_answer_that_is_none_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/echo")  # it answers with its arguments
    with pytest.raises(BadCalendar, match="breaks what reads it"):
        look_apart(task(file, event("Boyd", FRIDAY, MONDAY)))


def test_the_process_that_reads_a_calendar_is_told_no_secret(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells = tmp_path / "tells"
    tells.write_text(f"#!/bin/sh\nenv > {tmp_path}/told\nexit 1\n")
    tells.chmod(0o700)
    monkeypatch.setattr(apart.sys, "executable", str(tells))
    for name in ("TWILIO_AUTH_TOKEN", "BRIDGE_SECRET_KEY", "REDIS_URL", "FALLBACK_AUTH_TOKEN"):
        monkeypatch.setenv(name, "hidden")
    with pytest.raises(BadCalendar):
        look_apart(task(file, event("Boyd", FRIDAY, MONDAY)))
    told = (tmp_path / "told").read_text()
    assert "PATH=" in told
    assert "hidden" not in told


def test_what_was_fetched_is_the_same_bytes_on_the_other_side(file: Path) -> None:
    every = bytes(range(256)) * 3
    there = replace(task(file, event("Boyd", FRIDAY, MONDAY)), kept=Kept(every, 'W/"\u00e9"', "now"))
    assert apart._TASK.validate_json(apart._TASK.dump_json((there,))) == (there,)
    answer = Looked((Booking("D", "on-call", "boyd", NOW + 0.1, NOW + 1 / 3),), ("odd",), Kept(every))
    assert apart._ANSWER.validate_json(apart._ANSWER.dump_json((answer,))) == (answer,)


def test_of_an_error_that_nobody_foresaw_only_the_name_is_told(file: Path) -> None:
    odd = Task(source(file), {"boyd": 4711}, NOW)  # type: ignore[dict-item]
    file.write_bytes(calendar(event("Boyd", FRIDAY, MONDAY)))
    assert apart._answer(odd) == "it could not be understood (TypeError)"
