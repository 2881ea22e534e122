"""Every address of the application: what each role gets there, what happens without the store, and what garbage leads to.

An address that is added must be written in here, or the first test fails."""

import io
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bridge.actions.world import World
from bridge.core.model import Request
from bridge.settings import Settings
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_store import RedisStore
from bridge.web import create_app, door
from tests.conftest import everything_in
from tests.web.desk import CALLBACK, Desk, log_in, token

ROLES = ("nobody", "walt", "mary", "ada")  # nobody is logged in; watch, dispatch, admin
JSON = {"Accept": "application/json"}
ACTS = {  # what each form needs, filled in so that it is done
    "acts.page": {"fired": "1"},
    "acts.page_person": {"person": "kirby"},
    "acts.accept": {"person": "kirby", "eta": "10"},
    "acts.contacted": {"person": "kirby"},
    "acts.arrived": {"person": "kirby"},
    "acts.need": {"person": "kirby", "people": "2"},
    "acts.release": {"person": "kirby"},
    "acts.correct": {"place": "Gadsden, Etowah County", "region": "", "callback": "256-555-0199"},
    "acts.silence": {"alarm": "overdue"},
    "acts.close": {"reason": "test"},
    "acts.reveal": {},
    "acts.take_in": {"once": "0123456789abcdef0123456789abcdef", "place": "Oxford", "region": "", "callback": "256-555-0199"},
    "acts.places": {"place": "Oxford"},
}
ROTA = {
    "rota.override": {"region": "G", "rank": "backup", "who": "kirby", "from": "2026-11-23T08:00", "until": "2026-11-24T08:00"},
    "rota.leave": {"who": "kirby", "from": "2026-11-23T08:00", "until": "2026-11-24T08:00"},
    "rota.cancel": {},
    "rota.replace_feed": {"feed": "person kirby"},
}
LOG_IN = {"auth.enter": {"name": "mary", "password": "wrong", "next": "/"}, "auth.prove": {"code": "123456"}}
FORMS: dict[str, dict[str, str]] = {**ACTS, **ROTA, **LOG_IN}

LOOK, GO_IN, SCRIPT = (200, 200, 200), 302, 401  # whoever is nobody is sent to the log-in, or told that they are nobody
ACT = (SCRIPT, 403, 400, 400)  # an empty form: whoever may act is told what is missing
TABLE: dict[str, tuple[int, ...]] = {
    "static": (200, 200, 200, 200),
    "health.live": (200, 200, 200, 200),
    "health.ready": (200, 200, 200, 200),
    "board.page": (GO_IN, *LOOK),
    "board.changes": (SCRIPT, *LOOK),
    "board.messages": (SCRIPT, *LOOK),
    "board.stream": (SCRIPT, *LOOK),
    **dict.fromkeys(ACTS, ACT),
    "acts.places": (SCRIPT, 403, 200, 200),
    "acts.reveal": (SCRIPT, 403, 200, 200),
    "rota.page": (GO_IN, *LOOK),
    "rota.version": (SCRIPT, *LOOK),
    "rota.override": ACT,
    "rota.leave": ACT,
    "rota.cancel": (SCRIPT, 403, 303, 303),
    "rota.replace_feed": (SCRIPT, 403, 403, 400),
    "figures.page": (GO_IN, *LOOK),
    "figures.download": (GO_IN, *LOOK),
    "feeds.feed": (404, 404, 404, 404),  # the address is the key
    "audit.page": (GO_IN, 403, 403, 200),
    "audit.download": (GO_IN, 403, 403, 200),
    "audit.check": (SCRIPT, 403, 403, 303),
    "auth.login": (200, 302, 302, 302),
    "auth.enter": (400, 400, 400, 400),
    "auth.code": (302, 302, 302, 302),
    "auth.prove": (403, 403, 403, 403),
    "auth.logout": (302, 302, 302, 302),
}
CARRIER = ("voice", "pages", "bundles", "notices", "sms")  # signed by the carrier; a person's log-in counts for nothing there
WITHOUT_STORE = {  # what is answered to those who may; 503 where nothing stands here
    "static": 200,
    "health.live": 200,
    "board.stream": 200,  # it says so itself, and goes on once the store is back
    "auth.login": 302,
    "auth.enter": 400,
    "auth.code": 302,
    "auth.prove": 403,
    "auth.logout": 302,
}
GARBAGE = (
    "", "\x00", "a\x00b", "x" * 60_000, "\ufffd\U0001f600\u202e" * 20, "<script>", "%s%n{0}{{7*7}}", "../../etc/passwd", "-1",
    "1e5", "\u0663", "\u00b2", "9" * 300, "None", "NaN", "\r\nSet-Cookie: a=b", "2565550199" * 6, "0001-01-01T00:00",
    "9999-12-31T23:59", "2026-03-08T02:30", ", County", "x, y County",
)  # fmt: skip


