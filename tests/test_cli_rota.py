"""`bridge oncall` and `bridge rota`, as somebody types them, with a store and without."""

import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from bridge import cli_rota, cli_world
from bridge.core.rota import local
from bridge.store.redis_rota import RedisRota
from tests.test_cli import Result, typed

NIGHT = "2026-11-22 02:14"  # a Sunday
HOUR = 3600.0


class Terminal:
    """The command, with a store or without."""

    def __init__(self, data: Path, **environ: str) -> None:
        self._environ = {"BRIDGE_DATA": str(data), **environ}

    def types(self, *words: str) -> Result:
        """One command."""
        result = typed(*words, **self._environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def alone(tmp_path: Path) -> Terminal:
    """Nothing runs."""
    return Terminal(tmp_path)


@pytest.fixture
def running(tmp_path: Path, redis: Redis, store_url: str) -> Terminal:
    """The store answers."""
    return Terminal(tmp_path, REDIS_URL=store_url, BRIDGE_SECRET_KEY="a secret of at least thirty-two characters")


def soon(hours: float) -> str:
    """A time as it is typed, so many hours from now."""
    return f"{local(time.time() + hours * HOUR):%Y-%m-%d %H:%M}"


# ---- oncall


def test_oncall_names_both_ranks_of_every_region_until_when_and_who_then(alone: Terminal) -> None:
    lines = alone.types("oncall", "--at", NIGHT).output.splitlines()
    assert "Sun Nov 22 2026 02:14 CST, Alabama time" in lines
    assert "Region A  on call  Lt. Rene Landry, for 90 days and more" in lines
    assert "Region B  on call  Ofc. Joy McRae, until 22:00, then Sgt. Ray Hollis" in lines
    assert "Region B  backup   Sgt. Ray Hollis, until 22:00, then Ofc. Joy McRae" in lines
    assert "No gap within 90 days." in lines
    assert sum(line.startswith("Region") for line in lines) == 14


def test_oncall_without_a_store_says_that_it_knows_the_files_only(alone: Terminal) -> None:
    result = alone.types("oncall")
    assert result.exit_code == 0
    assert cli_rota.FILES_ONLY in result.stderr
    assert "Lt. Rene Landry" in result.stdout


def test_oncall_lists_shifts_one_by_one(alone: Terminal) -> None:
    lines = alone.types("oncall", "--region", "G", "--at", NIGHT, "--days", "7").stdout.splitlines()
    assert lines[1:5] == [
        "Region G, on call",
        "  Sun Nov 22 2026 02:14 to Mon Nov 23 2026 06:00  Cpl. Theo Crane",
        "  Mon Nov 23 2026 06:00 to Fri Nov 27 2026 18:00  Sgt. Dana Boyd",
        "  Fri Nov 27 2026 18:00 to Sun Nov 29 2026 02:14  Cpl. Theo Crane",
    ]
    assert lines[-1] == "No gap within 7 days."


def test_oncall_shows_what_was_changed_and_every_gap(running: Terminal) -> None:
    made = running.types("rota", "leave", "--who", "kirby", "--from", soon(24), "--until", soon(30))
    assert made.exit_code == 0
    seen = running.types("oncall", "--region", "F")
    assert cli_rota.FILES_ONLY not in seen.stderr
    assert "Lt. Sam Kirby, until " in seen.stdout
    assert "then GAP: nobody" in seen.stdout
    assert "1 gap within 90 days:\n  GAP  Region F, on call, " in seen.stdout
    assert "(6 hours)" in seen.stdout
    assert "Region F  on call  GAP: nobody, until " in running.types("oncall", "--region", "F", "--at", soon(27)).stdout
    assert "  GAP: nobody\n" in running.types("oncall", "--region", "F", "--days", "2").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("oncall", "--at", "yesterday"), "is not a date and time"),
        (("oncall", "--at", "9999-12-31 23:59"), "is not a date and time"),
        (("oncall", "--region", "Q"), "There is no region Q. Write one of A, B"),
        (("oncall", "--days", "0"), "--days"),
        (("oncall", "--days", "9999"), "--days"),
        (("rota", "override", "--region", "D", "--who", "boyd", "--until", "later"), "is not a date and time"),
        (
            ("rota", "override", "--region", "D", "--who", "nobody", "--until", "2030-01-01"),
            "Nobody on the roster is called nobody",
        ),
        (("rota", "override", "--region", "Q", "--who", "boyd", "--until", "2030-01-01"), "There is no region Q"),
        (("rota", "override", "--region", "D", "--who", "boyd", "--until", "2001-01-01"), "no period"),
        (("rota", "leave", "--who", "dispatch", "--until", "2030-01-01"), "Nobody on the roster is called dispatch"),
        (("rota", "cancel", "nothing"), "no override or leave nothing"),
        (("rota", "verify"), "--all"),
        (("rota", "verify", "boyd", "--all"), "--all"),
        (("rota", "verify", "nobody"), "No code was sent to: nobody."),
        (("rota", "verify", "ogletree", "--by", "text"), "takes no texts"),
        (("rota", "feeds", "--replace", "region Q"), "No calendar is called region Q"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(running: Terminal, redis: Redis, words: tuple[str, ...], said: str) -> None:
    result = running.types(*words)
    assert result.exit_code != 0
    assert said in result.output
    assert RedisRota(redis).entries(10) == []


# ---- changes


def test_an_override_is_made_listed_logged_and_cancelled(running: Terminal) -> None:
    made = running.types("rota", "override", "--region", "D", "--who", "boyd", "--from", soon(-1), "--until", soon(5))
    assert "Sgt. Dana Boyd has Region D, on call, " in made.stdout
    change = made.stdout.split(":")[0]
    assert "Region D  on call  Sgt. Dana Boyd, until " in running.types("oncall", "--region", "D").stdout
    listed = running.types("rota", "list").stdout
    assert listed.startswith(change)
    assert "Sgt. Dana Boyd has Region D, on call, " in listed
    assert "Cancelled: Sgt. Dana Boyd" in running.types("rota", "cancel", change).stdout
    assert "Sgt. Eli Ramsey" in running.types("oncall", "--region", "D").stdout
    logged = running.types("rota", "log", "--last", "2").stdout.splitlines()
    assert [f"({cli_rota.VIA})" in line for line in logged] == [True, True]
    assert "cancelled" in logged[0]


def test_leave_begins_now_unless_something_else_is_said_and_names_the_gap_it_leaves(running: Terminal) -> None:
    result = running.types("rota", "leave", "--who", "kirby", "--until", soon(3))
    assert "Lt. Sam Kirby is off, " in result.stdout
    assert "GAP  Region F, on call, " in result.stdout
    assert "Lt. Sam Kirby" not in running.types("oncall", "--region", "F").stdout.split("until")[0]


def test_a_number_is_verified_by_a_code_that_goes_out(running: Terminal, redis: Redis) -> None:
    result = running.types("rota", "verify", "boyd", "ogletree")
    assert result.stdout.splitlines() == [
        "Sgt. Dana Boyd: a code goes out by text.",
        "Ofc. Tess Ogletree: a code goes out by call.",
    ]
    sent = [effect.decode().split("-")[:3] for effect in redis.zrange("outbox", 0, -1)]
    assert sorted(sent) == [["notice/code", "call", "ogletree"], ["notice/code", "text", "boyd"]]
    again = running.types("rota", "verify", "boyd")
    assert again.exit_code == 1
    assert "just now" in again.output


def test_a_drill_asks_whoever_is_on_duty_now(running: Terminal) -> None:
    first = running.types("rota", "drill").stdout
    assert "Lt. Rene Landry: a code goes out by text." in first
    assert "Ofc. Tess Ogletree: a code goes out by call." in first
    assert "Capt. June Whitfield" not in first
    assert "Nobody was asked" in running.types("rota", "drill").stdout


def test_addresses_of_calendars_are_listed_and_replaced(running: Terminal) -> None:
    before = dict(line.rsplit(maxsplit=1) for line in running.types("rota", "feeds").stdout.splitlines())
    assert len(before) == 7 + 16
    (line,) = running.types("rota", "feeds", "--replace", "region D").stdout.splitlines()
    after = dict(line.rsplit(maxsplit=1) for line in running.types("rota", "feeds").stdout.splitlines())
    assert line.rsplit(maxsplit=1)[1] == after["region D"] != before["region D"]
    assert {**after, "region D": before["region D"]} == before


# ---- without a store


@pytest.mark.parametrize(
    "words",
    [
        ("leave", "--who", "boyd", "--until", "2030-01-01"),
        ("override", "--region", "D", "--who", "boyd", "--until", "2030-01-01"),
        ("cancel", "x"),
        ("list",),
        ("log",),
        ("verify", "boyd"),
        ("drill",),
        ("feeds",),
    ],
)
def test_nothing_is_changed_without_a_store_and_that_is_said(alone: Terminal, words: tuple[str, ...]) -> None:
    result = alone.types("rota", *words)
    assert result.exit_code == 1
    assert cli_world.NOT_DONE in result.output


def test_a_store_that_goes_away_in_the_middle_leaves_it_open_and_says_so(
    running: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any) -> Any:
        raise NoConnection("gone")

    monkeypatch.setattr(RedisRota, "change", gone)
    result = running.types("rota", "leave", "--who", "boyd", "--until", soon(5))
    assert result.exit_code == 1
    assert cli_world.UNSURE.format(look="bridge rota log") in result.output


def test_a_store_that_cannot_be_read_is_no_reason_to_keep_quiet(running: Terminal, redis: Redis) -> None:
    redis.hset("ledger", mapping={"version": 1, "doc": "not a ledger"})
    result = running.types("oncall")
    assert result.exit_code == 0
    assert cli_rota.FILES_ONLY in result.stderr
    assert "Lt. Rene Landry" in result.stdout


def test_a_broken_configuration_is_reported_before_anything_else(tmp_path: Path) -> None:
    for words in (("oncall",), ("rota", "log")):
        result = typed(*words, BRIDGE_CONFIG=str(tmp_path), BRIDGE_DATA=str(tmp_path))
        assert result.exit_code == 1
        assert "roster.toml" in result.output
