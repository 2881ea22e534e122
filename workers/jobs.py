"""The RQ jobs. A job's argument is an id, never data."""

from bridge.actions import paging
from bridge.wiring import background


def carry_out(effect: str) -> None:
    """Send one message of a request, or have its record deleted. `effect` is "request id/message number"."""
    paging.carry_out(background(), effect)