@pytest.fixture
def app(app: Flask) -> Flask:
    """What breaks is answered as in life."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def people(app: Flask) -> dict[str, FlaskClient]:
    """A browser for each role."""
    clients = {name: app.test_client() for name in ROLES}
    for name in ROLES[1:]:
        assert log_in(clients[name], name).status_code == 303
    return clients


@pytest.fixture
def request_(desk: Desk) -> Request:
    """A caller waits."""
    return desk.call()


def rules(app: Flask) -> list[tuple[Rule, str]]:
    """Every address with each of its methods; logging out comes last."""
    found = [
        (rule, method) for rule in app.url_map.iter_rules() for method in ("GET", "POST") if method in (rule.methods or ())
    ]
    return sorted(found, key=lambda each: each[0].endpoint == "auth.logout")


def address(rule: Rule, request: Request) -> str:
    """The address, with something in the place of each variable."""
    known = {"request_id": request.id, "filename": "board.css", "how": "queued", "menu": "take", "key": "1"}
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: known.get(found[1], "0"), rule.rule)


def ours(client: FlaskClient) -> dict[str, str]:
    """The header that makes a form ours."""
    page = client.get("/")
    return {"X-CSRFToken": token(page if page.status_code == 200 else client.get("/login"))}


def answer(client: FlaskClient, rule: Rule, method: str, request: Request, headers: Any, **more: Any) -> TestResponse:
    """What is answered there."""
    response = client.open(address(rule, request), method=method, headers=headers, buffered=False, **more)
    response.close()  # a stream does not end by itself
    return response


def test_each_role_gets_what_is_its_own_at_every_address(app: Flask, people: dict[str, FlaskClient], request_: Request) -> None:
    headers = {name: ours(client) for name, client in people.items()}
    got: dict[str, tuple[int, ...]] = {}
    for rule, method in rules(app):
        codes = tuple(answer(people[name], rule, method, request_, headers[name]).status_code for name in ROLES)
        if rule.endpoint.partition(".")[0] in CARRIER:
            assert codes == (403, 403, 403, 403), rule
        else:
            got[rule.endpoint] = codes
    assert got == TABLE


def test_no_address_that_changes_something_takes_a_form_that_is_not_ours(
    app: Flask, people: dict[str, FlaskClient], desk: Desk, request_: Request
) -> None:
    for rule, method in rules(app):
        if method == "POST" and rule.endpoint in TABLE:
            response = answer(people["ada"], rule, method, request_, {}, data=FORMS.get(rule.endpoint))
            assert response.status_code == 400, rule
    assert desk.world.store.requests() == [request_]


def kept(redis: "Redis[Any]") -> list[str]:
    """What the store holds, but for how often somebody guessed an address or was refused, which is counted and written down."""
    counted = ("b'limit:feeds", "b'often:", "b'trail")
    return [line for line in everything_in(redis).splitlines() if not line.startswith(counted)]


def test_whoever_only_asks_changes_nothing_in_the_store(
    app: Flask, people: dict[str, FlaskClient], redis: "Redis[Any]", request_: Request
) -> None:
    people["ada"].get("/audit")  # the first look of all is written down
    before = kept(redis)
    for rule, method in rules(app):
        for name in ROLES if method == "GET" else ():
            for how in ("GET", "HEAD"):
                answer(people[name], rule, how, request_, {})
            assert kept(redis) == before, rule


def test_no_answer_speaks_of_the_host_that_a_request_or_a_proxy_names(
    app: Flask, people: dict[str, FlaskClient], request_: Request
) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    forged |= {
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/audit",
        "X-Rewrite-URL": "/audit",
        "Origin": "https://evil",
    }
    browser, tokens = app.test_client(use_cookies=False), {name: ours(people[name]) for name in ("nobody", "ada")}
    for rule, method in rules(app):
        for name in ("nobody", "ada") if rule.endpoint != "board.stream" else ():
            cookie = people[name].get_cookie("bridge")
            headers = {**forged, **tokens[name], "Cookie": f"bridge={cookie.value if cookie else ''}"}
            here = {"environ_overrides": {"HTTP_HOST": "evil.example"}, "buffered": True}
            response = browser.open(address(rule, request_), method=method, headers=headers, **here)
            assert "evil" not in f"{response.headers} {response.text}", rule
            assert "Access-Control-Allow-Origin" not in response.headers, rule


def test_everything_personal_is_kept_by_nobody_on_the_way_and_framed_by_nobody(
    app: Flask, people: dict[str, FlaskClient], request_: Request
) -> None:
    for rule, method in rules(app):
        headers = answer(people["ada"], rule, method, request_, {}).headers
        assert headers["X-Frame-Options"] == "DENY", rule
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], rule
        assert "unsafe" not in headers["Content-Security-Policy"], rule
        assert rule.endpoint == "static" or headers["Cache-Control"] == "no-store", rule


def test_whoever_may_only_look_is_shown_no_number_and_nothing_to_do(
    people: dict[str, FlaskClient], desk: Desk, request_: Request
) -> None:
    walt, shown = people["walt"], ""
    for path in ("/", "/board?since=", f"/requests/{request_.id}/messages", "/rota", "/figures", "/figures.csv"):
        shown += walt.get(path).text
    stream = walt.get("/live", buffered=False)
    for part, _ in zip(stream.iter_encoded(), range(2), strict=False):
        shown += part.decode()
    stream.close()
    assert request_.code in shown
    assert "event: board" in shown
    for private in (CALLBACK.removeprefix("+1"), "555-0137", "data-reveal", "data-silence", 'action="/take-in"', "data-verb"):
        assert private not in shown, private


@pytest.mark.parametrize("known_by", ["file", "store"])
def test_without_the_store_no_address_breaks_or_promises_anything(
    people: dict[str, FlaskClient], desk: Desk, request_: Request, tmp_path: Path, known_by: str
) -> None:
    headers = {name: ours(client) for name, client in people.items()}
    settings = desk.world.settings if known_by == "file" else replace(desk.world.settings, users={})
    away: Redis[Any] = Redis(unix_socket_path=str(tmp_path / "away"), retry=Retry(NoBackoff(), 0))
    app = create_app(_world_on(away, settings, desk))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for name in ROLES:
        client, cookie = app.test_client(), people[name].get_cookie("bridge")
        assert cookie is not None
        client.set_cookie("bridge", cookie.value)
        for rule, method in rules(app):
            if rule.endpoint not in TABLE:
                continue
            expected = _without_store(rule.endpoint, name, known_by)
            fields = FORMS.get(rule.endpoint) if rule.endpoint.partition(".")[0] in ("acts", "rota") else None
            got = answer(client, rule, method, request_, headers[name], data=fields)
            assert got.status_code == expected, (name, rule)


def _world_on(redis: "Redis[Any]", settings: Settings, desk: Desk) -> World:
    """The same world, on another store."""
    return replace(
        desk.world,
        settings=settings,
        store=RedisStore(redis, settings.secret_key),
        rota=RedisRota(redis),
        lanes=RedisLanes(redis, settings.policy),
        books=RedisBooks(redis, "secret"),
        accounts=RedisAccounts(redis, "secret"),
    )


def _without_store(endpoint: str, name: str, known_by: str) -> int:
    """Who may not is refused as ever; where only the store could tell who somebody is, nobody can be told anything."""
    with_it = TABLE[endpoint][ROLES.index(name)]
    public = endpoint.partition(".")[0] in ("static", "health", "feeds", "auth")
    if known_by == "store" and name != "nobody" and not public:
        return 503
    if name != "nobody" and (endpoint in {**ACTS, **ROTA} or endpoint == "audit.check"):
        return 503  # nothing is done for somebody whose session may have been ended
    if endpoint == "auth.login":
        return 200 if name == "nobody" or known_by == "store" else 302
    refused = with_it in (401, 403) or (with_it == GO_IN and name == "nobody")
    return with_it if refused and not public else WITHOUT_STORE.get(endpoint, 503)


@pytest.mark.parametrize("endpoint", list(FORMS))
def test_garbage_in_any_field_is_answered_and_never_breaks(
    app: Flask, people: dict[str, FlaskClient], desk: Desk, request_: Request, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MOST_PER_ADDRESS", "MOST_PER_NAME"):
        monkeypatch.setattr(door, limit, 10_000)
    (rule,) = (rule for rule, method in rules(app) if rule.endpoint == endpoint)
    client = app.test_client() if endpoint in LOG_IN else people["ada"]
    headers = ours(client)
    for name in FORMS[endpoint]:
        for form in _garbled(FORMS[endpoint], name):
            if endpoint == "acts.take_in" and name != "once":
                form["once"] = uuid.uuid4().hex
            response = answer(client, rule, "POST", request_, {**headers, **JSON}, data=form)
            assert response.status_code < 500, (name, form)
            assert len(response.location or "") < 100
    sent = answer(client, rule, "POST", request_, {**headers, **JSON}, json=FORMS[endpoint])  # no form at all
    assert sent.status_code < 500


def _garbled(form: dict[str, str], name: str) -> list[dict[str, Any]]:
    """The form with garbage in one field; without it; with two of it; with a file in its place."""
    rest = {key: value for key, value in form.items() if key != name}
    more: list[dict[str, Any]] = [rest, {**rest, name: ["a", "b"]}, {**rest, name: (io.BytesIO(b"x"), "a.txt")}]
    return [{**rest, name: garbage} for garbage in GARBAGE] + more


def test_garbage_in_any_address_is_answered_and_never_breaks(people: dict[str, FlaskClient], request_: Request) -> None:
    client = people["ada"]
    headers = ours(client)
    for garbage in ("%00", "%ff", "a" * 20_000, "%F0%9F%98%80", "..%2f..", "%0d%0aX:%20y", "{}", "%25s", "0001-01-01"):
        for path in ("/{}", "/static/{}", "/rota/{}.ics", "/requests/{}/messages", "/board?since={}", "/login?next=/{}",
                     "/figures?day={}", "/figures?month={}", "/figures.csv?day={}"):  # fmt: skip
            assert client.get(path.format(garbage)).status_code < 500, path
        for path in ("/requests/{}/close", "/requests/{}/reveal", "/rota/changes/{}/cancel"):
            assert client.post(path.format(garbage), data={"reason": "test"}, headers=headers).status_code < 500, path
