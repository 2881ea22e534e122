"""A session ends everywhere, also for whoever copied the cookie; and what is believed while the store cannot be asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import users
from bridge.core.errors import UnknownUser
from bridge.settings import Role, User
from bridge.store.redis_accounts import RedisAccounts
from bridge.web import create_app, register
from tests.conftest import everything_in
from tests.web.desk import PASSWORD, Desk, cheap_hash, log_in, token

HOUR = 3600.0


def copy_of(client: FlaskClient, app: Flask | None = None) -> FlaskClient:
    """Another browser with the same cookie, at this or at another process."""
    other, cookie = (app or client.application).test_client(), client.get_cookie("bridge")
    assert cookie is not None
    other.set_cookie("bridge", cookie.value)
    return other


def is_in(client: FlaskClient) -> bool:
    return client.get("/board").status_code == 200


def log_out(client: FlaskClient) -> None:
    assert client.post("/logout", data={"csrf_token": token(client.get("/rota"))}).status_code == 302


@pytest.fixture
def store_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the store not answer where sessions are concerned ("away"), or answer again ("back")."""
    names = ("begin_session", "session", "end_session", "users")
    real = {name: getattr(RedisAccounts, name) for name in names}
    monkeypatch.setattr(register, "AWAY", 0.0)

    def gone(*args: object, **more: object) -> None:
        raise NoConnection

    def switch(how: str) -> None:
        for name in names:
            monkeypatch.setattr(RedisAccounts, name, gone if how == "away" else real[name])

    return switch


def test_a_copied_cookie_is_worth_nothing_after_the_log_out_in_any_process(mary: FlaskClient, desk: Desk) -> None:
    copies = [copy_of(mary), copy_of(mary, create_app(desk.world))]
    assert all(map(is_in, copies))
    log_out(mary)
    assert not any(map(is_in, [*copies, copy_of(copies[0], create_app(desk.world))]))


def test_logging_in_anew_ends_the_session_that_was_there(mary: FlaskClient) -> None:
    copy = copy_of(mary)
    page = mary.get("/rota")
    assert mary.post("/login", data={"csrf_token": token(page), "name": "walt", "password": PASSWORD}).status_code == 303
    assert is_in(mary)
    assert not is_in(copy)


def test_a_cookie_of_an_earlier_release_has_to_log_in_again(mary: FlaskClient) -> None:
    with mary.session_transaction() as session:
        del session["id"]
    assert not is_in(mary)


def test_a_session_that_the_store_never_knew_is_none(mary: FlaskClient, redis: "Redis[Any]") -> None:
    redis.delete(*redis.keys("session:*"))
    assert not is_in(mary)


def test_the_end_of_one_session_is_not_the_end_of_another(mary: FlaskClient, app: Flask) -> None:
    other = app.test_client()
    log_in(other)
    log_out(mary)
    assert is_in(other)


def test_an_administrator_ends_all_sessions_of_somebody_and_nobody_else_s(
    mary: FlaskClient, walt: FlaskClient, app: Flask, desk: Desk
) -> None:
    desk.time += 60
    log_in(other := app.test_client())
    assert [each.user for each in users.logged_in(desk.world)] == ["mary", "walt", "mary"]
    assert users.log_out(desk.world, "mary") == 2
    assert [is_in(each) for each in (mary, other, walt)] == [False, False, True]
    assert [each.user for each in users.logged_in(desk.world)] == ["walt"]
    assert desk.world.books.acts(1)[0].what == "logged mary out everywhere"
    assert log_in(app.test_client()).status_code == 303, "a new log-in counts, even at the same instant"


def test_one_whom_nobody_knows_cannot_be_logged_out(desk: Desk) -> None:
    with pytest.raises(UnknownUser):
        users.log_out(desk.world, "nobody")


