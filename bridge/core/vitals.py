"""How the parts of the bridge are, from heartbeats and from what became of messages. Instants are seconds, UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.core.board_words import clock
from bridge.core.model import Request, Status

SILENT_AFTER = 15.0  # seconds: a process that has not been heard for so long is taken for dead


class Health(StrEnum):
    """How a part of the bridge is."""

    GOOD = "good"
    UNKNOWN = "unknown"
    BAD = "bad"


@dataclass(frozen=True)
class Vital:
    """One part of the bridge in the health strip."""

    name: str
    health: Health
    said: str


def vitals(
    beats: Mapping[str, float], requests: Sequence[Request], now: float, textless: Mapping[str, str] | None = None
) -> tuple[Vital, ...]:
    """How the parts of the bridge are, from heartbeats ("worker:1", "clock:2") and from what became of messages. `textless` are
    the names of those whom texts do not reach any more, and why."""
    store = Vital("Store", Health.GOOD, "answers")
    texts = [_texts(name, why) for name, why in sorted((textless or {}).items())]
    return (store, _alive("worker", beats, now), _alive("clock", beats, now), _carrier(requests, now), *texts)


def beating(kind: str, beats: Mapping[str, float], now: float) -> int:
    """How many processes of this kind ("worker", "clock") have been heard lately."""
    return sum(now - at <= SILENT_AFTER for at in _of_kind(kind, beats))


def _of_kind(kind: str, beats: Mapping[str, float]) -> list[float]:
    return [at for name, at in beats.items() if name.partition(":")[0] == kind]


def _alive(kind: str, beats: Mapping[str, float], now: float) -> Vital:
    alive, name = beating(kind, beats, now), kind.capitalize()
    if alive:
        return Vital(name, Health.GOOD, "running" if alive == 1 else f"{alive} running")
    last = max(_of_kind(kind, beats), default=None)
    return Vital(name, Health.BAD, "never heard" if last is None else f"silent since {clock(last, now, seconds=True)}")


def _texts(name: str, why: str) -> Vital:
    said = "has a landline" if why.startswith("landline") else "has opted out"
    return Vital("Texts", Health.BAD, f"{name} {said}, voice only")


def _carrier(requests: Sequence[Request], now: float) -> Vital:
    messages = [m for request in requests for m in request.messages]
    refused = [m for m in messages if m.status is Status.WAITING and m.tries]
    if refused:
        return Vital("Carrier", Health.BAD, f"not taking messages, {len(refused)} waiting")
    heard = max((m.changed_at for m in messages if m.sid), default=None)
    if heard is None:
        return Vital("Carrier", Health.UNKNOWN, "not used lately")
    return Vital("Carrier", Health.GOOD, f"last answered {clock(heard, now)}")
