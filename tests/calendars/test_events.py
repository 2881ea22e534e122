"""What a calendar file says, as occurrences in time: recurrences, exceptions, zones, and whatever is odd."""

from datetime import datetime

import pytest

from bridge.calendars.events import BACKWARDS, BROKEN, NO_LENGTH, TOO_OFTEN, Found, occurrences
from bridge.core.errors import BadCalendar
from bridge.core.rota import instant, local
from tests.calendars.ics import calendar, event

START, END = instant(datetime(2026, 10, 1)), instant(datetime(2027, 4, 1))  # noqa: DTZ001

OUTLOOK = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0600
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0600
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
""".replace("\n", "\r\n")


def read(body: bytes) -> Found:
    return occurrences(body, START, END)


def walls(body: bytes) -> list[str]:
    """Each occurrence as "Boyd 10-30 18:00 - 11-02 06:00", by the wall clock in Alabama."""
    return [f"{one.summary} {local(one.start):%m-%d %H:%M} - {local(one.end):%m-%d %H:%M}" for one in read(body).occurrences]


@pytest.mark.parametrize(
    ("zone", "head"),
    [
        ("TZID=America/Chicago:", ""),
        ("TZID=Central Standard Time:", ""),  # Windows, and no definition in the file
        ("TZID=Customized Time Zone:", OUTLOOK),
        ("", ""),  # a time without a zone
    ],
)
def test_a_shift_over_the_change_of_the_clocks_keeps_its_wall_times(zone: str, head: str) -> None:
    body = calendar(head, event("Boyd", f"{zone}20261030T180000", f"{zone}20261102T060000"))
    assert walls(body) == ["Boyd 10-30 18:00 - 11-02 06:00"]
    (one,) = read(body).occurrences
    assert one.end - one.start == 61 * 3600


@pytest.mark.parametrize(
    ("start", "wall"),
    [
        ("20261030T180000Z", "10-30 13:00"),
        ("TZID=America/New_York:20261030T180000", "10-30 17:00"),
        ("TZID=Pacific Standard Time:20261030T180000", "10-30 20:00"),
        ("TZID=/freeassociation.sourceforge.net/America/Chicago:20261030T180000", "10-30 18:00"),
    ],
)
def test_a_time_of_another_zone_is_carried_over(start: str, wall: str) -> None:
    (one,) = walls(calendar(event("Boyd", start, "", "DURATION:PT1H")))
    assert one.startswith(f"Boyd {wall}")


def test_days_are_from_midnight_to_midnight_in_alabama() -> None:
    body = calendar(
        event("Boyd", "VALUE=DATE:20261030", "VALUE=DATE:20261103"),
        event("Crane", "VALUE=DATE:20261108"),
        event("Reyes", "VALUE=DATE:20270314", "", "DURATION:P1D"),
    )
    assert walls(body) == [
        "Boyd 10-30 00:00 - 11-03 00:00",
        "Crane 11-08 00:00 - 11-09 00:00",
        "Reyes 03-14 00:00 - 03-15 00:00",
    ]


def test_a_rule_repeats_by_the_wall_clock_and_its_exceptions_hold() -> None:
    weekly = "RRULE:FREQ=WEEKLY;COUNT=6"
    at = "TZID=America/Chicago:2026{}T180000".format
    body = calendar(
        event("Boyd", at("1023"), at("1024"), weekly, "EXDATE;TZID=America/Chicago:20261106T180000", uid="w"),
        event("Crane", at("1114"), at("1115"), "RECURRENCE-ID;TZID=America/Chicago:20261113T180000", uid="w"),
        event(
            "Boyd", at("1120"), at("1121"), "RECURRENCE-ID;TZID=America/Chicago:20261120T180000", "STATUS:CANCELLED", uid="w"
        ),
    )
    days = ["10-23 18:00 - 10-24", "10-30 18:00 - 10-31", "11-14 18:00 - 11-15", "11-27 18:00 - 11-28"]
    assert walls(body) == [f"{'Crane' if day.startswith('11-14') else 'Boyd'} {day} 18:00" for day in days]


def test_a_calendar_that_names_its_zone_repeats_in_it() -> None:
    rule = event("Boyd", "20261025T230000Z", "20261026T110000Z", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert walls(calendar(rule, head=["X-WR-TIMEZONE:America/Chicago"])) == [
        "Boyd 10-25 18:00 - 10-26 06:00",
        "Boyd 11-01 18:00 - 11-02 06:00",
    ]
    assert walls(calendar(rule)) == ["Boyd 10-25 18:00 - 10-26 06:00", "Boyd 11-01 17:00 - 11-02 05:00"]


def test_a_zone_that_nobody_knows_is_reported_and_costs_nothing_else() -> None:
    head = ["X-WR-TIMEZONE:Middle/Earth"]
    found = read(calendar(event("Boyd", "TZID=Foo:20261030T180000", "TZID=Foo:20261031T060000"), head=head))
    assert found.zones == {"Middle/Earth", "Foo"}
    assert local(found.occurrences[0].start).hour == 18


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/passwd", "a" * 5000, "A\\;B", "."])
def test_a_zone_is_never_a_path(zone: str) -> None:
    assert read(calendar(event("Boyd", "20261030T180000Z", "20261031T060000Z"), head=[f"X-WR-TIMEZONE:{zone}"])).zones


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (event("Boyd", "garbage", "20261026T230000Z"), BROKEN),
        ("BEGIN:VEVENT\r\nUID:1\r\nDTEND:20261026T230000Z\r\nEND:VEVENT\r\n", BROKEN),
        (event("Boyd", "20261025T230000Z", "20261026T230000Z", "RRULE:FREQ=SOMETIMES"), BROKEN),
        (event("Boyd", "20261025T230000Z", "20261026T230000Z", "RRULE:FREQ=DAILY;UNTIL=never"), BROKEN),
        (event("Boyd", "00010101T000000Z", "99991231T230000Z"), BROKEN),
        (event("Boyd", "20261027T230000Z", "20261026T230000Z"), BACKWARDS),
        (event("Boyd", "20261027T230000Z"), NO_LENGTH),
        (event("Boyd", "20261027T230000Z", "20261027T230000Z"), NO_LENGTH),
        (event("Boyd", "20261027T230000Z", "", "DURATION:-PT5H"), BACKWARDS),
        (event("Boyd", "20261025T230000Z", "20261026T230000Z", "RRULE:FREQ=SECONDLY"), TOO_OFTEN),
        (event("Boyd", "20261025T230000Z", "20261026T230000Z", "RRULE:FREQ=minutely;BYMONTH=2;BYMONTHDAY=30"), TOO_OFTEN),
    ],
)
def test_a_broken_event_is_counted_and_spoils_no_other(broken: str, reason: str) -> None:
    found = read(calendar(broken, event("Crane", "20261101T000000Z", "20261102T000000Z")))
    assert [one.summary for one in found.occurrences] == ["Crane"]
    assert +found.odd == {reason: 1}


def test_several_calendars_in_one_file_are_all_read() -> None:
    one = calendar(event("Boyd", "20261025T230000Z", "20261026T230000Z"))
    other = calendar(event("Crane", "20261026T230000Z", "20261027T230000Z"))
    assert [each.summary for each in read(b"\xef\xbb\xbf" + one + b"\r\n" + other).occurrences] == ["Boyd", "Crane"]


def test_events_of_no_uid_are_told_apart() -> None:
    bare = "BEGIN:VEVENT\r\nSUMMARY:{}\r\nDTSTART:20261025T230000Z\r\nDTEND:20261026T230000Z\r\nEND:VEVENT\r\n".format
    assert {one.summary for one in read(calendar(bare("Boyd"), bare("Crane"))).occurrences} == {"Boyd", "Crane"}


def test_attendees_who_have_a_name_and_do_not_decline_are_told() -> None:
    people = (
        'ATTENDEE;CN="Dana Boyd";PARTSTAT=ACCEPTED:mailto:a@example.org',
        "ATTENDEE;CN=Theo Crane;PARTSTAT=declined:mailto:b@example.org",
        "ATTENDEE;CN=c@example.org:mailto:c@example.org",
        "ATTENDEE:mailto:d@example.org",
    )
    for some, names in ((people, ("Dana Boyd",)), (people[:1], ("Dana Boyd",)), ((), ())):
        (one,) = read(calendar(event("On call", "20261025T230000Z", "20261026T230000Z", *some))).occurrences
        assert one.names == names


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a calendar; it must be an .ics file"),
        (b"\x00\xff\xfe garbage", "not a calendar"),
        (b"<!DOCTYPE html><html>log in</html>", "a web page, not a calendar"),
        (b'{"error": "no"}', "not a calendar"),
        (b"BEGIN:VTODO\r\nEND:VTODO\r\n", "not a calendar"),
        (calendar(event("Boyd", "20261025T230000Z", "20261026T230000Z"))[:-30], "cut off in the middle"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR\r\n", "damaged"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "damaged"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "damaged"),
        (calendar(head=["CALSCALE:HEBREW"]) + b"BEGIN:VCALENDAR", "cut off"),
        (calendar() + b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VCALENDAR\r\n", "damaged"),
    ],
)
def test_what_is_no_calendar_is_said_to_be_what_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(BadCalendar, match=reason):
        read(body)


def test_more_events_than_a_rota_can_have_are_refused() -> None:
    rule = "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,30"
    with pytest.raises(BadCalendar, match="more than 3000 events"):
        read(calendar(event("Boyd", "20261001T000000Z", "20261001T003000Z", rule)))
