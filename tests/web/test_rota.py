"""The page of the rota, as a dispatcher meets it: in a real browser, against a real server and store."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import changes, plan
from bridge.core.ledger import CalendarCopy, Entry, Ledger, Swap, with_swap
from bridge.core.oncall import wall_clock
from bridge.core.rota import Override
from bridge.settings.model import CalendarSource
from bridge.web import rota
from tests.web.desk import T0, Desk, Watch, codes, log_in, token

HOUR = 3600.0
FRIDAY, MONDAY = "2026-11-27T18:00", "2026-11-30T06:00"
OVERRIDE = {"region": "D", "rank": "on-call", "who": "boyd", "from": FRIDAY, "until": MONDAY}


def opened(watch: Watch, name: str = "mary") -> Page:
    """The page of the rota, after a log-in that was asked for on the way."""
    page = watch.page
    page.goto(f"{watch.site.url}/rota")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("a long night, a good desk")
    page.get_by_role("button", name="Log in").click()
    if page.url.endswith("/login/code"):
        page.get_by_label("Code").fill(codes(watch.site.app)[0])
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Now and next")).to_be_visible()
    return page


def ledger(desk: Desk) -> Ledger:
    """What was changed."""
    return desk.world.rota.live()[0]


def send(mary: FlaskClient, path: str, form: dict[str, str]) -> Any:
    """Send a form of the page."""
    return mary.post(path, data={"csrf_token": token(mary.get("/rota")), **form})


# ---- what is seen


def test_a_gap_is_named_wherever_it_is_looked_for(watch: Watch, desk: Desk) -> None:
    changes.add_leave(desk.world, "kirby", T0 + 30 * HOUR, T0 + 60 * HOUR, "mary", "board")
    page = opened(watch)
    expect(page.locator(".gap-count")).to_contain_text("1 gap:")
    expect(page.locator(".gap-list li")).to_have_text("GAP Region F, on call: Mon 08:14 to Tue 14:14 (1 day 6 hours)")
    row = page.locator(".posts-table tr").filter(has_text="Region F")
    expect(row).to_contain_text("Lt. Sam Kirby until Mon 08:14, then GAP: nobody", use_inner_text=True)
    cells = page.locator(".week td").filter(has_text="GAP")
    expect(cells).to_have_text([re.compile("Kirby to 08:14\\s*GAP from 08:14"), re.compile("GAP to 14:14\\s*Kirby from 14:14")])
    assert watch.complaints == []


def test_without_a_gap_the_page_says_so(mary: FlaskClient) -> None:
    shown = mary.get("/rota").text
    assert "None: every region has somebody on call and a backup at every minute." in shown
    assert "GAP" not in shown


def test_both_ranks_of_all_seven_regions_are_there_with_what_is_next(watch: Watch) -> None:
    page = opened(watch)
    expect(page.locator(".posts-table tbody tr")).to_have_count(7)
    row = page.locator(".posts-table tr").filter(has_text="Region B")
    expect(row.locator("td").nth(0)).to_contain_text("Ofc. Joy McRae")
    expect(row.locator("td").nth(0)).to_contain_text("until 22:00, then Sgt. Ray Hollis")
    expect(row.locator("td").nth(1)).to_contain_text("until 22:00, then Ofc. Joy McRae")
    expect(page.locator(".posts-table tr").filter(has_text="Region A")).to_contain_text("for 90 days and more")


def test_the_table_of_the_week_has_headers_for_whoever_only_hears_it(watch: Watch) -> None:
    page = opened(watch)
    table = page.get_by_role("table").nth(1)
    heads = ["Region", "Rank", "Today, Sun Nov 22", "Mon Nov 23", "Tue Nov 24", "Wed Nov 25"]
    assert table.get_by_role("columnheader").all_inner_texts()[:6] == heads
    expect(table.get_by_role("rowheader", name="Region G")).to_have_count(1)
    expect(table.get_by_role("rowheader", name="backup")).to_have_count(7)


def test_a_week_in_which_the_clocks_go_back_has_seven_days(desk: Desk, mary: FlaskClient) -> None:
    desk.time = wall_clock("2026-10-31 12:00")
    log_in(mary)
    heads = re.findall(r'<th scope="col">([^<]+)</th>', mary.get("/rota").text)
    assert heads[-7:] == ["Today, Sat Oct 31", "Sun Nov 1", "Mon Nov 2", "Tue Nov 3", "Wed Nov 4", "Thu Nov 5", "Fri Nov 6"]


def test_who_may_not_be_reached_is_named_with_the_reason(mary: FlaskClient, desk: Desk) -> None:
    desk.world.store.block_texts("boyd", "opted out")
    shown = mary.get("/rota").text
    assert "<b>Sgt. Dana Boyd</b>: opted out of texts" in shown
    assert "<b>Ofc. Tess Ogletree</b>: landline" in shown


def test_calendars_are_shown_with_their_age_and_their_fault(desk: Desk, app: Flask) -> None:
    sources = tuple(
        CalendarSource(name, "D", "on-call", url="https://calendar.example/secret") for name in ("works", "fails", "new")
    )
    object.__setattr__(desk.world.settings, "calendars", sources)
    desk.world.rota.keep_calendar(CalendarCopy("works", fetched_at=T0 - 60, tried_at=T0 - 60))
    desk.world.rota.keep_calendar(CalendarCopy("fails", fetched_at=T0 - 9000, tried_at=T0 - 60, fault="it answers 404"))
    client = app.test_client()
    log_in(client)
    shown = re.sub(r"<[^>]+>", "", client.get("/rota").text)
    assert "works (Region D, on call): copy of 02:13\n" in shown
    assert "fails (Region D, on call): copy of Sat Nov 21 23:44. it answers 404" in shown
    assert "new (Region D, on call): no copy. it has not been read yet" in shown
    assert "secret" not in shown


def test_the_last_fifty_changes_are_listed_with_who_and_when(mary: FlaskClient, desk: Desk) -> None:
    for n in range(60):
        before = ledger(desk)
        assert desk.world.rota.change(before, before, [Entry(T0 + n, "boyd", "text", f"change {n}")])
    found = re.findall(r"<b>([^<]+)</b> <span class=\"soft\">\((\w+)\)</span> change (\d+)", mary.get("/rota").text)
    assert found == [("Sgt. Dana Boyd", "text", str(n)) for n in range(59, 9, -1)]


# ---- an override


def test_an_override_is_added_with_the_keyboard_alone(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    page.get_by_label("Region", exact=True).focus()
    keys(page, ["Region D", "Tab", "Tab", "Sgt. Dana", "Tab", "11272026", "Tab", "0600PM"])
    page.get_by_label("Until").first.focus()
    keys(page, ["11302026", "Tab", "0600AM", "Enter"])
    expect(page.get_by_role("status")).to_have_text("Region D, on call: Sgt. Dana Boyd from Fri 18:00 until Mon Nov 30 06:00.")
    (made,) = ledger(desk).overrides
    assert (made.region, made.rank, made.who, made.by) == ("D", "on-call", "boyd", "mary")
    assert (made.start, made.end) == (wall_clock(FRIDAY), wall_clock(MONDAY))
    expect(page.locator(".changes")).to_contain_text("Sgt. Dana Boyd has Region D, on call")
    expect(page.locator(".log")).to_contain_text("mary (board)")
    assert watch.complaints == []


def keys(page: Page, strokes: Sequence[str]) -> None:
    """Type, with the names of keys among the words."""
    for stroke in strokes:
        if stroke in ("Tab", "Enter"):
            page.keyboard.press(stroke)
        else:
            page.keyboard.type(stroke)


def fill(page: Page, **other: str) -> None:
    """Fill in the form for an override."""
    form = {**OVERRIDE, **other}
    for name, value in form.items():
        field = page.locator(f"#override-{name}")
        if name in ("from", "until"):
            field.fill(value)
        else:
            field.select_option(value)


def test_a_form_that_is_refused_keeps_what_was_entered_and_says_what_is_wrong(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    fill(page, until="2026-11-26T18:00")
    page.get_by_role("button", name="Put on call").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(page.locator("#override-until-fault")).to_have_text("This is not after the beginning.")
    expect(page.locator("#override-until")).to_be_focused()
    expect(page.locator("#override-until")).to_have_attribute("aria-describedby", "override-until-fault")
    for name, value in {**OVERRIDE, "until": "2026-11-26T18:00"}.items():
        expect(page.locator(f"#override-{name}")).to_have_value(value)
    assert ledger(desk) == Ledger()
    fill(page)
    page.get_by_role("button", name="Put on call").click()
    expect(page.get_by_role("status")).to_contain_text("Sgt. Dana Boyd")
    assert len(ledger(desk).overrides) == 1


def test_a_double_click_is_one_override(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    fill(page)
    page.get_by_role("button", name="Put on call").dblclick()
    expect(page.get_by_role("status")).to_contain_text("Sgt. Dana Boyd")
    assert len(ledger(desk).overrides) == 1


@pytest.mark.parametrize(
    ("path", "form", "made"),
    [("/rota/override", OVERRIDE, "overrides"), ("/rota/leave", {"who": "boyd", "from": FRIDAY, "until": MONDAY}, "leaves")],
)
def test_two_clicks_that_arrive_in_the_same_moment_are_one_change(
    mary: FlaskClient, app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str], made: str
) -> None:
    other, store = app.test_client(), desk.world.rota
    log_in(other)
    change, first = store.change, [True]

    def late(*args: Any) -> bool:
        if first.pop() if first else False:
            assert send(other, path, form).status_code == 303
        return change(*args)

    monkeypatch.setattr(store, "change", late)
    assert send(mary, path, form).status_code == 303
    assert len(getattr(ledger(desk), made)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"region": "Q"}, "Choose one from the list."),
        ({"region": ""}, "Choose one from the list."),
        ({"rank": "captain"}, "Choose one from the list."),
        ({"who": "dispatch"}, "Choose one from the list."),
        ({"who": "<script>alert(1)</script>"}, "Choose one from the list."),
        ({"from": ""}, "Enter a date and a time"),
        ({"from": "2026-13-01T00:00"}, "Enter a date and a time"),
        ({"until": "9999-12-31T23:59"}, "Enter a date and a time"),
        ({"until": "\x00\ud7ff"}, "Enter a date and a time"),
        ({"until": FRIDAY}, "This is not after the beginning."),
        ({"from": "2026-11-20T00:00", "until": "2026-11-21T00:00"}, "it is over already"),
        ({"until": "2030-01-01T00:00"}, "longer than 400 days"),
    ],
)
def test_what_cannot_be_is_refused_in_words(mary: FlaskClient, desk: Desk, wrong: dict[str, str], said: str) -> None:
    response = send(mary, "/rota/override", {**OVERRIDE, **wrong})
    assert response.status_code == 400
    assert said in response.text
    assert "<script>alert" not in response.text
    assert ledger(desk) == Ledger()


def test_an_empty_form_is_refused_in_words(mary: FlaskClient, desk: Desk) -> None:
    for path in ("/rota/override", "/rota/leave"):
        assert send(mary, path, {}).status_code == 400
    assert ledger(desk) == Ledger()


# ---- leave, and the end of a change


def test_leave_that_leaves_a_gap_shows_it_at_once(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    page.locator("#leave-who").select_option("kirby")
    page.locator("#leave-from").fill(FRIDAY)
    page.locator("#leave-until").fill(MONDAY)
    page.get_by_role("button", name="Enter leave").click()
    expect(page.get_by_role("status")).to_have_text("Lt. Sam Kirby is off from Fri 18:00 until Mon Nov 30 06:00.")
    expect(page.locator(".gap-list li")).to_have_text("GAP Region F, on call: Fri 18:00 to Mon Nov 30 06:00 (2 days 12 hours)")


def test_a_change_is_cancelled_after_a_question(watch: Watch, desk: Desk) -> None:
    changes.add_override(desk.world, "D", "on-call", "boyd", T0 + HOUR, T0 + 9 * HOUR, "mary", "board")
    page = opened(watch)
    expect(page.get_by_role("button", name="Cancel this change")).to_be_hidden()
    page.locator(".changes summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Cancelled.")
    expect(page.get_by_text("No change: the files and the calendars say who is on call.")).to_be_visible()
    assert ledger(desk).overrides == ()


def test_cancelling_twice_is_cancelling_once(mary: FlaskClient, desk: Desk) -> None:
    made = changes.add_leave(desk.world, "boyd", T0 + HOUR, T0 + 9 * HOUR, "mary", "board")
    for said in ("Cancelled.", rota.GONE):
        assert send(mary, f"/rota/changes/{made.id}/cancel", {}).status_code == 303
        assert said in mary.get("/rota").text
    assert ledger(desk).leaves == ()


# ---- addresses of calendars


def test_an_address_that_went_astray_is_replaced(watch: Watch, desk: Desk, client: FlaskClient) -> None:
    def address() -> str:
        feeds = plan.feeds(desk.world, ledger(desk))
        return next(feed.address for feed in feeds if feed.name == "region D")

    def path() -> str:
        return address().removeprefix(desk.world.settings.public_url)

    old = path()
    assert client.get(old).status_code == 200
    page = opened(watch, "ada")
    expect(page.get_by_text(address())).to_be_hidden()
    page.get_by_text("Show 23 addresses").click()
    expect(page.get_by_text(address())).to_be_visible()
    page.locator(".feeds li").filter(has_text="Region D").get_by_text("Replace…").click()
    page.locator(".feeds li").filter(has_text="Region D").get_by_role("button", name="Replace the address").click()
    expect(page.get_by_role("status")).to_contain_text("The calendar of Region D has a new address.")
    expect(page.locator(".log")).to_contain_text("replaced the address of the calendar of Region D")
    assert client.get(old).status_code == 404
    assert client.get(path()).status_code == 200
    assert path() not in page.locator(".log").inner_text()


def test_a_calendar_that_there_is_none_of_is_refused_in_words(ada: FlaskClient, desk: Desk) -> None:
    for feed in ("", "region Q", "person <b>"):
        response = send(ada, "/rota/feeds/replace", {"feed": feed})
        assert response.status_code == 400
        assert "<b>" not in response.text
    assert ledger(desk) == Ledger()


# ---- swaps that wait for an answer


def offered(desk: Desk, until: float = T0 + 9 * HOUR) -> Swap:
    """Boyd has asked Crane to take their Friday, for their Saturday."""
    times = (wall_clock(FRIDAY), wall_clock("2026-11-28T18:00"), wall_clock("2026-11-29T18:00"))
    parts = (
        Override("s-1", "G", "on-call", "crane", times[0], times[1], T0, "boyd"),
        Override("s-2", "G", "on-call", "boyd", times[1], times[2], T0, "boyd"),
    )
    swap = Swap("s", "boyd", "crane", times[0], times[2], parts, made_at=T0, expires_at=until)
    before = ledger(desk)
    assert desk.world.rota.change(before, with_swap(before, swap), [])
    return swap


def test_a_swap_that_waits_for_an_answer_is_shown_as_what_it_is(mary: FlaskClient, desk: Desk) -> None:
    offered(desk)
    section = mary.get("/rota").text.split("Swaps that wait for an answer</h2>")[1].split("</section>")[0]
    shown = " ".join(re.sub(r"<[^>]+>", "", section).split())
    assert shown == (
        "Sgt. Dana Boyd has asked Cpl. Theo Crane, who may agree until 11:14. Nothing has changed yet. "
        "Region G, on call, Fri 18:00 to Sat 18:00: Cpl. Theo Crane would have it "
        "Region G, on call, Sat 18:00 to Sun Nov 29 18:00: Sgt. Dana Boyd would have it"
    )


def test_a_swap_that_nobody_can_agree_to_any_more_is_not_shown(mary: FlaskClient, desk: Desk) -> None:
    offered(desk, until=T0)
    assert "would have it" not in mary.get("/rota").text


# ---- a page that says when it is old

NEWS = "#news"


def ask_now(page: Page) -> None:
    """Have the page ask at once, and not in a few seconds."""
    with page.expect_response("**/rota/version"):
        page.evaluate("dispatchEvent(new Event('online'))")


def test_a_page_that_still_holds_says_nothing(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    for minutes in (1, 30):
        desk.time = T0 + minutes * 60
        ask_now(page)
    expect(page.locator(NEWS)).to_be_empty()
    assert page.title() == "Who is on call · Peer support"
    assert watch.complaints == []


def test_a_change_by_somebody_else_is_told_without_being_asked_for(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    desk.time += 60
    changes.add_leave(desk.world, "kirby", T0 + HOUR, T0 + 9 * HOUR, "walt", "board")
    expect(page.locator(NEWS)).to_contain_text("This page is from 02:14:05 CST. The rota has changed since.", timeout=10_000)
    expect(page).to_have_title("OLD · Who is on call · Peer support")
    expect(page.locator(".gap-count")).to_have_count(0)  # nothing moves under a reader
    page.get_by_role("link", name="Show the rota as it is now").click()
    expect(page.locator(".gap-count")).to_contain_text("1 gap")
    ask_now(page)
    expect(page.locator(NEWS)).to_be_empty()
    assert watch.complaints == []


def test_what_was_typed_is_there_before_and_after_the_page_is_made_anew(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    fill(page)
    changes.add_leave(desk.world, "kirby", T0 + HOUR, T0 + 9 * HOUR, "walt", "board")
    ask_now(page)
    expect(page.locator(NEWS)).not_to_be_empty()
    for moment in ("before", "after"):
        for name, value in OVERRIDE.items():
            expect(page.locator(f"#override-{name}")).to_have_value(value)
        if moment == "before":
            page.get_by_role("link", name="Show the rota as it is now").click()
            expect(page.locator(".gap-count")).to_be_visible()
    page.reload()
    expect(page.locator("#override-who")).to_have_value("")  # kept once, and not for the next one at this desk


def test_a_shift_that_begins_makes_the_page_old(mary: FlaskClient, desk: Desk) -> None:
    before = plan.version(desk.world)
    desk.time = wall_clock("2026-11-22 21:59")
    assert plan.version(desk.world) == before
    desk.time = wall_clock("2026-11-22 22:00")
    assert plan.version(desk.world) != before


@pytest.mark.parametrize(
    "happens",
    [
        lambda desk: changes.add_override(desk.world, "D", "on-call", "boyd", T0 + HOUR, T0 + 2 * HOUR, "mary", "board"),
        lambda desk: desk.world.store.block_texts("boyd", "opted out"),
        offered,
        lambda desk: plan.replace_address(desk.world, "region D", "ada", "board"),
        lambda desk: setattr(desk, "time", wall_clock("2026-11-23 00:00")),
    ],
)
def test_whatever_changes_the_page_changes_its_version(desk: Desk, happens: Callable[[Desk], object]) -> None:
    before = plan.version(desk.world)
    desk.time += 1
    assert plan.version(desk.world) == before
    happens(desk)
    assert plan.version(desk.world) != before


def test_an_offer_that_expires_and_a_leave_that_ends_make_the_page_old(desk: Desk) -> None:
    offered(desk, until=T0 + HOUR)
    changes.add_leave(desk.world, "okafor", T0, T0 + 2 * HOUR, "mary", "board")
    seen = []
    for hours in (0, 1, 2):
        desk.time = T0 + hours * HOUR
        seen.append(plan.version(desk.world))
    assert len(set(seen)) == 3


def test_a_session_that_has_ended_is_told_and_nothing_typed_is_lost(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    fill(page)
    watch.context.clear_cookies()
    ask_now(page)
    expect(page.locator(NEWS)).to_contain_text("Your session has ended.")
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Name").fill("mary")
    page.get_by_label("Password").fill("a long night, a good desk")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#override-who")).to_have_value("boyd")


def test_a_bridge_that_is_silent_is_told(watch: Watch, desk: Desk) -> None:
    page = opened(watch)
    page.clock.install()
    ask_now(page)
    watch.site.stop()
    page.clock.run_for(30_000)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(NEWS)).to_contain_text("Nothing has been heard from the bridge since")
    expect(page.locator(NEWS)).to_contain_text("This page is from 02:14:05 CST, and the rota may have changed.")
    watch.site.start()
    ask_now(page)
    expect(page.locator(NEWS)).to_be_empty()


@pytest.mark.parametrize("options", [{"color_scheme": scheme} for scheme in ("dark", "light")])
def test_the_page_breaks_no_rule_with_everything_on_it(watch: Watch, desk: Desk, options: dict[str, Any]) -> None:
    offered(desk)
    changes.add_leave(desk.world, "kirby", T0 - HOUR, T0 + 9 * HOUR, "mary", "board")
    page = opened(watch, "ada")
    changes.add_leave(desk.world, "okafor", T0 + HOUR, T0 + 9 * HOUR, "walt", "board")
    ask_now(page)
    expect(page.locator(NEWS)).not_to_be_empty()
    page.get_by_text("Show 23 addresses").click()
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found] == []


def test_the_version_is_for_those_who_are_logged_in(client: FlaskClient) -> None:
    assert client.get("/rota/version").status_code == 401


def test_a_version_that_cannot_be_told_is_an_answer_too(mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Any:
        raise NoConnection("unix socket path")

    monkeypatch.setattr(desk.world.rota, "live", gone)
    response = mary.get("/rota/version")
    assert response.status_code == 503
    assert "cannot tell whether it has changed" in response.text


# ---- who may, and when it cannot be done


def test_who_may_only_look_is_shown_all_but_the_forms_and_the_secrets(walt: FlaskClient, desk: Desk) -> None:
    changes.add_leave(desk.world, "kirby", T0 + HOUR, T0 + 9 * HOUR, "mary", "board")
    shown = walt.get("/rota").text
    assert "GAP" in shown
    assert "Lt. Sam Kirby" in shown
    assert re.findall(r'action="([^"]+)"', shown) == ["/logout"]
    assert "/feeds/" not in shown
    assert walt.get("/rota/version").json == {"version": plan.version(desk.world)}


def test_a_dispatcher_is_shown_no_address_of_a_calendar(mary: FlaskClient, desk: Desk) -> None:
    shown = mary.get("/rota").text
    assert "Put somebody on call" in shown
    assert not any(feed.address in shown for feed in plan.feeds(desk.world, ledger(desk)))


def test_every_role_is_refused_what_it_may_not(walt: FlaskClient, mary: FlaskClient, desk: Desk) -> None:
    made = changes.add_leave(desk.world, "boyd", T0 + HOUR, T0 + 9 * HOUR, "mary", "board")
    before = ledger(desk)
    paths = ("/rota/override", "/rota/leave", f"/rota/changes/{made.id}/cancel", "/rota/feeds/replace")
    for client, refused in ((walt, paths), (mary, paths[3:])):
        for path in refused:
            response = send(client, path, {**OVERRIDE, "feed": "region D"})
            assert response.status_code == 403
            assert "Nothing was done" in response.text
    assert ledger(desk) == before


def test_nobody_gets_in_without_a_log_in(client: FlaskClient, desk: Desk) -> None:
    assert client.get("/rota").headers["Location"] == "/login?next=/rota"
    for path in ("/rota/override", "/rota/leave", "/rota/changes/x/cancel", "/rota/feeds/replace"):
        assert client.post(path, data=OVERRIDE).status_code == 401
    assert ledger(desk) == Ledger()


def test_a_change_needs_our_own_form(ada: FlaskClient, desk: Desk) -> None:
    for path in ("/rota/override", "/rota/leave", "/rota/changes/x/cancel", "/rota/feeds/replace"):
        response = ada.post(path, data=OVERRIDE)
        assert response.status_code == 400
        assert "nothing was done" in response.text
    assert ledger(desk) == Ledger()


def test_a_store_that_is_away_is_said_in_words(mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {"csrf_token": token(mary.get("/rota")), **OVERRIDE}

    def gone() -> Any:
        raise NoConnection("unix socket path")

    monkeypatch.setattr(desk.world.rota, "live", gone)
    for response in (mary.get("/rota"), mary.post("/rota/override", data=form)):
        assert response.status_code == 503
        assert "Traceback" not in response.text
        assert "socket" not in response.text
    assert rota.NO_STORE in mary.get("/rota").text


@pytest.mark.parametrize("options", [{"viewport": {"width": 390, "height": 844}}, {"viewport": {"width": 1440, "height": 900}}])
def test_nothing_runs_off_the_side(watch: Watch, desk: Desk) -> None:
    changes.add_leave(desk.world, "kirby", T0 + HOUR, T0 + 60 * HOUR, "mary", "board")
    page = opened(watch, "ada")
    for summary in ("Cancel…", "Show 23 addresses", "Replace…"):
        page.get_by_text(summary).first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watch.complaints == []
