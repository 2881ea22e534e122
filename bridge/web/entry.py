"""The web application as gunicorn loads it: `bridge.web.entry:app()`."""

import os

from flask import Flask

from bridge import wiring
from bridge.actions import release
from bridge.logs import configure
from bridge.settings import load
from bridge.store import connect
from bridge.web import create_app


def app() -> Flask:
    """One application, shared by gunicorn's workers; it connects at the first request."""
    configure()
    settings = load(os.environ)
    release.name()  # of the files that are loaded now, and the same in every process that is forked
    redis = connect.quick(wiring.store_url(settings))
    keeper = wiring.timekeeper(settings)
    return create_app(wiring.world(settings, redis, keeper.now, keeper))
