"""A store of two servers and a sentinel, all real: the leader is killed in mid-flood, and what was promised is there."""

import logging
import signal
import threading
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bridge.core.request import opened
from bridge.settings.store_url import sentinels
from bridge.store import connect
from bridge.store.redis_store import RedisStore
from bridge.store.replicas import NotReplicated, Replicas
from tests.conftest import answers, logged, wait_until
from tests.given import T0, context, draft
from tests.store.servers import GROUP, watched


class Flood:
    """Requests without end, from a thread. `promised` are those for which the caller has heard the promise."""

    def __init__(self, store: RedisStore, first: int = 0) -> None:
        self.promised, self.put_through = list[str](), list[str]()
        self._store, self._first, self._stop = store, first, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        n = self._first
        while not self._stop.is_set():
            n += 1
            request, effects = opened(draft(id=f"r{n}", code=str(n), callback=""), context(), T0)
            try:
                self.promised.append(self._store.create(request, effects, T0))
            except RedisError:
                self.put_through.append(request.id)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_what_was_promised_outlives_the_server_that_led(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bridge.store.replicas")
    with watched(tmp_path) as (leader, replica, url):
        with connect.quick(url) as webs, connect.patient(url) as workers, Redis(port=replica.port) as direct:
            strict = RedisStore(webs, "secret", Replicas(1))
            assert (strict.condition(T0).durable, strict.condition(T0).faults) == (True, ())
            patient = RedisStore(workers, "secret", Replicas(1, strict=False))
            flood, background = Flood(strict), Flood(patient, 100_000)
            wait_until(lambda: len(flood.promised) > 50 and len(background.promised) > 50)
            leader.kill()
            wait_until(lambda: direct.role()[0] == b"master")
            wait_until(lambda: flood.put_through)
            flood.end()
            stored = {member.decode() for member in direct.smembers("requests")}
            assert len(flood.promised) > 50
            assert set(flood.promised) <= stored, "a promise was lost"

            # Who works in the background was in the middle of something, and goes on with the server that is left.
            before = len(background.promised)
            wait_until(lambda: len(background.promised) > before + 1)
            background.end()
            assert not background.put_through
            assert logged(caplog, "bridge.store.replicas") == [
                "not written on all replicas: a fail-over may lose it count=0 wanted=1"
            ]

            # Who is on the line is not promised what nobody else has, and those who watch are told.
            wait_until(lambda: answers(webs))
            request, effects = opened(draft(id="last", code="last", callback=""), context(), T0)
            with pytest.raises(NotReplicated):
                strict.create(request, effects, T0)
            found = patient.condition(T0)
            assert (found.durable, found.faults) == (False, ("0 of 1 replicas follow it",))


def test_an_answer_that_was_not_waited_for_is_nobody_elses(tmp_path: Path) -> None:
    """A job that takes too long is ended by a signal, perhaps in the middle of an answer."""

    class Enough(Exception):
        pass

    def enough(*_: object) -> None:
        raise Enough

    with watched(tmp_path) as (leader, _, url), connect.patient(url) as client:
        client.set("first", "1")
        client.set("second", "2")
        leader.process.send_signal(signal.SIGSTOP)
        before = signal.signal(signal.SIGALRM, enough)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(Enough):
                client.get("first")
        finally:
            signal.signal(signal.SIGALRM, before)
        later = threading.Timer(0.1, leader.process.send_signal, [signal.SIGCONT])
        later.start()
        assert client.get("second") == b"2"
        later.join()


def test_a_server_that_hung_and_still_takes_itself_for_the_leader_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(tmp_path) as (leader, replica, url), connect.patient(url) as client, Redis(port=leader.port) as direct:
        client.set("who", "the first")
        leader.process.send_signal(signal.SIGSTOP)
        with Redis(port=sentinels(url).hosts[0][1]) as sentinel, Redis(port=replica.port) as other:
            wait_until(lambda: sentinel.sentinel_master(GROUP)["port"] == replica.port)
            other.set("who", "the second")
        leader.process.send_signal(signal.SIGCONT)
        monkeypatch.setattr(connect, "BELIEVED", 0.0)  # so long ago was the last look
        assert client.get("who") == b"the second"
        assert direct.role()[0] == b"master", "it was told already: this test shows nothing"
