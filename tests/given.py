"""What the tests of the core start from: a small roster, the shipped ladder, a request from Oxford, a walk through its life."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bridge.core.events import Accepted, Event, Reported, Ticked
from bridge.core.messages import wanted
from bridge.core.model import Channel, Context, Message, Place, Policy, Purpose, Region, Request, Rung, State, Status, Who
from bridge.core.request import opened, step
from bridge.core.rota import ALABAMA, DISPATCH, Duty, Person, Roster

T0 = datetime(2026, 3, 3, 2, 4, tzinfo=ALABAMA).timestamp()  # a Tuesday, 2:04 AM
CALLER = "+12565550177"
OXFORD = Place("Oxford", "Calhoun", "G")
GADSDEN = Place("Gadsden", "Etowah", "F")
TEXT, CALL = Channel.TEXT, Channel.CALL

PEOPLE = (
    Person("boyd", "Sgt. Dana Boyd", "+12565550113"),
    Person("crane", "Cpl. Theo Crane", "+12055550114"),
    Person("kirby", "Lt. Sam Kirby", "+19385550111"),
    Person("ramsey", "Sgt. Eli Ramsey", "+13345550107"),
    Person("ogletree", "Ofc. Tess Ogletree", "+13345550108", text=False),
    Person("whitfield", "Capt. June Whitfield", "+13345550115"),
    Person("okafor", "Lt. Ben Okafor", "+12055550116"),
    Person(DISPATCH, "ALEA dispatch", "+13345550100", text=False),
)
DUTIES = (
    Duty("G", "on-call", ("boyd",)),
    Duty("G", "backup", ("crane",)),
    Duty("F", "on-call", ("kirby",)),
    Duty("D", "on-call", ("ramsey",)),
    Duty("D", "backup", ("ogletree",)),
)
REGIONS = {
    "D": Region("D", "Region D", "Montgomery and the east", ("Montgomery", "Lee"), ("G",)),
    "E": Region("E", "Region E", "the Shoals", ("Colbert",), ("F",)),
    "F": Region("F", "Region F", "Huntsville and Gadsden", ("Etowah", "Madison"), ("G",)),
    "G": Region("G", "Region G", "Anniston and Birmingham", ("Calhoun", "Jefferson", "Talladega"), ("F", "D")),
}
LADDER = (
    Rung(0.0, Who.ON_CALL, (TEXT,)),
    Rung(90.0, Who.ON_CALL, (CALL,)),
    Rung(240.0, Who.BACKUP, (TEXT, CALL)),
    Rung(480.0, Who.NEIGHBOURS, (TEXT, CALL)),
    Rung(720.0, Who.STATE, (TEXT, CALL)),
    Rung(960.0, Who.ON_CALL, (TEXT, CALL)),
    Rung(1200.0, Who.EVERYONE, (TEXT,)),
    Rung(1440.0, Who.DISPATCH, (CALL,)),
)
POLICY = Policy(LADDER)


def roster(*, duties: tuple[Duty, ...] = DUTIES, state: tuple[str, ...] = ("whitfield", "okafor")) -> Roster:
    """Everybody, with these duties."""
    return Roster({person.id: person for person in PEOPLE}, duties, state)


def context(*, duties: tuple[Duty, ...] = DUTIES, no_text: frozenset[str] = frozenset(), **policy: Any) -> Context:
    """What a step may know, with some of the policy changed."""
    return Context(replace(POLICY, **policy), roster(duties=duties), REGIONS, no_text)


def draft(**fields: Any) -> Request:
    """A request from Oxford that is not on the ladder yet."""
    return replace(Request("r1", "412", T0, T0 + 1800.0, OXFORD, CALLER), **fields)


@dataclass
class Walk:
    """One request through its life, with a carrier that takes everything unless `fate` says what becomes of it.

    `went` is what left: (seconds since the request was opened, person, channel, purpose).
    """

    context: Context
    request: Request
    fate: Mapping[tuple[str, Channel], Status] = field(default_factory=dict)
    carrier_is_away: bool = False
    now: float = T0
    went: list[tuple[float, str, str, str]] = field(default_factory=list)

    def does(self, event: Event, after: float = 0.0) -> "Walk":
        """The clock runs for so many seconds; then the event happens, and what it brings leaves."""
        self.passes(after)
        self.request, _ = step(self.request, event, self.context, self.now)
        return self._leaves()

    def accepted_by(self, person: str, after: float = 0.0, via: Channel = TEXT) -> "Walk":
        """Somebody takes it."""
        return self.does(Accepted(person, via), after)

    def passes(self, seconds: float) -> "Walk":
        """So much time passes, with a tick at every instant at which something is due."""
        until = self.now + seconds
        for _ in range(1000):
            due = self.request.due_at
            if due is None or due > until:
                self.now = until
                return self
            self.now = max(due, self.now)
            self.request, _ = step(self.request, Ticked(), self.context, self.now)
            self._leaves()
        raise AssertionError("a hot loop")

    def fails(self, person: str, channel: Channel = TEXT, word: str = "undelivered 30003") -> "Walk":
        """The last message to this person on this channel did not reach them."""
        return self.does(Reported(self.last(person, channel).n, Status.FAILED, word))

    def last(self, person: str, channel: Channel | None = None, purpose: Purpose | None = None) -> Message:
        """The last message to this person."""
        return next(
            m for m in reversed(self.request.messages)
            if m.person == person and channel in (None, m.channel) and purpose in (None, m.purpose)
        )  # fmt: skip

    def told(self, since: int = 0) -> list[tuple[str, str, str]]:
        """What left since that many messages: (person, channel, purpose)."""
        return [each[1:] for each in self.went[since:]]

    def pages(self) -> list[tuple[float, str, str]]:
        """The pages that left: (seconds since the request was opened, person, channel)."""
        return [(at, person, channel) for at, person, channel, purpose in self.went if purpose == "page"]

    def _leaves(self) -> "Walk":
        while not self.carrier_is_away and (waiting := [m for m in self.request.messages if m.status is Status.WAITING]):
            message = waiting[0]
            status = self.fate.get((message.person, message.channel), Status.SENT)
            if not wanted(self.request, message):
                status = Status.DROPPED
            else:
                self.went.append((self.now - T0, message.person, message.channel.value, message.purpose.value))
            sid = f"SM{message.n}" if status is Status.SENT else ""
            self.request, _ = step(self.request, Reported(message.n, status, sid=sid), self.context, self.now)
        return self


def walk(
    *, fate: Mapping[tuple[str, Channel], Status] | None = None, ctx: Context | None = None,
    carrier_is_away: bool = False, call_sid: str = "", **fields: Any,
) -> Walk:  # fmt: skip
    """A request was just opened, and what it brought has left."""
    known = ctx or context()
    request, _ = opened(draft(**fields), known, T0, call_sid=call_sid)
    return Walk(known, request, fate or {}, carrier_is_away)._leaves()


def in_state(state: State) -> Walk:
    """A walk that has come to this state by the shortest way that the table allows."""
    from bridge.core.events import Closed, Contacted

    there = walk(call_sid="CA1")
    if state in (State.ACCEPTED, State.CONTACTED, State.ERASED):
        there.accepted_by("boyd")
    if state in (State.CONTACTED, State.ERASED):
        there.does(Contacted("boyd"))
    if state is State.CLOSED:
        there.does(Closed("test"))
    if state is State.ERASED:
        there.passes(there.context.policy.erase_after)
    assert there.request.state is state
    return there


__all__ = ["CALL", "CALLER", "GADSDEN", "OXFORD", "T0", "TEXT", "Walk", "context", "draft", "in_state", "roster", "walk"]
