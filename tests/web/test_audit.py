"""The page of what was done: asked for by kind, by who, by day; whether it holds; and taken away as a table."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import expect
from redis import Redis

from bridge.core.trail import Act
from bridge.web import audit
from tests.web.desk import PASSWORD, Desk, Watch, codes, token


def filled(desk: Desk, count: int = 8) -> None:
    """An entry an hour, the last one now."""
    for n in range(count):
        what = ("revealed the number", "logged in", "gave walt the role watch", "took a backup")[n % 4]
        desk.world.books.record(Act(desk.time - 3600 * (count - n), ("mary", "walt")[n % 2], what, "412" if n % 4 == 0 else ""))


def shown(page: str) -> list[str]:
    """What the rows say was done."""
    return [part.partition("<")[0] for part in page.split('<td class="what">')[1:]]


def test_the_page_is_asked_by_kind_by_who_and_by_code(ada: FlaskClient, desk: Desk) -> None:
    filled(desk)
    assert len(shown(ada.get("/audit").text)) == 9, "and that ada logged in"
    assert shown(ada.get("/audit?about=numbers").text) == ["revealed the number"] * 2
    assert shown(ada.get("/audit?about=log-ins&who=walt").text) == ["logged in"] * 2
    assert shown(ada.get("/audit?code=412").text) == ["revealed the number"] * 2
    assert "Nothing that fits." in ada.get("/audit?who=nobody").text


def test_the_page_is_asked_by_day(ada: FlaskClient, desk: Desk) -> None:
    filled(desk, 60)
    found = ada.get("/audit?day=2026-11-20").text
    assert len(shown(found)) == 24
    assert "Nov 20 2026" in found
    assert "Nov 21 2026" not in found.partition("<tbody>")[2]
    assert "Nothing that fits." in ada.get("/audit?day=2026-01-01").text


def test_pages_are_turned_until_the_end(ada: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SHOWN", 5)
    filled(desk, 11)
    address, found = "/audit", list[str]()
    while address:
        page = ada.get(address).text
        found += shown(page)
        address = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert len(found) == 12
    monkeypatch.setattr(audit, "SCANNED", 4)
    page = ada.get("/audit?who=nobody").text
    assert "Nothing among the entries that were looked through." in page
    assert 'rel="next"' in page


def test_what_cannot_be_asked_is_refused_and_nothing_that_may_be_a_number_is(ada: FlaskClient) -> None:
    for question in (
        *("about=x", "day=2026-13-01", "day=x", "day=9999-12-31", "day=2026-W01-1", "before=x", "before=1e9", "code=abc"),
        *("who=%00", "who=256-555-0137", "who=2565550137", "code=2565550137", "who=%2B1+(256)+555-0137", "who=" + "x" * 101),
    ):
        for address in ("/audit", "/audit/table"):
            response = ada.get(f"{address}?{question}")
            assert response.status_code == 400, question
            assert "cannot be asked for" in response.text
            assert "0137" not in response.text


def test_the_page_says_whether_the_trail_holds(ada: FlaskClient, desk: Desk, redis: Redis) -> None:
    assert "was not read yet" in ada.get("/audit").text
    filled(desk)

    def checked() -> str:
        desk.time += audit.CHECK_EVERY
        response = ada.post("/audit/check", data={"csrf_token": token(ada.get("/audit"))})
        assert (response.status_code, response.location) == (303, "/audit")
        return ada.get("/audit").text

    assert "all 9 entries, up to number 9, fit together" in checked()
    redis.lset("trail", 3, redis.lindex("trail", 3).replace(b"mary", b"walt").replace(b"walt", b"mary"))
    redis.lset("trail", 4, json.dumps({**json.loads(redis.lindex("trail", 4)), "by": "mallory"}))
    page = checked()
    assert "The trail does not hold" in page
    assert "entry 5 was changed" in page


def test_the_whole_trail_is_not_read_over_and_over(ada: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[object]()
    monkeypatch.setattr(audit.trail, "look", looks.append)
    for _ in range(3):
        assert ada.post("/audit/check", data={"csrf_token": token(ada.get("/audit"))}).status_code == 303
    assert len(looks) == 1


def test_the_table_is_what_the_page_was_asked_for_and_is_written_down(ada: FlaskClient, desk: Desk) -> None:
    filled(desk)
    response = ada.get("/audit/table?about=numbers")
    assert response.headers["Content-Disposition"] == 'attachment; filename="audit-2026-11-22.csv"'
    heads, *rows = response.text.splitlines()
    assert heads == "n,time (UTC),who,what,request,hash"
    assert [row.split(",")[3] for row in rows] == ["revealed the number"] * 2
    assert desk.world.books.acts(1)[0].what == "downloaded the audit trail"
    assert ada.get("/audit/table").status_code == 200, "the turn was given back"


def test_nobody_but_an_administrator_checks_or_downloads(mary: FlaskClient, client: FlaskClient) -> None:
    assert mary.get("/audit/table").status_code == 403
    assert mary.post("/audit/check", data={"csrf_token": token(mary.get("/rota"))}).status_code == 403


def test_a_store_that_is_away_is_said_everywhere(ada: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {"csrf_token": token(ada.get("/audit"))}

    def gone(*args: object, **more: object) -> None:
        raise ConnectionError

    for name in ("links", "export", "record"):
        monkeypatch.setattr(type(desk.world.books), name, gone)
    assert ada.get("/audit").status_code == 503
    assert ada.get("/audit/table").status_code == 503
    assert ada.get("/audit/table").status_code == 503
    assert ada.post("/audit/check", data=form).status_code == 503


def test_axe_has_nothing_to_say_of_the_page_whatever_it_shows(watch: Watch, desk: Desk, redis: Redis) -> None:
    page, axe = watch.page, Axe()
    filled(desk, 120)
    page.goto(f"{watch.site.url}/login?next=/audit")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").fill(codes(watch.site.app)[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    page.get_by_label("About").select_option("numbers")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(31)
    assert axe.run(page).violations_count == 0
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    redis.lset("trail", 3, "[]")
    page.get_by_role("button", name="Read the whole trail now").click()
    expect(page.get_by_role("alert")).to_contain_text("The trail does not hold")
    assert axe.run(page).violations_count == 0
    assert watch.complaints == []
