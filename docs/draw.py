"""Draws docs/states.md from the code and the shipped policy: `make docs`, or `python docs/draw.py`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from bridge.core.model import State
from bridge.core.request import allowed

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "states.md"
HEAD = """\
# The life of a request

Drawn by `make docs` from the table in `bridge/core/request.py` and the ladder in `config/policy.toml`. Do not edit by hand.

An event that has no arrow here is refused and changes nothing. "Overdue" is a mark on a request, not a state.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((HEAD, *_diagram(), "", *_ladder()))


def _diagram() -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2", f"    [*] --> {State.OPEN.value}: opened")
    events: dict[tuple[str, str], list[str]] = {}
    for state, event, following in allowed():
        for to in following:
            events.setdefault((state.value, to.value), []).append(event)
    for (state, to), names in events.items():
        yield f"    {state} --> {to}: {', '.join(names)}"
    yield from (f"    {State.ERASED.value} --> [*]", "```")


def _ladder() -> Iterator[str]:
    policy = tomllib.loads((ROOT / "config" / "policy.toml").read_text(encoding="utf-8"))
    yield from ("## The ladder as shipped", "", "| at | who | by |", "|---|---|---|")
    for rung in policy["ladder"]:
        yield f"| {rung['at']} | {rung['who']} | {', '.join(rung['by'])} |"
    yield from (
        "",
        "A rung goes at its time, or at once when the one before it cannot succeed: everybody it paged has passed or cannot be",
        f"reached, or nobody was there to page. After the last rung the ladder starts over, {policy['again_every']} later.",
        "",
        "| clock | runs | then |",
        "|---|---|---|",
        f"| deadline | {policy['deadline']} from the call | overdue: dispatch is called every {policy['alarm_every']} |",
        f"| reminder | {policy['remind_after']} from the acceptance | who has it is reminded to report the contact |",
        f"| contact | {policy['contact_within']} from the acceptance | back on the ladder; who had it is told |",
        f"| erasure | {policy['erase_after']} from contact or closing | place and number are erased, here and at the carrier |",
        "",
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
