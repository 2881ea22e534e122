"""What all processes know together about the way to the carrier: circuits, and attempts whose outcome nobody knows yet.

Keys: `circuits` (hash: "account/channel" -> document; what is well is not in it), `attempts` (hash: effect -> document; it goes
when the effect is settled, in the same script), `held:{channel}` (set: effects that wait until a circuit closes). No number and
no text is in any of them: an attempt holds a keyed hash.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from bridge.actions.ports import Attempt
from bridge.core.circuit import WELL, Circuit
from bridge.core.model import Channel

_CIRCUIT = TypeAdapter(Circuit)
_ATTEMPT = TypeAdapter(Attempt)


class RedisLine:
    """The part of `bridge.actions.ports.Store` that is about what was asked of the carrier."""

    _redis: Any
    _script: Callable[[str], Callable[[list[str], list[Any]], Any]]

    def circuits(self) -> dict[str, Circuit]:
        return {name.decode(): _CIRCUIT.validate_json(doc) for name, doc in self._redis.hgetall("circuits").items()}

    def swap_circuit(self, name: str, before: Circuit, after: Circuit) -> bool:
        return bool(self._swap(["circuits"], [name, _written(before), _written(after)]))

    def attempts(self, effects: Sequence[str]) -> dict[str, Attempt]:
        docs = self._redis.hmget("attempts", effects) if effects else []
        return {effect: _ATTEMPT.validate_json(doc) for effect, doc in zip(effects, docs, strict=True) if doc}

    def oldest_attempt(self) -> float | None:
        return min((_ATTEMPT.validate_json(doc).since for doc in self._redis.hvals("attempts")), default=None)

    def note_attempts(self, attempts: Mapping[str, Attempt | None]) -> None:
        pairs: list[Any] = []
        for effect, attempt in attempts.items():
            pairs += [effect, _ATTEMPT.dump_json(attempt) if attempt else ""]
        self._note(["attempts", "outbox"], pairs)

    def hold(self, effect: str, channel: Channel, until: float) -> None:
        self._hold(["outbox", f"held:{channel}"], [effect, until])

    def let_go(self, channel: Channel, now: float) -> None:
        self._free(["outbox", f"held:{channel}"], [now])

    @cached_property
    def _hold(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("hold")

    @cached_property
    def _free(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("free")

    @cached_property
    def _swap(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("swap")

    @cached_property
    def _note(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("attempts")


def _written(circuit: Circuit) -> bytes | str:
    return "" if circuit == WELL else _CIRCUIT.dump_json(circuit)
