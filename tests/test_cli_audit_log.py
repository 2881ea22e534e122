"""`bridge audit-log`, as somebody types it: shown, exported, verified, with a store and from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from bridge import cli_world
from bridge.cli import main
from bridge.core.trail import Act
from bridge.store.redis_books import RedisBooks
from tests.given import T0
from tests.stories.story import ROOT

SECRET = "a secret of at least thirty-two characters"
DAY = 24 * 3600.0


class Terminal:
    """The command, with a store or without."""

    def __init__(self, **environ: str) -> None:
        self._environ = {"BRIDGE_CONFIG": str(ROOT / "config"), **environ}

    def types(self, *words: str, code: int = 0) -> str:
        result: Result = CliRunner().invoke(main, ("audit-log", *words), env=self._environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture
def books(redis: "Redis[Any]") -> RedisBooks:
    books = RedisBooks(redis, SECRET)
    for n in range(6):
        books.record(
            Act(T0 + n * DAY, ("mary", "walt")[n % 2], "revealed the number" if n % 2 else "logged in", "412" * (n % 2))
        )
    return books


@pytest.fixture
def bridge(tmp_path: Path, books: RedisBooks, store_url: str) -> Terminal:
    """The store answers."""
    return Terminal(BRIDGE_DATA=str(tmp_path), REDIS_URL=store_url, BRIDGE_SECRET_KEY=SECRET)


def test_it_shows_who_did_what_oldest_first(bridge: Terminal) -> None:
    first, second, *_, last = bridge.types().splitlines()
    assert "2026-03-03 " in first
    assert first.endswith("CST  mary  logged in")
    assert second.endswith("CST  walt  revealed the number (412)")
    assert last.split()[0] == "6"


def test_it_shows_some_of_it(bridge: Terminal) -> None:
    assert len(bridge.types("--by", "walt").splitlines()) == 3
    assert len(bridge.types("--code", "412", "--since", "2026-03-05").splitlines()) == 2
    assert [line.split()[0] for line in bridge.types("--since", "2026-03-04", "--until", "2026-03-06 00:00").splitlines()] == [
        "2",
        "3",
    ]
    assert bridge.types("--since", "2027-01-01") == ""
    assert "2026-11-27 18:00" in bridge.types("--since", "yesterday", code=2)


def test_a_whole_trail_is_verified_and_what_does_not_fit_is_said(bridge: Terminal, redis: "Redis[Any]") -> None:
    assert "The trail holds." in bridge.types("--verify")
    redis.lset("trail", 2, json.dumps({**json.loads(redis.lindex("trail", 2)), "by": "walt"}))
    said = bridge.types("--verify", code=1)
    assert "! entry 3 was changed" in said
    assert "The trail does not hold" in said


def test_an_empty_trail_does_not_pass(bridge: Terminal, redis: "Redis[Any]") -> None:
    redis.flushall()
    assert "The trail is empty" in bridge.types("--verify", code=1)


def test_an_end_that_was_kept_is_compared(bridge: Terminal, books: RedisBooks, redis: "Redis[Any]") -> None:
    end = bridge.types("--head").strip()
    books.record(Act(T0 + 9 * DAY, "mary", "logged in"))
    assert "The trail holds." in bridge.types("--verify", "--expect", end)
    lines = redis.lrange("trail", 0, 4)
    redis.delete("trail")
    redis.rpush("trail", *lines)
    redis.hset("trail_head", mapping={"n": 5, "hash": json.loads(lines[-1])["hash"]})
    assert "The trail holds." in bridge.types("--verify")
    assert "entry 6 was expected" in bridge.types("--verify", "--expect", end, code=1)
    for wrong in ("6", "6:abc", "x:" + "0" * 64, ":", "6:" + "0" * 65):
        bridge.types("--verify", "--expect", wrong, code=2)


def test_an_export_is_verified_where_there_is_no_store(bridge: Terminal, tmp_path: Path) -> None:
    file, secret, alone = tmp_path / "trail", tmp_path / "key", Terminal(BRIDGE_DATA=str(tmp_path / "empty"))
    secret.write_text(f"{SECRET}\n")
    file.write_text(bridge.types("--json"))
    assert "7 entries" in bridge.types("--verify", str(file)), "the export holds that it was made"
    assert "The trail holds." in alone.types("--verify", str(file), "--secret-file", str(secret))
    end = bridge.types("--head").strip()
    assert "The trail holds." in alone.types("--verify", str(file), "--secret-file", str(secret), "--expect", end)
    assert "another secret" in alone.types("--verify", str(file), code=1)
    whole = file.read_text()
    file.write_text("\n".join(whole.splitlines()[:-1]))
    assert "the end was cut off" in alone.types("--verify", str(file), "--secret-file", str(secret), code=1)
    file.write_text(whole.replace("walt", "mary"))
    assert "was changed" in alone.types("--verify", str(file), "--secret-file", str(secret), code=1)
    for strange in ("", "x", "{}", "[]\n[]"):
        file.write_text(strange)
        assert "cannot be verified" in alone.types("--verify", str(file), "--secret-file", str(secret), code=1)
    file.write_bytes(b"\xff\xfe")
    assert "cannot be read" in alone.types("--verify", str(file), "--secret-file", str(secret), code=1)


def test_an_export_of_some_of_it_is_verified_too(bridge: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "trail"
    for how in (("--by", "walt"), ("--since", "2026-03-05")):
        file.write_text(bridge.types("--json", *how))
        assert "The trail holds." in bridge.types("--verify", str(file))


def test_a_table_has_a_line_for_each(bridge: Terminal, books: RedisBooks) -> None:
    heads, *rows = bridge.types("--csv", "--by", "walt").splitlines()
    assert heads.startswith("n,time (UTC),who,what")
    assert len(rows) == 3
    assert books.acts(1)[0].by == cli_world.me()
    assert books.acts(1)[0].what == "downloaded the audit trail"


def test_another_secret_is_asked_for_where_the_trail_was_written_with_it(
    bridge: Terminal, redis: "Redis[Any]", tmp_path: Path
) -> None:
    redis.flushall()
    RedisBooks(redis, "the one before").record(Act(T0, "mary", "logged in"))
    RedisBooks(redis, SECRET).record(Act(T0, "mary", "logged out"))
    said = bridge.types("--verify", code=1)
    assert "1 of them were written with another secret" in said
    secret = tmp_path / "key"
    secret.write_text("the one before")
    assert "The trail holds." in bridge.types("--verify", "--secret-file", str(secret))


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--csv"),
        ("--verify", "--head"),
        ("--expect", "1:" + "0" * 64),
        (str(ROOT / "README.md"),),
        ("--verify", "--by", "x"),
    ],
)
def test_what_does_not_go_together_is_said(bridge: Terminal, words: tuple[str, ...]) -> None:
    bridge.types(*words, code=2)


def test_without_a_store_somebody_is_told_in_one_line(tmp_path: Path) -> None:
    alone = Terminal(BRIDGE_DATA=str(tmp_path))
    for words in ((), ("--head",), ("--verify",), ("--json",)):
        assert "The store does not answer" in alone.types(*words, code=2)
