"""The line: every account at the carrier, in order, as one carrier. What each does is noted in the store, for all processes.

Whoever sends goes to the first account whose circuit for that channel lets it pass (see `bridge.core.circuit`), and to the next
one only where it is certain that nothing was taken: else somebody has to ask first what was. Where nobody asks anything, the
clock does.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TypeVar

import structlog

from bridge.actions import line_records
from bridge.actions.ports import Carrier, Store
from bridge.actions.world import World
from bridge.core.circuit import WELL, Circuit
from bridge.core.circuit_words import PING, closed_channels
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.core.records import Listing

log = structlog.get_logger(__name__)

NOTED = 5.0  # seconds: in a flood not every answer is written down
IDLE = 15.0  # seconds without a word from the carrier after which it is asked: no carrier is to be known within a minute
FAILING = 5.0  # seconds between questions to a carrier that fails
ASKING = 5.0  # seconds within which only one process asks
HURRY = 3.0  # seconds after which no further account is tried: a send has to be over while its claim holds
TOO_MANY = 429
HELD = 8.0  # seconds: whoever waits for its channel, and is not let go, looks for itself
TRIES = 5  # of noting, while others note as well
# Refusals that are about our line at this account, not about the recipient: https://www.twilio.com/docs/api/errors
OUR_FAULT = frozenset({20003, 21210, 21212, 21603, 21606, 21659, 21660, 30032})

T = TypeVar("T")


class Line:
    """See `bridge.actions.ports.Carrier`. `accounts`: name and carrier, the first one is used while it can be. `discarding`:
    names of those that are told to keep neither words nor numbers."""

    def __init__(
        self,
        accounts: Sequence[tuple[str, Carrier]],
        store: Store,
        now: Callable[[], float],
        discarding: Collection[str] = (),
    ) -> None:
        self._accounts, self._store, self._now, self._discarding = accounts, store, now, discarding
        self._good_at: float | None = None  # when this process last noted an answer, None where a failure came after it

    def send_text(self, to: str, body: str, report_url: str, *, discard: bool = False) -> str:  # noqa: ARG002
        """Whether it is to be discarded is each account's matter."""

        def send(account: str, carrier: Carrier) -> str:
            text = partial(carrier.send_text, to, body, report_url)
            return line_records.discarded(self._store, account, self._now, text) if account in self._discarding else text()

        return self._noted(lambda: self._send(Channel.TEXT, send))

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        def place(account: str, carrier: Carrier) -> str:
            return carrier.place_call(to, answer_url, report_url, ring_for)

        return self._noted(lambda: self._send(Channel.CALL, place))

    def forget(self, channel: Channel, sid: str) -> None:
        """At whichever account has the record. Where none has it, it is gone; one that could not be asked may have it."""
        try:
            line_records.forget(self._accounts, channel, sid)
        except CarrierBusy as error:
            if not error.details.get("trouble", error.details["reason"]):
                self._note("")  # it is not final, and somebody has said so
            raise  # a carrier that deletes nothing may take texts and calls all the same: records have a vital of their own
        except CarrierRefused:
            self._note("")
            raise
        self._note("")

    def records(self, desks: Collection[str]) -> Listing:
        """Of all accounts. Nothing is noted: whether a list is there says nothing of whether texts and calls leave."""
        return line_records.listed(self._accounts, desks)

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        return self._find(Channel.TEXT, lambda carrier: carrier.find_text(to, since, same))

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        return self._find(Channel.CALL, lambda carrier: carrier.find_call(to, since, known))

    def ping(self) -> None:
        """Every account is asked; raises what the first one raised, where none answers."""
        self._noted(self._ping)

    # ---- sending

    def _send(self, channel: Channel, ask: Callable[[str, Carrier], str]) -> str:
        """Through the first account that takes it. Raises CarrierBusy with `asked` False where none was asked."""
        began, failed = self._now(), list[CarrierBusy | CarrierRefused]()
        for account, carrier in self._accounts:
            if self._now() - began > HURRY or not self._let(account, channel):
                continue
            try:
                return self._asked(account, channel, carrier, partial(ask, account))
            except CarrierBusy as error:
                if not error.details.get("sure"):
                    raise
                failed.append(error)
            except CarrierRefused as error:
                if error.details["code"] not in OUR_FAULT:
                    raise
                failed.append(error)
        soon = (error for error in failed if isinstance(error, CarrierBusy))
        raise next(soon, failed[0]) if failed else self._closed(channel)

    def _asked(self, account: str, channel: str, carrier: Carrier, ask: Callable[[Carrier], str]) -> str:
        try:
            answer = ask(carrier)
        except CarrierBusy as error:
            self._failed(account, channel, error)
            raise
        except CarrierRefused:  # of this one recipient, say: the carrier itself is well
            self._change(account, channel, lambda _: WELL)
            raise
        self._change(account, channel, lambda _: WELL)
        return answer

    def _let(self, account: str, channel: str) -> bool:
        """Whether something may be sent there now. Of many processes one gets to probe a circuit that is open."""
        now, name = self._now(), _name(account, channel)
        known = self._store.circuits().get(name, WELL)
        if not known.lets(now):
            return False
        return not known.open or self._store.swap_circuit(name, known, known.probing(now))

    def _closed(self, channel: Channel) -> CarrierBusy:
        """Nobody may be asked now: they are away, or want to be left alone."""
        now, known = self._now(), self._store.circuits()
        waits = [known.get(_name(account, channel), WELL).retry_after(now) for account, _ in self._accounts]
        return CarrierBusy(reason=f"no {channel} can leave now", retry_after=min(waits), trouble="", sure=True, asked=False)

    def _failed(self, account: str, channel: str, error: CarrierBusy) -> None:
        now, trouble = self._now(), str(error.details.get("trouble", error.details["reason"]))
        if error.details.get("status") == TOO_MANY:
            wait = float(str(error.details["retry_after"]))
            return self._change(account, channel, lambda known: known.told_to_wait(now, wait, trouble))
        if trouble:
            reached = bool(error.details.get("reached", True))
            self._change(account, channel, lambda known: known.failed(now, trouble, reached=reached))

    def _change(self, account: str, channel: str, change: Callable[[Circuit], Circuit]) -> None:
        """A note that cannot be written must not undo what has left already: the next one will be."""
        try:
            for _ in range(TRIES):
                before = self._store.circuits().get(_name(account, channel), WELL)
                after = change(before)
                if after == before:
                    return
                if self._store.swap_circuit(_name(account, channel), before, after):
                    return self._let_go(channel) if before.open and not after.open else None
        except Exception as error:  # noqa: BLE001  whatever the store's reason
            log.warning("how an account is could not be noted", channel=channel, account=account, error=type(error).__name__)

    def _let_go(self, channel: str) -> None:
        """What waited for this circuit need not wait any more."""
        if channel in set(Channel):
            self._store.let_go(Channel(channel), self._now())

    # ---- asking

    def _find(self, channel: Channel, ask: Callable[[Carrier], str]) -> str:
        """At every account that can be asked now. One that is away cannot tell; one that fails just now might, soon. Where none
        can be asked nothing can leave either, and whoever is let in a moment later has to ask first."""
        asked, failed = False, None
        for account, carrier in self._accounts:
            if not self._store.circuits().get(_name(account, channel), WELL).lets(self._now()):
                continue
            asked = True
            try:
                if sid := self._looked_up(account, channel, carrier, ask):
                    return sid
            except CarrierBusy as error:
                failed = error
        if failed or not asked:
            raise failed or self._closed(channel)
        return ""

    def _looked_up(self, account: str, channel: Channel, carrier: Carrier, ask: Callable[[Carrier], str]) -> str:
        """Its failures open the channel's circuit, too, so that people are told another way; but no probe waits for them."""
        listed = f"{channel} list"
        if not self._let(account, listed):
            raise self._unlisted(account, listed)
        try:
            return self._asked(account, listed, carrier, ask)
        except CarrierRefused:  # it keeps no such list
            return ""
        except CarrierBusy as error:
            if not self._store.circuits().get(_name(account, channel), WELL).open:
                self._failed(account, channel, error)
            raise

    def _unlisted(self, account: str, listed: str) -> CarrierBusy:
        """The list of this account has failed, and is not asked for again just now."""
        known = self._store.circuits().get(_name(account, listed), WELL)
        return CarrierBusy(reason=f"no {listed}", retry_after=0.0, trouble=known.trouble, reached=known.reached)

    def _ping(self) -> None:
        failed = list[CarrierBusy]()
        for account, carrier in self._accounts:
            try:
                carrier.ping()
            except CarrierBusy as error:
                self._failed(account, PING, error)
                failed.append(error)
            except CarrierRefused:  # that is an answer, too
                self._change(account, PING, lambda _: WELL)
            else:
                self._change(account, PING, lambda _: WELL)
        if len(failed) == len(self._accounts):
            raise failed[0]

    # ---- noting

    def _noted(self, ask: Callable[[], T]) -> T:
        try:
            answer = ask()
        except CarrierBusy as error:
            if error.details.get("asked", True):
                self._note(str(error.details.get("trouble", error.details["reason"])), bool(error.details.get("reached", True)))
            raise
        except CarrierRefused:
            self._note("")
            raise
        self._note("")
        return answer

    def _note(self, trouble: str, reached: bool = True) -> None:
        try:
            self._write(trouble, reached, self._now())
        except Exception as error:  # noqa: BLE001  whatever the store's reason
            log.warning("how the carrier is could not be noted", error=type(error).__name__)

    def _write(self, trouble: str, reached: bool, now: float) -> None:
        if trouble:
            self._good_at = None
            self._store.carrier_failed(trouble, reached, now)
        elif self._good_at is None or abs(now - self._good_at) >= NOTED:
            self._good_at = now
            self._store.carrier_answered(now)


