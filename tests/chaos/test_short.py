"""The short form of `make chaos`: the real thing in its own processes, a few faults, every promise audited from outside.

The long form is `python -m tests.chaos`. What stands here has to be kept on a machine that does other things too: `SLACK`.
"""

from collections.abc import Iterator

import pytest

from tests.chaos.__main__ import SHORT
from tests.chaos.faults import FAULTS
from tests.chaos.run import run
from tests.chaos.stack import Stack

pytestmark = pytest.mark.timeout(300)
SLACK = 10.0  # seconds that are allowed besides: how late is measured by `make chaos`, here it is about what is lost or doubled
SEED = 1
CALLERS = 6


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all of them."""
    with Stack(tmp_path_factory.mktemp("chaos")) as stack:
        yield stack


@pytest.mark.parametrize("name", SHORT)
def test_every_promise_is_kept(stack: Stack, name: str) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    done = run(stack, fault, SEED, 1, count=CALLERS, slack=SLACK, quick=True)
    assert done.findings.requests, "nobody got as far as to ask for help"
    assert not done.findings.faults, (done.seed, done.findings.faults)
