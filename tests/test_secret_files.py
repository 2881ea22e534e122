"""Secrets that stand in files: read once, by every process, and shown by none."""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from twilio.request_validator import RequestValidator

from bridge.cli import main
from bridge.core.errors import BadConfig
from bridge.settings import Settings, load, warnings
from bridge.settings.secret_files import SECRETS
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port

SID, TOKEN, SECOND = "AC" + "0" * 32, "f" * 32, "e" * 32
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
VALUES = {
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_AUTH_TOKEN_SECONDARY": SECOND,
    "BRIDGE_SECRET_KEY": "a secret of at least thirty-two characters",
    "BRIDGE_SEAL_KEYS": KEY,
    "REDIS_URL": "unix:///run/somewhere/valkey.sock",
    "BRIDGE_OIDC_CLIENT_SECRET": "the secret of a client",
    "BRIDGE_ALARM_SMTP": "smtp://user:password@mail.example.org:587",
    "BRIDGE_ALARM_WEBHOOK": "https://alarms.example.org/hook/token",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return {
        "BRIDGE_CONFIG": str(tmp_path / "config"),
        "BRIDGE_DATA": str(tmp_path / "var"),
        "TWILIO_ACCOUNT_SID": SID,
        "BRIDGE_LINE_NUMBER": "+18005550199",
        "BRIDGE_OIDC_ISSUER": "https://login.example.org",
        "BRIDGE_OIDC_CLIENT_ID": "bridge",
        "BRIDGE_OIDC_DISPATCH": "dispatchers",
        "BRIDGE_ALARM_MAIL_FROM": "bridge@example.org",
        "BRIDGE_ALARM_MAIL_TO": "desk@example.org",
    }


def written(folder: Path, values: dict[str, str], mode: int = 0o600) -> dict[str, str]:
    """A file for each of these, and the variables that lead to them."""
    found = {}
    for name, value in values.items():
        path = folder / name.lower()
        path.write_text(f"\n {value} \r\n", "utf-8")
        path.chmod(mode)
        found[f"{name}_FILE"] = str(path)
    return found


def faults(environ: dict[str, str]) -> str:
    with pytest.raises(BadConfig) as caught:
        load(environ)
    return str(caught.value)


def secrets_of(settings: Settings) -> list[object]:
    assert settings.oidc
    return [
        *(settings.auth_token, settings.second_token, settings.secret_key, *settings.seal_keys, settings.redis_url),
        *(settings.oidc.client_secret, settings.alarms.smtp, settings.alarms.webhook),
    ]


def test_every_secret_may_stand_in_a_file_and_is_the_same_as_in_the_environment(
    environ: dict[str, str], tmp_path: Path
) -> None:
    assert tuple(VALUES) == SECRETS
    assert secrets_of(load({**environ, **written(tmp_path, VALUES)})) == list(VALUES.values())
    assert secrets_of(load({**environ, **VALUES})) == list(VALUES.values())


def test_so_may_the_token_of_another_carrier_whatever_its_variable_is_called(environ: dict[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "config" / "policy.toml"
    other = 'name = "spare"\naccount = "AC11111111111111111111111111111111"\nline = "+18005550198"\ntoken_env = "SPARE_TOKEN"\n'
    policy.write_text(f"{policy.read_text('utf-8')}\n[[carrier]]\n{other}", "utf-8")
    tokens = {"SPARE_TOKEN": "1" * 32, "SPARE_TOKEN_SECONDARY": "2" * 32}
    (spare,) = load({**environ, **VALUES, **written(tmp_path, tokens)}).fallbacks
    assert spare.tokens == ("1" * 32, "2" * 32)
    assert "SPARE_TOKEN is not set" in faults({**environ, **VALUES})
    assert "SPARE_TOKEN_FILE" in faults({**environ, **VALUES, "SPARE_TOKEN_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("name", SECRETS)
def test_what_is_wrong_with_a_file_names_it_and_not_what_is_in_it(name: str, environ: dict[str, str], tmp_path: Path) -> None:
    rest = {other: value for other, value in VALUES.items() if other != name}
    file = written(tmp_path, {name: VALUES[name]})
    both = faults({**environ, **VALUES, **file})
    assert f"{name} and {name}_FILE are both set; leave one of them out" in both
    assert VALUES[name] not in both
    (tmp_path / "blank").write_text(" \n")
    wrong = {tmp_path / "nowhere": "cannot be read", tmp_path: "cannot be read", tmp_path / "blank": "is empty"}
    for path, says in wrong.items():
        told = faults({**environ, **rest, f"{name}_FILE": str(path)})
        assert f'{name}_FILE "{path}" {says}' in told
        assert not re.search(r"Errno|Traceback", told)


def test_a_file_that_holds_no_text_is_named_too(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")
    rest = {name: value for name, value in VALUES.items() if name != "BRIDGE_SECRET_KEY"}
    told = faults({**environ, **rest, "BRIDGE_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert "holds no text" in told
    assert "cannot be read (" not in faults({**environ, **rest, "BRIDGE_SECRET_KEY_FILE": " "}), "a blank one is none"
    assert "BRIDGE_SECRET_KEY_FILE" in faults({**environ, **rest, "BRIDGE_SECRET_KEY_FILE": "a\0b"})


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("short", "BRIDGE_SEAL_KEYS holds no key in place 1 of 1"),
        (f"{KEY},", "BRIDGE_SEAL_KEYS holds no key in place 2 of 2"),
        (f"{KEY},{KEY[:-1]}", "BRIDGE_SEAL_KEYS holds no key in place 2 of 2"),
        (f"{KEY},{'ä' * 43}=", "BRIDGE_SEAL_KEYS holds no key in place 2 of 2"),
        (f"{KEY},none", "BRIDGE_SEAL_KEYS says none in place 2; it can only stand first"),
    ],
)
def test_a_key_that_is_none_is_told_by_its_place_with_how_to_make_one(keys: str, says: str, environ: dict[str, str]) -> None:
    told = faults({**environ, **VALUES, "BRIDGE_SEAL_KEYS": keys})
    assert says in told
    assert KEY not in told
    if "holds no key" in told:
        (how,) = re.findall(r"make one with: python3 -c '(.*)'", told)
        made = subprocess.run([sys.executable, "-c", how], capture_output=True, text=True, check=True).stdout.strip()
        assert load({**environ, **VALUES, "BRIDGE_SEAL_KEYS": f" {made} , {KEY}"}).seal_keys == (made, KEY)


def test_a_key_may_be_none_at_first_and_none_need_be_given(environ: dict[str, str]) -> None:
    rest = {name: value for name, value in VALUES.items() if name != "BRIDGE_SEAL_KEYS"}
    assert load({**environ, **rest}).seal_keys == ()
    unsealed = load({**environ, **rest, "BRIDGE_SEAL_KEYS": f"none,{KEY}"})
    assert unsealed.seal_keys == ("none", KEY)
    assert [each for each in warnings(unsealed, 0.0) if "BRIDGE_SEAL_KEYS says none" in each]
    assert KEY not in repr(unsealed)


def test_a_file_that_anybody_can_read_is_a_doubt_of_bridge_check(environ: dict[str, str], tmp_path: Path) -> None:
    rest = {name: value for name, value in VALUES.items() if name != "BRIDGE_SEAL_KEYS"}
    doubt = "anybody on this machine can read the file that BRIDGE_SEAL_KEYS_FILE names"
    for mode, told in ((0o600, False), (0o640, False), (0o644, True)):
        file = written(tmp_path, {"BRIDGE_SEAL_KEYS": KEY}, mode)
        checked = CliRunner().invoke(main, ["check"], env={**environ, **rest, **file})
        assert (checked.exit_code, doubt in checked.output) == (0, told), checked.output
        assert KEY not in checked.output


# ---- the processes


KINDS = ("supervisord", "valkey", "gunicorn", "worker", "clock")


def descendants(pid: int) -> set[int]:
    """This process, and all that it has started."""
    with suppress(OSError):
        children = [int(each) for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]
        return {pid}.union(*map(descendants, children))
    return set()


def told(pid: int) -> dict[str, str]:
    """What this process and its descendants show to whoever looks: each command line, and the environment that goes with it."""
    found = dict[str, str]()
    for each in descendants(pid):
        with suppress(OSError):  # it has ended
            line, knows = (Path(f"/proc/{each}/{name}").read_text("utf-8", "replace") for name in ("cmdline", "environ"))
            found[line] = knows
    return found


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, str]]]:
    """`bridge run` with an account, and with every secret in a file."""
    port = free_port()
    kept = {name: VALUES[name] for name in ("TWILIO_AUTH_TOKEN", "BRIDGE_SECRET_KEY", "BRIDGE_SEAL_KEYS")}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "TWILIO_", "REDIS_"))}
    environ |= {
        "BRIDGE_CONFIG": str(ROOT / "config"),
        "BRIDGE_DATA": str(tmp_path / "var"),
        "TWILIO_ACCOUNT_SID": SID,
        "BRIDGE_LINE_NUMBER": "+18005550199",
        "TWILIO_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "BRIDGE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        **written(tmp_path, kept),
    }
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "bridge", "run"], env=environ, stdout=log, stderr=log, cwd=ROOT)
    yield process, environ
    for pid in sorted(descendants(process.pid)):  # the supervisor first, which would start the others again
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    log.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_no_secret_is_on_any_command_line_or_in_the_environment_of_any_process_and_all_of_them_know_it(
    whole: tuple["subprocess.Popen[bytes]", dict[str, str]], tmp_path: Path
) -> None:
    process, environ = whole
    url, form = f"{environ['BRIDGE_PUBLIC_URL']}/voice", {"CallSid": "CA1", "AccountSid": SID, "From": "+12565550177"}
    signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, form)}

    def answers() -> bool:
        try:
            return requests.post(url, form, headers=signed, timeout=5).status_code == 200
        except requests.RequestException:
            return False

    wait_until(answers, 60)
    wait_until(lambda: all(any(kind in line for line in told(process.pid)) for kind in KINDS))
    everything = [text for pair in told(process.pid).items() for text in pair]
    assert [each for each in VALUES.values() for text in everything if each in text] == []
    assert not [each for each in VALUES.values() if each in (tmp_path / "log").read_text("utf-8", "replace")]
