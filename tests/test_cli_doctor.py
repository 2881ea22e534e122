"""What `bridge doctor` says of a bridge that is set well, and of each thing that is not."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridge.carrier import down
from bridge.cli import main
from bridge.core.rota import DISPATCH
from bridge.doctor import here, kept, line
from bridge.doctor.findings import Found, Level
from bridge.settings import Settings, load
from bridge.settings.alarms import AlarmRoutes
from bridge.simulator import Simulator
from tests.stories.story import NIGHT, ROOT

PUBLIC = "https://bridge.example.org"
KEY = "A" * 43 + "="
ELSEWHERE = "https://elsewhere.example.net/down.xml"


@pytest.fixture
def settings(tmp_path: Path, store_url: str) -> Settings:
    """A bridge that is set well."""
    environ = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path / "var"), "BRIDGE_PUBLIC_URL": PUBLIC}
    found = load({**environ, "BRIDGE_SEAL_KEYS": KEY, "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": "s" * 40})
    return replace(found, alarms=AlarmRoutes("https://alarms.example.org/hook"))


@pytest.fixture
def sim(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Its carrier, with the number as it should be; the documents for when it is down are taken for good ones."""
    with Simulator(
        account_sid=settings.account_sid,
        auth_token=settings.auth_token,
        line=settings.line,
        voice_url=f"{PUBLIC}/voice",
        sms_url=f"{PUBLIC}/sms",
        status_url=f"{PUBLIC}/voice/ended",
    ) as found:
        number = found.carrier.line
        number.voice_fallback_url = number.sms_fallback_url = ELSEWHERE
        number.voice_fallback_method = number.sms_fallback_method = "GET"
        monkeypatch.setattr(line, "_document", lambda url, wanted, desk, about, make: line.good(about, "there"))
        yield found


def at_the_carrier(settings: Settings, sim: Simulator) -> list[Found]:
    """What is said of the account."""
    return list(line.accounts(replace(settings, carrier_url=sim.base_url), NIGHT))


def ill(found: list[Found]) -> list[str]:
    return [each.said for each in found if each.level is Level.BAD]


def test_a_number_that_is_set_well_is_good_and_what_no_api_tells_is_left_to_people(settings: Settings, sim: Simulator) -> None:
    found = at_the_carrier(settings, sim)
    assert ill(found) == []
    assert {each.level for each in found} == {Level.OK, Level.HAND}
    by_hand = " ".join(each.said for each in found if each.level is Level.HAND)
    for word in ("PCI mode", "recording", "United States", "30032", "token", "BRIDGE_SEAL_KEYS"):
        assert word in by_hand


def _set(**values: Any) -> Callable[[Simulator], None]:
    return lambda sim: [setattr(sim.carrier.line, name, value) for name, value in values.items()] and None


def _account(**values: Any) -> Callable[[Simulator], None]:
    return lambda sim: [setattr(sim.carrier, name, value) for name, value in values.items()] and None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            _set(voice_url="https://hush:hush@other.example.org/voice"),
            f"the carrier asks somebody else, and not {PUBLIC}/voice",
        ),
        (_set(sms_url=""), f"the carrier asks nobody, and not {PUBLIC}/sms"),
        (_set(status_callback=f"{PUBLIC}/voice"), f"somebody else, and not {PUBLIC}/voice/ended"),
        (_set(voice_method="GET"), "by GET, and not by POST"),
        (_set(sms_method="GET"), "by GET, and not by POST"),
        (_set(voice_fallback_url=""), "there is no fallback address"),
        (_set(voice_fallback_url=f"{PUBLIC}/voice"), "the fallback address is ours"),
        (_set(sms_fallback_url="http://elsewhere.example.net/x"), "the fallback address is not https"),
        (_set(voice_caller_id_lookup=True), "callers' names are looked up"),
        (_set(voice_application_sid="AP" + "1" * 32), "voice_application_sid is set"),
        (_set(trunk_sid="TK" + "1" * 32), "trunk_sid is set"),
        (_account(recordings=["RE" + "1" * 32]), "it holds recordings of calls"),
        (_account(status="suspended"), "the account is suspended"),
        (_account(kind="Trial"), "the account is on trial"),
        (_account(auth_token="other"), "credentials refused (401)"),
    ],
)
def test_each_thing_that_is_wrong_at_the_carrier_is_said(
    wrong: Callable[[Simulator], None], said: str, settings: Settings, sim: Simulator
) -> None:
    wrong(sim)
    (fault,) = ill(at_the_carrier(settings, sim))
    assert said in fault
    assert "hush" not in fault


def test_records_that_are_older_than_a_day_are_counted(settings: Settings, sim: Simulator) -> None:
    sim.phone("+12565550177").dial().hang_up()
    sim.settle()
    assert ill(at_the_carrier(settings, sim)) == []  # by the story's clock it has not happened yet
    late = list(line.accounts(replace(settings, carrier_url=sim.base_url), 4e9))
    assert ill(late) == ["1 of 1 records of the line are older than a day"]


