"""Machines ask whether the bridge is alive and ready; what is missing is named, and nothing personal is."""

import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import health, watchman
from bridge.actions.health import Report
from bridge.core.vitals import TOO_LATE
from tests.web.desk import Desk


def told(client: FlaskClient, name: str) -> dict[str, Any]:
    """What the strip says of one part."""
    strip = client.get("/health/ready").json["vitals"]  # type: ignore[index]
    found: dict[str, Any] = next(vital for vital in strip if vital["name"] == name)
    return found


def well(desk: Desk) -> None:
    """Everything has been heard just now."""
    desk.beat()
    desk.world.store.carrier_answered(desk.time)
    desk.world.store.begin_canary(desk.time)
    desk.world.store.end_canary(desk.time)
    watchman.look(desk.world)


def later(desk: Desk, seconds: float) -> None:
    """Worker and clock are alive all the while."""
    desk.time += seconds
    desk.beat()


@pytest.fixture
def client(walt: FlaskClient) -> FlaskClient:
    """Somebody who is logged in: a stranger is told less."""
    return walt


def test_a_stranger_is_told_what_a_machine_needs_and_nothing_that_helps_an_attacker(
    app: Flask, desk: Desk, redis: Redis
) -> None:
    desk.call()
    redis.config_set("appendfsync", "everysec")
    try:
        well(desk)
        desk.world.store.carrier_failed("time-out", False, desk.time)
        response = app.test_client().get("/health/ready")
    finally:
        redis.config_set("appendfsync", "always")
    answer = response.get_json()
    assert (response.status_code, answer["missing"]) == (503, ["store is not durable"])
    assert answer["degraded"] == ["Store", "Carrier"]
    assert {vital["name"]: vital["health"] for vital in answer["vitals"]}["Carrier"] == "bad"
    for told in ("appendfsync", "waiting", "time-out", "0.4", "0.5", "running", str(int(desk.time))):
        assert told not in response.text, told


def test_alive_is_whoever_answers(client: FlaskClient, redis: Redis) -> None:
    redis.flushall()
    assert client.get("/health/live").json == {"live": True}


def test_ready_with_store_worker_and_clock(client: FlaskClient, desk: Desk) -> None:
    well(desk)
    response = client.get("/health/ready")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    answer = response.get_json()
    strip = answer.pop("vitals")
    assert answer == {"ready": True, "missing": [], "degraded": []}
    assert [vital.pop("health") for vital in strip] == ["good"] * 6 + ["unknown"] + ["good"] * 3
    assert strip[-1].pop("said").startswith("0.")
    assert strip == [
        {"name": "Store", "said": "durable", "at": None},
        {"name": "Worker", "said": "running", "at": None},
        {"name": "Clock", "said": "running", "at": None},
        {"name": "Outbox", "said": "empty", "at": None},
        {"name": "Carrier", "said": "answered", "at": desk.time},
        {"name": "Canary", "said": "took 0.00 s", "at": desk.time},
        {"name": "Watchman", "said": "watching, tells nobody", "at": None},
        {"name": "Carrier records", "said": "nothing waits", "at": None},
        {"name": "Texts", "said": "nobody has opted out", "at": None},
        {"name": "Version", "at": None},
    ]


def test_not_ready_once_nobody_beats(client: FlaskClient, desk: Desk) -> None:
    desk.time += 15.1
    response = client.get("/health/ready")
    assert (response.status_code, response.json["ready"]) == (503, False)  # type: ignore[index]
    assert response.json["missing"] == ["no worker heard for 15 s", "no clock heard for 15 s"]  # type: ignore[index]
    assert response.json["degraded"] == ["Worker", "Clock"]  # type: ignore[index]


def test_one_of_two_workers_is_enough(client: FlaskClient, desk: Desk) -> None:
    desk.time += 100
    for name in ("worker:2", "clock:2"):
        desk.world.store.beat(name, desk.time)
    assert client.get("/health/ready").status_code == 200


def test_not_ready_on_a_store_that_is_not_durable(client: FlaskClient, redis: Redis) -> None:
    redis.config_set("appendfsync", "everysec")
    try:
        response = client.get("/health/ready")
    finally:
        redis.config_set("appendfsync", "always")
    assert response.status_code == 503
    assert response.json["missing"] == ["store is not durable (appendfsync is everysec)"]  # type: ignore[index]


def test_not_ready_once_a_page_is_overdue_for_a_minute_though_the_clock_hands_it_out(client: FlaskClient, desk: Desk) -> None:
    desk.call()
    due = desk.world.store.next_due()
    assert due is not None
    later(desk, due - desk.time)
    assert client.get("/health/ready").status_code == 200
    assert desk.world.store.lease(desk.time, 10) == ["req0/0"]
    later(desk, TOO_LATE)
    desk.world.store.lease(desk.time, 10)
    assert told(client, "Outbox")["health"] == "bad"
    assert client.get("/health/ready").status_code == 200
    later(desk, 2.0)
    response = client.get("/health/ready")
    assert (response.status_code, response.json["missing"]) == (503, ["outbox is overdue for more than 60 s"])  # type: ignore[index]


