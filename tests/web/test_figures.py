"""The page of figures, as whoever watches the line meets it: in a real browser, against a real server and store."""

import csv
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import figures as actions
from bridge.core.events import Accepted, Closed, Contacted
from bridge.core.figures import figures as figures_of
from bridge.core.model import Place, Request
from bridge.core.periods import Kind, Period
from bridge.core.trail import Outcome
from bridge.web import figures
from bridge.web.panels import panels
from tests.web.desk import CALLBACK, OXFORD, PASSWORD, T0, Desk, Watch, log_in

MOBILE = Place("Mobile", "Mobile", "A")
TODAY, MONTH = "2026-11-22", "2026-11"
DAY = Period.read(Kind.DAY, TODAY)
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}


def reached(desk: Desk, n: int, accepted: float, contacted: float, place: Place = OXFORD) -> Request:
    """A call now, accepted and reached so many seconds after it; then it is the time of the call again."""
    called = desk.time
    request = desk.call(n, place, callback=f"+125655501{n:02}")
    holder = request.messages[0].person
    desk.time = called + accepted
    desk.happens(request, Accepted(holder))
    desk.time = called + contacted
    request = desk.happens(request, Contacted(holder))
    desk.time = called
    return request


def a_night(desk: Desk) -> None:
    """Two reached in time, one late, one closed, one drill, one open since before its deadline; it is 02:54."""
    reached(desk, 1, 60, 500)
    reached(desk, 2, 90, 700, MOBILE)
    reached(desk, 3, 900, 1900)
    desk.happens(desk.call(4, callback="+12565550104"), Closed("no-number"))
    desk.happens(desk.call(5, callback="+12565550105"), Closed("test"))
    desk.call(6, MOBILE, callback="+12515550106")
    desk.time += 2400
    desk.beat()


def opened(watch: Watch, query: str = "") -> Page:
    """The page of figures, after a log-in that was asked for on the way."""
    page = watch.page
    page.goto(f"{watch.site.url}/figures{query}")
    page.get_by_label("Name").fill("mary")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Figures", level=1)).to_be_visible()
    return page


def lines(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    """The download, line by line."""
    return list(csv.DictReader(io.StringIO(client.get(f"/figures.csv{query}").text, newline="")))


def axe(page: Page) -> str:
    """What is wrong with the page for those who cannot see it, or not well."""
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""


# ---- what is seen


def test_the_day_is_said_in_a_sentence_and_shown_by_region_and_by_request(watch: Watch, desk: Desk) -> None:
    a_night(desk)
    page = opened(watch)
    said = "5 requests, 2 of 4 reached within 30 minutes; of those reached, half within 12 minutes."
    expect(page.get_by_role("heading", level=2).first).to_have_text(f"Sunday, November 22, 2026, so far: {said}")
    expect(page.get_by_text("1 still open, 1 of them past the deadline.")).to_be_visible()
    expect(page.get_by_text("1 closed without a contact: no usable callback number (1).")).to_be_visible()
    expect(page.get_by_text("Not counted: 1 test or drill.")).to_be_visible()
    oxford = page.locator(".regions tr").filter(has_text="Region G")
    expect(oxford.locator("td")).to_have_text(["3", "1 of 2", "1:00", "8:20", "31:40", re.compile(r"\d"), "1", "0"])
    each = page.locator(".each tbody tr")
    expect(each).to_have_count(6)
    expect(each.locator("th").first).to_have_text("02:00–02:59")
    expect(each.filter(has_text="31:40")).to_contain_text("Reached late")
    expect(each.filter(has_text="Open, past the deadline")).to_contain_text("Region A")
    assert watch.complaints == [], "no style or script is refused by the policy"


def test_every_plot_has_the_same_numbers_as_a_table(watch: Watch, desk: Desk) -> None:
    a_night(desk)
    page = opened(watch, f"?month={MONTH}")
    for name, numbers in (("contact", ["1", "1"]), ("acceptance", ["2", "1"])):
        chart = page.locator(f".of-{name}")
        table = chart.get_by_role("table", include_hidden=True)
        assert [n for n in table.locator("td").all_text_contents() if n != "0"][:2] == numbers, name
    for chart in page.locator(".chart").all():
        drawn = sum(map(int, chart.locator(".number").all_text_contents()))
        told = sum(map(int, chart.locator("tbody td:nth-child(2)").all_text_contents()))
        assert drawn == told
        expect(chart.locator("svg.plot")).to_have_attribute("aria-label", re.compile("table"))
    expect(page.locator(".chart")).to_have_count(5)


@pytest.mark.parametrize(
    ("pages", "last"), [((3, 12, 30), ("12+", "2")), ((3, 12), ("12", "1")), ((), ("6", "0")), ((9,), ("9", "1"))]
)
def test_requests_that_took_very_many_pages_stand_in_one_column(pages: tuple[int, ...], last: tuple[str, str]) -> None:
    every = [Outcome(T0, "G", 60.0, 600.0, True, n) for n in pages]
    (panel,) = (each for each in panels(figures_of(every, DAY, ()), 1800.0) if each.key == "pages")
    assert panel.rows[-1] == last
    assert sum(int(number) for _, number in panel.rows) == sum(bar.total for bar in panel.plot.bars) == len(pages)


def test_the_deadline_stands_between_what_was_in_time_and_what_was_not(watch: Watch, desk: Desk) -> None:
    a_night(desk)
    page = opened(watch)
    chart = page.locator(".of-contact")
    line = chart.locator("line.deadline").bounding_box()
    assert line is not None
    for kind, right in (("kept", False), ("missed", True)):
        for bar in chart.locator(f".plot rect.{kind}").all():
            box = bar.bounding_box()
            assert box is not None
            assert (box["x"] > line["x"]) is right
    expect(chart.locator("text.deadline-said")).to_have_text("30 minutes")


def test_from_day_to_day_to_month_by_the_keyboard(watch: Watch, desk: Desk) -> None:
    reached(desk, 1, 60, 500)
    desk.time += 24 * 3600
    page = opened(watch)
    expect(page.get_by_role("heading", level=2)).to_have_text("Monday, November 23, 2026, so far: no requests.")
    page.get_by_role("link", name="Saturday").or_(page.get_by_role("link", name="Sunday, November 22, 2026")).press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 of 1 reached")
    expect(page).to_have_url(re.compile(rf"day={TODAY}$"))
    page.get_by_role("link", name="This month").press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("November 2026, so far: 1 request")
    page.locator(".of-days summary").press("Enter")
    page.locator(".of-days").get_by_role("link", name="22", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(rf"day={TODAY}$"))
    page.get_by_label("Another day").fill("2026-11-20")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Friday, November 20, 2026: no requests.")
    page.get_by_role("link", name="Board").press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))


