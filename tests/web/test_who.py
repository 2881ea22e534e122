"""Who somebody is at the board, and what they may do: roles, the second factor, users of the store, what is written down."""

from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from redis.exceptions import ConnectionError as NoConnection

from bridge.core.trail import Act
from bridge.settings import Role, User
from bridge.store import connect
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from bridge.web import create_app, door, sessions
from tests.web.desk import PASSWORD, T0, TOTP, Desk, Watch, cheap_hash, codes, log_in, send_code, token

HASH = cheap_hash()
HOUR = 3600.0


def half_in(client: FlaskClient, name: str = "ada", **more: str) -> None:
    """The first step of the log-in of somebody who has a second factor."""
    response = client.post(
        "/login", data={"csrf_token": token(client.get("/login")), "name": name, "password": PASSWORD, **more}
    )
    assert (response.status_code, response.location) == (303, "/login/code")


def is_in(client: FlaskClient) -> bool:
    return client.get("/login").status_code == 302


def done(desk: Desk) -> list[tuple[str, str]]:
    """Who did what, oldest first."""
    return [(act.by, act.what) for act in reversed(desk.world.books.acts(100))]


@pytest.fixture
def store_goes_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the store answer no more, as far as users and books are concerned."""

    def gone(*args: object, **more: object) -> None:
        raise NoConnection

    def go() -> None:
        for name in ("users", "put", "remove", "take", "forgive", "first_use"):
            monkeypatch.setattr(RedisAccounts, name, gone)
        for name in ("record", "record_often", "links"):
            monkeypatch.setattr(RedisBooks, name, gone)

    return go


# ---- the second factor


def test_an_administrator_is_not_in_before_the_code_and_is_after_it(client: FlaskClient, app: Flask) -> None:
    half_in(client)
    assert not is_in(client)
    assert client.get("/").location == "/login"
    assert client.get("/board").status_code == 401
    page = client.get("/login/code").text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    response = send_code(client, codes(app)[0])
    assert (response.status_code, response.location) == (303, "/")
    assert is_in(client)


def test_the_second_step_leads_where_the_first_was_to_lead(client: FlaskClient, app: Flask) -> None:
    half_in(client, next="/audit")
    assert send_code(client, codes(app)[0]).location == "/audit"
    other = app.test_client()
    half_in(other, next="https://evil.example")
    assert send_code(other, codes(app)[1]).location == "/"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(client: FlaskClient, steps: int) -> None:
    half_in(client)
    code = pyotp.TOTP(TOTP).at(int(T0), counter_offset=steps)
    assert send_code(client, f" {code[:3]} {code[3:]} ").status_code == 303


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_clock_that_is_more_off_is_wrong(client: FlaskClient, steps: int) -> None:
    half_in(client)
    response = send_code(client, pyotp.TOTP(TOTP).at(int(T0), counter_offset=steps))
    assert response.status_code == 403
    assert door.WRONG_CODE in response.text
    assert not is_in(client)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "\x00", "9" * 5000, "+1 234"])
def test_what_is_no_code_is_refused_in_words(client: FlaskClient, code: str) -> None:
    half_in(client)
    assert send_code(client, code).status_code == 403
    assert not is_in(client)


def test_a_code_lets_in_once(client: FlaskClient, app: Flask, desk: Desk) -> None:
    half_in(client)
    code = codes(app)[0]
    assert send_code(client, code).status_code == 303
    thief = create_app(desk.world).test_client()  # another process
    half_in(thief)
    assert send_code(thief, code).status_code == 403
    assert not is_in(thief)


def test_the_way_between_the_steps_is_closed_after_five_minutes(client: FlaskClient, app: Flask, desk: Desk) -> None:
    half_in(client)
    page_token = token(client.get("/login/code"))
    desk.time += sessions.HALF
    response = client.post("/login/code", data={"csrf_token": page_token, "code": codes(app)[0]})
    assert response.status_code == 403
    assert door.LATE in response.text
    assert client.get("/login/code").location == "/login"
    assert not is_in(client)


def test_a_code_without_a_password_is_worth_nothing(client: FlaskClient, app: Flask) -> None:
    half_in(app.test_client())
    assert client.get("/login/code").location == "/login"
    response = client.post("/login/code", data={"csrf_token": token(client.get("/login")), "code": codes(app)[0]})
    assert response.status_code == 403
    assert not is_in(client)


def test_a_code_needs_our_form(client: FlaskClient, app: Flask) -> None:
    half_in(client)
    assert client.post("/login/code", data={"code": codes(app)[0]}).status_code == 400
    assert not is_in(client)


def test_five_wrong_codes_close_the_door_even_with_the_right_password(client: FlaskClient, app: Flask, desk: Desk) -> None:
    for _ in range(door.MOST_CODES):
        half_in(client)
        assert send_code(client, "000000").status_code == 403
    response = send_code(client, codes(app)[0])
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == door.CODE_WINDOW
    desk.time += door.CODE_WINDOW
    assert log_in(client, "ada").status_code == 303


def test_a_new_second_factor_ends_the_way_between_the_steps(client: FlaskClient, desk: Desk) -> None:
    kept = User("zoe", HASH, Role.ADMIN, TOTP)
    desk.world.accounts.put(kept)
    half_in(client, "zoe")
    other = pyotp.random_base32()
    desk.world.accounts.put(replace(kept, totp=other))
    assert client.get("/login/code").location == "/login"


def test_an_administrator_without_a_second_factor_is_told_what_to_run(client: FlaskClient, desk: Desk) -> None:
    desk.world.accounts.put(User("zoe", HASH, Role.ADMIN))
    response = log_in(client, "zoe")
    assert response.status_code == 403
    assert "bridge users totp zoe" in response.text
    assert "bridge password zoe --role admin --totp" in response.text
    assert not is_in(client)
    assert log_in(client, "zoe", "wrong").text.count("totp") == 0


def test_a_dispatcher_may_have_a_second_factor_too(client: FlaskClient, desk: Desk) -> None:
    desk.world.accounts.put(User("zoe", HASH, Role.DISPATCH, TOTP))
    half_in(client, "zoe")


def test_the_cookie_tells_neither_hash_nor_secret(ada: FlaskClient, client: FlaskClient) -> None:
    half_in(client)
    for browser in (ada, client):
        with browser.session_transaction() as session:  # anybody can read what is in it
            said = str(dict(session))
        assert "ada" in said
        assert TOTP not in said
        assert "argon2" not in said


# ---- users of the store


def test_a_user_of_the_store_logs_in_and_a_change_logs_them_out_at_once(client: FlaskClient, desk: Desk) -> None:
    zoe = User("zoe", HASH, Role.DISPATCH)
    for changed in (
        replace(zoe, role=Role.WATCH),
        replace(zoe, password_hash=cheap_hash("another")),
        replace(zoe, totp=TOTP),
    ):
        desk.world.accounts.put(zoe)
        assert log_in(client, "zoe").status_code == 303
        assert client.get("/rota").status_code == 200
        desk.world.accounts.put(changed)
        assert client.get("/rota").location == "/login?next=/rota"
        client.delete_cookie("bridge")
    desk.world.accounts.put(zoe)
    assert log_in(client, "zoe").status_code == 303
    desk.world.accounts.remove("zoe")
    assert not is_in(client)


def test_the_file_counts_more_than_the_store(client: FlaskClient, desk: Desk) -> None:
    desk.world.accounts.put(User("walt", cheap_hash("another"), Role.ADMIN))
    assert log_in(client, "walt", "another").status_code == 403
    assert log_in(client, "walt").status_code == 303
    assert client.get("/audit").status_code == 403


def test_without_its_store_the_bridge_still_lets_users_of_the_file_in(
    client: FlaskClient, store_goes_away: Callable[[], None], app: Flask
) -> None:
    store_goes_away()
    assert log_in(client).status_code == 303
    assert is_in(client)
    other = app.test_client()
    assert log_in(other, "ada").status_code == 303
    third = app.test_client()
    half_in(third)
    assert send_code(third, codes(app)[0]).status_code == 403  # used already, as far as this process knows


def test_without_its_store_the_bridge_still_counts_attempts(client: FlaskClient, store_goes_away: Callable[[], None]) -> None:
    store_goes_away()
    answers = [log_in(client, password="wrong").status_code for _ in range(door.MOST_PER_NAME + 1)]
    assert answers == [503] * door.MOST_PER_NAME + [429]


def test_without_its_store_nobody_learns_who_stands_in_the_file(
    client: FlaskClient, store_goes_away: Callable[[], None]
) -> None:
    store_goes_away()
    known, unknown = (log_in(client, name, "wrong") for name in ("mary", "nobody"))
    assert known.status_code == unknown.status_code == 503
    assert known.text.replace("mary", "nobody").replace(token(known), "") == unknown.text.replace(token(unknown), "")


def test_whom_only_the_store_knows_cannot_do_anything_without_it(
    client: FlaskClient, desk: Desk, store_goes_away: Callable[[], None]
) -> None:
    desk.world.accounts.put(User("zoe", HASH, Role.ADMIN, TOTP))
    assert log_in(client, "zoe").status_code == 303
    form = {"csrf_token": token(client.get("/audit"))}
    store_goes_away()
    for path in ("/", "/board", "/rota", "/audit"):
        response = client.get(path)
        assert response.status_code == 503
        assert "cannot read its store" in response.text
    response = client.post("/rota/leave", data=form)
    assert response.status_code == 503
    assert "Nothing was done" in response.text
    assert client.get("/login").status_code == 200
    response = client.post("/login", data={**form, "name": "zoe", "password": PASSWORD})
    assert response.status_code == 503
    assert door.AWAY in response.text
    assert client.post("/logout", data=form).status_code == 302


def test_a_store_that_is_really_not_there_is_not_waited_for_again_and_again(desk: Desk) -> None:
    nowhere = connect.quick("unix:///nowhere")
    world = replace(desk.world, accounts=RedisAccounts(nowhere, "secret"), books=RedisBooks(nowhere, "secret"))
    app = create_app(world)
    app.extensions["desk"] = desk
    client = app.test_client()
    assert log_in(client).status_code == 303
    assert log_in(app.test_client(), "zoe").status_code == 503


# ---- limits over all processes


def test_failures_are_counted_over_all_processes_and_a_restart(client: FlaskClient, desk: Desk) -> None:
    for _ in range(door.MOST_PER_NAME // 2):
        log_in(client, password="wrong")
        log_in(create_app(desk.world).test_client(), password="wrong")
    assert log_in(create_app(desk.world).test_client()).status_code == 429


# ---- roles


def test_every_role_is_refused_what_it_may_not(
    client: FlaskClient, mary: FlaskClient, walt: FlaskClient, ada: FlaskClient, app: Flask
) -> None:
    stranger = app.test_client().get("/audit")
    assert (stranger.status_code, stranger.location) == (302, "/login?next=/audit")
    for browser, name, role in ((walt, "walt", "watch"), (mary, "mary", "dispatch")):
        response = browser.get("/audit")
        assert response.status_code == 403
        assert f"This takes the role admin, and {name} has the role {role}" in response.text
    assert ada.get("/audit").status_code == 200


# ---- what is written down


def test_log_ins_and_log_outs_are_written_down(mary: FlaskClient, ada: FlaskClient, desk: Desk) -> None:
    mary.post("/logout", data={"csrf_token": token(mary.get("/rota"))})
    assert done(desk) == [("mary", "logged in"), ("ada", "logged in"), ("mary", "logged out")]


def test_failures_are_written_down_without_what_a_stranger_typed(client: FlaskClient, desk: Desk) -> None:
    log_in(client, "hunter2", "wrong")
    log_in(client, "mary", "wrong")
    half_in(client)
    send_code(client, "000000")
    assert done(desk) == [
        (door.STRANGER, "was refused at the log-in: wrong name or password"),
        ("mary", "was refused at the log-in: wrong name or password"),
        ("ada", "was refused at the log-in: wrong code"),
    ]


def test_a_lock_out_is_written_down_once(client: FlaskClient, desk: Desk) -> None:
    for _ in range(door.MOST_PER_NAME + 3):
        log_in(client, password="wrong")
    assert done(desk) == [
        ("mary", "was refused at the log-in: wrong name or password"),
        ("mary", "was locked out: too many attempts"),
    ]


def test_strangers_cannot_push_everything_else_out_of_the_books(client: FlaskClient, desk: Desk) -> None:
    for n in range(6):
        log_in(client, f"name{n}", "wrong")
        desk.time += 60
    assert done(desk) == [(door.STRANGER, "was refused at the log-in: wrong name or password")]
    desk.time += door.TOGETHER
    desk.world.books.settle_counts(desk.time)
    desk.world.books.settle_counts(desk.time)
    assert done(desk)[1:] == [(door.STRANGER, "was refused at the log-in: wrong name or password (6 times in 21 minutes)")]


def test_who_asks_for_more_than_their_role_is_written_down(walt: FlaskClient, desk: Desk) -> None:
    for _ in range(3):
        assert walt.get("/audit").status_code == 403
    assert done(desk)[1:] == [("walt", "was refused: it takes the role admin")]


def test_the_page_shows_what_was_done_newest_first(ada: FlaskClient, desk: Desk) -> None:
    desk.world.books.record(Act(desk.time, "<b>mary</b>", "closed: A test or a drill", "412"))
    page = ada.get("/audit").text
    assert page.index("&lt;b&gt;mary&lt;/b&gt;") < page.index("closed: A test or a drill") < page.index("logged in<")
    assert "Sun Nov 22 2026 02:14:05 CST" in page
    assert ">412<" in page


def test_the_page_says_so_where_the_books_cannot_be_read(ada: FlaskClient, store_goes_away: Callable[[], None]) -> None:
    store_goes_away()
    response = ada.get("/audit")
    assert response.status_code == 503
    assert "cannot read its books" in response.text


# ---- in a browser


def test_an_administrator_logs_in_by_keyboard_and_axe_has_nothing_to_say(watch: Watch, desk: Desk) -> None:
    page, axe = watch.page, Axe()
    page.goto(f"{watch.site.url}/login?next=/audit")
    assert axe.run(page).violations_count == 0
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    assert axe.run(page).violations_count == 0
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the code of this moment")
    expect(page.get_by_label("Code")).to_be_focused()
    assert axe.run(page).violations_count == 0
    page.keyboard.type(codes(watch.site.app)[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_contain_text("logged in")
    assert axe.run(page).violations_count == 0
    refusals = [each for each in watch.complaints if "403" in each]
    assert watch.complaints == refusals