def test_a_carrier_that_fails_and_a_canary_that_is_lost_are_told_and_the_bridge_stays_ready(
    client: FlaskClient, desk: Desk
) -> None:
    well(desk)
    desk.world.store.carrier_failed("time-out", False, desk.time)
    later(desk, 181)
    watchman.look(desk.world)
    response = client.get("/health/ready")
    assert (response.status_code, response.json["degraded"]) == (200, ["Carrier", "Canary"])  # type: ignore[index]
    assert told(client, "Carrier")["said"] == "not reachable since 02:14:05 (time-out)"
    assert told(client, "Canary")["said"] == "has not come back since 02:14:05"


def test_who_has_opted_out_is_counted_and_not_named_and_degrades_nothing(client: FlaskClient, desk: Desk) -> None:
    well(desk)
    people = desk.world.settings.roster.people
    texted = [person for person in people.values() if person.text][:2]
    desk.world.store.block_texts(texted[0].id, "opted out")
    desk.world.store.block_texts(texted[1].id, f"landline {texted[1].phone}")
    response = client.get("/health/ready")
    assert told(client, "Texts")["said"] == "2 people by voice only"
    assert (response.status_code, response.json["degraded"]) == (200, [])  # type: ignore[index]
    for person in texted:
        assert person.name not in response.text
        assert person.phone not in response.text


def test_findings_of_the_watchman_are_counted_and_degrade(client: FlaskClient, desk: Desk, redis: Redis) -> None:
    well(desk)
    request = desk.call()
    redis.delete(f"req:{request.id}")
    for _ in range(2):
        watchman.look(desk.world)
    response = client.get("/health/ready")
    assert (response.status_code, response.json["degraded"]) == (200, ["Watchman"])  # type: ignore[index]
    assert told(client, "Watchman")["said"] == "1 finding"
    (said,) = [vital.said for vital in health.strip(desk.world, [], desk.world.context) if vital.name == "Watchman"]
    assert said.startswith(f"1 finding: request {request.id} is listed")
    later(desk, 31)
    assert told(client, "Watchman")["said"] == "silent since 02:14:05"


def test_nothing_of_a_caller_is_told(client: FlaskClient, desk: Desk) -> None:
    request = desk.call()
    said = client.get("/health/ready").text
    assert not any(word in said for word in (request.callback, request.code, request.id, "Oxford", "Calhoun"))


def test_not_ready_without_the_store(client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> dict[str, float]:
        raise NoConnection("socket at a secret path")

    monkeypatch.setattr(desk.world.store, "beats", gone)
    response = client.get("/health/ready")
    assert (response.status_code, response.json["missing"]) == (503, ["store does not answer (ConnectionError)"])  # type: ignore[index]
    assert [(vital["name"], vital["health"], vital["said"]) for vital in response.json["vitals"][:-1]] == [  # type: ignore[index]
        ("Store", "bad", "does not answer (ConnectionError)")
    ]
    assert "secret" not in response.text


def test_a_store_that_hangs_is_told_within_a_second_however_many_ask(
    client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, looks = threading.Event(), list[int]()

    def hang() -> dict[str, float]:
        looks.append(1)
        over.wait(30)
        return {}

    monkeypatch.setattr(desk.world.store, "beats", hang)
    try:
        for _ in range(4):
            began = time.monotonic()
            response = client.get("/health/ready")
            assert time.monotonic() - began < 1.0
            assert (response.status_code, response.json["missing"]) == (503, ["store does not answer (time-out)"])  # type: ignore[index]
        assert len(looks) == 2, "nobody begins to look while two of them hang"
    finally:
        over.set()
    client.get("/health/ready")
    assert len(looks) == 3, "who has been answered is not looked for any more"


def test_it_is_ready_again_once_the_store_answers_again(
    client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(desk.world.store, "beats", lambda: over.wait(30) and {})
        assert [client.get("/health/ready").status_code for _ in range(3)] == [503, 503, 503]
    over.set()
    assert client.get("/health/ready").status_code == 200


def test_the_strip_of_the_page_names_whom_texts_do_not_reach(desk: Desk) -> None:
    boyd = next(person for person in desk.world.settings.roster.people.values() if person.text)
    desk.world.store.block_texts(boyd.id, "opted out")
    strip = health.strip(desk.world, [], desk.world.context)
    assert [vital.said for vital in strip if vital.name == "Texts"] == [f"{boyd.name} has opted out, voice only"]
    assert isinstance(health.report(desk.world), Report)