@pytest.mark.parametrize(("scheme", "size"), [("dark", WIDE), ("light", NARROW)])
def test_axe_finds_nothing_and_nothing_sticks_out(watch: Watch, desk: Desk, scheme: Any, size: Any) -> None:
    a_night(desk)
    watch.page.emulate_media(color_scheme=scheme)
    watch.page.set_viewport_size(size)
    page = opened(watch)
    for query in ("", f"?month={MONTH}", "?day=2026-10-02", "?month=2027-01"):
        page.goto(f"{watch.site.url}/figures{query}")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert axe(page) == "", query
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, query
    assert watch.complaints == []


def test_it_prints_with_its_tables_and_without_its_buttons(watch: Watch, desk: Desk) -> None:
    a_night(desk)
    page = opened(watch)
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    expect(page.locator(".plot").first).to_be_visible()
    expect(page.locator(".each")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    expect(page.get_by_role("link", name="Board")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


# ---- the download


def test_the_download_has_a_line_for_each_request(mary: FlaskClient, desk: Desk) -> None:
    a_night(desk)
    found = lines(mary)
    assert {(line["day"], line["hour"]) for line in found} == {(TODAY, "2")}, "the hour, and no minute"
    said = [
        (line["region"], line["seconds_to_acceptance"], line["seconds_to_contact"], line["met"], line["ended"])
        for line in found
    ]
    assert sorted(said) == [
        ("A", "", "", "no", "open"),
        ("A", "90", "700", "yes", "reached"),
        ("G", "", "", "", "no-number"),
        ("G", "", "", "", "test"),
        ("G", "60", "500", "yes", "reached"),
        ("G", "900", "1900", "no", "reached late"),
    ]
    assert lines(mary, f"?month={MONTH}") == found
    assert lines(mary, "?day=2026-11-21") == []


@pytest.mark.parametrize(("query", "name"), [("", TODAY), (f"?month={MONTH}", MONTH), ("?day=2026-10-02", "2026-10-02")])
def test_the_download_is_named_after_its_period(mary: FlaskClient, query: str, name: str) -> None:
    answer = mary.get(f"/figures.csv{query}")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="figures-{name}.csv"'
    assert answer.text == ",".join(figures.HEADS) + "\r\n"


def test_no_cell_of_the_download_is_a_formula_and_none_is_a_caller_s(mary: FlaskClient, desk: Desk) -> None:
    a_night(desk)
    desk.happens(desk.call(7, Place()), Closed("duplicate"))
    shown = mary.get("/figures.csv").text + mary.get("/figures").text
    for private in ("Oxford", "Calhoun", CALLBACK, CALLBACK[-4:], "0104", "req4", "02:14", "419", "440"):
        assert private not in shown.replace('value="02:14', ""), private
    assert all(re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]*|", cell) for line in lines(mary) for cell in line.values())


def test_only_so_many_are_listed_and_the_download_has_all(
    mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_night(desk)
    monkeypatch.setattr(figures, "LISTED", 2)
    shown = mary.get("/figures").text
    assert "6 lines, of which the first 2 are here and all in the download" in shown
    assert shown.count(":00–") == 2
    assert len(lines(mary)) == 6


# ---- who, when, and what goes wrong


@pytest.mark.parametrize("path", ["/figures", f"/figures?month={MONTH}", f"/figures.csv?day={TODAY}"])
def test_whoever_is_not_logged_in_is_asked_to_and_comes_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    asked = urlsplit(answer.location)
    assert (asked.path, parse_qs(asked.query)) == ("/login", {"next": [path]})
    assert log_in(client, next=path).location == path


def test_whoever_may_only_watch_may_see_them(walt: FlaskClient) -> None:
    assert walt.get("/figures").status_code == walt.get("/figures.csv").status_code == 200


@pytest.mark.parametrize("path", ["/figures", "/figures.csv"])
@pytest.mark.parametrize(
    "query",
    ["day=", "day=x", "day=2026-02-30", "day=2026-11", "day=%FF", "day=9999-12-31", "month=2026-13", "month=2026-11-22",
     "month=%00", "month=0001-01", "month=%F0%9F%98%80", f"day={TODAY}&month={MONTH}"],
)  # fmt: skip
def test_what_is_no_day_and_no_month_is_refused_with_a_reason(mary: FlaskClient, path: str, query: str) -> None:
    answer = mary.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert (figures.BOTH if "&" in query else figures.BAD) in answer.text


def test_nothing_is_changed_here(mary: FlaskClient) -> None:
    assert mary.post("/figures").status_code == 405


def test_what_has_not_begun_says_so_and_leads_back(mary: FlaskClient) -> None:
    shown = mary.get("/figures?month=2026-12").text
    assert "December 2026 has not begun." in shown
    assert 'rel="next"' not in shown
    assert 'rel="prev"' in shown
    assert 'rel="prev"' not in mary.get("/figures?month=2027-02").text, "January has not begun either"


def test_what_is_forgotten_is_not_led_to_and_says_so(mary: FlaskClient) -> None:
    assert 'rel="prev"' in mary.get("/figures?month=2024-01").text
    first = mary.get("/figures?month=2023-12").text
    assert 'rel="prev"' not in first
    assert "are erased" not in first
    assert "those from before December 2023 are erased" in mary.get("/figures?day=2023-11-30").text


def test_without_the_store_it_says_that_nothing_is_known(
    mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: float) -> None:
        raise NoConnection

    monkeypatch.setattr(desk.world.books, "outcomes", away)
    for path in ("/figures", "/figures.csv"):
        answer = mary.get(path)
        assert answer.status_code == 503
        assert figures.NO_STORE in answer.text
        assert "requests" not in answer.text.split("<main")[1]
    assert "Another day" in mary.get("/figures").text, "the way on stays"


# ---- the reading


def test_a_request_that_ends_while_the_figures_are_read_is_counted_once(
    desk: Desk, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = desk.call()
    read = desk.world.books.outcomes
    ends = iter([lambda: desk.happens(request, Closed("reached"))])

    def overtaken(since: float, until: float) -> Any:
        found = read(since, until)
        next(ends, lambda: None)()
        return found

    monkeypatch.setattr(desk.world.books, "outcomes", overtaken)
    found = actions.look(desk.world, DAY).all
    assert (found.requests, found.open, found.closed) == (1, 0, {"reached": 1})


def test_the_figures_of_a_flood_come_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(1000))
    monkeypatch.setattr(desk.world.store, "changes", lambda: next(numbers))
    desk.call()
    assert actions.look(desk.world, DAY).all.open == 1


def test_the_board_s_glance_at_today(desk: Desk) -> None:
    a_night(desk)
    found = actions.today(desk.world)
    assert (found.received, found.in_time, found.late, found.open, found.median) == (5, 2, 2, 1, 700.0)