def test_what_ends_a_session_takes_it_from_the_list_too(client: FlaskClient, desk: Desk) -> None:
    desk.world.accounts.put(User("zoe", cheap_hash(), Role.WATCH))
    log_in(client, "zoe")
    assert [each.user for each in users.logged_in(desk.world)] == ["zoe"]
    users.give_role(desk.world, "zoe", Role.DISPATCH)
    assert users.logged_in(desk.world) == []


def test_a_session_of_yesterday_is_not_on_the_list(mary: FlaskClient, desk: Desk) -> None:
    desk.time += users.SESSION
    assert users.logged_in(desk.world) == []


def test_the_store_keeps_nobody_s_cookie_and_no_address_and_forgets_by_itself(mary: FlaskClient, redis: "Redis[Any]") -> None:
    with mary.session_transaction() as session:
        kept = everything_in(redis)
        assert session["id"] not in kept
        assert session["proof"] not in kept
    assert "127.0.0.1" not in kept
    assert all(users.SESSION < redis.ttl(key) < 24 * HOUR for key in redis.keys("session:*"))


def test_without_the_store_whoever_is_logged_in_may_look_and_do_nothing(
    mary: FlaskClient, store_is: Callable[[str], None]
) -> None:
    page = token(mary.get("/rota"))
    store_is("away")
    assert is_in(mary)
    refused = mary.post("/places", data={"csrf_token": page, "place": "Oxford"})
    assert refused.status_code == 503
    assert "Nothing was done" in refused.text


def test_a_log_out_without_the_store_counts_here_at_once_and_elsewhere_once_it_is_back(
    mary: FlaskClient, desk: Desk, store_is: Callable[[str], None]
) -> None:
    here, there = copy_of(mary), copy_of(mary, create_app(desk.world))
    page = token(mary.get("/rota"))
    store_is("away")
    assert mary.post("/logout", data={"csrf_token": page}).status_code == 302
    assert not is_in(here)
    assert is_in(there), "nothing of a caller is shown while the store is away"
    store_is("back")
    assert not is_in(here)
    log_in(here)  # this process speaks to the store again
    assert not is_in(there)


def test_an_end_that_this_process_has_seen_counts_without_the_store_too(
    mary: FlaskClient, desk: Desk, store_is: Callable[[str], None]
) -> None:
    copy = copy_of(mary)
    users.log_out(desk.world, "mary")
    assert not is_in(copy)
    store_is("away")
    assert not is_in(copy)


def test_a_session_of_an_outage_goes_on_after_it_and_can_be_ended(
    client: FlaskClient, desk: Desk, store_is: Callable[[str], None]
) -> None:
    store_is("away")
    assert log_in(client).status_code == 303
    store_is("back")
    desk.time += 60
    assert is_in(client)
    assert [each.user for each in users.logged_in(desk.world)] == ["mary"]
    copy = copy_of(client)
    log_out(client)
    assert not is_in(copy)


def test_a_session_of_an_outage_is_ended_by_the_administrator_before_the_store_has_heard_of_it(
    client: FlaskClient, desk: Desk, store_is: Callable[[str], None]
) -> None:
    store_is("away")
    log_in(client)
    store_is("back")
    desk.time += 60
    assert users.log_out(desk.world, "mary") == 0
    assert not is_in(client)


def test_a_store_that_did_not_answer_is_not_asked_again_at_once_by_who_only_looks(
    mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def gone(self: RedisAccounts, which: str) -> None:
        asked.append(which)
        raise NoConnection

    monkeypatch.setattr(RedisAccounts, "session", gone)
    monkeypatch.setattr(register, "AWAY", 3600.0)
    assert [is_in(mary) for _ in range(3)] == [True, True, True]
    assert len(asked) == 1


def test_this_process_remembers_only_so_many(mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "MOST", 2)
    here = register.Register(desk.world.accounts)
    for n in range(5):
        here.end(str(n), replace(users.logged_in(desk.world)[0]))
    assert list(here._ended) == ["3", "4"]
