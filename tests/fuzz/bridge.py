"""A bridge that has something to lose: requests in every state, a bundle, a notice."""

from bridge.core.events import Accepted, Closed, Contacted, Reported
from bridge.core.model import Status
from tests.web.desk import Desk

BUNDLE = "b1"
NOTICE = "n1"
IDS = ("req0", "req1", "req2", "req3", "nobody")


def furnished(desk: Desk) -> Desk:
    """One request waits, one was accepted, one is done, one is closed."""
    requests = [desk.call(n, callback=f"+1256555013{n}") for n in range(4)]
    for request in requests:
        desk.happens(request, Reported(0, Status.SENT, sid=f"SM{request.id}"))
    for request in requests[1:3]:
        desk.happens(request, Accepted(request.message(0).person))
    desk.happens(requests[2], Contacted(requests[2].message(0).person))
    desk.happens(requests[3], Closed("test"))
    desk.world.lanes.keep_bundle(BUNDLE, ["req0/0", "req1/0", "nobody/0"])
    return desk
