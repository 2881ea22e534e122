"""The status page, as a dispatcher meets it: in a real browser, against a real server and store."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import acts, changes
from bridge.actions.ports import PutThrough
from bridge.core.events import Accepted, Arrived, Contacted, Needed, Reported, Ticked
from bridge.core.model import Place, Status
from bridge.web import board
from tests.web.desk import CALLBACK, T0, Desk, Site, Watch

NOT_LIVE = "This page is not live"


def seconds(words: str | None) -> float:
    """What a countdown says: "29:59" is 1799, "+0:05" is -5."""
    minutes, _, rest = (words or "").lstrip("+").rpartition(":")
    return (int(minutes) * 60 + int(rest)) * (-1 if (words or "").startswith("+") else 1)


# ---- live


def test_a_request_appears_by_itself_and_changes_under_the_dispatcher_s_eyes(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.get_by_text("No one is waiting")).to_be_visible()
    request = desk.call()
    row = page.get_by_role("listitem").filter(has_text="Oxford").first
    expect(row).to_contain_text("text to")
    expect(row).to_contain_text("not sent yet")
    expect(page.locator("#news")).to_have_text("New request 412, Oxford, Region G")
    desk.happens(request, Reported(0, Status.DELIVERED, "delivered"))
    expect(row.locator(".doing")).to_contain_text("delivered")
    holder = request.messages[0].person
    desk.happens(request, Accepted(holder))
    expect(page.locator(".row .chip")).to_have_text("Accepted")
    expect(page.locator("#news")).to_have_text("Accepted: request 412, Oxford, Region G")
    desk.happens(request, Contacted(holder))
    expect(page.get_by_text("No one is waiting")).to_be_visible()
    expect(page.locator(".ended")).to_contain_text(", after less than a minute")
    expect(page.locator(".ended")).to_contain_text("erased 03:14")
    assert watch.complaints == []


def test_the_deadline_passes_before_the_dispatcher_s_eyes(watch: Watch, desk: Desk) -> None:
    request = desk.call()
    page = watch.log_in()
    desk.time += 1501
    expect(page.locator(".row")).to_have_attribute("data-band", "urgent")
    desk.time = T0 + 1805
    desk.beat()
    expect(page.locator(".row .chip")).to_have_text("Overdue")
    expect(page.locator(".figure")).to_have_text(re.compile(r"^\+0:0\d$"))
    desk.happens(request, Ticked())
    expect(page.locator(".next")).to_contain_text("Dispatch is called again", ignore_case=True)
    expect(page).to_have_title(re.compile("^1 OVERDUE"))


def test_workers_that_fall_silent_are_named(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.locator(".vitals")).to_contain_text("Worker running")
    desk.time += 20
    expect(page.locator(".vital.bad")).to_have_text([re.compile("Worker silent since 02:14:05"), re.compile("Clock silent")])


# ---- who is on call


def test_a_region_without_anybody_and_the_next_gap_cannot_be_missed(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    changes.add_leave(desk.world, "crane", T0 - 1, T0 + 3600, "mary", "board")
    expect(page.locator(".map-name.nobody")).to_contain_text("NOBODY")
    expect(page.locator(".map-nobody")).to_have_count(1)
    page.get_by_text("Regions as a table").click()
    here = page.get_by_role("row", name=re.compile("^Region G"))
    expect(here).to_contain_text("NOBODY: nobody is on call until 03:14")
    expect(page.locator(".gap-ahead")).to_contain_text("Gap: Region G has nobody on call now until 03:14")
    desk.time += 3601
    desk.beat()
    expect(here).to_contain_text("Cpl. Theo Crane")
    expect(page.locator(".gap-ahead")).to_have_count(0)
    changes.add_leave(desk.world, "kirby", T0 + 30 * 3600, T0 + 60 * 3600, "mary", "board")
    expect(page.locator(".gap-ahead")).to_contain_text("Gap: Region F has nobody on call from Mon 08:14 until Tue 14:14")
    assert watch.complaints == []


def test_the_table_of_regions_says_until_when_somebody_is_on_call(watch: Watch) -> None:
    page = watch.log_in()
    page.get_by_text("Regions as a table").click()
    expect(page.get_by_role("row", name=re.compile("^Region B"))).to_contain_text("Ofc. Joy McRae until 22:00")
    expect(page.get_by_role("row", name=re.compile("^Region A"))).to_have_text("Region ALt. Rene Landrynone")


def test_a_gap_a_week_ahead_is_not_warned_of_here(mary: FlaskClient, desk: Desk) -> None:
    changes.add_leave(desk.world, "kirby", T0 + 7 * 86400 + 60, T0 + 9 * 86400, "mary", "board")
    assert "Gap:" not in mary.get("/").text
    desk.time += 61
    assert "Gap:" in mary.get("/").text


def test_who_has_opted_out_is_named_in_the_strip_and_in_the_health_of_the_bridge(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    desk.world.store.block_texts("crane", "opted out")
    expect(page.locator(".vital.bad")).to_contain_text("Texts Cpl. Theo Crane has opted out, voice only")
    page.get_by_text("Regions as a table").click()
    expect(page.locator(".map-doubt")).to_contain_text("opted out of texts")
    desk.world.store.allow_texts("crane")
    expect(page.locator(".vital.bad")).to_have_count(0)


# ---- the second promise


def test_the_scene_has_a_countdown_of_its_own(watch: Watch, desk: Desk) -> None:
    request = desk.call()
    holder = request.messages[0].person
    desk.happens(request, Accepted(holder, eta=T0 + 600))
    page = watch.log_in()
    expect(page.locator(".row")).to_contain_text("will call by 02:24")
    desk.happens(request, Needed(holder, 2))
    scene = page.get_by_role("timer", name="Time left to be on scene")
    expect(page.locator(".on-scene")).to_contain_text("2 people on scene by 05:14")
    expect(scene).to_have_text(re.compile(r"^(3:00:00|2:59:5\d)$"))
    expect(page.locator(".figure")).to_have_text(re.compile(r"^(30:00|29:5\d)$"))
    desk.happens(request, Contacted(holder))
    expect(page.locator(".row .chip")).to_have_text("On scene needed")
    expect(page.locator("#news")).to_have_text("Caller reached, on scene needed: request 412, Oxford, Region G")
    expect(page.locator(".count.scene")).to_have_text("1 on scene needed")
    desk.time = T0 + 10_805
    desk.beat()
    expect(scene).to_have_text(re.compile(r"^\+0:0\d$"))
    expect(page.locator(".row .by")).to_contain_text("Overdue since 05:14")
    expect(page.locator("#news")).to_contain_text("Overdue on scene: request 412")
    expect(page).to_have_title(re.compile("^1 OVERDUE"))
    desk.happens(request, Arrived(holder))
    expect(page.locator(".ended")).to_contain_text("on scene 05:14")
    expect(page.locator(".row")).to_have_count(0)
    assert watch.complaints == []


# ---- time


@pytest.mark.parametrize(
    ("options", "wrong_by"),
    [
        ({}, 0),
        ({"timezone_id": "Asia/Tokyo", "locale": "ja-JP"}, 3 * 3600),
        ({"timezone_id": "Pacific/Honolulu"}, -86400 * 400),
    ],
)
def test_the_countdown_is_right_whatever_the_laptop_believes(watch: Watch, desk: Desk, wrong_by: int) -> None:
    watch.context.add_init_script(f"const real = Date.now; Date.now = () => real.call(Date) + {wrong_by * 1000};")
    desk.call()
    desk.time += 61.5
    page = watch.log_in()
    for _ in range(2):
        expect(page.locator(".figure")).to_have_text(re.compile(r"^28:5[5-8]$"))
        expect(page.locator(".now")).to_contain_text(re.compile(r"02:15:0\d CST"))
        expect(page.locator(".by")).to_contain_text("until 02:44 CST")
        expect(page.locator(".alarm")).to_be_hidden()
        page.reload()


def test_the_countdown_follows_the_bridge_when_its_clock_is_set(watch: Watch, desk: Desk) -> None:
    desk.call()
    page = watch.log_in()
    desk.time += 600
    expect(page.locator(".figure")).to_have_text(re.compile(r"^(20:00|19:5\d)$"))


def test_the_countdown_counts_between_two_answers(watch: Watch, desk: Desk, site: Site) -> None:
    desk.call()
    page = watch.log_in()
    watch.context.route(re.compile("/(live|board)[?]"), lambda route: route.abort())
    first = seconds(page.locator(".figure").text_content())
    expect(page.locator(".figure")).not_to_have_text(f"{int(first) // 60}:{int(first) % 60:02}", timeout=3000)
    assert seconds(page.locator(".figure").text_content()) < first


def test_the_countdown_to_the_scene_counts_between_two_answers(watch: Watch, desk: Desk) -> None:
    request = desk.call()
    desk.happens(request, Accepted(request.messages[0].person), Needed(request.messages[0].person))
    page = watch.log_in()
    watch.context.route(re.compile("/(live|board)[?]"), lambda route: route.abort())
    scene = page.get_by_role("timer", name="Time left to be on scene")
    first = scene.text_content() or ""
    expect(scene).not_to_have_text(first, timeout=3000)
    assert (scene.text_content() or "") < first


# ---- silence


def test_a_store_that_does_not_answer_is_silence_with_a_reason(
    watch: Watch, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = watch.log_in()

    def gone() -> Any:
        raise NoConnection("gone")

    with monkeypatch.context() as broken:
        broken.setattr(desk.world.store, "requests", gone)
        expect(page.get_by_text("The bridge cannot read its store.")).to_be_visible(timeout=8000)
        page.reload()
        expect(page.locator("#board")).to_contain_text(board.NO_STORE)
    desk.call()
    expect(page.locator(".row")).to_have_count(1)


def test_a_page_whose_script_never_starts_says_so_by_itself(watch: Watch, desk: Desk) -> None:
    watch.context.route("**/board.js", lambda route: route.abort())
    watch.send_form()
    expect(watch.page.locator(".alarm")).to_have_css("opacity", "1", timeout=8000)
    assert watch.page.get_by_text(NOT_LIVE).bounding_box() is not None


def test_a_session_that_ends_takes_what_was_shown_with_it(watch: Watch, desk: Desk) -> None:
    desk.call()
    page = watch.log_in()
    desk.time += 15 * 3600
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    expect(page.get_by_text("Oxford")).to_have_count(0)
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_label("Password")).to_be_visible()


# ---- privacy


def test_the_callback_number_is_nowhere(mary: FlaskClient, desk: Desk) -> None:
    first = desk.call()
    desk.happens(first, Accepted(first.messages[0].person))
    desk.call(1, callback="+12515550138", incomplete=True, hung_up=True)
    gone = desk.call(2, callback="+13345550139")
    acts.close(desk.world, "mary", gone.id, "test")
    shown = mary.get("/").text + mary.get("/board").text
    assert "•••-•••-••37" in shown
    digits = re.sub(r"\D", "", shown)
    for number in (CALLBACK, "+12515550138", "+13345550139"):
        assert number[2:] not in digits
        assert number[5:] not in digits
    assert "Hung up, incomplete" in shown


def test_what_somebody_else_wrote_is_never_markup(mary: FlaskClient, desk: Desk) -> None:
    request = desk.call(place=Place("<script>alert(1)</script>", "Calhoun", "G"))
    desk.happens(request, Reported(0, Status.FAILED, "<img src=x>"))
    shown = mary.get("/board").text
    assert "<script" not in shown
    assert "<img" not in shown


def test_callers_put_through_are_listed_for_a_day(mary: FlaskClient, desk: Desk) -> None:
    for ago in (60, 7200, 25 * 3600):
        desk.world.store.put_through(PutThrough(T0 - ago))
    desk.world.store.put_through(PutThrough(T0))
    listed = mary.get("/").text.partition("Put through to dispatch")[2].partition("</section>")[0]
    assert re.findall(r">([\w: ]+)</time>", listed) == ["02:14", "02:13", "00:14"]


# ---- for everybody


@pytest.mark.parametrize("options", [{"viewport": {"width": 390, "height": 844}}, {"viewport": {"width": 1440, "height": 900}}])
def test_nothing_runs_off_the_side(watch: Watch, desk: Desk) -> None:
    desk.call(place=Place("Town of the Longest Name in Alabama", "Saint Clair", "G"), hung_up=True)
    page = watch.log_in()
    for ago, band in ((0, "calm"), (1501, "urgent"), (1801, "over")):
        desk.time = T0 + ago
        expect(page.locator(".row")).to_have_attribute("data-band", band)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("options", [{"java_script_enabled": False}])
def test_without_javascript_the_page_says_that_it_stands_still(watch: Watch, desk: Desk) -> None:
    desk.call()
    watch.send_form()
    expect(watch.page.locator(".alarm")).to_have_css("opacity", "1", timeout=8000)
    expect(watch.page.locator(".alarm")).to_contain_text("It shows 02:14:05 CST; reload it to see more.")
    expect(watch.page.locator(".figure")).to_have_text("30:00")
