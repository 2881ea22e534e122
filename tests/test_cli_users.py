"""`bridge users` and `bridge password`, as somebody types them, with a store and without."""

import re
import time
import tomllib
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner, Result
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from bridge import cli_users, cli_world
from bridge.actions.ports_board import Session
from bridge.cli import main
from bridge.settings import Role, User, check_password, codes, load
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from tests.stories.story import ROOT

PASSWORD = "correct horse battery"
SECRET = "a secret of at least thirty-two characters"


class Terminal:
    """The command, with a store or without."""

    def __init__(self, redis: "Redis[Any]", **environ: str) -> None:
        self._environ = {"BRIDGE_CONFIG": str(ROOT / "config"), **environ}
        self.accounts, self.books = RedisAccounts(redis, SECRET), RedisBooks(redis, SECRET)

    def types(self, *words: str, answers: str = "") -> Result:
        """One command, and what is typed where it asks."""
        result = CliRunner().invoke(main, words, input=answers, env=self._environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def adds(self, name: str, role: str = "dispatch") -> User:
        """A user who was not there."""
        result = self.types("users", "add", name, "--role", role, "--password", PASSWORD)
        assert result.exit_code == 0, result.output
        return self.accounts.users()[name]

    @property
    def done(self) -> list[str]:
        """What stands in the books, oldest first."""
        acts = self.books.acts(100)
        assert all((act.by, act.code) == (cli_world.me(), "") and abs(act.at - time.time()) < 60 for act in acts)
        return [act.what for act in reversed(acts)]


@pytest.fixture
def bridge(tmp_path: Path, redis: "Redis[Any]", store_url: str) -> Terminal:
    """The store answers."""
    return Terminal(redis, BRIDGE_DATA=str(tmp_path), REDIS_URL=store_url, BRIDGE_SECRET_KEY=SECRET)


@pytest.fixture
def alone(tmp_path: Path, redis: "Redis[Any]") -> Terminal:
    """Nothing runs."""
    return Terminal(redis, BRIDGE_DATA=str(tmp_path))


@pytest.fixture
def app_shows(monkeypatch: pytest.MonkeyPatch) -> str:
    """What an authenticator app shows that was given the secret, which is known beforehand here."""
    secret = pyotp.random_base32()
    monkeypatch.setattr(codes, "new_secret", lambda: secret)
    return pyotp.TOTP(secret).at(int(time.time()))


# ---- users


def test_a_user_who_was_added_is_kept_with_a_hash_and_a_role(bridge: Terminal) -> None:
    result = bridge.types("users", "add", "mary", answers=f"{PASSWORD}\n{PASSWORD}\n")
    assert "mary can log in now, with the role dispatch." in result.output
    assert PASSWORD not in result.output
    user = bridge.accounts.users()["mary"]
    assert (user.role, user.totp) == (Role.DISPATCH, "")
    assert check_password(user, PASSWORD)
    assert bridge.done == ["added the user mary with the role dispatch"]


def test_adding_an_administrator_says_that_a_second_factor_is_missing(bridge: Terminal) -> None:
    result = bridge.types("users", "add", "ada", "--role", "admin", "--password", PASSWORD)
    assert 'until "bridge users totp ada" was run, ada cannot log in' in result.output


@pytest.mark.parametrize("name", ["night desk", "", "-x", "mary\n", "m" * 65, "josé"])
def test_a_name_that_nobody_could_log_in_with_is_refused(bridge: Terminal, name: str) -> None:
    assert bridge.types("users", "add", "--password", PASSWORD, "--", name).exit_code == 2
    assert bridge.types("password", "--password", PASSWORD, "--", name).exit_code == 2
    assert bridge.accounts.users() == {}


@pytest.mark.parametrize("password", ["short", "x" * 513])
def test_a_password_that_is_too_short_or_could_not_be_typed_is_refused(bridge: Terminal, password: str) -> None:
    result = bridge.types("users", "add", "mary", "--password", password)
    assert result.exit_code == 2
    assert "10 to 512 characters" in result.output
    assert bridge.types("password", "mary", "--password", password).exit_code == 2
    assert bridge.accounts.users() == {}


def test_a_user_is_not_added_twice(bridge: Terminal) -> None:
    before = bridge.adds("mary")
    result = bridge.types("users", "add", "mary", "--password", "another password")
    assert result.exit_code == 1
    assert "There is a user mary already" in result.output
    assert bridge.accounts.users()["mary"] == before


def test_the_list_shows_file_and_command_and_who_cannot_log_in(bridge: Terminal) -> None:
    bridge.adds("zoe", "watch")
    bridge.adds("ada", "admin")
    assert bridge.types("users", "list").output.splitlines() == [
        "ada         admin     by command, CANNOT LOG IN without a second factor",
        "admin       admin     users.toml, second factor",
        "dispatcher  dispatch  users.toml",
        "watcher     watch     users.toml",
        "zoe         watch     by command",
    ]


def test_a_role_a_password_and_a_removal_take_effect_and_are_written_down(bridge: Terminal) -> None:
    bridge.adds("mary")
    assert bridge.types("users", "role", "mary", "watch").exit_code == 0
    assert bridge.accounts.users()["mary"].role is Role.WATCH
    assert bridge.types("users", "password", "mary", "--password", "another password").exit_code == 0
    assert check_password(bridge.accounts.users()["mary"], "another password")
    assert bridge.types("users", "remove", "mary").exit_code == 0
    assert bridge.accounts.users() == {}
    assert bridge.done[1:] == ["gave mary the role watch", "gave mary a new password", "removed the user mary"]


@pytest.mark.parametrize(
    "words",
    [
        ("role", "NAME", "watch"),
        ("password", "NAME", "--password", PASSWORD),
        ("totp", "NAME"),
        ("totp", "NAME", "--off"),
        ("remove", "NAME"),
    ],
)
def test_who_is_not_there_or_belongs_to_the_file_is_not_changed(bridge: Terminal, words: tuple[str, ...]) -> None:
    for name, says in (("nobody", "No user nobody was ever added by command"), ("dispatcher", "belongs to users.toml")):
        result = bridge.types("users", *(name if word == "NAME" else word for word in words))
        assert result.exit_code == 1
        assert says in result.output
    assert bridge.done == []


def test_a_name_of_the_file_cannot_be_added(bridge: Terminal) -> None:
    result = bridge.types("users", "add", "dispatcher", "--password", PASSWORD)
    assert result.exit_code == 1
    assert "belongs to users.toml" in result.output


def test_a_user_whom_the_file_has_too_can_be_removed_from_the_store(bridge: Terminal) -> None:
    bridge.accounts.put(User("watcher", "x", Role.ADMIN))
    assert "watcher was added by command too" in bridge.types("users", "list").output
    assert "stands in users.toml, and can still log in" in bridge.types("users", "remove", "watcher").output
    assert bridge.accounts.users() == {}


def test_a_role_that_is_none_is_refused(bridge: Terminal) -> None:
    bridge.adds("mary")
    assert bridge.types("users", "role", "mary", "boss").exit_code == 2


# ---- the second factor


def test_a_second_factor_is_stored_once_a_code_has_proved_it(bridge: Terminal, app_shows: str) -> None:
    bridge.adds("ada", "admin")
    result = bridge.types("users", "totp", "ada", answers=f"000 00\n{app_shows}\n")
    assert result.exit_code == 0, result.output
    secret = codes.new_secret()
    assert f"otpauth://totp/Peer%20support%20bridge:ada?secret={secret}" in result.output
    assert "█" in result.output
    assert "That is not the code" in result.output
    assert bridge.accounts.users()["ada"].totp == secret
    assert bridge.done[-1] == "gave ada a second factor"


def test_a_second_factor_that_nobody_proves_is_not_stored(bridge: Terminal) -> None:
    bridge.adds("ada", "admin")
    result = bridge.types("users", "totp", "ada", answers="1\n2\n3\n")
    assert result.exit_code == 1
    assert "Nothing was changed" in result.output
    assert bridge.accounts.users()["ada"].totp == ""
    assert len(bridge.done) == 1


def test_a_second_factor_can_be_taken_away(bridge: Terminal, app_shows: str) -> None:
    bridge.adds("ada", "admin")
    bridge.types("users", "totp", "ada", answers=f"{app_shows}\n")
    result = bridge.types("users", "totp", "ada", "--off")
    assert "ada cannot log in" in result.output
    assert bridge.accounts.users()["ada"].totp == ""
    assert bridge.done[-1] == "took the second factor of ada away"


# ---- a store that is away


@pytest.mark.parametrize("words", [("list",), ("add", "mary", "--password", PASSWORD), ("remove", "mary")])
def test_without_a_store_nothing_is_changed_and_that_is_said(alone: Terminal, words: tuple[str, ...]) -> None:
    result = alone.types("users", *words)
    assert result.exit_code == 1
    assert cli_world.NOT_DONE in result.output


def test_a_store_that_goes_away_halfway_leaves_it_open_and_that_is_said(
    bridge: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object) -> None:
        raise NoConnection

    monkeypatch.setattr(RedisAccounts, "put", gone)
    result = bridge.types("users", "add", "mary", "--password", PASSWORD)
    assert result.exit_code == 1
    assert "Look at `bridge users list`" in result.output


# ---- lines for users.toml


def users_of(result: Result, tmp_path: Path) -> dict[str, User]:
    """What becomes of the lines that were printed, once they stand in the file."""
    config = tmp_path / "config"
    config.mkdir()
    for file in (ROOT / "config").glob("*.*"):
        (config / file.name).write_bytes(file.read_bytes())
    (config / "users.toml").write_text(result.stdout)
    return dict(load({"BRIDGE_DATA": str(tmp_path), "BRIDGE_CONFIG": str(config)}).users)


def test_password_prints_lines_that_users_toml_takes(alone: Terminal, tmp_path: Path) -> None:
    result = alone.types("password", "mary", "--password", PASSWORD)
    user = users_of(result, tmp_path)["mary"]
    assert user.role is Role.DISPATCH
    assert check_password(user, PASSWORD)
    assert PASSWORD not in result.output


def test_password_prints_an_administrator_with_a_second_factor(alone: Terminal, tmp_path: Path, app_shows: str) -> None:
    words = ("password", "ada", "--role", "admin", "--totp", "--password", PASSWORD)
    result = alone.types(*words, answers=f"{app_shows}\n")
    assert result.exit_code == 0, result.output
    assert re.search("otpauth://totp/", result.stderr)
    assert list(tomllib.loads(result.stdout)) == ["user"]
    user = users_of(result, tmp_path)["ada"]
    assert (user.role, user.totp) == (Role.ADMIN, codes.new_secret())


def test_password_says_that_an_administrator_needs_more(alone: Terminal) -> None:
    result = alone.types("password", "ada", "--role", "admin", "--password", PASSWORD)
    assert cli_users.FILE_FACTOR in result.stderr


def test_sessions_are_listed_and_ended_by_name(bridge: Terminal) -> None:
    assert "Nobody is logged in." in bridge.types("users", "sessions").output
    for which, name in (("one", "mary"), ("two", "mary"), ("three", "Anna Lee (Agency)")):
        bridge.accounts.begin_session(which, Session(name, time.time()), 3600)
    listed = bridge.types("users", "sessions").output
    assert listed.count("mary               since ") == 2
    assert "Anna Lee (Agency)  since " in listed
    assert bridge.types("users", "logout", "mary").output == "mary is logged out everywhere; 2 sessions ended.\n"
    assert bridge.types("users", "logout", "Anna Lee (Agency)").output.endswith("everywhere; 1 session ended.\n")
    assert "Nobody is logged in." in bridge.types("users", "sessions").output
    assert bridge.done == ["logged mary out everywhere", "logged Anna Lee (Agency) out everywhere"]
    unknown = bridge.types("users", "logout", "nobody")
    assert unknown.exit_code != 0
    assert "nobody" in unknown.output
