"""What a dispatcher does at the status page: what it answers to a form and to a script, to whom, and what it writes down."""

import itertools
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as NoConnection
from werkzeug.test import TestResponse

from bridge.core.errors import UnknownRequest
from bridge.core.events import Accepted, Contacted, Needed, Released, Reported, Ticked
from bridge.core.messages import wanted
from bridge.core.model import Place, Purpose, Request, State, Status
from bridge.web import board
from tests.conftest import logged
from tests.web.desk import CALLBACK, T0, Desk, log_in, token

ONCE = "0123456789abcdef0123456789abcdef"
GADSDEN = "Gadsden, Etowah County"
JSON = {"Accept": "application/json"}
ROUTES = {
    "page": {"fired": "1"},
    "page-person": {"person": "kirby"},
    "accept": {"person": "kirby"},
    "contacted": {"person": "crane"},
    "arrived": {"person": "crane"},
    "need": {"person": "crane", "people": "2"},
    "release": {"person": "crane"},
    "correct": {"place": GADSDEN},
    "silence": {"alarm": "overdue"},
    "close": {"reason": "test"},
    "reveal": {},
}


@pytest.fixture
def request_(desk: Desk) -> Request:
    """A caller from Oxford waits; Cpl. Theo Crane is on call there."""
    return desk.call()


