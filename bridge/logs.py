"""Log lines: one an event, of ids and codes. Libraries that would print a number or a text are kept quiet."""

import logging
import sys

QUIET = ("twilio.http_client", "werkzeug", "urllib3", "rq.worker", "gunicorn.access")


def configure() -> None:
    """Log to standard error; what stands in `QUIET` only warns."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
