"""Nights at the desk, for tests of the page and for the pictures in docs/: what is waiting, since when, and how far it is."""

from collections.abc import Callable

from bridge.actions import changes
from bridge.core.events import Accepted, Closed, Connecting, Contacted, Event, Needed, Reported, TalkEnded, Ticked
from bridge.core.model import Place, Request, State, Status
from bridge.core.rota import DISPATCH
from tests.web.desk import T0, Desk

TOWNS = (
    *(("Oxford", "Calhoun"), ("Mobile", "Mobile"), ("Huntsville", "Madison"), ("Selma", "Dallas"), ("Dothan", "Houston")),
    *(
        ("Tuscaloosa", "Tuscaloosa"),
        ("Birmingham", "Jefferson"),
        ("Auburn", "Lee"),
        ("Florence", "Lauderdale"),
        ("Gadsden", "Etowah"),
    ),
    *(
        ("Montgomery", "Montgomery"),
        ("Decatur", "Morgan"),
        ("Prattville", "Autauga"),
        ("Foley", "Baldwin"),
        ("Enterprise", "Coffee"),
    ),
    *(("Cullman", "Cullman"), ("Jasper", "Walker"), ("Talladega", "Talladega"), ("Troy", "Pike"), ("Fort Payne", "DeKalb")),
)
DELIVERED = Reported(0, Status.DELIVERED, "delivered")


def place(desk: Desk, n: int) -> Place:
    """A town of the list, with the region that serves it."""
    town, county = TOWNS[n % len(TOWNS)]
    return Place(town, county, next(r.id for r in desk.world.settings.regions.values() if county in r.counties))


def waiting(desk: Desk, n: int, since: float, *events: Event, **more: object) -> Request:
    """A request that came `since` seconds ago, has gone up the ladder since then, and to which then these events happened."""
    now = desk.time
    desk.time = now - since
    more = {"place": place(desk, n), "callback": f"+1256555{100 + n % 100:04}", **more}
    request = desk.call(n, **more)  # type: ignore[arg-type]
    while (request.due_at or now) < now:
        desk.time = request.due_at or now
        request = settle(desk, desk.happens(request, Ticked()))
    desk.time = now
    for event in events:
        request = desk.happens(request, event)
    return request


def settle(desk: Desk, request: Request, call: tuple[Status, str] = (Status.FAILED, "no-answer")) -> Request:
    """What was to be sent has been sent: texts arrived, and of calls the carrier says this; else that nobody was there."""
    for message in request.messages:
        if message.status is Status.WAITING:
            end = (Status.DELIVERED, "delivered") if message.channel == "text" else call
            request = desk.happens(request, Reported(message.n, *end, sid=f"SM{message.n:032}"))
    return request


def ringing(desk: Desk, request: Request) -> Request:
    """The latest calls ring, and the latest texts have arrived."""
    return settle(desk, request, (Status.RINGING, "ringing"))


def first(request: Request) -> str:
    """Who was paged first."""
    return request.messages[0].person


def one(desk: Desk) -> None:
    """A request, three minutes old: the text has arrived, the telephone rings."""
    request = waiting(desk, 0, 95)
    ringing(desk, request)


def eight(desk: Desk) -> None:
    """A bad night: something of everything."""
    late = waiting(desk, 1, 1985)
    desk.happens(late, Reported(late.messages[-1].n, Status.RINGING, "ringing", sid="CA1"))
    taken = waiting(desk, 2, 100)
    desk.happens(taken, Accepted(first(taken), eta=T0 + 900))
    soon = waiting(desk, 3, 1290)
    ringing(desk, soon)
    urgent = waiting(desk, 4, 1560)
    ringing(desk, urgent)
    half = waiting(desk, 5, 20, hung_up=True, incomplete=True)
    ringing(desk, half)
    unknown = waiting(desk, 6, 245, place=Place(), callback="", incomplete=True)
    ringing(desk, unknown)
    there = waiting(desk, 7, 300)
    for event in (Accepted(first(there)), Connecting(first(there)), TalkEnded(first(there), answered=True)):
        desk.happens(there, event)
    for event in (Needed(first(there), 2), Contacted(first(there))):
        desk.happens(there, event)
    held = waiting(desk, 8, 1900)
    desk.happens(held, Accepted(first(held)))
    for n in (9, 10, 11):
        over = waiting(desk, n, 600 + 60 * n)
        desk.happens(over, Accepted(first(over)))
        desk.happens(over, Contacted(first(over)) if n != 10 else Closed("duplicate"))


def forty(desk: Desk) -> None:
    """A disaster: forty callers in half an hour."""
    for n in range(40):
        request = waiting(desk, n, 30.0 * n + 10)
        if n % 3 == 1 and request.state is State.OPEN:
            request = desk.happens(request, Accepted(first(request)))
        settle(desk, request)


def nobody(desk: Desk) -> None:
    """A region has nobody on call, and a request waits there."""
    region = place(desk, 4).region
    duty = desk.world.roster.on_duty(region, "on-call", desk.time)
    assert duty is not None
    changes.add_leave(desk.world, duty.id, desk.time - 60, desk.time + 7200, "mary", "board")
    backup = desk.world.roster.on_duty(region, "backup", desk.time)
    assert backup is not None
    changes.add_leave(desk.world, backup.id, desk.time - 60, desk.time + 7200, "mary", "board")
    ringing(desk, waiting(desk, 4, 40))


def overdue(desk: Desk) -> None:
    """Nobody has answered for more than half an hour."""
    late = waiting(desk, 0, 1861)
    ringing(desk, late)
    assert any(message.person == DISPATCH for message in late.messages)


SCENES: dict[str, Callable[[Desk], None]] = {
    "empty": lambda desk: None,
    "one": one,
    "eight": eight,
    "forty": forty,
    "overdue": overdue,
    "nobody": nobody,
}
