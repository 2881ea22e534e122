"""The formats of what is stored, by number, and how an older one is read.

Each document carries the number of its format, as "format"; one without it is of format 1, which releases before 0.4.0 wrote.
An older one is read through the migrations that follow its number. A newer one, which a release to come has written beside us
or before somebody went back to this one, is read where it is one ahead: what we do not know of it is left out, and lost when
we write it. So, for releases that run side by side:

- a field that a release adds has a default, and nothing depends on it before the next release;
- a field that a release gives up, or gives another meaning, is still written as it was until the next release;
- whoever changes a format adds a line to MIGRATIONS, also where there is nothing to do, for the number counts them.

What is two or more ahead is refused, by name and number: half a request is worse than one that a person has to look at.
What lives for minutes (circuits, attempts) carries no number.

Since 0.5.0 place and number are sealed in requests and calls (seal.py). Such a document is two ahead of what 0.4.0 knows, so
that it refuses what it would read as a request without a place. One that is not sealed carries the number before: see PLAIN.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bridge.core.errors import TooNew
from bridge.core.model import Policy

Document = dict[str, Any]
Migration = Callable[[Document], Document]
T = TypeVar("T")

AHEAD = 1  # so many formats ahead of ours are read as far as they go


def as_it_was(document: Document) -> Document:
    """What was added has a default."""
    return document


def to_be_forgotten(document: Document) -> Document:
    """Nothing was said of when it is erased in any case: a day after the call."""
    return {**document, "forget_by": document["opened_at"] + Policy.keep_at_most}


# What leads from each format to the next: the first one from 1 to 2. They may change the document that they are given.
MIGRATIONS: Mapping[str, tuple[Migration, ...]] = {
    "request": (
        as_it_was,  # 2: a message may go instead of another one (0.4.0)
        to_be_forgotten,  # 3: when it is erased, whatever has happened (0.5.0)
        as_it_was,  # 4: the same, with place and number sealed (0.5.0)
    ),
    "call": (
        as_it_was,  # 2: the same, and 0.4.0 reads it (0.5.0)
        as_it_was,  # 3: the same, with place and numbers sealed (0.5.0)
    ),
    "outcome": (),
    "ledger": (),
    "entry": (),
    "calendar": (),
    "proposal": (),
    "notice": (),
    "user": (),
    "session": (),
    "act": (),
    "vigil": (),
}
# What a document carries that is written by this release and is not sealed: releases that know no seal read it too.
PLAIN: Mapping[str, int] = {"request": 3, "call": 2}


class Format(Generic[T]):
    """How documents of this kind are written and read."""

    def __init__(self, kind: str, type_: type[T]) -> None:
        self.kind, self.number = kind, 1 + len(MIGRATIONS[kind])
        self._adapter: TypeAdapter[T] = TypeAdapter(type_)
        self._marks = _mark(self.number), _mark(PLAIN.get(kind, self.number))  # written by this release

    def write(self, value: T, *, plain: bool = False) -> bytes:
        """The document, with its number, or with that of one that is not sealed."""
        return self._marks[plain] + self._adapter.dump_json(value)[1:]

    def read(self, document: bytes) -> T:
        """What the document says. Raises TooNew, and ValueError without the document: it may hold a number, and be logged."""
        try:
            return self._adapter.validate_json(document if document.startswith(self._marks) else self._migrated(document))
        except ValidationError as error:
            raise ValueError(f"a stored {self.kind} cannot be read: {error.error_count()} faults") from None

    def _migrated(self, document: bytes) -> bytes:
        found = _parsed(document, self.kind)
        number = found.get("format", 1)
        if type(number) is not int or number < 1:
            raise ValueError(f"a stored {self.kind} cannot be read: it has no format")
        if number > self.number + AHEAD:
            raise TooNew(kind=self.kind, number=number, known=self.number)
        try:
            for migration in MIGRATIONS[self.kind][number - 1 :]:
                found = migration(found)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise ValueError(f"a stored {self.kind} cannot be read: it is not of the format {number}") from None
        return json.dumps(found).encode()


def _mark(number: int) -> bytes:
    return b'{"format":%d,' % number


def _parsed(document: bytes, kind: str) -> Document:
    try:
        return dict(json.loads(document))
    except (ValueError, TypeError):
        raise ValueError(f"a stored {kind} cannot be read: it is no document") from None
