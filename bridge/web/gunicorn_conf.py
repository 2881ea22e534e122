"""gunicorn: threads, since webhooks wait for the store; the application is loaded once and shared."""

import os
import signal
import sys
from typing import Any

from bridge.logs.gunicorn import Logger
from bridge.processes import die_with_parent
from bridge.web.live import MOST_STREAMS
from bridge.web.shed import THREADS

worker_class = "bridge.web.worker.Worker"  # gthread, and a little more
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = THREADS + MOST_STREAMS  # made when they are needed: every open page holds one
reuse_port = True  # a second `bridge web` on the same port: one may die, or be put in the place of the other, unnoticed
preload_app = True
timeout = 30  # seconds
graceful_timeout = 10  # seconds
keepalive = 5  # seconds
accesslog = None  # an access log would hold what was asked for, and by whom
loglevel = "warning"
logger_class = Logger  # the same lines as of everything else
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A worker whose master was killed must not live on and hold the port."""
    die_with_parent(signal.SIGKILL)
    sys.setswitchinterval(0.001)  # seconds: a webhook waits less for its turn among the streams of open pages


def post_worker_init(worker: Any) -> None:
    """A worker that is to stop ends the streams of open pages, which would have it wait for `graceful_timeout`."""
    stop = signal.getsignal(signal.SIGTERM)

    def end_streams(number: int, frame: Any) -> None:
        worker.wsgi.extensions["live"].close()
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, end_streams)
