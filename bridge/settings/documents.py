"""A configuration file together with the line of every value in it, so that whoever made a mistake is shown where.

Values come from the standard library's TOML reader, which knows no lines; lines come from a syntax tree. A path names one
value: ("person", 3, "phone") is the phone of the fourth [[person]].
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]

_TOML = Language(tree_sitter_toml.language())
_LONGEST_SHOWN = 60


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake: what is wrong, and what to write instead. `line` 0 is none; an empty `file` is the environment."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text}" if where else self.text


@dataclass(frozen=True)
class Document:
    """One file as it was read. A `broken` one could not be, has no values, and is checked no further."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    broken: Fault | None = None

    def line(self, path: KeyPath) -> int:
        """The line of the value, or of the nearest thing around it that is there."""
        known = (self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines)
        return next(known, 1)

    def fault(self, path: KeyPath, text: str) -> Fault:
        """A fault at this value's line."""
        return Fault(self.file, self.line(path), text)

    def texts(self, *pattern: str) -> list[tuple[KeyPath, str]]:
        """Every text whose path fits the pattern, in which "*" stands for any key or index.

        What has another type is left out: the forms complain about that.
        """
        return [(path, value) for path, value in _fitting(self.values, pattern, ()) if isinstance(value, str)]


def shown(value: object) -> str:
    """A value as it may stand in a fault: on one line, in quotes if it is text, and not too long."""
    text = json.dumps(value, ensure_ascii=False, default=str).encode(errors="backslashreplace").decode()
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def read(path: Path) -> Document:
    """The document in this file; a broken one where it is missing, not UTF-8, or not TOML."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        reason = getattr(error, "strerror", None) or error
        return _broken(path, 0, f"cannot be read ({reason}); take the one from the sample configuration")
    try:
        text = data.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        return _broken(path, data.count(b"\n", 0, error.start) + 1, "is not UTF-8 text here; save the file as UTF-8")
    return _parse(path, text)


def _parse(path: Path, text: str) -> Document:
    try:
        values = tomllib.loads(text)
        return Document(str(path), values, _Lines(text).found)
    except tomllib.TOMLDecodeError as error:
        return _broken(path, _error_line(str(error), text), f"is not TOML: {_without_place(str(error))}; {_SYNTAX}")
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists without end
        return _broken(path, 1, f"cannot be understood; {_SYNTAX}")


_SYNTAX = 'write key = "text", key = ["a", "b"] or [table], each on a line of its own'


def _broken(path: Path, line: int, text: str) -> Document:
    return Document(str(path), broken=Fault(str(path), line, text))


def _error_line(message: str, text: str) -> int:
    place = re.search(r"\(at line (\d+), column \d+\)$", message)
    return int(place[1]) if place else max(1, len(text.splitlines()))


def _without_place(message: str) -> str:
    return re.sub(r" \(at [^()]*\)$", "", message)


def _fitting(value: object, pattern: tuple[str, ...], path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if not pattern:
        yield path, value
        return
    for key, inside in _children(value):
        if pattern[0] in ("*", key):
            yield from _fitting(inside, pattern[1:], (*path, key))


def _children(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


class _Lines:
    """Walks the syntax tree once; `found` maps every path to its line."""

    def __init__(self, text: str) -> None:
        self.found: dict[KeyPath, int] = {}
        self._counts: dict[KeyPath, int] = {}  # how many tables each array of tables has so far
        for node in Parser(_TOML).parse(text.encode()).root_node.children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        path = self._header(node)
        for child in node.children:
            if child.type == "pair":
                self._pair(child, path)

    def _header(self, node: Node) -> KeyPath:
        names = _names(node.children[1])
        path: KeyPath = ()
        for name in names[:-1]:
            path = self._last_of((*path, name))
        path = (*path, *names[-1:])
        self.found.setdefault(path, _line(node))
        if node.type == "table_array_element":
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._last_of(path)
            self.found[path] = _line(node)
        return path

    def _last_of(self, path: KeyPath) -> KeyPath:
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, node: Node, path: KeyPath) -> None:
        for name in _names(node.children[0]):
            path = (*path, name)
            self.found.setdefault(path, _line(node))
        self._value(node.children[-1], path)

    def _value(self, node: Node, path: KeyPath) -> None:
        if node.type == "array":
            for index, item in enumerate(child for child in node.named_children if child.type != "comment"):
                self.found[(*path, index)] = _line(item)
                self._value(item, (*path, index))
        elif node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(child, path)


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _names(node: Node) -> KeyPath:
    """The parts of a key that may be dotted and quoted. Where the two readers disagree about it, none."""
    names: list[str] = []
    with suppress(tomllib.TOMLDecodeError):
        value: Any = tomllib.loads((node.text or b"").decode() + " = 0")
        while isinstance(value, dict):
            [(name, value)] = value.items()
            names.append(name)
    return tuple(names)
