"""What was erased leaves the store's own files too: they are rewritten, and nothing counts as gone before that has ended.

Key `rewrite` (hash): `owed` counts erasures, `done` up to which of them the files were rewritten, `done_at` when that was known
(seconds, UTC); `since` since when something is owed; `begun` up to which a rewrite that is under way will do, `begun_at`, and
`started` how many the store had started by then, in its run `run`.
"""

from typing import Any

from redis.exceptions import ResponseError

EVERY = 30.0  # seconds between rewrites: each costs the machine a copy of everything that is stored
DAY = 86400.0  # seconds: what a net has taken away, and nobody has counted, is gone from the files after a day
FIELDS = ("owed", "done", "done_at", "since", "begun", "begun_at", "started", "run")


class RedisFiles:
    """The part of `bridge.actions.ports.Store` that is about the files of the store."""

    _redis: Any

    def compact(self, now: float) -> None:
        kept = dict(zip(FIELDS, self._redis.hmget("rewrite", FIELDS), strict=True))
        owed, done, done_at = int(kept["owed"] or 0), int(kept["done"] or 0), float(kept["done_at"] or 0)
        begun_at = float(kept["begun_at"] or 0)
        if kept["begun"] is not None:
            self._look(kept, now)
        elif (owed > done or not 0 <= now - done_at < DAY) and not 0 <= now - begun_at < EVERY:
            self._begin(owed, now)

    def files_owed_since(self) -> float | None:
        """Since when (seconds, UTC) something that was erased is known to be in the files still; None where nothing is."""
        since = self._redis.hget("rewrite", "since")
        return None if since is None else float(since)

    def _begin(self, owed: int, now: float) -> None:
        """What is erased from now on is owed anew: the picture that is written may have it."""
        self._redis.hsetnx("rewrite", "since", repr(now))
        try:
            self._redis.bgrewriteaof()
        except ResponseError as error:
            if "in progress" in str(error):  # somebody else's, which may have begun before what is owed
                return
            self._redis.hset("rewrite", "begun_at", repr(now))  # a server that does not let us is not asked every second
            raise
        told = self._told()
        begun = {"begun": owed, "begun_at": repr(now), "started": told["aof_rewrites"], "run": told["run_id"]}
        self._redis.hset("rewrite", mapping=begun)

    def _look(self, kept: dict[str, Any], now: float) -> None:
        """Whether the one that was begun has come to its end. One that failed, or died with the store, is begun again."""
        told = self._told()
        if told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"]:
            return
        same = kept["run"].decode() == told["run_id"] and int(told["aof_rewrites"]) >= int(kept["started"])
        pipe = self._redis.pipeline(transaction=True)
        pipe.hdel("rewrite", "begun", "started", "run")
        if same and told["aof_last_bgrewrite_status"] == "ok":
            pipe.hset("rewrite", mapping={"done": int(kept["begun"]), "done_at": repr(now)})
            if int(kept["owed"] or 0) == int(kept["begun"]):
                pipe.hdel("rewrite", "since")
            else:
                pipe.hset("rewrite", "since", float(kept["begun_at"]))
        pipe.execute()

    def _told(self) -> dict[str, Any]:
        pipe = self._redis.pipeline(transaction=False)
        pipe.info("server")
        pipe.info("persistence")
        server, files = pipe.execute()
        return {"aof_rewrites": 0, **files, "run_id": server["run_id"]}