def _name(account: str, channel: str) -> str:
    return f"{account}/{channel}"


def closed(world: World, channel: Channel) -> float:
    """For how many seconds nothing can leave by this channel, not even a probe: 0 where something can now."""
    known, now = world.store.circuits(), world.now()
    circuits = [known.get(_name(account.name, channel), WELL) for account in world.settings.accounts]
    return 0.0 if any(circuit.lets(now) for circuit in circuits) else min(circuit.retry_after(now) for circuit in circuits)


def away(world: World) -> frozenset[Channel]:
    """By which channels nothing can leave now, at any account."""
    return closed_channels(world.store.circuits(), [account.name for account in world.settings.accounts])


def ask(world: World) -> None:
    """Ask the carrier how it is, where nothing has been heard for a while; whoever asks waits for the answer, so that nothing
    else should. Any number of processes may come here at once, and one asks. Raises what the store raises."""
    news, now = world.store.carrier_news(), world.now()
    wait = IDLE if news.failing_since is None else FAILING
    if news.last_at is not None and abs(now - news.last_at) < wait:
        return
    if world.store.first_time("ping", "", ASKING, now):
        try:
            world.carrier.ping()
        except (CarrierBusy, CarrierRefused) as error:
            level = logging.DEBUG if news.failing_since else logging.WARNING
            log.log(
                level, "the carrier was asked how it is", reason=error.details.get("reason"), code=error.details.get("code")
            )
