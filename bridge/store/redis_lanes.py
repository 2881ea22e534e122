"""The lanes port on Redis or Valkey: what the carrier takes in a second, and what a person can take in.

The rules, for texts and for calls apart:
- The line takes so many segments, or call starts, in any second. What was granted counts from the moment in which it leaves.
- A person gets a few texts at once, then one per pause, until a minute has passed without one. What answers their own text is
  not one of the few, and reminders leave one of the few to a page. Of calls, one at a time.
- What may not leave waits in its person's lane. When a lane's turn comes, all that waits in it may leave together.
- Of several lanes whose person can be reached, the one with the most urgent effect goes first.
- While somebody waits who has been told nothing yet, what leaves together has to leave room for them. Else a lane in which
  much waits rather waits a moment longer, for the room of a long text.

Whatever waits stays in the outbox. The clock hands out "lane/{channel}" at the instant at which something may leave, and each
effect by itself after two minutes, so that nothing waits for ever, whoever dies. Keys, besides those of the store:

    lanes:{channel}           set of persons             in whose lane something waits
    lane:{channel}:{person}   sorted set, urgency        the effects that wait
    weights:{channel}         hash: effect -> "2+p"      what each costs; "+" may leave with others, "p" can wait
    line:{channel}            sorted set, seconds UTC    what the line has carried in the last second
    told:{channel}:{person}   hash, expires              how many in this storm, when the last one, closed until when,
                                                         and what was granted last: if it asks again, it has not left
    bundle:{id}               string, expires            the effects that one text or call stands for
"""

import secrets
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from redis import Redis

from bridge.actions.ports import Permit
from bridge.core.model import Channel, Policy
from bridge.core.rota import DISPATCH
from bridge.store.redis_store import CLAIMED, QUEUED

BUNDLE_KEPT = 24 * 3600  # seconds
MOST_TOGETHER = 200  # effects: more fit into no text, and a longer call nobody hears to its end
SETTING_UP = 10.0  # seconds that a call may take besides ringing; then it is over, where nobody has picked up
TALK = 60.0  # seconds after a key, or the picking up; then it is over, where no receipt has said so before


class RedisLanes:
    """See `bridge.actions.ports.Lanes`."""

    def __init__(self, redis: Redis, policy: Policy) -> None:
        self._redis: Any = redis
        self._policy = policy
        self._ask, self._next, self._left = map(self._script, ("ask", "next", "left"))

    def ask(
        self,
        effect: str,
        person: str,
        channel: Channel,
        *,
        cost: int,
        urgency: float,
        now: float,
        joins: bool,
        answers: bool = False,
        patient: bool = False,
    ) -> Permit:
        rings = self._policy.dispatch_ring_for if person == DISPATCH else self._policy.ring_for
        busy = rings + SETTING_UP
        given = [effect, person, cost, repr(urgency), "+" if joins else "", CLAIMED, busy, MOST_TOGETHER]
        given += ["+" if answers else "", "p" if patient else ""]
        answer = self._ask(channel, now, given)
        if not answer[0]:
            return Permit(until=float(answer[2]), more=bool(answer[1]))
        together = tuple(each.decode() for each in answer[3:])
        return Permit(effects=together, room=int(answer[2]), more=bool(answer[1]), charged=f"{effect}@{now!r}")

    def next(self, channel: Channel, now: float) -> str:
        return str(self._next(channel, now, [QUEUED]).decode())

    def leaves(
        self, person: str, channel: Channel, permit: Permit, cost: int, now: float, *, stays: Sequence[str] = ()
    ) -> bool:
        return bool(self._left(channel, now, [person, permit.charged, permit.room, cost, "", *stays]))

    def in_vain(self, person: str, channel: Channel, until: float, now: float, *, stays: Sequence[str] = ()) -> bool:
        return bool(self._left(channel, now, [person, "", 0, 0, repr(until), *stays]))

    def replied(self, cost: int, now: float) -> None:
        self._redis.zadd(f"line:{Channel.TEXT}", {f"reply@{secrets.token_hex(4)}:{cost}": now})

    def talks(self, person: str, now: float) -> None:
        self._redis.hset(f"told:{Channel.CALL}:{person}", mapping={"closed": repr(now + TALK), "granted": ""})

    def hung_up(self, person: str) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hdel(f"told:{Channel.CALL}:{person}", "closed")
        pipe.zadd("outbox", {f"lane/{Channel.CALL}": 0.0}, xx=True)
        pipe.execute()

    def keep_bundle(self, bundle: str, effects: Sequence[str]) -> None:
        self._redis.set(f"bundle:{bundle}", " ".join(effects), ex=BUNDLE_KEPT)

    def bundle(self, bundle: str) -> tuple[str, ...]:
        return tuple((self._redis.get(f"bundle:{bundle}") or b"").decode().split())

    def _script(self, name: str) -> Callable[[Channel, float, list[Any]], Any]:
        """The script, told what every script of the lanes is told."""
        here = files(__package__)
        source = "".join(here.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in ("held", "lanes", name))
        script: Callable[..., Any] = self._redis.register_script(source)

        def run(channel: Channel, now: float, given: list[Any]) -> Any:
            policy = self._policy
            rate = policy.texts_per_second if channel is Channel.TEXT else policy.calls_per_second
            keys = ["outbox", f"lanes:{channel}", f"weights:{channel}", f"line:{channel}"]
            return script(keys=keys, args=[channel.value, repr(now), rate, policy.texts_at_once, policy.text_pause, *given])

        return run
