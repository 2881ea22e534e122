"""docs/privacy.md as a machine reads it, and what the source itself says that there is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from tests.stories.story import ROOT

DOCUMENT = ROOT / "docs" / "privacy.md"
_NAME = re.compile(r"`([^`]+)`")


@cache
def listed(title: str) -> frozenset[str]:
    """The names in the first columns of the tables of this section, and of those below it."""
    text, level = DOCUMENT.read_text("utf-8"), 0
    found = set[str]()
    for line in text.splitlines():
        head = re.match(r"(#+) (.*)", line)
        if head and level and len(head[1]) <= level:
            break
        if head and head[2] == title:
            level = len(head[1])
        if level and line.startswith("| `"):
            found |= set(
                _NAME.findall(line.split("|")[1] if "<any(" not in line else line.rpartition("|")[0].rpartition("|")[0])
            )
    assert found, f"there is no section {title}, or no table in it"
    return frozenset(found)


def fields_of(name: str, type_: Any) -> Iterator[str]:
    """The fields of a stored type, and of what is in it: "request.place.label"."""
    hints = get_type_hints(type_)
    for each in fields(type_):
        yield f"{name}.{each.name}"
        for inner in _inside(hints[each.name]):
            yield from fields_of(_below(f"{name}.{each.name}", hints[each.name]), inner)


def _inside(hint: Any) -> Iterator[Any]:
    if is_dataclass(hint):
        yield hint
    for each in get_args(hint):
        yield from _inside(each)


def _below(name: str, hint: Any) -> str:
    """Within a mapping the names are what people, or chance, have chosen."""
    return f"{name}.*" if get_origin(hint) in (Mapping, dict) else name


def said_in_source() -> str:
    """All of our own source: what it does not say anywhere it cannot write."""
    files = (path for folder in ("bridge", "workers") for kind in ("*.py", "*.lua") for path in (ROOT / folder).rglob(kind))
    return "\n".join(Path(path).read_text("utf-8") for path in sorted(files) if "simulator" not in path.parts)
