"""Whatever is written, a reader finds a value in it or says, as it documents, that there is none."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.parsers import TARGETS

SHORT = settings(
    max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_finds_a_value_or_says_that_there_is_none(name: str) -> None:
    target = TARGETS[name]

    @SHORT
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        target.take(data.draw(target.feed))

    fuzz()
