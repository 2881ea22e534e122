"""gunicorn: threads, since webhooks wait for the store; the application is loaded once and shared."""

import os
import signal
from typing import Any

from bridge.processes import die_with_parent

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 16
preload_app = True
timeout = 30  # seconds
graceful_timeout = 10  # seconds
keepalive = 5  # seconds
accesslog = None  # an access log would hold what was asked for, and by whom
loglevel = "warning"
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A worker whose master was killed must not live on and hold the port."""
    die_with_parent(signal.SIGKILL)