class Clicks:
    """A dispatcher's clicks, as the page's script sends them."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.token = client, token(client.get("/"))

    def __call__(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data=fields, headers={**JSON, "X-CSRFToken": self.token})

    def on(self, request: Request, act: str, **fields: str) -> TestResponse:
        """An act on one request."""
        return self(f"/requests/{request.id}/{act}", **fields)


@pytest.fixture
def click(mary: FlaskClient) -> Clicks:
    return Clicks(mary)


def said(response: TestResponse) -> str:
    """What a click that was done answers."""
    assert (response.status_code, response.json["ok"]) == (200, True), response.text
    return str(response.json["said"])


def refusal(response: TestResponse, code: int) -> str:
    """What a click that was refused answers."""
    assert (response.status_code, response.json["ok"]) == (code, False), response.text
    return str(response.json["said"])


def paged(request: Request, person: str) -> int:
    return sum(m.person == person and m.purpose is Purpose.PAGE for m in request.messages)


def written(desk: Desk) -> list[tuple[str, str, str]]:
    """What was done to requests, and by whom, newest first."""
    return [(act.by, act.what, act.code) for act in desk.world.books.acts(100) if act.code]


# ---- each act


def test_the_next_rung_is_paged_once_however_often_it_is_clicked(click: Clicks, desk: Desk, request_: Request) -> None:
    assert said(click.on(request_, "page", fired="1")) == "The next rung goes now. Being paged: Cpl. Theo Crane by call."
    assert "had gone already, to Cpl. Theo Crane by call" in said(click.on(request_, "page", fired="1"))
    assert desk.world.store.load(request_.id).fired == 2
    assert written(desk) == [("mary", "paged the next rung", "412")]


def test_a_person_is_paged_once_however_often_it_is_clicked(click: Clicks, desk: Desk, request_: Request) -> None:
    assert said(click.on(request_, "page-person", person="kirby")) == "Being paged: Lt. Sam Kirby by text and call."
    assert "was paged a moment ago" in said(click.on(request_, "page-person", person="kirby"))
    assert paged(desk.world.store.load(request_.id), "kirby") == 2
    assert written(desk) == [("mary", "paged Lt. Sam Kirby", "412")]


def test_an_acceptance_for_somebody_who_phoned_in(click: Clicks, desk: Desk, request_: Request) -> None:
    assert said(click.on(request_, "accept", person="boyd", eta="20")) == (
        "Sgt. Dana Boyd has 412 now. The details are texted to them."
    )
    held = desk.world.store.load(request_.id)
    assert (held.accepted_by, held.eta_at) == ("boyd", T0 + 1200)
    desk.time += 1
    assert (
        said(click.on(request_, "accept", person="boyd", eta="20"))
        == "Sgt. Dana Boyd has it since 02:14. Nothing new was sent."
    )
    assert desk.world.store.load(request_.id) == held
    assert refusal(click.on(request_, "accept", person="kirby"), 409) == "Sgt. Dana Boyd has it since 02:14. Nothing was done."
    assert said(click.on(request_, "accept", person="boyd", eta="10")).endswith("They call by 02:24.")


def test_a_time_that_does_not_keep_the_promise_is_not_taken(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.time += 1200
    assert "due by 02:49" in refusal(click.on(request_, "accept", person="boyd", eta="31"), 400)
    assert desk.world.store.load(request_.id).state is State.OPEN


def test_a_contact_ends_it_and_is_said_once(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"))
    assert "Crane has reached the caller of 412" in said(click.on(request_, "contacted", person="crane"))
    assert "Crane has reached the caller of 412" in said(click.on(request_, "contacted", person="crane"))
    assert "Crane has reached this caller already" in refusal(click.on(request_, "contacted", person="boyd"), 409)
    assert [what for _, what, _ in written(desk)] == ["reported contact for Cpl. Theo Crane"]


def test_a_contact_that_was_made_after_it_had_gone_back_counts(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"), Released("crane"))
    said(click.on(request_, "contacted", person="crane"))
    ended = desk.world.store.load(request_.id)
    assert (ended.state, ended.accepted_by) == (State.CONTACTED, "crane")


def test_whoever_phones_in_has_reached_a_caller_whom_nobody_had(click: Clicks, desk: Desk, request_: Request) -> None:
    said(click.on(request_, "page-person", person="kirby"))
    _have_left(desk, request_)
    for _ in range(2):
        assert "Boyd has reached the caller of 412" in said(click.on(request_, "contacted", person="boyd"))
    ended = desk.world.store.load(request_.id)
    assert (ended.state, ended.accepted_by, ended.first_accepted_at) == (State.CONTACTED, "boyd", T0)
    waiting = [m for m in ended.messages if m.status is Status.WAITING and wanted(ended, m)]
    assert [(m.person, m.purpose) for m in waiting] == [("crane", Purpose.STAND_DOWN), ("kirby", Purpose.STAND_DOWN)]
    assert "Boyd has reached this caller already" in refusal(click.on(request_, "contacted", person="crane"), 409)
    assert written(desk)[0] == ("mary", "reported contact for Sgt. Dana Boyd", "412")


def test_two_who_are_told_of_two_coordinators_at_the_same_moment_note_one_contact(
    app: Flask, desk: Desk, request_: Request
) -> None:
    both = {}
    for person in ("boyd", "kirby"):
        client = app.test_client()
        assert log_in(client).status_code == 303
        both[person] = Clicks(client)
    answers = _at_once([lambda who=who, click=both[who]: click.on(request_, "contacted", person=who) for who in both])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(written(desk)) == 1


def test_who_has_it_can_be_spoken_for_after_they_have_left_the_roster(desk: Desk, mary: FlaskClient, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"))
    settings = desk.world.settings
    roster = settings.roster
    people = {name: person for name, person in roster.people.items() if name != "crane"}
    duties = tuple(duty for duty in roster.duties if "crane" not in duty.who)
    object.__setattr__(desk.world, "settings", replace(settings, roster=replace(roster, people=people, duties=duties)))
    click = Clicks(mary)
    assert "needed on scene" in said(click.on(request_, "need", person="crane", people="1"))
    assert "given back" in said(click.on(request_, "release", person="crane"))
    refusal(click.on(request_, "accept", person="crane"), 400)
    refusal(click.on(request_, "page-person", person="crane"), 400)


def test_people_are_needed_on_scene_and_arrive(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"))
    assert (
        said(click.on(request_, "need", person="crane", people="2")) == "Noted: 2 people are needed on scene for 412, by 05:14."
    )
    assert "is on scene for 412" in said(click.on(request_, "arrived", person="crane"))
    assert "is on scene for 412" in said(click.on(request_, "arrived", person="crane"))
    assert "is on scene since 02:14" in refusal(click.on(request_, "need", person="crane", people="1"), 409)


def test_it_is_given_back_once_and_paging_starts_over(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"))
    assert said(click.on(request_, "release", person="crane")).startswith("412 is given back, and paging starts over.")
    given_back = desk.world.store.load(request_.id)
    assert said(click.on(request_, "release", person="crane")) == "Nobody has 412 now, and paging goes on."
    assert desk.world.store.load(request_.id) == given_back


@pytest.mark.parametrize("act", ["contacted", "arrived", "need", "release"])
def test_what_the_page_no_longer_shows_truly_is_refused(click: Clicks, desk: Desk, request_: Request, act: str) -> None:
    desk.happens(request_, Accepted("crane"), Released("crane"), Accepted("boyd"))
    held = desk.world.store.load(request_.id)
    response = click.on(request_, act, person="crane", people="1")
    assert refusal(response, 409) == "Sgt. Dana Boyd has it since 02:14. Nothing was done."
    assert desk.world.store.load(request_.id) == held


def test_a_place_in_another_region_pages_there(click: Clicks, desk: Desk, request_: Request) -> None:
    told = said(click.on(request_, "correct", place="gadsden"))
    assert told == "Corrected for 412: the place. Being paged: Lt. Sam Kirby by text."
    assert desk.world.store.load(request_.id).place == Place("Gadsden", "Etowah", "F")
    assert written(desk) == [("mary", "corrected the place", "412")]
    assert said(click.on(request_, "correct", place=GADSDEN)) == "Nothing was different, and nobody was told anything."


def test_a_corrected_number_is_texted_to_who_has_it_and_a_second_request_with_it_is_named(click: Clicks, desk: Desk) -> None:
    first, second = desk.call(), desk.call(1, callback="+12565550138")
    desk.happens(first, Accepted("crane"))
    assert said(click.on(first, "correct", callback="(256) 555-0138")) == (
        "Corrected for 412: the number. Being told: Cpl. Theo Crane. Request 419 is open for the same number."
    )
    assert desk.world.store.load(first.id).callback == second.callback


def test_the_region_is_enough_where_the_place_is_not_known(click: Clicks, desk: Desk, request_: Request) -> None:
    said(click.on(request_, "correct", place="xyzzy plugh", region="F"))
    assert desk.world.store.load(request_.id).place == Place(region="F")


def test_what_sounds_like_a_place_of_another_region_is_asked_about(click: Clicks, desk: Desk, request_: Request) -> None:
    response = click.on(request_, "correct", place="gadsdn", region="A")
    assert "in another region" in refusal(response, 409)
    assert response.json["choices"] == [{"value": GADSDEN, "label": "Gadsden"}]
    said(click.on(request_, "correct", place=GADSDEN, region="A"))
    assert desk.world.store.load(request_.id).place.region == "F"


def test_an_alarm_is_silenced_while_it_is_on(click: Clicks, desk: Desk, request_: Request) -> None:
    assert refusal(click.on(request_, "silence", alarm="overdue"), 409) == "That alarm of 412 is not on. Nothing was done."
    desk.time += 1800
    for _ in range(2):
        assert "Dispatch is still called" in said(click.on(request_, "silence", alarm="overdue"))
    assert desk.world.store.load(request_.id).silenced == {"overdue"}
    assert len(written(desk)) == 1
    refusal(click.on(request_, "silence", alarm="fire"), 400)


def test_it_is_closed_once_and_for_one_reason(click: Clicks, desk: Desk, request_: Request) -> None:
    for _ in range(2):
        assert said(click.on(request_, "close", reason="test")) == "Request 412 is closed. Paging for it has stopped."
    assert "closed at 02:14, for this reason: A test or a drill" in refusal(
        click.on(request_, "close", reason="duplicate"), 409
    )
    assert written(desk) == [("mary", "closed: A test or a drill", "412")]


# ---- the number


def test_a_number_is_shown_once_it_is_written_down_who_sees_it(click: Clicks, desk: Desk, request_: Request) -> None:
    response = click.on(request_, "reveal")
    assert response.json == {"number": "(256) 555-0137", "tel": CALLBACK, "seconds": 30, "ok": True}
    assert response.headers["Cache-Control"] == "no-store"
    assert written(desk) == [("mary", "revealed the number", "412")]


def test_without_the_books_there_is_no_number(
    click: Clicks, desk: Desk, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.world.books, "record", _gone)
    response = click.on(request_, "reveal")
    assert refusal(response, 503) == board.UNSURE
    assert "0137" not in response.text


def test_a_number_that_nobody_knows_or_that_is_erased_is_not_shown(click: Clicks, desk: Desk) -> None:
    unknown, gone = desk.call(callback=""), desk.call(1)
    assert refusal(click.on(unknown, "reveal"), 409) == "No number is known for 412."
    said(click.on(gone, "close", reason="test"))
    desk.time += 3601
    desk.happens(gone, Ticked())
    refusal(click.on(gone, "reveal"), 404)
    assert [what for _, what, _ in written(desk)] == ["closed: A test or a drill"]


def test_without_a_script_a_number_is_a_page_that_goes_away(mary: FlaskClient, request_: Request) -> None:
    response = mary.post(f"/requests/{request_.id}/reveal", data={"csrf_token": token(mary.get("/"))})
    assert "(256) 555-0137" in response.text
    assert response.headers["Refresh"] == "30; url=/"
    with mary.session_transaction() as session:
        assert "0137" not in str(dict(session))


# ---- a call that is taken in by hand


def test_a_call_is_taken_in_and_paged_at_once(click: Clicks, desk: Desk) -> None:
    response = click("/take-in", once=ONCE, place="36203", callback="256 555 0199")
    made = desk.world.store.load(ONCE)
    assert said(response) == f"Taken in as request {made.code}, due by 02:44. Being paged: Cpl. Theo Crane by text."
    assert response.json["place"] == "Oxford, Calhoun County"
    assert (made.place, made.callback, made.incomplete) == (Place("Oxford", "Calhoun", "G"), "+12565550199", False)
    assert (made.opened_at, made.deadline_at) == (T0, T0 + 1800)
    assert written(desk) == [("mary", "took in a call by hand", made.code)]


def test_one_form_makes_one_request(click: Clicks, desk: Desk) -> None:
    form = {"place": "Oxford", "callback": "256-555-0199"}
    answers = {said(click("/take-in", once=once, **form)) for once in (ONCE, ONCE, str(uuid.UUID(ONCE)))}
    assert len(answers) == 1
    assert len(desk.world.store.requests()) == 1
    assert len(written(desk)) == 1


def test_two_who_send_the_same_form_before_either_is_stored_make_one_request(
    click: Clicks, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"once": ONCE, "place": "Oxford", "callback": "256-555-0199"}
    first, load, looks = said(click("/take-in", **form)), desk.world.store.load, itertools.count()
    desk.time += 1

    def looked_too_early(request_id: str) -> Request:
        if next(looks) == 0:
            raise UnknownRequest(id=request_id)
        return load(request_id)

    monkeypatch.setattr(desk.world.store, "load", looked_too_early)
    assert said(click("/take-in", **form)) == first
    assert len(written(desk)) == 1


def test_another_caller_in_a_form_that_was_used_is_not_lost_silently(click: Clicks, desk: Desk) -> None:
    said(click("/take-in", once=ONCE, callback="256-555-0199"))
    assert "open a new one" in refusal(click("/take-in", once=ONCE, callback="256-555-0198"), 409)


def test_the_number_of_somebody_who_waits_already_calls_again(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.time += 120
    response = click("/take-in", once=ONCE, place="Gadsden", callback="(256) 555-0137")
    assert said(response).startswith("Request 412 is open for this number, and counts as called again.")
    assert response.json["code"] == "412"
    (again,) = desk.world.store.requests()
    assert again.id == request_.id
    assert (again.place.label, again.place.region) == ("Gadsden", "F"), "what the caller says now is what counts"
    assert paged(again, "kirby") == 1


@pytest.mark.parametrize(("fields", "place", "callback"), [
    ({"place": "Oxford"}, Place("Oxford", "Calhoun", "G"), ""),
    ({"callback": "2565550199"}, Place(), "+12565550199"),
    ({"region": "B", "callback": "2565550199"}, Place(region="B"), "+12565550199"),
])  # fmt: skip
def test_one_of_the_two_may_be_missing(click: Clicks, desk: Desk, fields: dict[str, str], place: Place, callback: str) -> None:
    said(click("/take-in", once=ONCE, **fields))
    made = desk.world.store.load(ONCE)
    assert (made.place, made.callback) == (place, callback)
    assert made.incomplete is not (place.region != "" and callback != "")


@pytest.mark.parametrize(("fields", "words"), [
    ({"once": ONCE}, "Enter a place or a number"),
    ({"place": "Oxford"}, "not complete"),
    ({"once": "1", "place": "Oxford"}, "not complete"),
    ({"once": ONCE, "callback": "911"}, "cannot be called"),
    ({"once": ONCE, "callback": "+1 876 555 0100"}, "cannot be called"),
    ({"once": ONCE, "callback": "call me"}, "cannot be called"),
    ({"once": ONCE, "place": "xyzzy plugh"}, "No such place"),
    ({"once": ONCE, "place": "Meridian, Mississippi"}, "not in Alabama"),
    ({"once": ONCE, "region": "Z"}, "Choose a region"),
    ({"once": ONCE, "place": "x" * 60_000}, "No such place"),
    ({"once": ONCE, "place": "\x00\u202e"}, "No such place"),
])  # fmt: skip
def test_a_call_that_cannot_be_taken_in_is_refused_with_a_reason(
    click: Clicks, desk: Desk, fields: dict[str, str], words: str
) -> None:
    assert words in refusal(click("/take-in", **fields), 400)
    assert desk.world.store.requests() == []
    assert written(desk) == []


def test_our_own_line_is_no_number_to_call_back(click: Clicks, desk: Desk) -> None:
    for own in desk.world.settings.own_numbers:
        assert "cannot be called" in refusal(click("/take-in", once=ONCE, callback=own), 400)


def test_several_places_are_a_choice_and_a_choice_is_taken(click: Clicks, desk: Desk) -> None:
    response = click("/take-in", once=ONCE, place="West Jefferson")
    assert refusal(response, 409) == "There are two places that this may mean. Choose one."
    assert response.json["choices"] == [
        {"value": "West Jefferson, Jefferson County", "label": "West Jefferson"},
        {"value": "West Jefferson, Walker County", "label": "West Jefferson"},
    ]
    said(click("/take-in", once=ONCE, place=response.json["choices"][1]["value"]))
    assert desk.world.store.load(ONCE).place.county == "Walker"


def test_places_are_looked_up_without_standing_in_an_address(click: Clicks, mary: FlaskClient, desk: Desk) -> None:
    response = click("/places", place="36203")
    about = f"Region G, {desk.world.settings.regions['G'].about}"
    assert response.json["found"] == [{"value": "Oxford, Calhoun County", "label": "Oxford", "region": about}]
    assert len(click("/places", place="West Jefferson").json["found"]) == 2
    assert "No such place" in click("/places", place="xyzzy").json["said"]
    assert mary.get("/places?place=Oxford").status_code == 405


# ---- who may, and what else can go wrong


@pytest.mark.parametrize("act", ROUTES)
def test_who_may_only_look_and_who_is_nobody_does_nothing(
    walt: FlaskClient, app: Flask, desk: Desk, request_: Request, act: str
) -> None:
    desk.happens(request_, Accepted("crane"))
    standing = desk.world.store.load(request_.id)
    looks = Clicks(walt)
    for path, fields in ((f"/requests/{request_.id}/{act}", ROUTES[act]), ("/take-in", {"once": ONCE, "place": "Oxford"}),
                         ("/places", {"place": "Oxford"})):  # fmt: skip
        assert "role" in refusal(looks(path, **fields), 403)
        stranger = app.test_client().post(path, data=fields, headers=JSON)
        assert "Log in" in refusal(stranger, 401)
    assert desk.world.store.requests() == [standing]
    assert written(desk) == []


@pytest.mark.parametrize("act", ROUTES)
def test_a_form_that_is_not_ours_does_nothing(mary: FlaskClient, desk: Desk, request_: Request, act: str) -> None:
    response = mary.post(f"/requests/{request_.id}/{act}", data=ROUTES[act], headers=JSON)
    assert "no longer valid" in refusal(response, 400)
    assert desk.world.store.requests() == [request_]


@pytest.mark.parametrize("act", ROUTES)
def test_without_the_store_nothing_is_promised(
    click: Clicks, desk: Desk, request_: Request, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("load", "commit", "create"):
        monkeypatch.setattr(desk.world.store, method, _gone)
    for response in (click.on(request_, act, **ROUTES[act]), click("/take-in", once=ONCE, place="Oxford")):
        assert refusal(response, 503) == board.UNSURE
        assert "socket" not in response.text


@pytest.mark.parametrize("act", ROUTES)
def test_a_request_that_is_gone_is_told_so(click: Clicks, desk: Desk, request_: Request, act: str) -> None:
    said(click.on(request_, "close", reason="test"))
    desk.time += 3601
    desk.happens(request_, Ticked())
    for path in (f"/requests/{request_.id}/{act}", f"/requests/never/{act}"):
        assert "no such request any more" in refusal(click(path, **ROUTES[act]), 404)
    for which in (request_.id, "never"):
        assert "no such request any more" in refusal(click.client.get(f"/requests/{which}/messages", headers=JSON), 404)


@pytest.mark.parametrize(("act", "fields"), [
    ("page", {}), ("page", {"fired": "one"}), ("page", {"fired": "-1"}), ("page", {"fired": "9" * 400}),
    ("page", {"fired": "²"}),
    ("page-person", {}), ("page-person", {"person": "nobody"}), ("page-person", {"person": "Cpl. Theo Crane"}),
    ("accept", {}), ("accept", {"person": "boyd", "eta": "0"}), ("accept", {"person": "boyd", "eta": "91"}),
    ("accept", {"person": "boyd", "eta": "soon"}), ("contacted", {"person": ""}), ("arrived", {"person": "x" * 5000}),
    ("need", {"person": "crane"}), ("need", {"person": "crane", "people": "0"}), ("need", {"person": "crane", "people": "10"}),
    ("release", {"person": "\x00"}), ("correct", {}), ("correct", {"place": " "}), ("correct", {"callback": "1234"}),
    ("correct", {"region": "H"}), ("correct", {"place": "xyzzy plugh"}), ("silence", {}), ("close", {"reason": "because"}),
])  # fmt: skip
def test_bad_input_is_refused_with_a_reason_and_changes_nothing(
    click: Clicks, desk: Desk, request_: Request, act: str, fields: dict[str, str]
) -> None:
    assert refusal(click.on(request_, act, **fields), 400)
    assert desk.world.store.requests() == [request_]
    assert written(desk) == []


@pytest.mark.parametrize("path", ["/requests/req0/correct", "/take-in", "/places", "/rota/override", "/login", "/logout"])
def test_a_form_that_is_too_large_is_refused_in_our_words(click: Clicks, path: str) -> None:
    assert refusal(click(path, place="x" * 70_000), 413) == "That was more than this address takes."
    response = click.client.post(path, data={"place": "x" * 70_000})
    assert response.status_code == 413
    assert "That was more than this address takes." in response.text


def test_a_form_without_a_script_is_sent_back_to_the_page_or_told_why_not(
    mary: FlaskClient, desk: Desk, request_: Request
) -> None:
    ours = {"csrf_token": token(mary.get("/"))}
    done = mary.post(f"/requests/{request_.id}/page-person", data={**ours, "person": "kirby"})
    assert (done.status_code, done.location) == (303, "/")
    assert "Being paged: Lt. Sam Kirby by text and call." in mary.get("/").text
    refused = mary.post(f"/requests/{request_.id}/correct", data={**ours, "place": "West Jefferson"})
    assert refused.status_code == 409
    assert "West Jefferson, Walker County" in refused.text
    assert mary.post("/take-in", data={**ours, "once": ONCE}).status_code == 400
    assert mary.get(f"/requests/{request_.id}/page").status_code == 405


@pytest.mark.parametrize("act", ["page", "page-person", "accept", "close"])
def test_two_dispatchers_at_the_same_moment_do_it_once(app: Flask, desk: Desk, request_: Request, act: str) -> None:
    _ticks(desk)
    both = []
    for _ in range(2):
        client = app.test_client()
        assert log_in(client).status_code == 303
        both.append(Clicks(client))
    answers = _at_once([lambda click=click: click.on(request_, act, **ROUTES[act]) for click in both])
    assert {said(answer) != "" for answer in answers} == {True}
    assert len(written(desk)) == 1
    after = desk.world.store.load(request_.id)
    assert after.fired <= 2
    assert paged(after, "kirby") <= 2
    assert sum(m.purpose is Purpose.DETAILS for m in after.messages) <= 1


def test_one_form_that_is_sent_twice_at_the_same_moment_makes_one_request(app: Flask, mary: FlaskClient, desk: Desk) -> None:
    _ticks(desk)
    both = [Clicks(mary), Clicks(mary)]
    for click in both:
        click.client = app.test_client()
        click.client.set_cookie("bridge", _cookie(mary))
    form = {"once": ONCE, "place": "Oxford", "callback": "256-555-0199"}
    answers = _at_once([lambda click=click: click("/take-in", **form) for click in both])
    assert len({said(answer) for answer in answers}) == 1
    assert len(desk.world.store.requests()) == 1
    assert len(written(desk)) == 1


def test_what_was_done_stands_where_the_books_fail_and_that_is_logged(
    click: Clicks, desk: Desk, request_: Request, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(desk.world.books, "record", _gone)
    said(click.on(request_, "close", reason="test"))
    assert desk.world.store.load(request_.id).state is State.CLOSED
    assert f"what was done by hand was not written down request={request_.id} error=ConnectionError" in logged(caplog)


def test_neither_the_log_nor_the_books_nor_the_session_learn_where_or_who_the_caller_is(
    click: Clicks, mary: FlaskClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said(click("/take-in", once=ONCE, place="Talladega", callback="256-555-0199"))
    made = desk.world.store.load(ONCE)
    said(click.on(made, "correct", place=GADSDEN, callback="256-555-0198"))
    click.on(made, "reveal")
    refusal(click("/take-in", once=ONCE, place="Talladega", callback="256-555-0177"), 409)
    ours = {"csrf_token": click.token}
    mary.post(f"/requests/{made.id}/correct", data={**ours, "place": "Talladega", "callback": "2565550199"})
    with mary.session_transaction() as session:
        seen = f"{caplog.text} {desk.world.books.acts(100)} {dict(session)}"
    assert len(written(desk)) == 4
    for private in ("Talladega", "Gadsden", "Etowah", "0199", "0198", "0177"):
        assert private not in seen, private


def test_a_scene_alarm_is_silenced_after_the_caller_was_reached(click: Clicks, desk: Desk, request_: Request) -> None:
    desk.happens(request_, Accepted("crane"), Needed("crane"), Contacted("crane"))
    desk.time += 3 * 3600
    assert "silent at the board" in said(click.on(request_, "silence", alarm="scene"))


def _have_left(desk: Desk, request: Request) -> None:
    """The carrier has taken all that waited."""
    standing = desk.world.store.load(request.id)
    desk.happens(request, *(Reported(m.n, Status.SENT, sid=f"SM{m.n}") for m in standing.messages))


def _gone(*args: Any, **more: Any) -> Any:
    raise NoConnection("unix socket path")


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("bridge")
    assert found is not None
    return str(found.value)


def _ticks(desk: Desk) -> None:
    """Time passes by itself: no two things happen at the very same instant."""
    instants = itertools.count(1)
    object.__setattr__(desk.world, "now", lambda: T0 + next(instants) * 1e-3)


def _at_once(calls: list[Callable[[], TestResponse]]) -> list[TestResponse]:
    """What each of these answers, all begun at the same moment."""
    start, answers = threading.Barrier(len(calls)), list[TestResponse]()

    def run(call: Callable[[], TestResponse]) -> None:
        start.wait(10)
        answers.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
