"""The bridge is down: what a caller hears then comes from a document on another machine, set as the number's fallback URL."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import main
from bridge.simulator import Simulator
from tests.stories.story import CALLER, ROOT, free_port, settings


def document(*options: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(main, ["fallback-twiml", *options], env={"BRIDGE_CONFIG": str(ROOT / "config")})
    assert result.exit_code == 0, result.output
    return result.output


class Elsewhere(BaseHTTPRequestHandler):
    """A web server that knows two documents and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(document(*(["--sms"] if "sms" in self.path else [])).encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sim(elsewhere: str, tmp_path: Path) -> Iterator[Simulator]:
    """A carrier whose webhooks lead to a port where nobody listens."""
    chosen, nobody = settings({"BRIDGE_DATA": str(tmp_path)}), f"http://127.0.0.1:{free_port()}"
    account = {"account_sid": chosen.account_sid, "auth_token": chosen.auth_token, "line": chosen.line}
    with Simulator(**account, voice_url=f"{nobody}/voice", sms_url=f"{nobody}/sms", voice_fallback_url=f"{elsewhere}/v") as sim:
        sim.configure(sms_fallback_url=f"{elsewhere}/sms")
        sim.phone(chosen.roster.people["dispatch"].phone).name = "dispatch"
        yield sim


def dispatch(tmp_path: Path) -> str:
    return settings({"BRIDGE_DATA": str(tmp_path)}).roster.people["dispatch"].phone


def test_a_caller_reaches_the_desk_also_where_it_answers_only_the_third_time(sim: Simulator, tmp_path: Path) -> None:
    call = sim.phone(CALLER).dial()
    for said in ("put through", "If you have talked", "If you have talked"):
        assert said in call.said_since_last()
        leg = sim.phone(dispatch(tmp_path)).ringing
        assert leg is not None
        leg.no_answer()
    assert "Please call again" in call.said_since_last()
    assert not call.live


def test_who_has_talked_to_the_desk_hears_that_they_can_hang_up(sim: Simulator, tmp_path: Path) -> None:
    call = sim.phone("anonymous").dial()
    leg = sim.phone(dispatch(tmp_path)).ringing
    assert leg is not None
    leg.answer()
    call.said_since_last()
    leg.hang_up()
    assert "you can hang up now" in call.said_since_last()


def test_a_coordinator_who_texts_hears_that_it_may_not_have_been_stored(sim: Simulator) -> None:
    (reply,) = sim.phone("+12565550101").send_text("1 412")
    assert "may NOT have stored" in reply


def test_the_documents_hold_nothing_that_changes_from_call_to_call() -> None:
    assert document() == document()
    assert "http" not in document() + document("--sms"), "nothing leads back to the bridge that is down"
