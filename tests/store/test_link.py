"""How we are linked to the store: by which address, with how much trust, and what an error of it may say."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from bridge.cli import main
from bridge.core.errors import BadConfig
from bridge.core.events import Effect
from bridge.core.model import Request
from bridge.core.request import opened
from bridge.settings import load
from bridge.settings.store_url import Sentinels, sentinels
from bridge.store import connect
from bridge.store.redis_store import RedisStore
from bridge.store.replicas import NotReplicated, Replicas
from tests.conftest import wait_until
from tests.given import CALLER, T0, context, draft
from tests.store.servers import Server
from tests.stories.story import ROOT

SECRET = "x" * 32
UNSAFE = {"appendfsync": "everysec", "maxmemory-policy": "allkeys-lru"}


# ---- addresses


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("redis+sentinel://a:1,b:2,[::1]/line/3", Sentinels((("a", 1), ("b", 2), ("::1", 26379)), "line", 3)),
        ("rediss+sentinel://u:p%40@a/line", Sentinels((("a", 26379),), "line", tls=True, username="u", password="p@")),
        ("redis+sentinel://:p@a/l?sentinel_password=q", Sentinels((("a", 26379),), "l", password="p", sentinel_password="q")),
    ],
)
def test_an_address_of_sentinels_says_whom_to_ask_and_for_what(url: str, meant: Sentinels) -> None:
    assert sentinels(url) == meant
    with closing(connect.quick(url)) as quick, closing(connect.patient(url)) as patient:  # neither asks anybody yet
        assert quick is not patient


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:1",
        "redis+sentinel://a:1/",
        "redis+sentinel:///line",
        "redis+sentinel://a:0/line",
        "redis+sentinel://a:99999/line",
        "redis+sentinel://a,,b/line",
        "redis+sentinel://a/line/0/1",
        "redis+sentinel://hush@a/line",
        "redis+sentinel://a/line?hush=1",
        "redis+sentinel://a/line?sentinel_password=x&sentinel_password=y",
        "redis+sentinel://a/li ne",
        "http+sentinel://a/line",
    ],
)
def test_an_address_that_is_wrong_is_not_repeated_and_how_to_write_it_is_said(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        load(
            {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), "REDIS_URL": url, "BRIDGE_SECRET_KEY": SECRET}
        )
    said = str(caught.value)
    assert "redis+sentinel://host1:26379,host2:26379,host3:26379/NAME/0" in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("environ", "replicas"),
    [
        ({}, 0),
        ({"REDIS_URL": "redis://localhost"}, 0),
        ({"REDIS_URL": "redis://localhost", "BRIDGE_STORE_REPLICAS": "2"}, 2),
        ({"REDIS_URL": "redis+sentinel://127.0.0.1/line"}, 1),
        ({"REDIS_URL": "redis+sentinel://127.0.0.1/line", "BRIDGE_STORE_REPLICAS": "0"}, 0),
    ],
)
def test_with_sentinels_a_replica_has_to_have_what_is_promised(environ: dict[str, str], replicas: int, tmp_path: Path) -> None:
    ours = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), "BRIDGE_SECRET_KEY": SECRET}
    assert load({**ours, **environ}).replicas == replicas


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE_STORE_REPLICAS", "one"),
        ("BRIDGE_STORE_REPLICAS", "-1"),
        ("BRIDGE_STORE_REPLICAS", "1"),  # without REDIS_URL
        ("BRIDGE_STORE_MAY_LOSE_REQUESTS", "true"),
        ("BRIDGE_STORE_MAY_LOSE_REQUESTS", "YES"),
    ],
)
def test_what_is_not_understood_is_a_fault(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=f"{name} .*; write .*{name}="):
        load({"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), name: value})


# ---- trust


@contextmanager
def settings(redis: "Redis[Any]", **changes: str) -> Iterator[None]:
    before = {name: redis.config_get(name)[name] for name in changes}
    for name, value in changes.items():
        redis.config_set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            redis.config_set(name, value)


def typed(monkeypatch: pytest.MonkeyPatch, command: str, url: str, data: Path, **environ: str) -> tuple[Result, list[str]]:
    """The command, in this process, and what it would have become."""
    became = list[str]()
    for where in ("bridge.processes.become_supervisor", "bridge.processes.become_web", "bridge.processes.die_with_parent"):
        monkeypatch.setattr(where, lambda *_, name=where: became.append(name.rpartition("_")[2]))
    for where in ("workers.worker.run", "workers.clock.run"):
        monkeypatch.setattr(where, lambda name=where: became.append(name.split(".")[1]))
    ours = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(data), "REDIS_URL": url, "BRIDGE_SECRET_KEY": SECRET}
    result = CliRunner().invoke(main, [command], env={**ours, **environ})
    return result, [each for each in became if each != "parent"]


@pytest.mark.parametrize("command", ["run", "web", "worker", "clock"])
def test_nothing_starts_on_a_store_that_may_lose_requests(
    command: str, redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with settings(redis, **UNSAFE):
        result, became = typed(monkeypatch, command, store_url, tmp_path)
    assert (result.exit_code, became) == (1, [])
    for line in (
        "appendfsync is everysec: CONFIG SET appendfsync always",
        "maxmemory-policy is allkeys-lru: CONFIG SET maxmemory-policy noeviction",
        "BRIDGE_STORE_MAY_LOSE_REQUESTS=yes",
    ):
        assert line in result.output


def test_a_replica_is_no_store_to_start_on(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.replicaof("127.0.0.1", "9")
    try:
        result, became = typed(monkeypatch, "web", store_url, tmp_path)
    finally:
        redis.replicaof("NO", "ONE")
    assert (result.exit_code, became) == (1, [])
    assert "it is a replica: point REDIS_URL at the server that leads" in result.output


def test_whoever_says_so_in_so_many_words_may_start_and_is_warned(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with settings(redis, **UNSAFE):
        result, became = typed(monkeypatch, "worker", store_url, tmp_path, BRIDGE_STORE_MAY_LOSE_REQUESTS="yes")
    assert (result.exit_code, became) == (0, ["worker"])
    assert "warning: the store may lose requests (appendfsync is everysec, maxmemory-policy is allkeys-lru)" in result.output


def test_a_store_that_does_not_tell_is_worth_a_warning(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">secret", "~*", "&*", "+@all", "-config")
    try:
        result, became = typed(monkeypatch, "clock", f"{store_url}?username=guest&password=secret", tmp_path)
    finally:
        redis.execute_command("ACL", "DELUSER", "guest")
    assert (result.exit_code, became) == (0, ["clock"])
    assert "warning: the store does not tell appendfsync" in result.output


@pytest.mark.parametrize("url", ["unix:///nowhere", "redis://127.0.0.1:1/0", "redis+sentinel://127.0.0.1:1/line"])
def test_a_store_that_is_away_is_no_reason_not_to_start(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web puts callers through meanwhile, and the others wait."""
    result, became = typed(monkeypatch, "web", url, tmp_path)
    assert (result.exit_code, became, result.output) == (0, ["web"], "")


