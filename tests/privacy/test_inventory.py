"""docs/privacy.md against the running system: what is stored, logged, sent or answered stands there, and nothing else does."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from redis import Redis

from bridge import logs
from bridge.actions import acts, reachable, users
from bridge.actions.ports import Attempt
from bridge.actions.ports_board import Session
from bridge.alarms import RoutedAlarms
from bridge.carrier import rest
from bridge.core.circuit import Circuit
from bridge.core.errors import CarrierRefused
from bridge.core.intake import Call
from bridge.core.ledger import CalendarCopy, Entry, Ledger, Notice, Proposal
from bridge.core.model import Channel, Request
from bridge.core.trail import Act, Outcome
from bridge.core.vigil import Vigil
from bridge.logs.fields import FIELDS
from bridge.settings import Role, User
from bridge.settings.oidc import Oidc
from bridge.store import backup
from bridge.web import create_app, live
from tests.privacy.inventory import fields_of, listed, said_in_source
from tests.privacy.written import Written
from tests.stories.story import Story
from tests.web.desk import cheap_hash, log_in

TYPES = {
    "request": Request,
    "call": Call,
    "outcome": Outcome,
    "act": Act,
    "ledger": Ledger,
    "entry": Entry,
    "calendar": CalendarCopy,
    "proposal": Proposal,
    "notice": Notice,
    "user": User,
    "session": Session,
    "vigil": Vigil,
    "circuit": Circuit,
    "attempt": Attempt,
}
STORED, KEYS = "Fields of what is stored", "Keys of the store"


def course(story: Story) -> None:
    """A story in which as much as possible is written down."""
    sent = story.asks_for_help()
    (first,) = story.world.store.requests()
    story.text("boyd", f"1 {first.code}")
    acts.correct(story.world, "mary", first.id, place="Gadsden, Etowah County", callback="256-555-0199")
    acts.reveal(story.world, "mary", first.id)
    story.text("boyd", f"NEED 2 {first.code}")
    story.text("boyd", f"DONE {first.code}")
    waiting = story.call("+12565550178").press("36203").press("1").press("1").silence().silence()
    story.settle()
    waiting.hang_up()
    story.call("+12565550179").press("36203").press("0")
    story.text("kirby", "COVER G until 06:00")
    story.text("kirby", "CONFIRM")
    story.text("kirby", "OFF fri 18:00 - sat 06:00")
    story.text("kirby", "CONFIRM")
    story.sim.phone("+12565550176").send_text("who is this")
    reachable.ask_for_proof(story.world, "boyd", Channel.TEXT, "mary", "command")
    users.add(story.world, "mary", "correct horse battery", Role.DISPATCH)
    story.world.store.block_texts("ogletree", "opted out")
    story.sim.faults.rest("503", times=3)
    story.asks_for_help("+12565550175")
    story.fast_forward(120)
    for request in story.world.store.requests():
        if request.state in ("open", "accepted"):
            acts.close(story.world, "mary", request.id, "reached")
    story.fast_forward(3700)
    story.swallow_everything()
    del sent


@pytest.fixture
def written(story: Story, store_url: str) -> Iterator[Written]:
    """What is written to the store in that story."""
    with Written(store_url.removeprefix("unix://")) as written:
        course(story)
        yield written
    story.errors.lines.clear()
    story.sim.journal.problems.clear()


def test_what_is_written_to_the_store_is_listed_and_a_job_is_given_an_id_only(written: Written) -> None:
    assert written.keys - listed(KEYS) == set()
    assert written.fields - listed(STORED) == set()
    assert {"req:*", "call:*", "outbox", "rq:job:*", "outcomes:*", "trail", "notice:*"} <= written.keys
    known = [re.compile(each.replace("ID/N", "[0-9a-f]{16}/[0-9]+").replace("/ID", "/[^/]+").replace("CHANNEL", "(text|call)"))
             for each in listed("Arguments of jobs")]  # fmt: skip
    assert written.jobs
    for job in written.jobs:
        function, _, arguments, more = job
        assert (function, more, len(arguments)) == ("workers.jobs.carry_out", {}, 1)
        assert any(each.fullmatch(arguments[0]) for each in known), arguments


def test_every_field_of_what_is_stored_is_listed() -> None:
    declared = set(chain.from_iterable(fields_of(name, type_) for name, type_ in TYPES.items()))
    assert declared - listed(STORED) == set()


def test_whatever_is_listed_is_there(written: Written) -> None:
    source = said_in_source()
    heads = {each.removesuffix("*").removesuffix(":") for each in listed(KEYS) if not each.startswith("rq:")}
    assert {head for head in heads if not re.search(rf"[\"'{{]{head}[\"':]", source)} == set()
    declared = set(chain.from_iterable(fields_of(name, type_) for name, type_ in TYPES.items()))
    others = {each for each in listed(STORED) - declared - written.fields if not each.startswith("rq:")}
    made = {
        each
        for each in others
        if each.rpartition(".")[2] in ("*", "format", "sealed") and each.partition(".")[0] in (*TYPES, "trail")
    }
    assert {
        each for each in others - made if not re.search(rf"[\"'{{ ]{re.escape(each.rpartition('.')[2])}[\"',=]", source)
    } - {each for each in others if each.endswith(".*")} == set()


def test_the_fields_of_the_log_are_those_that_may_be_written() -> None:
    assert listed("The log") == set(FIELDS) | set(logs.HEAD)


def test_the_addresses_are_those_of_the_application(story: Story) -> None:
    rules = {rule.rule for rule in create_app(story.world).url_map.iter_rules()}
    assert listed("Addresses") == rules
    with_provider = replace(
        story.world,
        settings=replace(story.world.settings, oidc=Oidc("https://login.example.org", "us", "secret", "roles", {}, "ALEA")),
    )
    more = {rule.rule for rule in create_app(with_provider).url_map.iter_rules()} - rules
    assert more == {"/login/provider", "/login/provider/back"}


@pytest.fixture
def board(story: Story) -> FlaskClient:
    """A dispatcher's browser, at the board of a story."""
    chosen = {"mary": User("mary", cheap_hash(), Role.DISPATCH)}
    app = create_app(replace(story.world, settings=replace(story.world.settings, users=chosen)))
    client = app.test_client()
    client.app = app  # type: ignore[attr-defined]
    assert log_in(client).status_code == 303
    return client


