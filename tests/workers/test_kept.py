"""What RQ keeps of a job: nothing. The text of an error may hold anything: it stands neither in the store nor in the log."""

import json
import logging
from base64 import b64encode
from typing import Any
from zlib import compress

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from bridge import logs
from bridge.queue import RqQueue
from tests.conftest import everything_in
from workers import worker

EFFECT = "0123456789abcdef/3"


class _World:
    """As much of a world as a worker needs to say that it lives."""

    store = property(lambda self: self)

    def now(self) -> float:
        return 1.0

    def beat(self, name: str, now: float) -> None:
        """Not here."""


def _fails(effect: str) -> None:
    raise ValueError("+12565550177 at Talladega")


@pytest.fixture
def done(redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """A worker has done one job, which fails. What it has logged."""
    logs.configure()
    monkeypatch.setattr(worker, "background", _World)
    monkeypatch.setattr("workers.jobs.carry_out", _fails)
    queue = RqQueue(redis)
    queue.put(EFFECT)
    worker.Worker([queue.rq], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="WARNING")
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_of_a_job_that_failed_nothing_is_kept(done: list[dict[str, str]], redis: "Redis[Any]") -> None:
    assert not redis.keys("rq:job:*")
    assert not redis.keys("rq:results:*")
    seen = everything_in(redis)
    assert not [word for word in ("Talladega", "0177", "Traceback", "ValueError", EFFECT) if word in seen]


def test_the_log_says_which_job_failed_and_where_and_not_of_whom(done: list[dict[str, str]]) -> None:
    (line,) = done
    assert (line["event"], line["effect"]) == ("a job failed", EFFECT)
    assert line["trace"].startswith("ValueError: ")
    assert line["trace"].endswith(" _fails")
    assert not [word for word in ("Talladega", "0177") if word in json.dumps(done)]


def test_the_text_of_the_error_never_reaches_the_store(
    redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even for the moment until it is deleted: what is written stands on the disk for longer."""
    caplog.set_level(logging.CRITICAL)
    sent = list[str]()
    with redis.monitor() as watching:
        monkeypatch.setattr(worker, "background", _World)
        monkeypatch.setattr("workers.jobs.carry_out", _fails)
        queue = RqQueue(redis)
        queue.put(EFFECT)
        worker.Worker([queue.rq], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="WARNING")
        redis.ping()
        for command in watching.listen():
            if command["command"] == "PING" and sent and "XADD" in " ".join(sent):
                break
            sent.append(command["command"])
    results = [command for command in sent if command.startswith("XADD rq:results:")]
    assert len(results) == 1
    assert b64encode(compress(b"")).decode() in results[0], "an empty text"


def test_the_store_keeps_no_list_of_slow_or_large_commands(redis: "Redis[Any]") -> None:
    """What they were given would stand there until two hundred others were slow, whatever is erased."""
    redis.eval("for _ = 1, 3e6 do end return redis.call('set', KEYS[1], ARGV[1])", 1, "x", "Talladega" + "x" * 2_000_000)
    assert redis.execute_command("COMMANDLOG", "LEN", "SLOW") == 0
    assert redis.execute_command("COMMANDLOG", "LEN", "LARGE-REQUEST") == 0
    assert redis.config_get("hide-user-data-from-log") == {"hide-user-data-from-log": "yes"}
