"""How the parts of the bridge are, from what they say of themselves and from what became of messages. Instants: seconds, UTC.

The words of a vital hold for as long as nothing changes: how long ago something was is for the page to count, from `Vital.at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.core import circuit_words
from bridge.core.board_words import clock
from bridge.core.circuit import CarrierNews
from bridge.core.model import Message, Request, Status

SILENT_AFTER = 15.0  # seconds: a process that has not been heard for so long is taken for dead
FALTERS = 5.0  # seconds: from then on the page shows how long ago it was heard
LATE = 5.0  # seconds past its time after which an effect of the outbox is called overdue
TOO_LATE = 60.0  # seconds: an effect overdue for so long means that pages do not leave
CANARY_LATE = 180.0  # seconds: three canaries
CANARY_SLOW = 15.0  # seconds: longer than the store gives a worker that was killed
CARRIER_QUIET = 180.0  # seconds: it is asked four times a minute
ERROR_SHOWN = 24 * 3600.0  # seconds for which the last error of a carrier that answers again is told
TEXTS = "Texts"  # the name of the vitals about people whom no text reaches
NOT_VERIFIED = "30032"  # https://www.twilio.com/docs/api/errors/30032: every text of the line fails


class Health(StrEnum):
    """How a part of the bridge is."""

    GOOD = "good"
    UNKNOWN = "unknown"
    BAD = "bad"


@dataclass(frozen=True)
class Vital:
    """One part of the bridge in the health strip: `said` in a few words. `at` is the instant that they speak of, to be counted
    from, or None. `todo` is a sentence on what a part that is not good means, and what to do; else ""."""

    name: str
    health: Health
    said: str
    at: float | None = None
    todo: str = ""

    @property
    def line(self) -> str:
        """Name and words, as one line."""
        return f"{self.name}: {self.said}"


@dataclass(frozen=True)
class StoreCondition:
    """How the store is. `durable`: whether what it has answered is on disk and stays there; None where it does not tell.

    `faults` are what is wrong with it, in words. Of the outbox: so many effects wait for their time or are under way, so many
    are `overdue`, the oldest of them since `oldest_at`."""

    durable: bool | None = True
    faults: tuple[str, ...] = ()
    waiting: int = 0
    overdue: int = 0
    oldest_at: float | None = None


@dataclass(frozen=True)
class CanaryNews:
    """The last canary that came back, when and after how many seconds, and since when the present one is under way."""

    done_at: float | None = None
    took: float = 0.0
    begun_at: float | None = None


@dataclass(frozen=True)
class Step:
    """The machine's clock was set `by` so many seconds at `at`; the bridge goes on by its own time until nothing is open."""

    by: float
    at: float


@dataclass(frozen=True)
class Signs:
    """What the parts of the bridge say of themselves. `beats` are heartbeats ("worker:1", "clock:2")."""

    beats: Mapping[str, float] = field(default_factory=dict)
    store: StoreCondition = StoreCondition()
    carrier: CarrierNews = CarrierNews()
    canary: CanaryNews = CanaryNews()
    step: Step | None = None


def vitals(
    signs: Signs,
    requests: Sequence[Request],
    now: float,
    textless: Mapping[str, str],
    release: str,
    *,
    more: Sequence[Vital] = (),
) -> tuple[Vital, ...]:
    """The whole strip. `textless`: names of those whom texts do not reach any more, and why; `release`: our version; `more`:
    what else looks after the bridge."""
    return (
        _store(signs.store),
        _alive("worker", signs.beats, now),
        _alive("clock", signs.beats, now),
        _outbox(signs.store, now),
        _carrier(signs.carrier, requests, now),
        _canary(signs.canary, now),
        *more,
        *_texts(textless),
        *_time(signs.step, now),
        version(release),
    )


def nameless(strip: Sequence[Vital]) -> tuple[Vital, ...]:
    """The same strip for anybody: of those whom texts do not reach it tells how many."""
    count = sum(vital.name == TEXTS and vital.health is Health.BAD for vital in strip)
    if not count:
        return tuple(strip)
    first = next(n for n, vital in enumerate(strip) if vital.name == TEXTS)
    told = Vital(TEXTS, Health.BAD, f"{count} {'person' if count == 1 else 'people'} by voice only")
    return (*strip[:first], told, *(vital for vital in strip[first:] if vital.name != TEXTS))


def version(release: str) -> Vital:
    """Which bridge this is."""
    return Vital("Version", Health.GOOD, release)


