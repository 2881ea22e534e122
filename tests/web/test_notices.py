"""The webhooks of notices: only for the carrier, TwiML for whatever comes, and never a 500."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from bridge import wiring
from bridge.actions import notes, reachable
from bridge.actions.world import World
from bridge.core.model import Channel, Status
from bridge.web import create_app
from tests.stories import story
from tests.web.desk import NoQueue
from tests.web.test_door import post as signed

PUBLIC = "https://bridge.example.org"


@pytest.fixture
def world(redis: "Redis[Any]", tmp_path: Path) -> World:
    """A bridge behind a public https address, of which only the webhooks are asked."""
    chosen = story.settings({"BRIDGE_DATA": str(tmp_path), "BRIDGE_PUBLIC_URL": PUBLIC})
    made = wiring.world(chosen, redis, lambda: story.NIGHT)
    made.__dict__["queue"] = NoQueue()
    notes.say(made, "gap", "boyd", "notice.warning", {"list": "NOBODY is on call"}, channel=Channel.CALL)
    return made


@pytest.fixture
def app(world: World) -> Flask:
    return create_app(world)


def post(app: Flask, world: World, path: str, **form: str) -> str:
    """What the carrier is told to say."""
    answer = signed(app, path, form, token=world.settings.auth_token)
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    return " ".join(ET.fromstring(answer.data).itertext())


@pytest.mark.parametrize("path", ["/notice/gap/answered", "/notice/gap/key/1", "/notice/gap/receipt"])
def test_without_a_signature_nobody_is_let_in(app: Flask, path: str) -> None:
    assert app.test_client().post(path, data={"CallStatus": "completed"}).status_code == 403
    assert app.test_client().get(path).status_code == 405


def test_who_picks_up_hears_it_once_and_the_call_ends(app: Flask, world: World) -> None:
    said = post(app, world, "/notice/gap/answered", CallSid="CA1")
    assert said.count("NOBODY is on call") == 1
    assert "Goodbye" in said
    notice = world.rota.load_notice("gap")
    assert notice is not None
    assert notice.status is Status.ANSWERED
    post(app, world, "/notice/gap/receipt", CallSid="CA1", CallStatus="completed")
    after = world.rota.load_notice("gap")
    assert after is not None
    assert (after.status, after.sid) == (Status.ANSWERED, "CA1")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["sent", "delivered"], Status.DELIVERED),
        (["delivered", "sent", "sent"], Status.DELIVERED),
        (["undelivered"], Status.FAILED),
        (["failed", "delivered"], Status.FAILED),
        (["queued", "", "nonsense"], Status.WAITING),
    ],
)
def test_receipts_only_move_it_forward(app: Flask, world: World, words: list[str], status: Status) -> None:
    notes.tell(world, "n1", "boyd", "notice.swap_refused", {"who": "Crane"})
    for word in words:
        post(app, world, "/notice/n1/receipt", MessageSid="SM1", MessageStatus=word)
    notice = world.rota.load_notice("n1")
    assert notice is not None
    assert notice.status is status


def test_an_error_of_the_telephone_is_learned_from_a_receipt(app: Flask, world: World) -> None:
    notes.tell(world, "n1", "boyd", "notice.swap_refused", {"who": "Crane"})
    post(app, world, "/notice/n1/receipt", MessageSid="SM1", MessageStatus="undelivered", ErrorCode="30006")
    assert world.store.no_text() == {"boyd": f"landline {world.settings.roster.people['boyd'].phone}"}
    notes.tell(world, "n2", "boyd", "notice.swap_refused", {"who": "Crane"})
    post(app, world, "/notice/n2/receipt", MessageSid="SM2", MessageStatus="failed", ErrorCode="21610")
    assert world.store.no_text() == {"boyd": "opted out"}


@pytest.mark.parametrize("path", ["answered", "key/1", "key/3"])
@pytest.mark.parametrize("form", [{}, {"Digits": ""}, {"Digits": "1234"}, {"Digits": "*#*#*#*#*#"}, {"Digits": "１２３４"}])
@pytest.mark.parametrize("notice", ["gap", "unknown", "code-call-ogletree-1772525040"])
def test_whatever_is_keyed_is_answered(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture, notice: str, path: str, form: dict[str, str]
) -> None:
    reachable.ask_for_proof(world, "ogletree", Channel.CALL, "mary", "command")
    assert notice == "unknown" or world.rota.load_notice(notice)
    assert post(app, world, f"/notice/{notice}/{path}", **form)
    assert not [line for line in caplog.records if line.levelname == "ERROR"]
