"""What must be true of the parts of the bridge: processes, store, carrier, and the canary that goes through all of them."""

from collections.abc import Iterator

from bridge.core.findings import Facts, Finding
from bridge.core.limits import ABUSE
from bridge.core.vitals import CANARY_LATE, CANARY_SLOW, SILENT_AFTER, CanaryNews, beating

BROKEN_TOLD = 300.0  # seconds for which it is said that a caller met a bridge that did not work
ABUSE_TOLD = 600.0  # seconds for which it is said that there was too much of something
HOLDS_BACK_CALLERS = {"flood", "withheld"}  # also those who are not to blame
CARRIER_AWAY = 20.0  # seconds without an answer: with the asking and two looks it is told within a minute
_MEANS = {"worker": "No page leaves.", "clock": "No page follows another, and what is stuck stays stuck."}


def processes(facts: Facts, now: float) -> Iterator[Finding]:
    for kind, means in _MEANS.items():
        if not beating(kind, facts.signs.beats, now):
            yield Finding("silent", kind, f"no {kind} was heard for {SILENT_AFTER:g} s", f"{means} Start the {kind} process.")


def canary(facts: Facts, now: float) -> Iterator[Finding]:
    news = facts.signs.canary
    last = news.done_at if news.done_at is not None else news.begun_at
    if last is not None and now - last > CANARY_LATE and not _under_way(news, now):
        words = "the page to nobody that is sent every minute does not come through"
        yield Finding("canary", "late", words, "Others may be stuck too. Look at clock and workers.")


def _under_way(news: CanaryNews, now: float) -> bool:
    """Whether the present one has only just set out: the bridge itself may have been down, and none was sent."""
    return news.begun_at is not None and 0 <= now - news.begun_at <= CANARY_SLOW


def durable(facts: Facts, now: float) -> Iterator[Finding]:
    store = facts.signs.store
    if store.durable is False or (store.durable and store.faults):
        words = f"the store {'may lose what it has answered' if store.durable is False else 'is in trouble'}"
        todo = "It needs appendonly yes, appendfsync always, noeviction, a disk, and to rewrite its files. Look at its log."
        yield Finding("durable", "store", f"{words}: {', '.join(store.faults)}", todo, grave=store.durable is False)


def carrier(facts: Facts, now: float) -> Iterator[Finding]:
    """No answer to anything that anybody has asked it."""
    news = facts.signs.carrier
    if news.failing_since is not None and now - news.failing_since > CARRIER_AWAY:
        words = f"the carrier {'refuses' if news.reached else 'cannot be reached'}: no text and no call leaves"
        yield Finding("carrier", "away", f"{words} ({news.trouble})", "Page by telephone. Callers may not get through either.")


def abuse(facts: Facts, now: float) -> Iterator[Finding]:
    """Somebody was held back: people may have to look who, or to let more in."""
    for kind, last in facts.abuse.items():
        if kind in ABUSE and 0 <= now - last < ABUSE_TOLD:
            yield Finding("abuse", kind, ABUSE[kind].words, ABUSE[kind].todo, grave=kind in HOLDS_BACK_CALLERS)


def calls(facts: Facts, now: float) -> Iterator[Finding]:
    """A caller was put through to dispatch because something of ours had failed, and got no questions."""
    lately = [at for at in facts.broken if 0 <= now - at < BROKEN_TOLD]
    if lately:
        words = "a caller was put through to dispatch because the bridge did not work"
        yield Finding("broken", "call", words, "Ask dispatch about that call, and look at the log of the web processes.")
