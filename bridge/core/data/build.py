"""Builds ``gazetteer.csv`` from ``places.csv`` and the ZIP table of the ``zipcodes`` package.

Run by ``make places``: ``python bridge/core/data/build.py``. Never imported by the program.

``places.csv`` is kept by hand; its columns are those of ``gazetteer.csv``:

- kind: county, town (incorporated), community (not), outside (a place in another state);
- name: as it is written and spoken;
- counties: the counties that it lies in, the main one first, joined by "|". After the U.S. Census
  Bureau, place to county relationships; all of Alabama's municipalities are here;
- also: other names, and what a recogniser makes of the name, joined by "|".

Added from the ``zipcodes`` package: a ``zip`` row for each ZIP code, with its county, and its post
office under "also"; and a ``community`` for each post office name that is not a place listed
here.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zipcodes

HERE = Path(__file__).parent
# How the post office cuts words short; nobody says these.
CUT_SHORT = {"e", "univ", "isl", "tre", "sta", "inst", "annx", "arsnl"}
COLUMNS = ("kind", "name", "counties", "also")
Row = tuple[str, ...]
Office = dict[str, Any]


def main() -> None:
    kept = [tuple(row) for row in csv.reader((HERE / "places.csv").open(encoding="utf-8"))][1:]
    offices = zipcodes.filter_by(state="AL")  # type: ignore[no-untyped-call]
    zips = sorted(_zip(office, kept) for office in offices)
    rows = [*kept, *_post_offices(offices, kept), *zips]
    with (HERE / "gazetteer.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])


def _zip(office: Office, kept: list[Row]) -> Row:
    county = county_of(office) or _main_county(office["city"], kept)
    return "zip", office["zip_code"], county, _name(office["city"])


def _post_offices(offices: list[Office], kept: list[Row]) -> Iterator[Row]:
    known: dict[str, set[str]] = {}
    for _, name, lies_in, also in kept:
        for said in (name, *also.split("|")):
            known.setdefault(_plain(said), set()).update(lies_in.split("|"))
    served: dict[str, set[str]] = {}
    for office in offices:
        for name in filter(_is_said, map(_name, (office["city"], *office["acceptable_cities"]))):
            served.setdefault(name, set()).add(county_of(office))
    for name, counties in sorted(served.items()):
        # An office that serves the listed place is that place, however far its routes go.
        if not counties & known.get(_plain(name), set()):
            yield from (("community", name, county, "") for county in sorted(counties - {""}))


def county_of(office: Office) -> str:
    """The county as this program writes it; "" where the package has none."""
    return str(office["county"]).removesuffix(" County").replace("St ", "St. ")


def _main_county(city: str, kept: list[Row]) -> str:
    return next(counties.split("|")[0] for _, name, counties, _ in kept if name == city)


def _name(city: str) -> str:
    return re.sub(r"\bMc ?([a-z])", _mc, city.replace("Saint ", "St. "), flags=re.IGNORECASE)


def _mc(match: re.Match[str]) -> str:
    return "Mc" + match[1].upper()


def _is_said(name: str) -> bool:
    words = name.replace("St. ", "").casefold().split()
    return all(set(word) & set("aeiouy") and word not in CUT_SHORT for word in words)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


if __name__ == "__main__":
    main()
