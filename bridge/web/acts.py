"""What a dispatcher does at the status page. Each is a POST: no place and no number of a caller stands in an address or a log.

A script that asks for JSON is answered `{"said": "…", "ok": true, …}`, or `{"said": why not, "ok": false}` with the code of the
refusal. A form is sent back to the status page, which says it, or gets a small plain page that says why not.
"""

from collections.abc import Callable

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import acts
from bridge.actions.acts import Done
from bridge.actions.world import World
from bridge.core import act_words, lookup, phones
from bridge.core.errors import BridgeError, NotNow, NotUnderstood, Undecided, UnknownRequest
from bridge.core.model import Place
from bridge.settings import Role
from bridge.web import auth, board
from bridge.web.hardening import refused, wants_json

LONGEST = 128  # characters of a field
SHOWN = 30  # seconds that a number is shown
INCOMPLETE = "This form is not complete. Load the page again. Nothing was done."
BUSY = "Somebody else changed this request at the same moment. Look at it again, then try once more."


def blueprint(world: World) -> Blueprint:
    """One address for each thing that a dispatcher can do."""
    bp = Blueprint("acts", __name__, template_folder="templates")
    bp.before_request(lambda: auth.needs(world, Role.DISPATCH))
    _about_requests(bp, world)
    _about_callers(bp, world)
    bp.register_error_handler(CSRFError, auth.no_token)
    bp.register_error_handler(BridgeError, _not_done)
    bp.register_error_handler(Exception, board.broken)
    return bp


def _about_requests(bp: Blueprint, world: World) -> None:
    def route(name: str, act: Callable[[str, str], Done]) -> None:
        bp.add_url_rule(
            f"/requests/<request_id>/{name}",
            name.replace("-", "_"),
            lambda request_id: _did(act(_me(world), request_id)),
            methods=["POST"],
        )

    route("page", lambda by, which: acts.page_next(world, by, which, _whole("fired")))
    route("page-person", lambda by, which: acts.page_person(world, by, which, _text("person")))
    route("accept", lambda by, which: acts.accept(world, by, which, _text("person"), _whole("eta") if _text("eta") else None))
    route("contacted", lambda by, which: acts.contacted(world, by, which, _text("person")))
    route("arrived", lambda by, which: acts.arrived(world, by, which, _text("person")))
    route("need", lambda by, which: acts.need(world, by, which, _text("person"), _whole("people")))
    route("release", lambda by, which: acts.release(world, by, which, _text("person")))
    route("correct", lambda by, which: acts.correct(world, by, which, **_caller()))
    route("silence", lambda by, which: acts.silence(world, by, which, _text("alarm")))
    route("close", lambda by, which: acts.close(world, by, which, _text("reason")))


def _about_callers(bp: Blueprint, world: World) -> None:
    @bp.post("/take-in")
    def take_in() -> AnyResponse:
        done = acts.take_in(world, _me(world), _text("once"), **_caller())
        return _did(done, place=lookup.written(done.request.place))

    @bp.post("/places")
    def places() -> AnyResponse:
        typed = _text("place")
        found = lookup.find(typed, world.ears)
        said = "" if len(found) == 1 else lookup.which(found) if found else lookup.why_none(typed, world.ears)
        listed = [{**_choice(place), "region": lookup.region_words(place, world.ears)} for place in found]
        return jsonify(found=listed, said=said, ok=True)

    @bp.post("/requests/<request_id>/reveal")
    def reveal(request_id: str) -> AnyResponse:
        number = acts.reveal(world, _me(world), request_id)
        area, exchange, line = phones.written(number).split("-")
        shown = f"({area}) {exchange}-{line}"
        if wants_json():
            return jsonify(number=shown, tel=number, seconds=SHOWN, ok=True)
        response = make_response(render_template("refused.html", code="Call back", reason=shown, log_in=False))
        response.headers["Refresh"] = f"{SHOWN}; url={url_for('board.page')}"
        return response


def _did(done: Done, **more: str) -> AnyResponse:
    if wants_json():
        return jsonify(said=done.said, ok=True, code=done.request.code, id=done.request.id, **more)
    flash(done.said)
    return redirect(url_for("board.page"), 303)


def _not_done(error: BridgeError) -> Response:
    """A refusal in a dispatcher's words."""
    match error:
        case UnknownRequest():
            return refused(404, act_words.GONE)
        case NotUnderstood():
            return refused(400, str(error))
        case Undecided():
            return _which(str(error), error.choices)
        case NotNow():
            return refused(409, str(error))
    return refused(409, BUSY)


def _which(said: str, places: tuple[Place, ...]) -> Response:
    if wants_json():
        return make_response(jsonify(said=said, ok=False, choices=[_choice(place) for place in places]), 409)
    return refused(409, f"{said} {'; '.join(map(lookup.written, places))}. Nothing was done.")


def _choice(place: Place) -> dict[str, str]:
    return {"value": lookup.written(place), "label": place.label}


def _caller() -> dict[str, str]:
    return {name: _text(name) for name in ("place", "region", "callback")}


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST]


def _whole(name: str) -> int:
    """A number of a form. Raises NotUnderstood."""
    text = _text(name)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotUnderstood(why=INCOMPLETE)
    return int(text)


def _me(world: World) -> str:
    user = auth.current(world)
    return user.name if user else ""
