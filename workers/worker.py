"""The worker process: an RQ SimpleWorker on one queue. Run as many as there is sending to do."""

import os
from typing import Any

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from bridge.queue import RqQueue
from bridge.store import connect
from bridge.wiring import background, store_url

BEAT = 1.0  # seconds
LIFE = 20  # seconds: RQ forgets a worker that was not heard of for so long, and raises the socket time-out to less than that


class Worker(SimpleWorker):
    """A worker that also says on the status page that it is alive."""

    _beat_at = 0.0

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """RQ calls this five times a job, and every few seconds while it waits. Once a second is enough."""
        world = background()
        if abs(world.now() - self._beat_at) < BEAT:
            return
        super().heartbeat(*args, **kwargs)
        self._beat_at = world.now()
        world.store.beat(f"worker:{os.getpid()}", self._beat_at)


def run() -> None:
    """Work until told to stop. SIGTERM ends the job at hand first."""
    settings = background().settings
    redis = connect.patient(store_url(settings))
    queue = RqQueue(redis).rq
    worker = Worker([queue], connection=redis, serializer=JSONSerializer, worker_ttl=LIFE, log_job_description=False)
    worker.work(logging_level="WARNING")
