"""A store on another machine: TLS, and a user who may do what the bridge does and nothing else."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoPermissionError
from rq import SimpleWorker

from bridge.cli import main
from bridge.store import connect
from bridge.wiring import background
from tests.conftest import wait_until
from tests.store.guard import USERS, Guarded, guarded
from tests.stories.story import ROOT, told

# Of all that the server calls dangerous, or a matter of its administrator: whether each write is on disk, who leads, and that
# what was erased leaves the disk.
NEEDED = {"bgrewriteaof", "config|get", "info", "role"}
FOR_BACKUPS = NEEDED | {"keys"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as found:
        yield found


@pytest.fixture
def clean(store: Guarded) -> Guarded:
    """The same, empty, with nobody refused so far."""
    store.admin.flushall()
    store.admin.acl_log_reset()
    return store


def rights(user: str) -> set[str]:
    """What the file lets this user do."""
    (line,) = (line for line in USERS.read_text().splitlines() if line.startswith(f"user {user} "))
    words = line.split()
    assert "-@all" in words
    assert not [word for word in words if word.startswith(("+@", "allcommands", "nopass", ">"))]
    return {word[1:] for word in words if word.startswith("+")}


def test_the_store_is_reached_by_whom_we_trust_alone(store: Guarded, tmp_path: Path) -> None:
    with closing(connect.once(store.url())) as redis:
        assert redis.ping()
        assert redis.acl_whoami() in ("bridge", b"bridge")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    wrong = [
        store.url(ca_file=tmp_path / "other.pem"),
        store.url(host="localhost"),  # its certificate is of another name
        store.url().partition("?")[0],  # the authorities of the system do not know it
        store.url().replace("rediss", "redis", 1).partition("?")[0],
    ]
    for url in wrong:
        with closing(connect.once(url)) as redis, pytest.raises((NoConnection, ConnectionResetError)):
            redis.ping()


def test_what_a_user_may_do_that_is_dangerous_is_what_it_needs(store: Guarded) -> None:
    listed = [each for kind in ("dangerous", "admin") for each in store.admin.acl_cat(kind)]
    dangerous = {each if isinstance(each, str) else each.decode() for each in listed}
    assert rights("bridge") & dangerous == NEEDED
    assert rights("bridge-backup") & dangerous == FOR_BACKUPS
    assert not {each for each in rights("bridge") | rights("bridge-backup") if "function" in each or "publish" in each}


@pytest.mark.parametrize(
    "command",
    [
        "CONFIG SET appendonly no", "CONFIG REWRITE", "FLUSHALL", "FLUSHDB", "KEYS *", "SHUTDOWN NOSAVE", "MONITOR",
        "REPLICAOF NO ONE", "ACL LIST", "ACL SETUSER x on", "MODULE LIST", "SCRIPT FLUSH", "FUNCTION LIST", "CLIENT LIST",
        "SAVE", "SLOWLOG LEN", "SUBSCRIBE x", "PUBLISH x y", "DUMP x", "SWAPDB 0 1", "SORT x", "CLIENT KILL TYPE normal",
    ],
)  # fmt: skip
def test_nobody_with_the_password_of_the_bridge_can(command: str, store: Guarded) -> None:
    with closing(connect.once(store.url())) as redis, pytest.raises(NoPermissionError):
        redis.execute_command(*command.split())


def test_whatever_a_script_of_ours_does_the_user_may_do() -> None:
    """Where this fails, `docs/deploy/valkey.acl` lacks what a new script needs."""
    for script in sorted((ROOT / "bridge").rglob("*.lua")):
        user = "bridge-backup" if script.name == "backup.lua" else "bridge"
        used = {found.lower() for found in re.findall(r"redis\.p?call\(\s*['\"](\w+)", script.read_text())}
        assert used - rights(user) == set(), script.name


def test_whatever_is_asked_of_the_store_from_python_the_user_may_ask(store: Guarded) -> None:
    known = {each if isinstance(each, str) else each.decode() for each in store.admin.command_list()}
    for path in sorted((ROOT / "bridge").rglob("*.py")):
        user = "bridge-backup" if path.name == "backup.py" else "bridge"
        asked = {ALSO.get(name, name) for name in asked_in(path)} & known
        assert asked - rights(user) == set(), path.name


ALSO = {"delete": "del", "scan_iter": "scan", "zscan_iter": "zscan", "hscan_iter": "hscan", "sscan_iter": "sscan"}


def asked_in(path: Path) -> set[str]:
    """The methods of clients, and of commands in a row, that a file calls: they are called redis, pipe or the like."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    asked = (func for func in calls if isinstance(func, ast.Attribute))
    return {func.attr for func in asked if re.search("redis|pipe|client", ast.unparse(func.value))}


def test_from_the_call_to_the_answer_the_user_is_refused_nothing(
    clean: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("subscribe", "unsubscribe"):  # as our own worker does
        monkeypatch.setattr(SimpleWorker, name, lambda self: None)
    with closing(connect.patient(clean.url())) as redis, told(redis, clean.url(), tmp_path, monkeypatch) as story:
        story.asks_for_help()
        story.expect_text("boyd")
        story.fast_forward(90)
        story.press(story.expect_call("boyd").answer(), "1")
        story.text("boyd", "DONE")
        story.fast_forward(2 * 3600)
        story.swallow_everything()
    assert clean.refused() == []


COMMANDS = (
    "audit", "audit --repair", "oncall", "users list", "rota list", "rota feeds", "rota verify boyd", "privacy", "audit-log",
    "audit-log verify", "seal --rotate", "doctor",
)  # fmt: skip


def test_the_processes_and_the_commands_are_refused_nothing(
    clean: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"REDIS_URL": clean.url(), "BRIDGE_SECRET_KEY": "k" * 40, "BRIDGE_DATA": str(tmp_path), "PORT": "1024"}
    environ |= {"BRIDGE_CONFIG": str(ROOT / "config")}
    processes = [
        subprocess.Popen([sys.executable, "-m", "bridge", kind], env={**os.environ, **environ}) for kind in ("worker", "clock")
    ]
    try:
        wait_until(
            lambda: {name.partition(b":")[0] for name in clean.admin.zrange("beats", 0, -1)} >= {b"worker", b"clock"}, 60
        )
        for command in COMMANDS:
            background.cache_clear()
            CliRunner().invoke(main, command.split(), env=environ)
        clean.admin.zadd("outbox", {"canary": 1.0})
        wait_until(lambda: clean.admin.zscore("outbox", "canary") is None, 60)
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(30) for process in processes] == [0, 0]
    assert [each for each in clean.refused() if "slowlog" not in each] == []  # with which the doctor tries what it may do


def test_backups_are_made_and_put_back_by_a_user_of_their_own(clean: Guarded, tmp_path: Path) -> None:
    clean.admin.hset("carrier", "reached", "1")
    environ = {"REDIS_URL": clean.url("bridge-backup"), "BRIDGE_SECRET_KEY": "k" * 40, "BRIDGE_DATA": str(tmp_path)}
    environ |= {"BRIDGE_CONFIG": str(ROOT / "config")}
    for command in (["backup", str(tmp_path / "picture")], ["restore", "--replace", str(tmp_path / "picture")]):
        done = CliRunner().invoke(main, command, env=environ)
        assert done.exit_code == 0, done.output
        assert "warning" not in done.output
    assert clean.refused() == []
    refused = CliRunner().invoke(main, ["backup", str(tmp_path / "x")], env={**environ, "REDIS_URL": clean.url()})
    assert refused.exit_code == 1
    assert "refuses" in refused.output
