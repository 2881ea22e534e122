"""What gunicorn logs by: its errors go the way of all lines. There is no access log."""

import logging
from typing import Any

from gunicorn.glogging import Logger as Theirs  # type: ignore[import-untyped]

from bridge.logs import configure

ABOVE = 2  # `stacklevel`: who has called us


class Logger(Theirs):
    """Gunicorn's own one would write in a form of its own, and hide which line of gunicorn has said something."""

    def setup(self, cfg: Any) -> None:
        """Called once at the start, and again where the configuration is read anew."""
        configure()
        self.cfg = cfg
        self.loglevel = logging.WARNING
        self.error_log.setLevel(self.loglevel)
        self.error_log.propagate = True

    def critical(self, msg: str, *args: Any, **more: Any) -> None:
        self.error_log.critical(msg, *args, stacklevel=ABOVE, **more)

    def error(self, msg: str, *args: Any, **more: Any) -> None:
        self.error_log.error(msg, *args, stacklevel=ABOVE, **more)

    def warning(self, msg: str, *args: Any, **more: Any) -> None:
        self.error_log.warning(msg, *args, stacklevel=ABOVE, **more)

    def exception(self, msg: str, *args: Any, **more: Any) -> None:
        self.error_log.exception(msg, *args, stacklevel=ABOVE, **more)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: who asked for what is nobody's matter."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """See `reopen_files`."""