def test_a_store_that_refuses_our_password_is_told_apart_from_one_that_is_away(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has mistyped it would look for a store that is down."""
    result, became = typed(monkeypatch, "worker", f"{store_url}?username=nobody&password=hush", tmp_path)
    assert (result.exit_code, became) == (0, ["worker"])
    assert "warning: the store refuses us: look at the user and the password in REDIS_URL" in result.output
    assert "hush" not in result.output
    ours = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path), "BRIDGE_SECRET_KEY": SECRET}
    asked = CliRunner().invoke(main, ["users", "list"], env={"REDIS_URL": f"{store_url}?username=nobody&password=hush", **ours})
    assert asked.exit_code == 1
    assert asked.output.startswith("Nothing was changed: the store refuses us: look at the user and the password in REDIS_URL")


# ---- replicas


def promised(store: RedisStore, request: Request, effects: Sequence[Effect]) -> bool:
    try:
        return store.create(request, effects, T0) == request.id
    except NotReplicated:
        return False


def test_what_one_server_alone_has_is_promised_neither_the_first_time_nor_the_second(tmp_path: Path) -> None:
    leader = Server(tmp_path / "leader")
    replica = Server(tmp_path / "replica", "--replicaof", "127.0.0.1", str(leader.port))
    url = f"redis://127.0.0.1:{leader.port}/0"
    request, effects = opened(draft(), context(), T0)
    try:
        with Redis(port=leader.port) as direct, closing(connect.quick(url)) as first, closing(connect.quick(url)) as second:
            wait_until(lambda: direct.info("replication").get("slave0", {}).get("state") == "online")
            replica.process.send_signal(signal.SIGSTOP)
            with pytest.raises(NotReplicated):
                RedisStore(first, "secret", Replicas(1)).create(request, effects, T0)
            with pytest.raises(NotReplicated):  # the webhook comes once more, to another process: it is there, and still alone
                RedisStore(second, "secret", Replicas(1)).create(request, effects, T0)
            replica.process.send_signal(signal.SIGCONT)
            wait_until(lambda: promised(RedisStore(second, "secret", Replicas(1)), request, effects))
    finally:
        leader.kill()
        replica.kill()


# ---- errors


@pytest.mark.parametrize("how", [connect.quick, connect.patient, connect.once, connect.hurried])
def test_an_error_of_the_store_does_not_repeat_what_was_to_be_stored(redis: "Redis[Any]", store_url: str, how: Any) -> None:
    redis.set("text", "x")
    with closing(how(store_url)) as client, client.pipeline(transaction=False) as pipe:
        pipe.zadd("text", {f'{{"callback": "{CALLER}"}}': 1.0})
        with pytest.raises(ResponseError) as caught:
            pipe.execute()
    assert "WRONGTYPE" in str(caught.value)
    assert CALLER not in str(caught.value)


def test_whoever_has_a_caller_on_the_line_does_not_wait_for_a_store_without_memory(redis: "Redis[Any]", store_url: str) -> None:
    with closing(connect.quick(store_url)) as client, settings(redis, maxmemory="1"):
        with pytest.raises(OutOfMemoryError):
            client.set("a", "b")
