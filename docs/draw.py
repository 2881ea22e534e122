"""Draws docs/states.md, docs/coordinators.md and docs/model/table.pml from the code and the shipped policy: `make docs`, or
`python docs/draw.py`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from bridge.core.commands import COMMANDS, KEYS, NOT_UNDERSTOOD, TIMES, UNCERTAIN_TIMES, WITH_PIN, Meaning
from bridge.core.model import State
from bridge.core.request import allowed

BROKEN = " || \\\n    "
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "states.md"
COORDINATORS = ROOT / "docs" / "coordinators.md"
TABLE = ROOT / "docs" / "model" / "table.pml"
HEAD = """\
# The life of a request

Drawn by `make docs` from the table in `bridge/core/request.py` and the ladder in `config/policy.toml`. Do not edit by hand.

An event that has no arrow here is refused and changes nothing. "Overdue" is a mark on a request, not a state.
"""

LAW = """\
/* The table of bridge/core/request.py, for the models beside this file. Drawn by `make docs`. Do not edit by hand.
 *
 * LAW_Event(from, to): whether the event may move a request from the one state to the other. What it forbids is an error.
 */
"""

CARD = """\
# What to text, and what to press

For coordinators, to print and to keep. (Made by `make docs` from `bridge/core/commands.py`, which the bridge itself reads by.
Do not edit by hand.)

Text to the number that pages you. Capitals do not matter. A page names a **code** of three or four digits, such as 412. With
one request open the word alone is enough; with several, add the code, `1 412`, or several codes, `1 412 413`. The answer says
what was done.
"""
STRICT = """\
**Only these words are understood.** A text with any other word in it changes nothing, and you are told what to text: nobody may
be taken for having accepted who has not. So no names, no signatures, no questions. Not understood are, for example:
"""
ROTA = """\
A change of the rota is read back to you, and counts only after `CONFIRM`. A swap counts when the other one has confirmed it.
Times are Alabama's wall clock. A day alone is the whole day; `tonight` is 18:00 to 06:00. You can say:
"""
PIN = "You are told where one takes a **PIN**. Five wrong ones lock it for 15 minutes. Anywhere in the text: "


def coordinators() -> str:
    """The page that coordinators print."""
    return "\n".join((CARD, *_commands(), *_keys(), "", STRICT + _spans(NOT_UNDERSTOOD) + ".", ""))


def _commands() -> Iterator[str]:
    for heading, commands in COMMANDS.items():
        yield from (f"## {heading}", "", "| text | what it does |", "| --- | --- |")
        yield from (f"| {_spans(command.texts)} | {command.does} |" for command in commands)
        yield ""
        if any(command.meaning is Meaning.HELP for command in commands):
            yield f"{PIN}{_spans(WITH_PIN)}.\n"
        if any(command.meaning is Meaning.OFF for command in commands):
            yield f"{ROTA}{_spans(TIMES)}.\nWhat could mean two things is asked for: {_spans(UNCERTAIN_TIMES)}.\n"


def _keys() -> Iterator[str]:
    yield from ("## On the telephone", "", "| key | what it means, in every call |", "| --- | --- |")
    yield from (f"| `{key}` | {meant.does} |" for key, meant in KEYS.items())


def _spans(texts: tuple[str, ...]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def page() -> str:
    """The states and the ladder."""
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


def table() -> str:
    """The table of the states, for the formal models."""
    rows: dict[str, list[str]] = {}
    for state, event, following in allowed():
        then = " || ".join(f"(to) == {to.name}" for to in following)
        rows.setdefault(event, []).append(f"((from) == {state.name} && ({then}))")
    states = f"mtype:state = {{ {', '.join(state.name for state in State)} }};\n"
    laws = (f"#define LAW_{event}(from, to) ( \\\n    {BROKEN.join(each)} \\\n)\n" for event, each in sorted(rows.items()))
    return "\n".join((LAW, states, *laws))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    COORDINATORS.write_text(coordinators(), encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")
