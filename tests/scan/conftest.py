"""The desk of the tests of the web, served."""

from tests.web.conftest import app, desk, site, users

__all__ = ["app", "desk", "site", "users"]
