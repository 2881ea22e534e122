"""A bridge without a carrier, for whatever comes in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from bridge.settings import Role, User, load
from bridge.web import create_app
from tests.fuzz.bridge import furnished
from tests.web.desk import Desk, cheap_hash, desk_on


@pytest.fixture
def desk(redis: "Redis[Any]", tmp_path: Path) -> Desk:
    """The sample agency, with requests in every state."""
    users = {"mary": User("mary", cheap_hash(), Role.DISPATCH)}
    return furnished(desk_on(redis, replace(load({"BRIDGE_DATA": str(tmp_path)}), users=users)))


@pytest.fixture
def app(desk: Desk) -> Flask:
    """The whole application, in which what breaks is answered as in life."""
    app = create_app(desk.world)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["desk"] = desk
    return app
