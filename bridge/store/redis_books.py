"""The books on Redis or Valkey: what people did at the board, and how requests ended."""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from bridge.core.rota import local
from bridge.core.trail import Outcome
from bridge.store.redis_trail import RedisTrail
from bridge.store.versions import Format

_OUTCOME = Format("outcome", Outcome)


class RedisBooks(RedisTrail):
    """See `bridge.actions.ports_board.Books`. Outcomes are written with the change that ends a request: see commit.lua."""

    def outcomes(self, since: float, until: float) -> list[Outcome]:
        pipe = self._redis.pipeline(transaction=False)
        for month in _months(local(since), local(until)):
            pipe.hvals(f"outcomes:{month}")
        found = [_OUTCOME.read(line) for lines in pipe.execute() for line in lines]
        return [outcome for outcome in found if since <= outcome.opened_at < until]


def _months(first: datetime, last: datetime) -> list[str]:
    """The months from one to the other, as they are named in keys: "2026-11"."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [f"{first.replace(day=1) + relativedelta(months=n):%Y-%m}" for n in range(count + 1)]