def missing(signs: Signs, now: float) -> list[str]:
    """What is not there that it takes to keep a promise: empty where a call that comes now would be heard and paged."""
    found = [f"no {kind} heard for {SILENT_AFTER:g} s" for kind in ("worker", "clock") if not beating(kind, signs.beats, now)]
    if signs.store.durable is False:
        found.insert(0, f"store is not durable ({', '.join(signs.store.faults)})")
    if signs.store.oldest_at is not None and now - signs.store.oldest_at > TOO_LATE:
        found.append(f"outbox is overdue for more than {TOO_LATE:g} s")
    return found


def away(error: str) -> Vital:
    """The store does not answer: there is nothing else to say. `error` is a word for the reason."""
    todo = "Nothing can be promised or paged. Callers are put through to dispatch. Start the store again, or the network to it."
    return Vital("Store", Health.BAD, f"does not answer ({error})", todo=todo)


def beating(kind: str, beats: Mapping[str, float], now: float) -> int:
    """How many processes of this kind ("worker", "clock") have been heard lately."""
    return sum(abs(now - at) <= SILENT_AFTER for at in _of_kind(kind, beats))


def _of_kind(kind: str, beats: Mapping[str, float]) -> list[float]:
    return [at for name, at in beats.items() if name.partition(":")[0] == kind]


def _store(store: StoreCondition) -> Vital:
    faults = ", ".join(store.faults)
    if store.durable is False:
        todo = "A promise could be lost or refused. The store needs appendonly yes, appendfsync always, noeviction and a disk."
        return Vital("Store", Health.BAD, f"not durable: {faults}", todo=todo)
    if store.durable is None:
        todo = "The store does not tell its settings. Ask whoever runs it whether every write is on disk before it is answered."
        return Vital("Store", Health.UNKNOWN, f"answers, {faults}", todo=todo)
    if store.faults:
        return Vital("Store", Health.BAD, f"durable, but {faults}", todo="Look at the disk and the log of the store.")
    return Vital("Store", Health.GOOD, "durable")


def _alive(kind: str, beats: Mapping[str, float], now: float) -> Vital:
    alive, name = beating(kind, beats, now), kind.capitalize()
    last = max(_of_kind(kind, beats), default=None)
    if alive and last is not None:
        said = "running" if alive == 1 else f"{alive} running"
        return Vital(name, Health.GOOD, said, at=last if now - last > FALTERS else None)
    said = "never heard" if last is None else f"silent since {clock(last, now, seconds=True)}"
    means = {"worker": "No page leaves.", "clock": "No page follows another, and what is stuck stays stuck."}[kind]
    return Vital(name, Health.BAD, said, at=last, todo=f"{means} Start the {kind} process.")


def _outbox(store: StoreCondition, now: float) -> Vital:
    if not store.overdue or store.oldest_at is None:
        return Vital("Outbox", Health.GOOD, f"{store.waiting} waiting, none overdue" if store.waiting else "empty")
    said = f"{store.overdue} overdue, oldest since {clock(store.oldest_at, now, seconds=True)}"
    todo = "Texts or calls should have left and have not. Page by telephone, and look at the workers."
    return Vital("Outbox", Health.BAD, said, at=store.oldest_at, todo=todo)


def _carrier(news: CarrierNews, requests: Sequence[Request], now: float) -> Vital:
    messages = [m for request in requests for m in request.messages]
    waiting = sum(m.status is Status.WAITING and m.tries > 0 for m in messages)
    more = f", {waiting} waiting" if waiting else ""
    return _outage(news, more, now) or _answers(news, messages, more, now)


def _outage(news: CarrierNews, more: str, now: float) -> Vital | None:
    """What is known to be away, or None."""
    away = circuit_words.closed_channels(news.circuits, news.accounts)
    if away and (news.failing_since is None or not circuit_words.wholly(news.circuits, news.accounts)):
        return _channels_away(news, more, now)
    if news.failing_since is not None:
        return Vital("Carrier", Health.BAD, _failing(news, now) + more, todo=_REFUSES if news.reached else _AWAY)
    if len(news.accounts) > 1 and (over := circuit_words.taken_over(news.circuits, news.accounts, now)):
        return Vital("Carrier", Health.BAD, over + more, todo="The other account is used meanwhile. See to this one.")
    return None


