"""The rota as calendars to subscribe to: who can read them, what they say, and that every program can read them."""

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
import vobject
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as some
from icalendar import Calendar
from werkzeug.test import TestResponse

from bridge.calendars.write import document
from bridge.core.feeds import feed_address, feed_names, feed_of, replace_feed
from bridge.core.ledger import Ledger
from bridge.core.model import Region
from bridge.core.rota import Leave, Override, Person, Shift, local
from bridge.web import create_app
from bridge.web.feeds import window
from tests.conftest import logged
from tests.web.desk import T0, Desk

HOUR, DAY = 3600.0, 86400.0
REQUIRED = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LAST-MODIFIED"}


def path(desk: Desk, feed: str) -> str:
    """Where the feed stands."""
    settings = desk.world.settings
    address = feed_address(settings.public_url, settings.secret_key, desk.world.rota.live()[0], feed)
    return address.removeprefix(settings.public_url)


def change(desk: Desk, **changes: Any) -> None:
    """Put something into the ledger."""
    before = desk.world.rota.live()[0]
    assert desk.world.rota.change(before, replace(before, **changes), [])


def unfolded(response: TestResponse) -> list[str]:
    return response.get_data().decode().replace("\r\n ", "").split("\r\n")


def summaries(response: TestResponse) -> list[str]:
    return [line.removeprefix("SUMMARY:") for line in unfolded(response) if line.startswith("SUMMARY:")]


# ---- who can read it


def test_every_region_and_every_person_has_an_address_of_their_own(desk: Desk, client: FlaskClient) -> None:
    names = feed_names(desk.world.settings.regions, desk.world.settings.roster.people)
    assert {"region A", "region G", "person boyd", "person whitfield"} <= set(names)
    assert "person dispatch" not in names
    paths = [path(desk, name) for name in names]
    assert len(set(paths)) == len(paths) == 7 + 16
    assert all(re.fullmatch(r"/rota/[a-z2-7]{32}\.ics", each) for each in paths)
    assert {client.get(each).status_code for each in paths} == {200}


def test_a_replaced_address_is_worth_nothing_and_the_others_stay(desk: Desk, client: FlaskClient) -> None:
    old, other = path(desk, "region D"), path(desk, "region E")
    change(desk, feeds=replace_feed(desk.world.rota.live()[0], "region D").feeds)
    new = path(desk, "region D")
    assert new != old
    assert [client.get(each).status_code for each in (old, new, other)] == [404, 200, 200]


@pytest.mark.parametrize("token", ["a" * 32, "x", "region-D", "%C3%A9", "%00", "A" * 5000])
def test_a_guess_is_told_nothing(client: FlaskClient, token: str) -> None:
    response = client.get(f"/rota/{token}.ics")
    assert response.status_code == 404
    assert response.get_data() == client.get(f"/rota/{'b' * 32}.ics").get_data()
    assert not {"ETag", "Last-Modified"} & set(response.headers.keys())


def test_another_secret_gives_other_addresses(desk: Desk, client: FlaskClient) -> None:
    other = feed_address("", "another secret", Ledger(), "region D")
    assert client.get(other).status_code == 404
    token = other.removeprefix("/rota/").removesuffix(".ics")
    assert feed_of(token, "another secret", Ledger(), ["region C", "region D"]) == "region D"
    assert feed_of(token, "another secret", Ledger(feeds={"region D": 1}), ["region C", "region D"]) is None


def test_an_address_opens_nothing_but_its_calendar(desk: Desk, client: FlaskClient) -> None:
    assert client.get(path(desk, "region D")).headers.get("Set-Cookie") is None
    assert client.post(path(desk, "region D")).status_code == 405
    assert client.get("/").status_code == 302


