"""The agency's own log-in, with a real provider: who gets in as what, and everything that is forged, missing or silent."""

import base64
import hashlib
import logging
import socket
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from authlib.integrations.flask_client import FlaskOAuth2App
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, expect

from bridge.settings import Role
from bridge.web import create_app, oidc, sessions
from tests.web.desk import Desk, Site, log_in, token
from tests.web.provider import GROUPS, Provider, come_back, query, serving

PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"preferred_username": "anna", "email": "anna@alea.example", "roles": ["everybody", "bridge-admin"]},
    "dan": {"email": "dan@alea.example", "roles": ["bridge-watch", "bridge-dispatch"]},
    "wes": {"roles": "bridge-watch"},
    "nora": {"preferred_username": "nora", "roles": ["everybody"]},
    "nick": {"preferred_username": "nick"},
    "odd": {"preferred_username": "  <b>o\u0000dd</b>\n" + "x" * 100, "roles": [["bridge-admin"], 5, None, "bridge-watch"]},
    "thief": {"roles": ["bridge-admin"], "aud": "another-client"},
    "borrower": {"roles": ["bridge-admin"], "aud": "another-client", "azp": "bridge"},
    "twins": {"roles": ["bridge-admin"], "aud": ["another-client", "bridge"], "azp": "another-client"},
    "replayer": {"roles": ["bridge-admin"], "nonce": "of another log-in"},
    "stranger": {"roles": ["bridge-admin"], "iss": "https://evil.example"},
    "late": {"roles": ["bridge-admin"], "exp": 1_000_000_000},
    "mary": {"preferred_username": "mary", "roles": ["bridge-dispatch"]},
}


@pytest.fixture(autouse=True)
def the_provider_may_be_old() -> Iterator[None]:
    """What the provider warns of is its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider that runs."""
    with serving(**PEOPLE) as provider:
        yield provider


@pytest.fixture
def app(desk: Desk, provider: Provider) -> Flask:
    """The application, with the provider."""
    return provider.app(desk)


def is_in(client: FlaskClient) -> bool:
    return client.get("/login").status_code == 302


def done(desk: Desk) -> list[tuple[str, str]]:
    return [(act.by, act.what) for act in reversed(desk.world.books.acts(100))]


# ---- getting in


@pytest.mark.parametrize(
    ("who", "name", "role"),
    [
        ("anna", "anna (ALEA log-in)", Role.ADMIN),
        ("dan", "dan@alea.example (ALEA log-in)", Role.DISPATCH),
        ("wes", "wes (ALEA log-in)", Role.WATCH),
    ],
)
def test_whoever_the_provider_knows_gets_the_highest_role_of_the_claim(
    client: FlaskClient, provider: Provider, desk: Desk, who: str, name: str, role: Role
) -> None:
    response = provider.log_in(client, who)
    assert (response.status_code, response.location) == (303, "/")
    assert name in client.get("/rota").text
    assert client.get("/audit").status_code == (200 if role is Role.ADMIN else 403)
    assert done(desk)[:1] == [(name, f"logged in with the role {role}")]


def test_the_log_in_leads_where_somebody_wanted_to_go_and_nowhere_else(client: FlaskClient, provider: Provider) -> None:
    assert provider.log_in(client, "anna", query="next=/audit").location == "/audit"
    assert provider.log_in(client, "anna", query="next=https://evil.example").location == "/"


def test_the_button_stands_there_only_where_a_provider_is_configured(client: FlaskClient, desk: Desk) -> None:
    assert ">ALEA log-in</a>" in client.get("/login").text
    plain = create_app(desk.world).test_client()
    assert "ALEA log-in" not in plain.get("/login").text
    assert plain.get("/login/provider").status_code == 404


def test_the_browser_is_led_away_with_a_state_a_nonce_and_a_challenge(client: FlaskClient, provider: Provider) -> None:
    provider.leads_back(client, "anna")
    asked = query(provider.seen)
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/login/provider/back"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    assert "secret" not in asked


def test_a_name_is_one_plain_line_and_nobody_s_of_this_page(client: FlaskClient, provider: Provider, desk: Desk) -> None:
    provider.log_in(client, "odd")
    assert "<b>o" not in client.get("/rota").text
    [(name, what)] = done(desk)
    assert name.startswith("<b>odd</b>xxx")
    assert name.isprintable()
    assert len(name) == oidc.LONGEST + len(" (ALEA log-in)")
    assert what == "logged in with the role watch"
    provider.log_in(client, "mary")
    assert done(desk)[-1][0] == "mary (ALEA log-in)"  # not the mary of users.toml


def test_a_name_and_password_of_this_page_still_work(client: FlaskClient) -> None:
    assert log_in(client).status_code == 303
    assert is_in(client)


# ---- the session


def test_the_session_ends_with_the_shift(client: FlaskClient, provider: Provider, desk: Desk) -> None:
    provider.log_in(client, "anna")
    desk.time += sessions.SESSION - 1
    assert client.get("/audit").status_code == 200
    desk.time += 1
    assert client.get("/audit").status_code == 302


