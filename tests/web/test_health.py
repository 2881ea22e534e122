"""Machines ask whether the bridge is alive and ready; what is missing is named, and nothing personal is."""

from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.web.desk import Desk


def test_alive_is_whoever_answers(client: FlaskClient, redis: Redis) -> None:
    redis.flushall()
    assert client.get("/health/live").json == {"live": True}


def test_ready_with_store_worker_and_clock(client: FlaskClient) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json) == (200, {"ready": True, "missing": []})
    assert response.headers["Cache-Control"] == "no-store"


def test_not_ready_once_nobody_beats(client: FlaskClient, desk: Desk) -> None:
    desk.time += 15.1
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json == {"ready": False, "missing": ["no worker heard for 15 s", "no clock heard for 15 s"]}


def test_one_of_two_workers_is_enough(client: FlaskClient, desk: Desk) -> None:
    desk.time += 100
    for name in ("worker:2", "clock:2"):
        desk.world.store.beat(name, desk.time)
    assert client.get("/health/ready").status_code == 200


def test_not_ready_without_the_store(client: FlaskClient, desk: Desk, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def gone() -> dict[str, float]:
        raise NoConnection("socket at a secret path")

    monkeypatch.setattr(desk.world.store, "beats", gone)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json == {"ready": False, "missing": ["store does not answer (ConnectionError)"]}
