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
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bridge.core.errors import TooNew

Document = dict[str, Any]
Migration = Callable[[Document], Document]
T = TypeVar("T")

AHEAD = 1  # so many formats ahead of ours are read as far as they go


def as_it_was(document: Document) -> Document:
    """What was added has a default."""
    return document


# What leads from each format to the next: the first one from 1 to 2. They may change the document that they are given.
MIGRATIONS: Mapping[str, tuple[Migration, ...]] = {
    "request": (as_it_was,),  # 2: a message may go instead of another one (0.4.0)
    "call": (),
    "outcome": (),
    "ledger": (),
    "entry": (),
    "calendar": (),
    "proposal": (),
    "notice": (),
    "user": (),
    "act": (),
    "vigil": (),
}


class Format(Generic[T]):
    """How documents of this kind are written and read."""

    def __init__(self, kind: str, type_: type[T]) -> None:
        self.kind, self.number = kind, 1 + len(MIGRATIONS[kind])
        self._adapter: TypeAdapter[T] = TypeAdapter(type_)
        self._mark = b'{"format":%d,' % self.number

    def write(self, value: T) -> bytes:
        """The document, with its number."""
        return self._mark + self._adapter.dump_json(value)[1:]

    def read(self, document: bytes) -> T:
        """What the document says. Raises TooNew, and ValueError without the document: it may hold a number, and be logged."""
        try:
            return self._adapter.validate_json(document if document.startswith(self._mark) else self._migrated(document))
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


def _parsed(document: bytes, kind: str) -> Document:
    try:
        return dict(json.loads(document))
    except (ValueError, TypeError):
        raise ValueError(f"a stored {kind} cannot be read: it is no document") from None
