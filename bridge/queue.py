"""Which RQ job does an effect. RQ carries jobs and nothing else: what is to be done, and when, stands in the outbox."""

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

NAME = "effects"
JOB = "workers.jobs.carry_out"  # by dotted name: the web process never imports the workers
JOB_LIMIT = 30  # seconds


class RqQueue:
    """See `bridge.actions.ports.Queue`. A job's only argument is an effect, "request id/message number". Nothing of it is kept
    once it is done, or has failed: the log says why."""

    def __init__(self, redis: Redis) -> None:
        self.rq = Queue(NAME, connection=redis, serializer=JSONSerializer)  # pickle would let the store run code

    def put(self, effect: str) -> None:
        self.rq.enqueue_call(JOB, args=(effect,), timeout=JOB_LIMIT, result_ttl=0, failure_ttl=0, description=effect)
