"""Who may see what is waiting: logging in and out, guessing, sessions that end, forms that are not ours."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bridge.settings import Role, User
from bridge.web import create_app, door
from tests.web.desk import PASSWORD, Desk, cheap_hash, log_in, token

HOUR = 3600.0


def test_the_status_page_sends_a_stranger_to_the_log_in(client: FlaskClient) -> None:
    response = client.get("/")
    assert (response.status_code, response.location) == (302, "/login")
    assert "Peer support requests" in client.get("/login").text


def test_whoever_logs_in_sees_it(client: FlaskClient) -> None:
    response = log_in(client)
    assert (response.status_code, response.location) == (303, "/")
    assert "No one is waiting" in client.get("/").text
    assert client.get("/login").location == "/"


@pytest.mark.parametrize(("name", "password"), [("mary", "wrong"), ("nobody", PASSWORD), ("MARY", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nothing(client: FlaskClient, name: str, password: str) -> None:
    response = log_in(client, name, password)
    assert response.status_code == 403
    assert door.WRONG in response.text
    assert password not in response.text
    assert client.get("/").status_code == 302


def test_an_unknown_name_costs_a_password_check_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check(user: User, password: str) -> bool:
        checked.append(user.password_hash)
        return False

    monkeypatch.setattr(door, "check_password", check)
    log_in(client, "nobody")
    assert checked
    assert checked[0].startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("mary", ""), ("mary", "x" * 600), ("m" * 600, PASSWORD)])
def test_what_cannot_be_a_name_and_password_is_not_checked(client: FlaskClient, name: str, password: str) -> None:
    assert log_in(client, name, password).status_code == 400


def test_ten_failures_close_the_door_for_a_while(client: FlaskClient, desk: Desk) -> None:
    for _ in range(door.MOST_PER_NAME):
        assert log_in(client, password="wrong").status_code == 403
        desk.time += 1
    response = log_in(client)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == door.WINDOW - door.MOST_PER_NAME
    assert "Too many attempts" in response.text
    desk.time += door.WINDOW - door.MOST_PER_NAME
    assert log_in(client).status_code == 303


def test_one_address_cannot_try_many_names(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "check_password", lambda *_: False)
    codes = [log_in(client, f"name{n}", "wrong").status_code for n in range(door.MOST_PER_ADDRESS + 1)]
    assert codes == [403] * door.MOST_PER_ADDRESS + [429]


def test_a_success_forgives_the_failures_before_it(client: FlaskClient, app: Flask) -> None:
    for _ in range(door.MOST_PER_NAME - 1):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 303
    other = app.test_client()
    assert log_in(other, password="wrong").status_code == 403


def test_a_session_from_before_the_log_in_is_not_the_one_after_it(client: FlaskClient) -> None:
    client.get("/login")
    before = client.get_cookie("bridge")
    log_in(client)
    after = client.get_cookie("bridge")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with client.session_transaction() as session:
        assert "csrf_token" not in session


def test_the_cookie_is_for_our_pages_only(client: FlaskClient) -> None:
    cookie = log_in(client).headers["Set-Cookie"]
    assert cookie.startswith("bridge=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_behind_https_the_cookie_is_secure(desk: Desk) -> None:
    settings = replace(desk.world.settings, public_url="https://bridge.example.org")
    client = create_app(replace(desk.world, settings=settings)).test_client()
    response = client.get("/login", base_url="https://bridge.example.org")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-bridge=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "max-age" in response.headers["Strict-Transport-Security"]


def test_a_session_ends_with_the_shift_however_often_the_page_asks(mary: FlaskClient, desk: Desk) -> None:
    desk.time += 13.9 * HOUR
    assert mary.get("/board").status_code == 200
    desk.time += 0.2 * HOUR
    response = mary.get("/board")
    assert response.status_code == 401
    assert "Your session has ended" in response.text
    assert mary.get("/").location == "/login"


def test_a_session_from_the_future_counts_for_nothing(mary: FlaskClient, desk: Desk) -> None:
    desk.time -= 60
    assert mary.get("/board").status_code == 401


def test_logging_out_needs_our_form_and_ends_the_session(mary: FlaskClient) -> None:
    assert mary.post("/logout").status_code == 400
    assert mary.get("/").status_code == 200
    response = mary.post("/logout", data={"csrf_token": token(mary.get("/rota"))})
    assert response.status_code == 302
    assert "You are logged out" in mary.get(response.location).text
    assert mary.get("/").location == "/login"


def test_a_new_password_ends_the_sessions_of_the_old_one(desk: Desk, mary: FlaskClient) -> None:
    users = dict(desk.world.settings.users)
    mutable = desk.world.settings.users
    assert isinstance(mutable, dict)
    try:
        mutable["mary"] = User("mary", cheap_hash("another"), Role.DISPATCH)
        assert mary.get("/board").status_code == 401
        del mutable["mary"]
        assert mary.get("/board").status_code == 401
    finally:
        mutable.update(users)
    assert mary.get("/board").status_code == 200


def test_a_cookie_that_somebody_made_up_is_worth_nothing(client: FlaskClient) -> None:
    client.set_cookie("bridge", "eyJ1c2VyIjoibWFyeSJ9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert client.get("/board").status_code == 401


@pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "made up"}])
def test_a_form_that_is_not_ours_is_refused(client: FlaskClient, form: dict[str, str]) -> None:
    client.get("/login")
    response = client.post("/login", data={"name": "mary", "password": PASSWORD, **form})
    assert response.status_code == 400
    assert "no longer valid" in response.text
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "///evil", "x"],
)
def test_the_log_in_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    assert log_in(client, next=target).location == "/"
    assert client.get("/login", query_string={"next": target}).location == "/"


@pytest.mark.parametrize("target", ["/figures?day=" + "a" * 600, "/" + "\u00e9" * 200])
def test_an_address_that_would_not_fit_into_the_cookie_leads_to_the_status_page(client: FlaskClient, target: str) -> None:
    client.get("/login")
    half = log_in(client, "ada", next=target)
    assert half.location == "/"


def test_the_log_in_leads_to_a_page_of_ours(client: FlaskClient) -> None:
    assert log_in(client, next="/health/live").location == "/health/live"


def test_without_any_user_the_page_says_how_to_add_one(desk: Desk) -> None:
    client = create_app(replace(desk.world, settings=replace(desk.world.settings, users={}))).test_client()
    assert "bridge users add NAME" in client.get("/login").text
    desk.world.accounts.put(User("zoe", "x", Role.WATCH))
    assert "bridge users add NAME" not in client.get("/login").text


def test_a_browser_is_let_to_do_little(client: FlaskClient) -> None:
    headers = client.get("/login").headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    ("method", "path", "code"), [("GET", "/nowhere", 404), ("GET", "/requests/r0/close", 405), ("POST", "/", 405)]
)
def test_a_refusal_is_a_small_page_with_a_reason(mary: FlaskClient, method: str, path: str, code: int) -> None:
    response = mary.open(path, method=method)
    assert response.status_code == code
    assert 'class="slip"' in response.text
    assert len(response.text) < 1500


def test_the_carrier_s_routes_need_no_form_token(client: FlaskClient) -> None:
    response = client.post("/voice", data={"CallSid": "CA1"})
    assert response.status_code == 403  # for want of a signature, not of a token
    assert "signature" in response.text


def test_a_flood_of_log_ins_waits_its_turn_and_then_is_sent_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "AT_ONCE", 0)
    monkeypatch.setattr(door, "PATIENCE", 0.01)
    response = log_in(create_app(desk.world).test_client())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
