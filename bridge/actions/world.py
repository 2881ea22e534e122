"""The world of an action: settings, ports and a clock, and the one way in which a request changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from bridge.actions.ports import Carrier, Lanes, Queue, Store
from bridge.actions.ports_board import Accounts, Books, Rota
from bridge.actions.ports_watch import Alarms, NoSteps, Steps, Watch
from bridge.core import copies
from bridge.core.errors import Conflict
from bridge.core.events import Effect, Event, Send
from bridge.core.intake import Ears
from bridge.core.model import Channel, Context, Request
from bridge.core.places import Gazetteer
from bridge.core.request import step
from bridge.core.rota import Roster
from bridge.core.speech import Voice
from bridge.settings import MAIN, Settings

log = structlog.get_logger(__name__)
MOST_CONFLICTS = 20


@dataclass(frozen=True)
class World:
    """Everything an action needs. Built in wiring, nowhere else."""

    settings: Settings
    gazetteer: Gazetteer
    store: Store
    rota: Rota
    lanes: Lanes
    carrier: Carrier
    queue: Queue
    books: Books
    accounts: Accounts
    alarms: Alarms
    watch: Watch
    now: Callable[[], float]  # seconds, UTC
    steps: Steps = NoSteps()
    here: str = MAIN  # the account by whose call or text we act, where it matters: two calls meet in no queue but of their own

    @property
    def roster(self) -> Roster:
        """Who is on call, by the files, the calendars and what people have changed."""
        base, (ledger, calendars) = self.settings.roster, self.rota.live()
        return replace(
            base,
            overrides=base.overrides + ledger.overrides,
            leaves=base.leaves + ledger.leaves,
            bookings=copies.bookings(calendars, [source.name for source in self.settings.calendars]),
        )

    @property
    def no_text(self) -> frozenset[str]:
        """Ids of those whom we page by no text: texts are blocked, or nobody has proved that they arrive, where that counts."""
        return self.blocked if self.settings.policy.text_unverified else self.blocked | self._unproven

    @property
    def blocked(self) -> frozenset[str]:
        """Ids of those whom no text can reach: they opted out, or the number that they have now is a landline."""
        people = self.settings.roster.people
        return frozenset(
            person
            for person, why in self.store.no_text().items()
            if not why.startswith("landline ") or (person in people and why == f"landline {people[person].phone}")
        )

    @property
    def _unproven(self) -> frozenset[str]:
        ledger, _ = self.rota.live()
        proofs = ((each, ledger.check(each.id, Channel.TEXT, each.phone)) for each in self.settings.roster.people.values())
        return frozenset(person.id for person, proof in proofs if proof is None or proof.answered_at is None)

    @property
    def context(self) -> Context:
        """What a step may know, as of now."""
        s = self.settings
        return Context(s.policy, self.roster, s.regions, no_text=self.no_text)

    @property
    def voice(self) -> Voice:
        """The agency's words. They need not know who can be texted."""
        s = self.settings
        return Voice(s.wording, Context(s.policy, s.roster, s.regions))

    @property
    def live_voice(self) -> Voice:
        """The agency's words, where they speak of who is on call now."""
        return Voice(self.settings.wording, self.context)

    @property
    def ears(self) -> Ears:
        """What it takes to understand a caller."""
        return Ears(self.gazetteer, self.voice.context, self.settings.own_numbers)

    def apply(self, request_id: str, *events: Event) -> Request:
        """Let events happen to a request, in one write, and see to their effects. Raises UnknownRequest, NotAllowed."""
        return self.change(request_id, *events)[1]

    def change(self, request_id: str, *events: Event) -> tuple[Request, Request]:
        """The same, and the request as it stood before: equal where nothing new has happened."""
        for _ in range(MOST_CONFLICTS):
            before, now, context = self.store.load(request_id), self.now(), self.context
            after, effects = before, list[Effect]()
            for event in events:
                after, more = step(after, event, context, now)
                effects += more
            if after == before and not effects:  # a receipt that says nothing new
                return before, before
            if self.store.commit(before, after, effects, now):
                self.hand_out(request_id, effects, now)
                return before, after
        raise Conflict(id=request_id, tries=MOST_CONFLICTS)

    def hand_out(self, request_id: str, effects: Sequence[Effect], now: float) -> None:
        """Give what can go now to the workers. What is lost here is in the outbox, and the clock finds it."""
        for effect in effects:
            if isinstance(effect, Send) and effect.at <= now:
                try:
                    self.queue.put(f"{request_id}/{effect.n}")
                except Exception as error:  # noqa: BLE001  the effect is stored: the clock hands it out again
                    log.warning("effect left to the clock", effect=f"{request_id}/{effect.n}", error=type(error).__name__)