def test_the_session_ends_when_the_groups_mean_something_else(client: FlaskClient, provider: Provider, desk: Desk) -> None:
    provider.log_in(client, "anna")
    cookie = client.get_cookie("bridge")
    assert cookie is not None
    for changes in ({"roles": {**GROUPS, "bridge-admin": Role.WATCH}}, {"issuer": "http://localhost:1"}):
        other = provider.app(desk, **changes).test_client()
        other.set_cookie("bridge", cookie.value)
        assert not is_in(other)
    without = create_app(desk.world).test_client()
    without.set_cookie("bridge", cookie.value)
    assert not is_in(without)
    same = provider.app(desk).test_client()  # a restart
    same.set_cookie("bridge", cookie.value)
    assert is_in(same)


def test_nothing_of_before_the_log_in_is_in_the_session_after_it(client: FlaskClient, provider: Provider) -> None:
    client.get("/login")
    provider.log_in(client, "anna")
    with client.session_transaction() as session:
        assert set(session) == {"_permanent", "id", "user", "since", "proof", "role"}


def test_logging_out_works_as_for_everybody(client: FlaskClient, provider: Provider, desk: Desk) -> None:
    provider.log_in(client, "wes")
    client.post("/logout", data={"csrf_token": token(client.get("/rota"))})
    assert not is_in(client)
    assert done(desk)[-1] == ("wes (ALEA log-in)", "logged out")


# ---- being refused


@pytest.mark.parametrize("who", ["nora", "nick", "somebody-new"])
def test_whoever_has_none_of_the_roles_is_refused_in_words(
    client: FlaskClient, provider: Provider, desk: Desk, who: str
) -> None:
    response = provider.log_in(client, who)
    assert response.status_code == 403
    assert "gives you no role here" in response.text
    assert not is_in(client)
    [(name, what)] = done(desk)
    assert (name.split(" ")[0], what) == (who, "was refused at the log-in: no role")


@pytest.mark.parametrize("who", ["thief", "borrower", "twins", "replayer", "stranger", "late"])
def test_a_forged_audience_nonce_or_issuer_lets_nobody_in(client: FlaskClient, provider: Provider, who: str) -> None:
    response = provider.log_in(client, who)
    assert response.status_code == 403
    assert "did not let you in" in response.text
    assert not is_in(client)


def test_a_forged_state_lets_nobody_in(client: FlaskClient, provider: Provider, app: Flask) -> None:
    back = provider.leads_back(client, "anna")
    for address in (
        back.replace("state=", "state=x"),
        back.split("&state")[0],
        "/login/provider/back",
        "/login/provider/back?state=",
        "/login/provider/back?state=%00&code=1",
    ):
        response = come_back(client, address)
        assert response.status_code == 400
        assert "not begun in this browser" in response.text
    victim = app.test_client()
    assert come_back(victim, back).status_code == 400  # somebody else's log-in
    assert not is_in(victim)
    assert come_back(client, back).status_code == 303


def test_a_code_counts_once(client: FlaskClient, provider: Provider) -> None:
    back = provider.leads_back(client, "anna")
    with client.session_transaction() as session:
        kept = dict(session)
    assert come_back(client, back).status_code == 303
    with client.session_transaction() as session:
        session.clear()
        session.update(kept)  # the cookie of before, put back
    assert come_back(client, back).status_code == 403
    assert not is_in(client)


def test_a_code_that_somebody_made_up_lets_nobody_in(client: FlaskClient, provider: Provider) -> None:
    back = provider.leads_back(client, "anna")
    state = query(back)["state"]
    assert come_back(client, f"/login/provider/back?code=made-up&state={state}").status_code == 403
    assert not is_in(client)


def test_somebody_who_says_no_at_the_provider_is_told_so(client: FlaskClient, provider: Provider) -> None:
    back = provider.leads_back(client, "anna", action="deny")
    state = query(provider.seen)["state"]
    response = come_back(client, f"{back}&state={state}&error_description=%3Cscript%3E")
    assert response.status_code == 403
    assert "did not let you in" in response.text
    assert "<script>" not in response.text


def test_the_cookie_holds_one_attempt_at_a_time(client: FlaskClient) -> None:
    for _ in range(20):
        assert client.get("/login/provider").status_code == 302
    with client.session_transaction() as session:
        assert len([name for name in session if name.startswith("_state_")]) == 1


def test_no_token_and_no_code_is_in_the_log(client: FlaskClient, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    back = provider.leads_back(client, "anna")
    caplog.clear()
    come_back(client, back)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("bridge", "authlib")))
    assert query(back)["code"] not in ours
    assert "eyJ" not in ours


# ---- a provider that is not as it should be


