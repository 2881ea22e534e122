"""Whether the bridge is alive and ready, for machines. Nothing personal, and no log-in for what a machine needs.

A stranger is told what is missing, and which part is not well, and nothing of how much there is to do, how the store is set
up, or which release this is. Whoever is logged in sees the strip too.

`ready` is for whoever watches the bridge, not for a load balancer: a web process without a store, or a bridge without a
carrier, still puts callers through to dispatch and must not be taken away. A carrier that fails makes the bridge `degraded`:
calls are heard and promises are kept on disk, and to start anything of ours again would mend nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

from flask import Blueprint, Response, jsonify, make_response

from bridge.actions import health
from bridge.actions.health import Report
from bridge.actions.world import World
from bridge.core.errors import AccountsAway
from bridge.web import sessions

WITHIN = 0.8  # seconds: an answer within one, also while the store hangs
LOOKING = 2  # looks at a store that hangs that may be under way at once


def blueprint(world: World) -> Blueprint:
    """`/health/live`: this process answers. `/health/ready`: a call that comes now would be heard and paged."""
    bp = Blueprint("health", __name__)
    looks = ThreadPoolExecutor(LOOKING, thread_name_prefix="health")

    @bp.get("/health/live")
    def live() -> Response:
        return jsonify(live=True)

    @bp.get("/health/ready")
    def ready() -> Response:
        report = _in_time(looks, world)
        told = _as_json(report) if _is_in(world) else _for_strangers(report)
        return make_response(jsonify(told), 200 if report.ready else 503)

    return bp


def _is_in(world: World) -> bool:
    try:
        return sessions.somebody(world) is not None
    except AccountsAway:
        return False


def _in_time(looks: ThreadPoolExecutor, world: World) -> Report:
    look = looks.submit(health.report, world)
    try:
        return look.result(WITHIN)
    except TookTooLong:
        look.cancel()  # one that has not begun is not worth beginning
        return health.unreachable("time-out")


def _as_json(report: Report) -> dict[str, object]:
    vitals = [{"name": v.name, "health": v.health.value, "said": v.said, "at": v.at} for v in report.vitals]
    return {"ready": report.ready, "missing": report.missing, "degraded": report.degraded, "vitals": vitals}


def _for_strangers(report: Report) -> dict[str, object]:
    """Without what stands in brackets, names of settings and of errors; and of each part no more than whether it is well."""
    missing = [each.partition(" (")[0] for each in report.missing]
    vitals = [{"name": v.name, "health": v.health.value} for v in report.vitals]
    return {"ready": report.ready, "missing": missing, "degraded": report.degraded, "vitals": vitals}
