"""What holds for every answer of the web process: headers that let a browser do little, and refusals that say why."""

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from bridge.actions.world import World

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000"  # only where the public address is https
WHY = {
    404: "There is no such page. It may have been about a request that is erased by now.",
    405: "This address does not do that.",
    413: "That was more than this address takes.",
    500: "Something broke. It is in the log; nothing more is known here.",
}


def harden(blueprint: Blueprint, world: World) -> None:
    """Have the whole application that this blueprint joins send the headers, and small plain pages for what it refuses."""
    https = world.settings.public_url.startswith("https:")

    @blueprint.after_app_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    blueprint.app_errorhandler(HTTPException)(refusal_of)


def refusal_of(error: HTTPException) -> Response:
    """The refusal that the error carries, or one in our own words."""
    if error.response is not None:
        return make_response(error.response)
    return refused(error.code or 500, reason_of(error), error)


def reason_of(error: HTTPException) -> str:
    """What to tell a person: our own words where the code gave some, and never werkzeug's."""
    stock = type(error).description
    ours = error.description if error.description != stock else None
    return ours or WHY.get(error.code or 500, "This was refused.")


def wants_json() -> bool:
    """Whether a script asks, and not a person's browser by itself."""
    return request.accept_mimetypes.best == "application/json"


def refused(code: int, reason: str, error: HTTPException | None = None, *, log_in: bool = False) -> Response:
    """A small plain page that says why not, or the same for a script that asks for JSON, with the headers (such as Allow) that
    belong to the error."""
    if wants_json():
        response = make_response(jsonify(said=reason, ok=False), code)
    else:
        response = make_response(render_template("refused.html", code=code, reason=reason, log_in=log_in), code)
    for name, value in error.get_headers() if error else ():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response