def test_the_fields_of_health_the_stream_and_the_cookie_are_listed(story: Story, board: FlaskClient) -> None:
    story.asks_for_help()
    story.swallow_everything()
    health = {**board.get("/health/ready").get_json(), **board.get("/health/live").get_json()}
    assert {*health, *(f"vitals.{name}" for vital in health["vitals"] for name in vital)} == listed("What health says")
    source = Path(str(live.__file__)).read_text("utf-8")
    trouble = re.search(r'_event\("trouble", \{(.*)\}\)', source)
    assert trouble
    told = {f"trouble.{name}" for name in re.findall(r'"(\w+)":', trouble[1])}
    assert _events(board) | told | {"beat.now", "beat.version"} == listed("What the board streams")
    assert _in_cookie(board) <= listed("Cookies")


def _events(board: FlaskClient) -> set[str]:
    stream = board.get("/live", buffered=False)
    found = set[str]()
    for part in stream.iter_encoded():
        for kind, data in re.findall(r"event: (\w+)\n(?:id: .*\n)?data: (.*)", part.decode()):
            found |= {f"{kind}.{name}" for name in json.loads(data)}
        if "board.html" in found:
            break
    stream.close()
    return found


def _in_cookie(board: FlaskClient) -> set[str]:
    app: Flask = board.app  # type: ignore[attr-defined]
    cookie = board.get_cookie("bridge")
    assert cookie
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    return set(serializer.loads(cookie.value))


def test_what_the_carrier_is_given_is_listed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    given, ask = set[str](), rest._BoundedClient.request

    def request(self: Any, method: str, uri: str, params: Any = None, data: Any = None, *more: Any, **others: Any) -> Any:
        given.update(name for name, value in (data or {}).items() if value is not None)
        return ask(self, method, uri, params, data, *more, **others)

    monkeypatch.setattr(rest._BoundedClient, "request", request)
    story.asks_for_help()
    story.fast_forward(120)
    story.swallow_everything()
    chosen = story.world.settings
    account = rest.TwilioCarrier(chosen.account_sid, chosen.auth_token, chosen.line, chosen.carrier_url)
    with suppress(CarrierRefused):  # this account has no such feature
        account.send_text("+12565550113", "text", f"{chosen.public_url}/page/0/0/receipt", discard=True)
    story.fast_forward(1)
    story.swallow_everything()
    assert given == listed("What the carrier gets and keeps")


def test_alarms_and_backups_have_the_listed_fields(redis: "Redis[Any]", tmp_path: Path) -> None:
    path = tmp_path / "backup"
    redis.set("changes", 1)
    backup.save(path, backup.take(redis, "0.5.0", 0.0))
    head = json.loads(path.read_bytes().split(b"\n", 1)[0])
    said = re.search(r"said = \{(.*)\}", Path(RoutedAlarms.send.__code__.co_filename).read_text("utf-8"))
    assert said
    assert {*(f"backup.{name}" for name in head), *(f"alarm.{name}" for name in re.findall(r'"(\w+)":', said[1]))} == listed(
        "Alarms and backups"
    )


def test_the_document_names_what_cannot_be_deleted() -> None:
    text = Path(str(listed.__wrapped__.__globals__["DOCUMENT"])).read_text("utf-8")
    part = text.partition("## What cannot be deleted from here")[2]
    for thing in ("30 days", "inspector", "Backups", "SSD", "telephone bill"):
        assert thing in part