def _answers(news: CarrierNews, messages: Sequence[Message], more: str, now: float) -> Vital:
    if more:
        return Vital("Carrier", Health.BAD, f"not taking messages{more}", at=news.answered_at, todo=_REFUSES)
    if any(m.status is Status.FAILED and m.word.endswith(NOT_VERIFIED) for m in messages):
        todo = "Every text fails until the number is verified for toll-free messaging. People are reached by voice only."
        return Vital("Carrier", Health.BAD, f"texts fail, the line is not verified ({NOT_VERIFIED})", todo=todo)
    if news.answered_at is None:
        return Vital("Carrier", Health.UNKNOWN, "not asked yet")
    if now - news.answered_at > CARRIER_QUIET:
        todo = "The clock process asks the carrier again and again, and has not. Start it again."
        return Vital("Carrier", Health.UNKNOWN, "not asked lately", at=news.answered_at, todo=todo)
    return Vital("Carrier", Health.GOOD, _last_error(news, now) + "answered", at=news.answered_at)


def _channels_away(news: CarrierNews, more: str, now: float) -> Vital:
    """Where nothing was tried for long, nobody knows: the next text or call will tell."""
    said = circuit_words.away(news.circuits, news.accounts, now)
    if abs(now - circuit_words.last_tried(news.circuits, news.accounts)) > CARRIER_QUIET:
        return Vital("Carrier", Health.UNKNOWN, f"{said}; not tried lately", todo="The next text or call will tell.")
    only = len(circuit_words.closed_channels(news.circuits, news.accounts)) == 1
    return Vital("Carrier", Health.BAD, said + more, todo=_ONE_WAY if only else _REFUSES)


_ONE_WAY = "What cannot go by one way goes by the other, where people take it. Look at the carrier's account."
_AWAY = "Texts and calls cannot leave; they are tried again by themselves. Page by telephone, and see to the network."
_REFUSES = "Texts and calls do not leave; they are tried again by themselves. Page by telephone; look at the carrier's account."


def _failing(news: CarrierNews, now: float) -> str:
    since = clock(news.failing_since or now, now, seconds=True)
    return f"refuses since {since}: {news.trouble}" if news.reached else f"not reachable since {since} ({news.trouble})"


def _last_error(news: CarrierNews, now: float) -> str:
    """It stands before the answer: how long ago that was, the page counts."""
    if news.failed_at is None or now - news.failed_at > ERROR_SHOWN:
        return ""
    return f"last error {clock(news.failed_at, now, seconds=True)}: {news.trouble}; "


def _canary(news: CanaryNews, now: float) -> Vital:
    """A canary is a page to nobody: through outbox, clock, queue and worker, up to the carrier's door."""
    last = news.done_at if news.done_at is not None else news.begun_at
    if last is None:
        return Vital("Canary", Health.UNKNOWN, "not run yet")
    if now - last > CANARY_LATE:
        said = f"has not come back since {clock(last, now, seconds=True)}"
        todo = "A page to nobody, sent every minute, did not come through: others may be stuck too. Look at clock and workers."
        return Vital("Canary", Health.BAD, said, at=last, todo=todo)
    if news.done_at is None:
        return Vital("Canary", Health.UNKNOWN, "under way", at=last)
    if news.took > CANARY_SLOW:
        todo = "A page to nobody took too long, and so may others. There are too few workers, or the machine is overloaded."
        return Vital("Canary", Health.BAD, f"took {news.took:.0f} s", at=last, todo=todo)
    return Vital("Canary", Health.GOOD, f"took {news.took:.2f} s", at=last)


def _time(step: Step | None, now: float) -> list[Vital]:
    """Only where the clock was set while something was open: told until the two agree again."""
    if step is None:
        return []
    minutes, seconds = divmod(round(abs(step.by)), 60)
    by = f"{'+' if step.by > 0 else '-'}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    said = f"the machine's clock jumped by {by} at {clock(step.at, now, seconds=True)}"
    todo = "Nothing to do for open requests: the bridge keeps its own time until nothing is open. See why the clock was set."
    return [Vital("Time", Health.BAD, said, todo=todo)]


def _texts(textless: Mapping[str, str]) -> list[Vital]:
    if not textless:
        return [Vital(TEXTS, Health.GOOD, "nobody has opted out")]
    return [_textless(name, why) for name, why in sorted(textless.items())]


def _textless(name: str, why: str) -> Vital:
    landline = why.startswith("landline")
    said = f"{name} {'has a landline' if landline else 'has opted out'}, voice only"
    mend = "Put a mobile number into roster.toml." if landline else "They text START to the line to get texts again."
    return Vital(TEXTS, Health.BAD, said, todo=f"They are called instead. {mend}")
