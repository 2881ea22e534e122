"""What gunicorn logs by: its errors go the way of all lines. There is no access log."""

import logging
from typing import Any

from gunicorn.glogging import Logger as Theirs  # type: ignore[import-untyped]

from bridge.logs import configure


class Logger(Theirs):
    """Gunicorn's own one would write in a form of its own."""

    def setup(self, cfg: Any) -> None:
        """Called once at the start, and again where the configuration is read anew."""
        configure()
        self.cfg = cfg
        self.loglevel = logging.WARNING
        self.error_log.setLevel(self.loglevel)
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: who asked for what is nobody's matter."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """See `reopen_files`."""
