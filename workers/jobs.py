"""The RQ jobs. A job's argument is an id, never data."""

from bridge.actions import sending
from bridge.wiring import background


def carry_out(effect: str) -> None:
    """Send one message or notice, have a record deleted, or send what waits and may go now. `effect` is
    "request id/message number", "notice/id", "lane/channel" or "canary"."""
    sending.carry_out(background(), effect)
