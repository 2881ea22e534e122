"""The map on the status page: in a real browser, with the real page around it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bridge.actions import changes
from bridge.core.model import Place
from tests.web.desk import T0, Desk, Watch

MOBILE = Place("Mobile", "Mobile", "A")
HOUR = 3600.0


def texts(page: Page, where: str) -> list[str]:
    """What stands there, without the space around it."""
    return [" ".join(text.split()) for text in page.locator(where).all_inner_texts()]


def test_a_request_appears_on_the_map_by_itself_with_its_sign_and_its_words(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.locator(".map-mark")).to_have_count(0)
    desk.call(0, MOBILE)
    expect(page.locator(".map-mark.open")).to_have_count(1)
    expect(page.locator(".map-mark text")).to_have_text("412")
    expect(page.locator(".map-mark title")).to_have_text("Request 412, waiting: Mobile, Mobile County, Region A")
    mark, letter = page.locator(".map-mark").bounding_box(), page.locator(".map-letter").first.bounding_box()
    assert mark is not None
    assert letter is not None
    assert mark["y"] > letter["y"] + letter["height"]  # Mobile lies south of the middle of Region A
    assert watch.complaints == []


def test_a_mark_leads_to_its_row_and_so_does_the_table_with_the_keyboard(watch: Watch, desk: Desk) -> None:
    desk.call(0, MOBILE)
    page = watch.log_in()
    page.locator(".map-mark rect").click()
    assert page.url.endswith("#r-req0")
    expect(page.locator("#r-req0")).to_be_visible()
    page.goto(watch.site.url)
    page.locator(".map-table summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#r-req0")


def test_the_tab_key_does_not_stop_at_every_mark(watch: Watch, desk: Desk) -> None:
    desk.call(0, MOBILE)
    page = watch.log_in()
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('.map-drawing')")


def test_a_region_with_nobody_is_hatched_and_named_in_the_picture_the_words_and_the_table(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.locator(".map-nobody")).to_have_count(0)
    changes.add_leave(desk.world, "kirby", T0 - HOUR, T0 + HOUR, "mary", "board")
    desk.call(0, MOBILE)  # the map comes anew with any change of a request
    expect(page.locator(".map-nobody")).to_have_attribute("href", "#map-F")
    assert page.locator(".map-nobody").get_attribute("fill") == "url(#map-hatch)"
    assert page.locator(".map-alarm").all_text_contents() == ["NOBODY"]
    expect(page.locator("#map-said")).to_contain_text("Region F: nobody is on call.")
    page.locator(".map-table summary").click()
    expect(page.locator(".map-table tbody tr").first).to_contain_text("412 waiting", use_inner_text=True)  # it may come later
    rows = texts(page, ".map-table tbody tr")
    assert rows[0] == "Region A Lt. Rene Landry 1: 412 waiting"
    assert rows[5] == "Region F NOBODY: nobody is on call until 03:14 none"
    assert len(rows) == 7
    assert watch.complaints == []


def test_the_table_stays_open_when_the_map_changes(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    page.locator(".map-table summary").click()
    desk.call(0, MOBILE)
    expect(page.locator(".map-table tbody tr").first).to_contain_text("412 waiting", use_inner_text=True)


def test_a_request_without_a_place_is_named_beside_the_map(watch: Watch, desk: Desk) -> None:
    desk.call(0, Place())
    page = watch.log_in()
    expect(page.locator(".map-nowhere")).to_have_text("Place not known: 412 waiting")
    expect(page.locator(".map-mark")).to_have_count(0)


@pytest.mark.parametrize("options", [{"color_scheme": scheme} for scheme in ("dark", "light")])
def test_every_shape_that_is_used_is_there_and_is_seen(watch: Watch, desk: Desk, options: dict[str, Any]) -> None:
    page = watch.log_in()
    desk.call(0, MOBILE)
    expect(page.locator(".map-mark")).to_have_count(1)
    used = {use.get_attribute("href") or "" for use in page.locator(".map use").all()}
    assert len(used) == 7 + 2 + 4  # regions, lines, signs
    assert all(page.locator(one).count() == 1 for one in used)
    land = page.locator(".map-land").evaluate("node => getComputedStyle(node).fill")
    ground = page.locator("html").evaluate("node => getComputedStyle(node).backgroundColor")
    assert land != ground
    size = page.locator(".map-drawing").bounding_box()
    assert size is not None
    assert size["height"] > size["width"] > 250


def test_what_moves_of_the_map_is_small(watch: Watch, desk: Desk) -> None:
    for n in range(8):
        desk.call(n, MOBILE, callback=f"+1256555013{n}")
    page = watch.log_in()
    expect(page.locator(".map-mark")).to_have_count(8)
    assert len(page.locator(".map").evaluate("node => node.outerHTML")) < 12_000
    assert not re.search(r"style=|<script", page.locator(".map").evaluate("node => node.outerHTML"))
