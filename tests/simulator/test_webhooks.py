"""Webhooks: signatures that Twilio's own validator accepts, time limits, retries."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bridge.simulator import Simulator, webhooks
from bridge.simulator.signing import signature, signed_url
from bridge.simulator.webhooks import Limits, WebhookFailed, Webhooks
from tests.simulator.target import CALLER, DANA, LINE, TOKEN, Asked, Target, free_port


def genuine(asked: Asked) -> bool:
    return RequestValidator(TOKEN).validate(asked.url, asked.form, asked.headers["X-Twilio-Signature"])


def test_every_webhook_is_signed(sim: Simulator, target: Target, client: Client) -> None:
    sim.configure(voice_url=f"{target.url}/voice?b=2&a=1")
    target.answer("/voice", "<Gather input='dtmf speech' action='/key?x=%20y'/>")
    target.answer("/key", f"<Dial action='/dialled'>{DANA}</Dial>")
    sim.phone(DANA).behave(call="busy")
    sim.phone(CALLER).dial().say("Oxford & Anniston, “Calhoun” =+%", confidence=0.4)
    sim.phone(CALLER).send_text("ünïcode & more")
    client.messages.create(to=DANA, from_=LINE, body="Page", status_callback=f"{target.url}/receipt")
    sim.settle()
    paths = {each.url.removeprefix(target.url).split("?")[0] for each in target.asked}
    assert paths == {"/voice", "/key", "/dialled", "/ended", "/sms", "/receipt"}
    assert all(genuine(each) for each in target.asked)
    assert target.forms("/key")[0]["Confidence"] == "0.40000000"


def test_a_get_webhook_carries_its_fields_in_the_signed_url(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Redirect method='GET'>/next?a=1</Redirect>")
    sim.phone("anonymous").dial()
    (asked,) = target.at("/next")
    assert (asked.method, asked.form, asked.query["From"], asked.query["a"]) == ("GET", {}, "anonymous", "1")
    assert genuine(asked)


@pytest.mark.parametrize("voice", [True, False])
@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/voice",
        "https://example.org/voice/?b=2&a=1",
        "https://example.org:8443/voice",
        "http://example.org:8080/voice?x=%2B1",
        "https://example.org/voice#rc=2",
    ],
)
def test_signatures_are_those_of_twilio(url: str, voice: bool) -> None:
    form = {"To": LINE, "Body": "a b\n+ä", "Empty": "", "AccountSid": "AC1"}
    assert RequestValidator(TOKEN).validate(url.partition("#")[0], form, signature(TOKEN, url, form, voice=voice))


def test_what_of_the_url_is_signed() -> None:
    url = "https://user:secret@example.org:8443/a?b=1#rc=2"
    assert signed_url(url, voice=True) == "https://example.org/a?b=1"
    assert signed_url(url, voice=False) == "https://example.org:8443/a?b=1"
    assert signed_url("http://example.org:8080/a", voice=True) == "http://example.org:8080/a"


def test_the_fragment_sets_limits_and_is_not_sent(sim: Simulator, target: Target) -> None:
    sim.configure(voice_url=f"{target.url}/voice#ct=2000&rt=4000&rc=2&rp=all&tt=12000")
    sim.phone(CALLER).dial()
    assert genuine(target.at("/voice")[0])
    assert Limits.of("https://a/#ct=2000&rt=4000&rc=2&rp=all&tt=12000") == Limits(2.0, 4.0, 12.0, 2, ("all",))
    assert Limits.of("https://a/#tt=99000&rc=x") == Limits()


@contextmanager
def hanging() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@contextmanager
def closing(connections: list[float]) -> Iterator[str]:
    """A server that closes every connection at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(time.monotonic())
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_no_answer_in_time_is_not_retried() -> None:
    start = time.monotonic()
    with hanging() as url, pytest.raises(WebhookFailed) as caught:
        Webhooks(TOKEN).send(url + "#rt=100&tt=9000", {})
    assert time.monotonic() - start < 5
    assert (caught.value.code, caught.value.cause) == (11200, "rt")


def test_a_broken_connection_is_not_retried_because_it_may_have_been_heard() -> None:
    connections: list[float] = []
    with closing(connections) as url, pytest.raises(WebhookFailed) as caught:
        Webhooks(TOKEN).send(url, {})
    assert caught.value.code == 11205
    assert len(connections) == 1


@pytest.mark.parametrize(("fragment", "times"), [("", 2), ("#rc=0", 1), ("#rc=3", 4), ("#rc=3&rp=5xx", 1)])
def test_a_refused_connection_is_retried(monkeypatch: pytest.MonkeyPatch, fragment: str, times: int) -> None:
    once, tries = webhooks._once, []

    def counted(*args: Any) -> webhooks.Answer:
        tries.append(args[0])
        return once(*args)

    monkeypatch.setattr(webhooks, "_once", counted)
    with pytest.raises(WebhookFailed) as caught:
        Webhooks(TOKEN).send(f"http://127.0.0.1:{free_port()}/{fragment}", {})
    assert (caught.value.code, caught.value.cause) == (11205, "ct")
    assert len(tries) == times


def test_retries_carry_the_same_token(target: Target) -> None:
    target.answer("/flaky", lambda: Response("oops", 500) if len(target.asked) < 3 else "<Say>Up.</Say>")
    Webhooks(TOKEN).send(f"{target.url}/flaky#rc=2&rp=5xx", {})
    tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in target.asked]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("url", ["nonsense", "http://", "http://[", "gopher://example.org/"])
def test_a_bad_url_is_an_error_and_not_a_bug(url: str) -> None:
    with pytest.raises(WebhookFailed):
        Webhooks(TOKEN).send(url, {})


def test_a_withheld_number_comes_without_a_place(sim: Simulator, target: Target) -> None:
    sim.phone("+266696687").dial()
    sim.phone("anonymous").dial()
    sim.phone(CALLER).dial()
    assert ["FromState" in form for form in target.forms("/voice")] == [True, False, True]


def test_a_receipt_that_is_not_taken_is_an_error(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/receipt", Response("oops", 500))
    client.messages.create(to=DANA, from_=LINE, body="Page", status_callback=f"{target.url}/receipt")
    sim.settle()
    assert {(entry.kind, entry.code) for entry in sim.journal.problems} == {("receipt failed", 11200)}