def test_an_address_stands_in_no_log_even_when_all_breaks(
    desk: Desk, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    address = path(desk, "region D")
    assert client.get(address).status_code == 200
    monkeypatch.setattr(type(desk.world.rota), "live", lambda self: 1 / 0)
    response = client.get(address)
    assert response.status_code == 503
    assert "cannot be read just now" in response.text
    assert int(response.headers["Retry-After"]) > 0
    assert "a calendar feed failed error=ZeroDivisionError" in logged(caplog)
    assert address.split("/")[2].removesuffix(".ics") not in caplog.text + response.text


# ---- what it says


def test_a_region_says_who_has_it_and_where_nobody_has(desk: Desk, client: FlaskClient) -> None:
    change(desk, leaves=(Leave("l1", "ramsey", T0 + DAY, T0 + 2 * DAY),))
    response = client.get(path(desk, "region D"))
    assert summaries(response) == [
        "Region D on call: Sgt. Eli Ramsey",
        "Region D backup: Ofc. Tess Ogletree",
        "Region D: NOBODY on call",
        "Region D on call: Sgt. Eli Ramsey",
    ]
    change(desk, leaves=(Leave("l2", "ogletree", T0 + DAY, T0 + 2 * DAY),))
    assert "Region D: NOBODY is backup" in summaries(client.get(path(desk, "region D")))


def test_a_person_sees_their_own_shifts_wherever_they_are(desk: Desk, client: FlaskClient) -> None:
    change(desk, overrides=(Override("o1", "D", "on-call", "kirby", T0 + DAY, T0 + 2 * DAY, T0, "mary"),))
    assert summaries(client.get(path(desk, "person kirby"))) == [
        "Region F on call: Lt. Sam Kirby",
        "Region D on call: Lt. Sam Kirby",
    ]
    assert summaries(client.get(path(desk, "person whitfield"))) == ["No shift within 90 days"]


def test_it_tells_of_the_last_week_and_the_next_ninety_days(desk: Desk, client: FlaskClient) -> None:
    begins, ends = window(desk.time)
    assert (local(begins).strftime("%m-%d %H:%M"), local(ends).strftime("%m-%d %H:%M")) == ("11-15 00:00", "02-21 00:00")
    assert begins <= T0 - 7 * DAY
    assert ends >= T0 + 90 * DAY
    lines = unfolded(client.get(path(desk, "region A")))
    assert {"DTSTART:20261115T060000Z", "DTEND:20270221T060000Z"} <= set(lines)


def test_times_stand_in_utc_on_both_sides_of_a_change_of_the_clocks(desk: Desk, client: FlaskClient) -> None:
    desk.time = T0 + 100 * DAY  # 2027-03-02, twelve days before the clocks go forward
    lines = unfolded(client.get(path(desk, "person boyd")))
    assert {"DTSTART:20270308T120000Z", "DTSTART:20270315T110000Z"} <= set(lines), "Monday 06:00, by the wall clock"


def test_a_shift_keeps_its_name_while_it_stays_and_a_later_look_is_a_later_revision(desk: Desk, client: FlaskClient) -> None:
    def events() -> dict[str, int]:
        found = Calendar.from_ical(client.get(path(desk, "region G")).get_data()).walk("VEVENT")
        return {str(each["UID"]): int(each["SEQUENCE"]) for each in found}

    first = events()
    desk.time += 2 * HOUR
    later = events()
    assert first.keys() == later.keys()
    assert all(0 <= first[uid] < later[uid] < 2**31 for uid in first)


def test_a_duty_without_an_end_keeps_its_name_from_day_to_day(desk: Desk, client: FlaskClient) -> None:
    def names() -> list[str]:
        return [line for line in unfolded(client.get(path(desk, "region A"))) if line.startswith("UID:")]

    first = names()
    desk.time += 3 * DAY
    assert names() == first == ["UID:a-on-call-standing@bridge", "UID:a-backup-standing@bridge"]


def test_it_holds_no_number_and_nothing_about_callers(desk: Desk, client: FlaskClient) -> None:
    desk.call()
    for feed in feed_names(desk.world.settings.regions, desk.world.settings.roster.people):
        text = client.get(path(desk, feed)).get_data().decode()
        assert "555" not in text.replace("\r\n ", "")
        assert "Oxford" not in text


# ---- how it is asked for


def test_it_comes_with_the_headers_of_a_calendar(desk: Desk, client: FlaskClient) -> None:
    response = client.get(path(desk, "region D"))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=300"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert client.head(path(desk, "region D")).status_code == 200


def test_who_has_it_already_is_not_sent_it_again_until_something_changes(desk: Desk, client: FlaskClient) -> None:
    address = path(desk, "region D")
    seen = {"If-None-Match": client.get(address).headers["ETag"]}
    desk.time += 2 * HOUR
    again = client.get(address, headers=seen)
    assert (again.status_code, again.get_data()) == (304, b"")
    change(desk, leaves=(Leave("l1", "ramsey", T0 + DAY, T0 + 2 * DAY),))
    changed = client.get(address, headers=seen)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != seen["If-None-Match"]
    assert client.get(path(desk, "region E"), headers=seen).status_code == 200


def test_behind_https_the_address_is_https(desk: Desk) -> None:
    settings = replace(desk.world.settings, public_url="https://bridge.example.org")
    client = create_app(replace(desk.world, settings=settings)).test_client()
    address = feed_address(settings.public_url, settings.secret_key, Ledger(), "region D")
    assert address.startswith("https://bridge.example.org/rota/")
    assert client.get(address).status_code == 200


# ---- whether programs can read it


def check_rules(body: bytes) -> None:
    """RFC 5545, as far as readers are strict about it."""
    text = body.decode()
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    lines = text.replace("\r\n ", "").split("\r\n")
    assert {"VERSION:2.0", "METHOD:PUBLISH", "CALSCALE:GREGORIAN", "REFRESH-INTERVAL;VALUE=DURATION:PT15M"} <= set(lines)
    assert {"X-PUBLISHED-TTL:PT15M"} <= set(lines)
    assert [line for line in lines if line.startswith(("PRODID:", "X-WR-CALNAME:"))]
    for block in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", "\r\n".join(lines), re.DOTALL):
        names = [line.partition(":")[0] for line in block.split("\r\n")]
        assert set(names) >= REQUIRED
        assert len(names) == len(set(names)), "no property twice"
        assert not re.search(r"^(DTSTART|DTEND|DTSTAMP):(?!\d{8}T\d{6}Z)", block, re.MULTILINE)
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(uids) == len(set(uids))


def test_an_independent_parser_reads_what_was_meant(desk: Desk, client: FlaskClient) -> None:
    response = client.get(path(desk, "region G"))
    check_rules(response.get_data())
    calendar = vobject.readOne(response.get_data().decode())
    begins, ends = window(desk.time)
    shifts = desk.world.roster.shifts("G", "on-call", begins, ends)
    assert len(shifts) > 20
    read = [each for each in calendar.vevent_list if "on call" in each.summary.value]
    assert [(each.dtstart.value.timestamp(), each.dtend.value.timestamp()) for each in read] == [
        (s.start, s.end) for s in shifts
    ]
    assert calendar.x_wr_calname.value == "On call: Region G"
    assert read[0].summary.value == "Region G on call: Cpl. Theo Crane"


NAMES = some.text(some.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120)


@settings(derandomize=True, deadline=None)
@given(NAMES)
def test_whatever_somebody_is_called_the_calendar_can_be_read(name: str) -> None:
    people = {"x": Person("x", name, "+12565550101")}
    shift = Shift("D", "on-call", "x", T0, T0 + HOUR)
    regions = {"D": Region("D", "Region D", "", (), ())}
    body = document("On call: " + name, [shift], begins=T0 - 1, now=T0, regions=regions, people=people)
    check_rules(body)
    assert vobject.readOne(body.decode()).vevent.summary.value == f"Region D on call: {name}"
