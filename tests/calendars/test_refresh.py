"""Every calendar in its turn: the last good copy is kept, what is wrong is said, and nothing else suffers."""

import logging
from pathlib import Path

import pytest

from bridge.calendars.addresses import Reach
from bridge.calendars.look import look
from bridge.calendars.refresh import Refresher, file_faults
from bridge.core.ledger import CalendarCopy
from bridge.core.rota import Booking, local
from bridge.settings.model import CalendarSource
from tests.calendars.conftest import Agency
from tests.calendars.ics import NOW, calendar, event, said, source
from tests.calendars.server import Server, page
from tests.conftest import logged

FRIDAY, MONDAY = "TZID=America/Chicago:20261127T180000", "TZID=America/Chicago:20261130T060000"
HOUR = 3600.0
GOOD = calendar(event("Kirby", FRIDAY, MONDAY))


@pytest.fixture
def d(server: Server) -> CalendarSource:
    server.answers["/secret.ics"] = page(GOOD, "200 OK", 'ETag: "1"')
    return CalendarSource("d", "D", "on-call", url=server.url("/secret.ics"))


def refresher(agency: Agency, reach: Reach, *calendars: CalendarSource) -> Refresher:
    """Looks in this very process, which is quicker."""
    return Refresher(agency.world(*calendars), reach, look)


def test_a_calendar_decides_who_is_on_call(agency: Agency, reach: Reach, d: CalendarSource) -> None:
    refresher(agency, reach, d).refresh()
    roster = agency.world(d).roster
    friday = NOW + 5.75 * 24 * HOUR
    assert local(friday).strftime("%a %H") == "Fri 20"
    on_call = [roster.on_duty("D", "on-call", at) for at in (NOW, friday)]
    assert [person.id if person else "" for person in on_call] == ["ramsey", "kirby"]


def test_a_good_calendar_is_kept_with_when_it_was_read(agency: Agency, reach: Reach, d: CalendarSource) -> None:
    refresher(agency, reach, d).refresh()
    copy = agency.copies()["d"]
    assert said(copy.bookings) == ["kirby fri 27 18:00 - mon 30 06:00"]
    assert (copy.fetched_at, copy.tried_at, copy.fault) == (NOW, NOW, "")


def test_a_broken_calendar_keeps_its_last_good_copy(agency: Agency, reach: Reach, d: CalendarSource, server: Server) -> None:
    reader = refresher(agency, reach, d)
    reader.refresh()
    server.answers["/secret.ics"] = page(GOOD[:-20])
    for hours, age in ((1, "the last good copy, 60 minutes old, is used"), (49, "the last good copy is old: 2 days")):
        agency.time = NOW + hours * HOUR
        reader.refresh()
        copy = agency.copies()["d"]
        assert copy.fault == f"it is cut off in the middle; {age}"
        assert (len(copy.bookings), copy.fetched_at, copy.tried_at) == (1, NOW, agency.time)
    server.answers["/secret.ics"] = page(GOOD)
    reader.refresh()
    assert (agency.copies()["d"].fault, agency.copies()["d"].fetched_at) == ("", agency.time)


def test_a_calendar_that_was_never_read_leaves_the_roster_alone(agency: Agency, reach: Reach, tmp_path: Path) -> None:
    missing = source(tmp_path / "missing.ics")
    refresher(agency, reach, missing).refresh()
    copy = agency.copies()["d"]
    assert copy.fault.endswith("; there is no copy of it, so the roster decides alone")
    assert (copy.bookings, copy.fetched_at) == ((), 0.0)


def test_one_broken_calendar_does_not_keep_others_from_being_read(
    agency: Agency, reach: Reach, d: CalendarSource, tmp_path: Path
) -> None:
    broken = CalendarSource("broken", "E", "on-call", file=tmp_path / "missing.ics")
    refresher(agency, reach, broken, d).refresh()
    assert agency.copies()["broken"].fault
    assert agency.copies()["d"].bookings


def test_faults_of_single_events_are_said_and_the_rest_counts(
    agency: Agency, reach: Reach, d: CalendarSource, server: Server
) -> None:
    server.answers["/secret.ics"] = page(calendar(event("Kirby", FRIDAY, MONDAY), event("Party", FRIDAY, MONDAY)))
    refresher(agency, reach, d).refresh()
    copy = agency.copies()["d"]
    assert (len(copy.bookings), copy.fault) == (1, '1 event names nobody on the roster: "Party"')


def test_an_unchanged_calendar_is_not_sent_again_and_its_rules_run_on(
    agency: Agency, reach: Reach, d: CalendarSource, server: Server
) -> None:
    weekly = event("Kirby", FRIDAY, MONDAY, "RRULE:FREQ=WEEKLY")
    server.answers["/secret.ics"] = page(calendar(weekly), "200 OK", 'ETag: "1"')
    reader = refresher(agency, reach, d)
    reader.refresh()
    first = agency.copies()["d"]
    server.answers["/secret.ics"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    agency.time += 30 * 24 * HOUR
    for _ in range(2):
        reader.refresh()
        later = agency.copies()["d"]
        assert later.fetched_at == agency.time
        assert later.bookings[-1].start - first.bookings[-1].start > 27 * 24 * HOUR
    assert 'If-None-Match: "1"' in server.asked[-1]


def test_a_calendar_that_is_not_configured_any_more_counts_for_nothing(agency: Agency, reach: Reach, d: CalendarSource) -> None:
    refresher(agency, reach, d).refresh()
    assert agency.world(d).roster.bookings
    assert agency.world().roster.bookings == ()
    refresher(agency, reach).refresh()
    assert agency.copies() == {}


def test_a_person_who_left_the_roster_is_not_on_call_by_an_old_copy(agency: Agency, d: CalendarSource) -> None:
    world = agency.world(d)
    gone = Booking("D", "on-call", "somebody-else", NOW - HOUR, NOW + HOUR)
    world.rota.keep_calendar(CalendarCopy("d", (gone,), NOW, NOW))
    on_call = world.roster.on_duty("D", "on-call", NOW)
    assert on_call is not None
    assert on_call.id == "ramsey"


def test_an_address_stands_in_no_log(
    agency: Agency, reach: Reach, d: CalendarSource, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.answers["/secret.ics"] = b"garbage"
    refresher(agency, reach, d).refresh()
    assert "a calendar cannot be read; the page of the rota says why calendar=d" in logged(caplog)
    assert "secret" not in caplog.text + agency.copies()["d"].fault


def test_the_check_reads_files_and_fetches_nothing(agency: Agency, d: CalendarSource, server: Server, tmp_path: Path) -> None:
    (tmp_path / "d.ics").write_bytes(calendar(event("Kirby", FRIDAY, MONDAY), event("Party", FRIDAY, MONDAY)))
    missing = CalendarSource("gone", "E", "on-call", file=tmp_path / "gone.ics")
    settings = agency.world(d, source(tmp_path / "d.ics"), missing).settings
    assert file_faults(settings, NOW) == [
        'calendar d: 1 event names nobody on the roster: "Party"',
        f"calendar gone: {tmp_path / 'gone.ics'} cannot be read (No such file or directory)",
    ]
    assert server.asked == []
