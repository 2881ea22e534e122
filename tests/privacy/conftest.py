"""The inventory is taken of stories."""

from tests.stories.conftest import story

__all__ = ["story"]
