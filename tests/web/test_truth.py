"""What a page shows is what is, whichever way it came and in whichever order: races of the stream with what is asked."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from bridge.actions import changes
from bridge.actions import desk as actions
from bridge.actions.ports import PutThrough
from bridge.core.events import Accepted, Closed, Contacted, Corrected, Needed, Reported
from bridge.core.model import Status
from bridge.core.oncall import wall_clock
from bridge.settings import Role
from bridge.web import pieces
from bridge.web.live import Live
from tests.web.desk import T0, Desk, Site, Watch
from tests.web.reader import Read, timeless
from tests.web.scenes import eight, first, overdue, waiting
from tests.web.test_live import FAKE


def test_every_event_says_from_where_and_to_where_it_leads(read: Read, desk: Desk) -> None:
    request = desk.call()
    reader = read()
    first_told = reader.next("board")
    beat = reader.next("beat")
    assert (first_told.data["since"], beat.id) == ("", first_told.id)
    desk.happens(request, Closed("test"))
    assert reader.next("board").data["since"] == first_told.id


def test_an_answer_that_was_long_on_its_way_does_not_undo_what_the_stream_has_told(
    watch: Watch, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = desk.call()
    page = watch.log_in()
    live, since = watch.site.app.extensions["live"], Live.since
    asked, go_on = threading.Event(), threading.Event()

    def slow(self: Live, role: Role, position: str) -> Any:
        found = since(self, role, position)
        asked.set()
        go_on.wait(10)
        return found

    monkeypatch.setattr(Live, "since", slow)
    live.close()  # now the page asks
    desk.happens(request, Accepted(first(request)))
    while not asked.is_set():
        page.wait_for_timeout(20)
    desk.happens(request, Contacted(first(request)))
    live.open()
    expect(page.locator(".ended")).to_contain_text("412", timeout=3500)  # the stream is faster
    go_on.set()
    page.wait_for_timeout(1500)
    assert page.locator(".row").count() == 0
    expect(page.locator(".ended")).to_contain_text("412")


def test_a_stream_that_speaks_of_another_state_than_the_page_has_is_not_kept(watch: Watch, desk: Desk) -> None:
    watch.context.add_init_script(FAKE)
    request = desk.call()
    page = watch.log_in()
    position = page.locator("#board").get_attribute("data-since")
    desk.happens(request, Accepted(first(request)))
    expect(page.locator(".row .chip")).to_have_text("Accepted")  # it has asked: nothing came by the stream
    page.wait_for_function("() => stream && !stream.closed")
    say = "([name, data, id]) => { const told = stream; told.say(name, data, id); return told.closed === true; }"
    now = page.evaluate("import('/static/clock.js').then((clock) => clock.now())") / 1000
    beat = {"now": now, "version": watch.site.app.extensions["live"].version}
    assert page.evaluate(say, ["beat", beat, position])
    page.wait_for_function("() => stream && !stream.closed")
    gone = {**beat, "since": position, "slots": {"rows": []}, "html": {}, "whole": False}
    assert page.evaluate(say, ["board", gone, "x"])
    assert page.locator(".row .chip").text_content() == "Accepted"


@pytest.mark.parametrize("answers", [True, False])
def test_words_that_come_later_and_later_are_not_taken_for_the_time(watch: Watch, desk: Desk, answers: bool) -> None:
    watch.context.add_init_script(FAKE)
    desk.call()
    page = watch.log_in()
    if not answers:
        page.route("**/board?*", lambda route: route.abort())
    began, position = time.monotonic(), page.locator("#board").get_attribute("data-since")
    for n in range(16):
        desk.time = T0 + time.monotonic() - began
        desk.beat()
        told = {"now": desk.time - 0.7 * n, "version": watch.site.app.extensions["live"].version}
        page.evaluate("([data, id]) => stream.say('beat', data, id)", [told, position])
        page.wait_for_timeout(900)
    assert bridge_clock(page) - (T0 + time.monotonic() - began) > -1.0, "the countdown shows more time than there is"
    expect(page.locator(".alarm")).to_be_visible(visible=not answers)


def bridge_clock(page: Page) -> float:
    """What time it is by the bridge, as the page thinks (seconds, UTC)."""
    return float(page.evaluate("import('/static/clock.js').then((clock) => clock.now())")) / 1000


def test_a_word_that_was_long_on_its_way_counts_as_heard_when_it_was_said(watch: Watch, desk: Desk) -> None:
    watch.context.add_init_script(FAKE)
    desk.call()
    page = watch.log_in()
    page.route("**/board?*", lambda route: route.abort())
    began, position = time.monotonic(), page.locator("#board").get_attribute("data-since")
    page.wait_for_timeout(4000)
    desk.time = T0 + 0.5  # it took three and a half seconds
    page.evaluate(
        "([data, id]) => stream.say('beat', data, id)",
        [{"now": desk.time, "version": watch.site.app.extensions["live"].version}, position],
    )
    expect(page.locator(".alarm")).to_be_visible(timeout=3500)
    assert time.monotonic() - began < 8.0


@pytest.mark.parametrize("step", [-3, -40, 3600])
def test_a_clock_of_the_bridge_that_is_set_is_followed(watch: Watch, desk: Desk, step: float) -> None:
    desk.call()
    page = watch.log_in()
    desk.time = desk.time + 60  # a session does not begin in the future
    page.wait_for_timeout(2500)
    desk.time += step
    page.wait_for_timeout(5000)
    ahead = bridge_clock(page) - desk.time  # the bridge's clock stands still in this test: so does the page's, nearly
    assert -1.0 < ahead < 4.0
    expect(page.locator(".alarm")).to_be_hidden()


def test_what_was_read_before_the_store_hung_is_not_said_to_be_of_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = desk.world.store.requests

    def slow() -> Any:
        found = requests()
        desk.time += 4
        return found

    monkeypatch.setattr(desk.world.store, "requests", slow)
    assert actions.look(desk.world).now == T0


def test_a_row_that_waits_for_somebody_on_scene_has_nothing_of_its_first_deadline(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 1620)
    page = watch.log_in()
    expect(page.locator(".row")).to_have_attribute("data-band", "urgent")
    desk.happens(request, Accepted(first(request)), Needed(first(request), 1), Contacted(first(request)))
    expect(page.locator(".row .chip")).to_have_text("On scene needed")
    page.wait_for_timeout(500)
    assert page.locator(".row").get_attribute("data-band") is None


# ---- dialogs


def dialog(page: Page, code: str) -> None:
    """What can be done about this request."""
    page.locator(f".row[data-code='{code}']").get_by_role("button", name=re.compile("^Act")).click()


def hold(page: Page, address: str) -> Callable[[], None]:
    """Let what is sent there wait. What is given back lets it go on."""
    held = list[Route]()

    def keep(route: Route) -> None:
        held.append(route)

    def go_on() -> None:
        for route in held:
            route.continue_()

    page.route(address, keep)
    return go_on


def test_the_messages_of_one_request_never_stand_under_another(watch: Watch, desk: Desk) -> None:
    one, two = waiting(desk, 0, 100), waiting(desk, 1, 50)
    page = watch.log_in()
    dialog(page, one.code)
    page.locator("#do-messages summary").click()
    expect(page.locator("#messages li")).not_to_have_count(0)
    page.keyboard.press("Escape")
    hold(page, "**/messages")
    dialog(page, two.code)
    page.locator("#do-messages summary").click()
    expect(page.locator("#messages li")).to_have_count(0)


def test_an_answer_about_one_request_never_stands_under_another(watch: Watch, desk: Desk) -> None:
    one, two = waiting(desk, 0, 100), waiting(desk, 1, 50)
    page = watch.log_in()
    go_on = hold(page, "**/page-person")
    dialog(page, one.code)
    page.locator("#do-page-person summary").click()
    page.get_by_label("Whom").select_option(label="Lt. Sam Kirby")
    page.get_by_role("button", name="Page this person").click()
    page.keyboard.press("Escape")
    dialog(page, two.code)
    page.locator("#do-close summary").click()
    go_on()
    expect(page.locator("#said")).to_contain_text("Kirby")
    expect(page.locator("dialog[open]")).to_contain_text(two.code)
    assert desk.world.store.load(one.id).paged("kirby")


def test_a_dialog_says_that_the_page_is_not_live(watch: Watch, desk: Desk, site: Site) -> None:
    request = waiting(desk, 0, 5)
    page = watch.log_in()
    dialog(page, request.code)
    expect(page.locator("#act-state")).to_have_text("Nobody has it.")
    site.stop()
    expect(page.locator("#act-state")).to_have_text("This page is not live. Last heard: Nobody has it.", timeout=12000)
    site.start()
    expect(page.locator("#act-state")).to_have_text("Nobody has it.", timeout=12000)


def test_an_alarm_sounds_though_nobody_has_tested_the_sound_once_the_browser_lets_it(watch: Watch, desk: Desk) -> None:
    overdue(desk)
    page = watch.log_in()
    page.locator("h1").click()
    expect(page.locator("#board")).to_have_attribute("data-played", re.compile("^alarm"))
    expect(page.get_by_role("button", name="Sound: not tested")).to_be_visible()


def test_a_number_that_was_corrected_is_not_shown_any_more(watch: Watch, desk: Desk) -> None:
    request = waiting(desk, 0, 5, callback="+12565550137")
    page = watch.log_in()
    page.get_by_role("button", name="Show the number").click()
    expect(page.locator("[data-number]")).to_have_text("(256) 555-0137")
    desk.happens(request, Corrected(callback="+12515550137"))  # of which the same two digits are shown
    expect(page.locator("[data-number]")).to_have_text("•••-•••-••37")


# ---- what a piece is known by

FALL, SPRING = wall_clock("2026-10-31 20:00"), wall_clock("2027-03-13 20:00")  # evenings before the clocks are set


@pytest.mark.parametrize("start", [T0, FALL, SPRING])
def test_pieces_of_one_mark_say_the_same_at_any_time(desk: Desk, app: Flask, start: float) -> None:
    desk.time = start
    desk.beat()
    eight(desk)
    desk.world.store.put_through(PutThrough(start - 3600))
    changes.add_leave(desk.world, "crane", start + 7200, start + 9000, "mary", "board")
    said = dict[tuple[str, str], str]()
    with app.test_request_context():
        for minute in range(0, 26 * 60, 13):
            desk.time = start + 60.0 * minute
            shown = pieces.snapshot(pieces.look(desk.world), Role.DISPATCH)
            for key, html in shown.html.items():
                assert said.setdefault((key, shown.marks[key]), timeless(html)) == timeless(html)


def test_a_page_that_arrives_changes_its_row_and_nothing_else(desk: Desk, app: Flask) -> None:
    over, request = waiting(desk, 0, 900, Closed("test")), desk.call(1)
    n = len(over.messages) - 1
    for each, which in ((over, n), (request, 0)):
        desk.happens(each, Reported(which, Status.SENT, sid="SM1"))

    def marks() -> dict[str, str]:
        return dict(pieces.snapshot(pieces.look(desk.world), Role.DISPATCH).marks)

    with app.test_request_context():
        before = marks()
        desk.happens(request, Reported(0, Status.DELIVERED, "delivered"))
        desk.happens(over, Reported(n, Status.DELIVERED, "delivered"))
        after = marks()
    assert {key for key, mark in after.items() if before[key] != mark} == {"r-req1"}


def test_the_processes_of_one_server_have_one_version() -> None:
    script = """from bridge.actions import release
from bridge.web import entry
entry.app()
print(release.name.cache_info().currsize)"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout == b"1\n"


def test_a_page_that_offers_people_who_have_changed_is_another_one(desk: Desk) -> None:
    settings = desk.world.settings
    roster = settings.roster
    fewer = replace(roster, people={who: person for who, person in roster.people.items() if who != "crane"})
    assert pieces.edition(settings) == pieces.edition(settings)
    assert pieces.edition(replace(settings, roster=fewer)) != pieces.edition(settings)
