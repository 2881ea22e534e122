"""Whether the bridge is alive and ready, for machines. Nothing personal, and no log-in."""

from flask import Blueprint, Response, jsonify, make_response

from bridge.actions import desk
from bridge.actions.world import World


def blueprint(world: World) -> Blueprint:
    """`/health/live`: this process answers. `/health/ready`: a call that comes now would be heard and paged."""
    bp = Blueprint("health", __name__)

    @bp.get("/health/live")
    def live() -> Response:
        return jsonify(live=True)

    @bp.get("/health/ready")
    def ready() -> Response:
        missing = desk.missing(world)
        return make_response(jsonify(ready=not missing, missing=missing), 503 if missing else 200)

    return bp