def test_a_provider_that_is_down_is_said_and_passwords_still_work(desk: Desk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        client = Provider(nobody.getsockname()[1]).app(desk, issuer=f"http://127.0.0.1:{nobody.getsockname()[1]}").test_client()
        response = client.get("/login/provider")
    assert response.status_code == 502
    assert "ALEA log-in does not answer" in response.text
    assert log_in(client).status_code == 303


def test_a_provider_that_goes_down_between_the_steps_is_said(desk: Desk) -> None:
    with serving(anna=PEOPLE["anna"]) as provider:
        client = provider.app(desk).test_client()
        back = provider.leads_back(client, "anna")
    response = come_back(client, back)
    assert response.status_code == 502
    assert not is_in(client)


def test_a_provider_that_hangs_is_given_up_and_does_not_take_every_thread(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT", 1.0)
    monkeypatch.setattr(oidc, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections, and never says a word
        port = deaf.getsockname()[1]
        app = Provider(port).app(desk, issuer=f"http://127.0.0.1:{port}")
        codes: list[int] = []
        tries = [
            threading.Thread(target=lambda: codes.append(app.test_client().get("/login/provider").status_code))
            for _ in range(oidc.AT_ONCE + 2)
        ]
        for each in tries:
            each.start()
        for each in tries:
            each.join(20)
    assert sorted(codes) == [502] * oidc.AT_ONCE + [503] * 2


def test_a_provider_that_comes_back_is_used_again(desk: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    client = provider.app(desk).test_client()
    with monkeypatch.context() as away:
        away.setattr(requests.Session, "send", lambda *args, **more: (_ for _ in ()).throw(OSError("away")))
        assert client.get("/login/provider").status_code == 502
    assert provider.log_in(client, "anna").status_code == 303


def test_a_provider_that_has_new_keys_is_believed_after_one_more_try(
    desk: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"keys": [RSAKey.generate_key(2048).as_dict(private=False)]}  # as it was when this process asked for it
    app, asked = provider.app(desk), FlaskOAuth2App.fetch_jwk_set
    with monkeypatch.context() as before:
        before.setattr(FlaskOAuth2App, "fetch_jwk_set", lambda self, force=False: self.server_metadata.update(jwks=old) or old)
        assert provider.log_in(app.test_client(), "anna").status_code == 403
    assert FlaskOAuth2App.fetch_jwk_set is asked
    assert provider.log_in(app.test_client(), "anna").status_code == 303


def test_a_provider_that_is_another_one_is_not_believed(desk: Desk, provider: Provider) -> None:
    inner = oidc._Provider(desk.world, provider.oidc)
    inner._client.server_metadata.update(issuer="https://evil.example", _loaded_at=1)
    with pytest.raises(oidc.Unusable):
        inner._metadata()


def test_roles_that_are_told_only_where_one_asks_once_more_count_too(
    client: FlaskClient, app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "oidc_provider_mock._app.OpenIDCode.generate_user_info"
    monkeypatch.setattr(said, lambda self, user, scope: {"sub": user.sub})
    assert provider.log_in(client, "anna").status_code == 303
    assert client.get("/audit").status_code == 200
    monkeypatch.setattr(said, lambda self, user, scope: {"sub": "somebody else"})  # the second answer is about anna
    assert provider.log_in(app.test_client(), "anna").status_code == 403


def test_the_challenge_is_met_when_the_code_is_redeemed(
    client: FlaskClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[str] = []
    send = requests.Session.send
    monkeypatch.setattr(requests.Session, "send", lambda *args, **more: bodies.append(str(args[1].body)) or send(*args, **more))
    assert provider.log_in(client, "anna").status_code == 303
    [verifier] = [query(f"?{body}")["code_verifier"] for body in bodies if "code_verifier" in body]
    digest = hashlib.sha256(verifier.encode()).digest()
    assert query(provider.seen)["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_signature_that_anybody_could_make_is_never_taken(desk: Desk, provider: Provider) -> None:
    inner = oidc._Provider(desk.world, provider.oidc)
    inner._client.server_metadata.update(
        issuer=provider.oidc.issuer, _loaded_at=1, id_token_signing_alg_values_supported=["none", "HS256", "RS256"]
    )
    assert inner._metadata()["id_token_signing_alg_values_supported"] == ["RS256"]


# ---- in a browser


def test_the_button_leads_through_the_provider_to_the_board(desk: Desk, provider: Provider, browser: Browser) -> None:
    settings = replace(desk.world.settings, oidc=provider.oidc)
    held = Site(create_app(replace(desk.world, settings=settings)))
    held.stop()  # its port is known now, and the provider is to lead back to it
    held.app = create_app(replace(desk.world, settings=replace(settings, public_url=held.url)))
    held.start()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{held.url}/login?next=/rota")
        page.get_by_role("link", name="ALEA log-in").click()
        page.get_by_role("button", name="anna", exact=True).click()
        expect(page.get_by_role("heading", name="Who is on call")).to_be_visible()
        expect(page.get_by_text("anna (ALEA log-in)")).to_be_visible()
    finally:
        context.close()
        held.stop()
