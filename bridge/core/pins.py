"""Which commands take a PIN, where the agency wants that: from whoever has one. A sender's number can be forged, a PIN has to
be known. Nothing that passes a page on, or gets others paged, ever takes one."""

import re
from collections.abc import Collection
from itertools import pairwise

from bridge.core.commands import Meaning
from bridge.core.rota import Person

LEAST, MOST = 4, 8  # digits
KINDS = {
    Meaning.ACCEPT: "accept",
    Meaning.DONE: "done",
    Meaning.ARRIVED: "done",
    Meaning.OFF: "rota",
    Meaning.ON: "rota",
    Meaning.COVER: "rota",
    Meaning.SWAP: "rota",
    Meaning.CONFIRM: "rota",
}


def takes_pin(meaning: Meaning | None, person: Person, pin_for: Collection[str]) -> bool:
    """Whether this command of this person's takes their PIN. `pin_for` are kinds, as in policy.toml."""
    return bool(person.pin) and meaning is not None and KINDS.get(meaning) in pin_for


def is_pin(text: str) -> bool:
    """Whether this could be a PIN: four to eight digits, not all the same, and not in a row."""
    if re.fullmatch(rf"\d{{{LEAST},{MOST}}}", text, re.ASCII) is None:
        return False
    steps = {int(later) - int(earlier) for earlier, later in pairwise(text)}
    return steps not in ({0}, {1}, {-1})
