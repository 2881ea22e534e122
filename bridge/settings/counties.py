"""The 67 counties of Alabama, spelt as the gazetteer spells them: regions.toml has to do the same."""

import csv
from functools import cache

from bridge.core.places import DATA


@cache
def counties() -> tuple[str, ...]:
    """Their names, without the word "County"."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(row["name"] for row in csv.DictReader(file) if row["kind"] == "county")