def test_a_line_that_the_account_does_not_have_is_said(settings: Settings, sim: Simulator) -> None:
    assert ill(at_the_carrier(replace(settings, line="+18005550199"), sim)) == ["the account has no such number as the line's"]


@pytest.fixture
def serve() -> Iterator[Callable[[int, str], str]]:
    """A server of documents: what it gives. Returns where."""
    servers: list[HTTPServer] = []

    def start(status: int, body: str) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                """Nothing."""

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


def test_the_document_for_when_we_are_down_is_fetched_and_read(settings: Settings, serve: Callable[[int, str], str]) -> None:
    wanted, desk = down.for_calls(settings, settings.accounts[0]), settings.roster.people[DISPATCH].phone

    def said(status: int, body: str) -> tuple[Level, str]:
        found = line._document(serve(status, body), wanted, desk, "x", "y")
        return found.level, found.said

    assert said(200, wanted + "\n")[0] is Level.OK
    assert said(200, wanted.replace("dispatch", "the desk")) == (
        Level.WARN,
        "the fallback document is not what we would print now",
    )
    assert said(200, wanted.replace(desk, "+12565550199")) == (
        Level.BAD,
        "the fallback document does not dial the desk of roster.toml",
    )
    assert said(404, wanted)[0] is Level.BAD
    assert said(200, "<html>")[0] is Level.BAD
    assert "does not answer" in line._document("http://127.0.0.1:9/", wanted, desk, "x", "y").said


def test_the_health_is_read_by_the_public_address(settings: Settings, serve: Callable[[int, str], str]) -> None:
    def said(status: int, told: dict[str, object] | str) -> tuple[Level, str]:
        where = serve(status, told if isinstance(told, str) else json.dumps(told))
        found = here._health(replace(settings, public_url=where))
        return found.level, found.said

    assert said(200, {"missing": [], "degraded": []}) == (Level.OK, "ready")
    assert said(200, {"missing": [], "degraded": ["Carrier"]}) == (Level.WARN, "the bridge is ready, and degraded: Carrier")
    assert said(503, {"missing": ["no worker"]}) == (Level.BAD, "the bridge is not ready: no worker")
    assert said(502, "<html>")[1] == "somebody else answers at the public address (status 502)"
    assert "nothing answers" in here._health(replace(settings, public_url="http://127.0.0.1:9")).said


def test_secrets_in_the_environment_and_weak_seals_are_said_without_a_secret(settings: Settings) -> None:
    environ = {"TWILIO_AUTH_TOKEN": "hush", "REDIS_URL_FILE": "/x"}
    (found,) = here._secrets(settings, environ)
    assert (found.level, found.said) == (Level.WARN, "in the environment: TWILIO_AUTH_TOKEN")
    assert "hush" not in repr(found)
    assert [each.level for each in here._secrets(replace(settings, exposed=("REDIS_URL_FILE",)), {})] == [Level.BAD]
    levels = [here._seal(replace(settings, seal_keys=keys)).level for keys in ((KEY,), (KEY, KEY), (), ("none",))]
    assert levels == [Level.OK, Level.WARN, Level.WARN, Level.BAD]


def test_files_that_others_can_read_are_named(settings: Settings) -> None:
    settings.data.mkdir(mode=0o700)
    settings = replace(settings, config=settings.data)
    assert [each.level for each in here._files(settings)] == [Level.OK]
    settings.data.chmod(0o755)
    assert [each.level for each in here._files(settings)] == [Level.WARN]


def test_the_store_is_looked_at(settings: Settings, redis: Any) -> None:
    assert ill(list(kept.store(settings))) == []
    redis.config_set("appendfsync", "everysec")
    try:
        assert ill(list(kept.store(settings))) == ["appendfsync is everysec"]
    finally:
        redis.config_set("appendfsync", "always")
    away = replace(settings, redis_url="unix:///nowhere")
    assert ill(list(kept.store(away))) == ["it does not answer (ConnectionError)"]


def test_the_command_says_everything_and_shows_no_secret(settings: Settings, sim: Simulator, store_url: str) -> None:
    environ = {
        "BRIDGE_CONFIG": str(ROOT / "config"),
        "BRIDGE_DATA": str(settings.data),
        "BRIDGE_PUBLIC_URL": "http://127.0.0.1:9",
    }
    environ |= {"BRIDGE_SEAL_KEYS": KEY, "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": "s" * 40, "TWILIO_BASE_URL": sim.base_url}
    done = CliRunner().invoke(main, ["doctor"], env=environ)
    assert done.exit_code == 1
    assert "is not https" in done.output
    assert "to look at by hand." in done.output.splitlines()[-1]
    told = json.loads(CliRunner().invoke(main, ["doctor", "--json"], env=environ).stdout)
    assert told["well"] is False
    assert {"about", "level", "said", "todo"} == set(told["found"][0])
    for secret in (KEY, "s" * 40, settings.auth_token):
        assert secret not in done.output + json.dumps(told)
