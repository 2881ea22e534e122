"""The worker process: an RQ SimpleWorker on one queue. Run as many as there is sending to do.

RQ's worker ends where the store refuses or fails it for long. Ours begins anew, and ends only where it is told to.
"""

import os
from collections.abc import Callable
from threading import Event
from typing import Any

import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from bridge.queue import RqQueue
from bridge.store import connect
from bridge.wiring import background, store_url

log = structlog.get_logger(__name__)

BEAT = 1.0  # seconds
LIFE = 20  # seconds: RQ forgets a worker that was not heard of for so long
LISTENS = 3  # seconds that a worker waits for a job in one go
HANGS = 6  # seconds after which an answer is not waited for any longer: a link that was cut is made anew so soon
TIDIES = 60  # seconds between looks for jobs whose worker has died
AFTER_FAILURE = 1.0  # seconds


class Worker(SimpleWorker):
    """A worker that also says on the status page that it is alive, and takes no orders but signals."""

    dequeue_timeout = LISTENS
    connection_timeout = HANGS
    max_connection_wait_time = AFTER_FAILURE  # RQ's own pause grows to a minute, which a page would wait after an outage

    told_to_stop = False
    _beat_at = 0.0

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """RQ calls this five times a job, and every few seconds while it waits. Once a second is enough."""
        world = background()
        if abs(world.now() - self._beat_at) < BEAT:
            return
        super().heartbeat(*args, **kwargs)
        self._beat_at = world.now()
        world.store.beat(f"worker:{os.getpid()}", self._beat_at)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """SIGTERM, SIGINT: the job at hand is done first."""
        self.told_to_stop = True
        super().request_stop(signum, frame)

    def set_shutdown_requested_date(self) -> None:
        """Nobody reads it, and a store that is away would be waited for in a handler of signals."""

    def register_death(self) -> None:
        """Said once: a store that is away at the end is not waited for, and RQ forgets us by itself."""
        self.connection.set_retry(Retry(NoBackoff(), 0))
        super().register_death()

    def handle_exception(self, job: Any, *exc_info: Any) -> None:
        """Said in the form of our own lines: in RQ's the text of the error would stand."""
        log.error("a job failed", effect=job.description, exc_info=exc_info)

    def handle_job_failure(self, *args: Any, **kwargs: Any) -> None:
        """Without the text of the error, which would stand in the store, and longer on its disk."""
        super().handle_job_failure(*args, **{**kwargs, "exc_string": ""})

    def subscribe(self) -> None:
        """No orders come through the store."""

    def unsubscribe(self) -> None:
        """See `subscribe`."""


def run() -> None:
    """Work until told to stop. SIGTERM ends the job at hand first."""
    work_on(_worker)


def work_on(worker: Callable[[], Worker], after_failure: float = AFTER_FAILURE) -> None:
    """Work until told to stop, each time with a new worker: what has failed in the last one is not known."""
    try:
        while not _told_to_stop(worker):
            Event().wait(after_failure)
    except StopRequested:  # told in the pause
        log.info("worker stops")


def _told_to_stop(worker: Callable[[], Worker]) -> bool:
    """Work until that ends. Returns whether it ended because it was told to."""
    ours = None
    try:
        ours = worker()
        ours.work(logging_level="WARNING")
    except StopRequested:
        return True
    except Exception as error:
        log.exception("worker ended", error=type(error).__name__)
    return ours is not None and ours.told_to_stop


def _worker() -> Worker:
    settings = background().settings
    redis = connect.patient(store_url(settings))
    queue = RqQueue(redis).rq
    return Worker(
        [queue],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=LIFE,
        log_job_description=False,
        maintenance_interval=TIDIES,
    )
