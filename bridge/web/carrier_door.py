"""The door that the carrier comes in by: signatures checked, and whatever breaks behind it answered with something true.

A webhook never answers with a 500: the carrier would say "an application error has occurred" and hang up.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import structlog
from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from bridge.actions import replays
from bridge.actions.world import World
from bridge.carrier.signature import Signatures
from bridge.core.errors import CountsNoMore
from bridge.store import connect

log = structlog.get_logger(__name__)

STORE = 6.0  # seconds that one webhook may spend on the store in all: the carrier waits fifteen for an answer, then hangs up

Handler = Callable[..., str]
EMPTY = "<Response/>"
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")  # a call, in the carrier's words


class Door:
    """A blueprint whose routes answer the carrier's signed POSTs with TwiML."""

    def __init__(self, name: str, world: World) -> None:
        self.blueprint, self._world = Blueprint(name, __name__), world
        self._public_url = world.settings.public_url
        # Any account of ours brings callers, replies and receipts. What it calls itself in them proves nothing, the signature
        # does; and another carrier, or an account below ours, may call itself otherwise than we call it.
        self._signatures = Signatures(token for account in world.settings.accounts for token in account.tokens)
        self.blueprint.before_request(self._check)

    def route(self, path: str, *, if_broken: Handler, of_our_call: bool = False) -> Callable[[Handler], Handler]:
        """A route whose handler returns TwiML. `if_broken`, with the same values, says what to do when the handler fails. What
        comes `of_our_call` counts only as long as that call goes on."""

        def decorate(handler: Handler) -> Handler:
            @wraps(handler)
            def guarded(**values: object) -> Response:
                return twiml(_guarded(self._going_on(handler) if of_our_call else handler, if_broken, values))

            self.blueprint.add_url_rule(path, handler.__name__, guarded, methods=["POST"])
            return handler

        return decorate

    def _going_on(self, handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(**values: object) -> str:
            if replays.is_over(self._world, call_sid()):
                raise CountsNoMore
            return handler(**values)

        return guarded

    def _check(self) -> None:
        if not self._signatures.genuine(self._url(), request.form, request.headers.get("X-Twilio-Signature")):
            abort(403, "This address answers the carrier only: the signature is missing or wrong.")

    def _url(self) -> str:
        """The URL that the carrier signed: the public base, and the path and query as they came, not as they were decoded."""
        raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
        return self._public_url + str(raw)


def call_sid() -> str:
    """The carrier's name for the call that this request is about, or ""."""
    return request.form.get("CallSid", "")[:64]


def call_ended(world: World) -> None:
    """Where this request says that a call of ours has ended: what is signed about it counts for a moment more."""
    if request.form.get("CallStatus") in ENDED:
        replays.ended(world, call_sid(), replays.OVERTAKEN)


def line_here(world: World) -> str:
    """The line (E.164) of the account that this request came from: a call there may show no other."""
    return world.settings.line_of(request.form.get("AccountSid", ""))


def from_here(world: World) -> World:
    """The world as seen from the account that this request came from."""
    return replace(world, here=world.settings.account_of(request.form.get("AccountSid", "")).name)


def twiml(document: str) -> Response:
    """A document as the carrier wants it; nobody on the way keeps it."""
    return Response(document, content_type="text/xml; charset=utf-8", headers={"Cache-Control": "no-store"})


def _guarded(handler: Handler, if_broken: Handler, values: dict[str, object]) -> str:
    try:
        with connect.within(STORE):
            return handler(**values)
    except HTTPException:
        raise
    except CountsNoMore:
        log.info("a webhook counts no more", handler=handler.__name__)
        return if_broken(**values)  # a copy is sent by nobody who is on the line; should it be somebody, they hear what to do
    except Exception as error:
        log.exception("a webhook failed", handler=handler.__name__, error=type(error).__name__)
        return if_broken(**values)
