"""What a dispatcher does at the status page, each a POST."""

import logging

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import acts
from bridge.actions.world import World
from bridge.core.errors import BridgeError, NotAllowed, UnknownRequest
from bridge.core.events import CLOSING_REASONS
from bridge.settings.passwords import Role
from bridge.web import auth, board
from bridge.web.hardening import refused

log = logging.getLogger(__name__)


def blueprint(world: World) -> Blueprint:
    """One route for each thing that a dispatcher can do to a request."""
    bp = Blueprint("acts", __name__)
    bp.before_request(lambda: auth.needs(world, Role.DISPATCH))

    @bp.post("/requests/<request_id>/close")
    def close(request_id: str) -> AnyResponse:
        reason = request.form.get("reason", "")
        if reason not in CLOSING_REASONS:
            return refused(400, "Choose a reason from the list. Nothing was closed.")
        user = auth.current(world)
        closed = acts.close(world, user.name if user else "", request_id, reason)
        log.info("request %s closed for %s by %s", closed.code, reason, user.name if user else "")
        flash(f"Request {closed.code} is closed. Paging for it has stopped.")
        return redirect(url_for("board.page"), 303)

    bp.register_error_handler(CSRFError, auth.no_token)
    bp.register_error_handler(BridgeError, _not_done)
    bp.register_error_handler(Exception, board.broken)
    return bp


def _not_done(error: BridgeError) -> Response:
    """A refusal by the law of requests, in a dispatcher's words."""
    state = str(error.details.get("state", ""))
    if isinstance(error, UnknownRequest) or state == "erased":
        return refused(404, "There is no such request any more: it has ended, and what was known about it is erased.")
    if isinstance(error, NotAllowed) and state == "contacted":
        return refused(409, "The coordinator has reached this caller already. There is nothing left to close.")
    if isinstance(error, NotAllowed):
        return refused(409, "This request was closed before, for another reason. It stays as it is.")
    return refused(409, "Somebody else changed this request at the same moment. Look at it again, then try once more.")
