"""Where the caller is: a ZIP code, a county or a town, typed or as a recogniser heard it.

``Gazetteer.look_up`` answers with one of four: ``One`` place, ``Several`` (ask which), ``Outside``
of Alabama, or ``Nothing`` (ask again). A place lies in one or more counties; a county lies in one
region, by the agency's own table. ``settled`` joins the two: it is ``One`` only if the region is
beyond doubt, so that a town across a county line is asked about only where it matters.

The order of belief: a ZIP code; the whole phrase as a name; "… County" anywhere in it; a name
after the last "in", "near", "from"; a name that sounds like it. A wrong match is worse than a
question, so a name that merely sounds alike needs a high score, and every other name that sounds
about as much alike is offered with it.

The data is ``data/gazetteer.csv``; ``data/build.py`` says where it comes from.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from bridge.core.heard import (
    bare_phrases,
    key_of,
    likeness,
    other_state,
    phrases,
    sound_of,
    stripped,
    words_of,
    zip_in,
)

DATA = Path(__file__).parent / "data" / "gazetteer.csv"

ALIKE, ALIKE_IF_SHORT, SHORT = 84.0, 90.0, 6
"""From this likeness on (of 100) a name is taken for what was heard; it takes more where the name
is short (so many letters) and no county was said, for everyday words are short. By the tests."""
MARGIN = 6.0
"""Names less alike than the best one by no more than this are offered together with it."""
DOUBTFUL = 0.4
"""Below this confidence of the recogniser (0 to 1) only exact names are believed."""
MOST = 4
"""More places than this are no choice that can be spoken: ask again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of Alabama. ``counties`` has the main one first; ``zip`` is set for a ZIP code."""

    name: str
    counties: tuple[str, ...]
    kind: str  # county, town (incorporated), community (not), zip
    zip: str = ""

    @property
    def county(self) -> str:
        return self.counties[0]


@dataclass(frozen=True, slots=True)
class One:
    """One place, to be read back and confirmed."""

    place: Place


@dataclass(frozen=True, slots=True)
class Several:
    """At least two places; which one is for the caller to say."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Outside:
    """A place in another state, as it is to be repeated to the caller."""

    name: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No place was understood."""


Found = One | Several | Outside | Nothing


def regions(places: Iterable[Place], county_region: Mapping[str, str]) -> tuple[str, ...]:
    """The regions that the places lie in, each once; counties without a region are left out."""
    counties = dict.fromkeys(county for place in places for county in place.counties)
    return tuple(dict.fromkeys(county_region[c] for c in counties if c in county_region))


def settled(found: Found, county_region: Mapping[str, str]) -> Found:
    """``One`` only if all that was found lies in one region, else ``Several``, county by county.

    "Huntsville" becomes Huntsville in Madison County, in Limestone County and in Morgan County
    where these are not all in one region.
    """
    if not isinstance(found, One | Several):
        return found
    places = (found.place,) if isinstance(found, One) else found.places
    if len(regions(places, county_region)) == 1:
        return One(_named_back(places))
    return Several(tuple(replace(p, counties=(c,)) for p in places for c in p.counties))


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Every ZIP code, county, town and community of Alabama, and how they are heard."""

    zips: Mapping[str, Place]
    names: Mapping[str, tuple[Place, ...]]  # by key_of()
    outside: Mapping[str, str]  # by key_of()
    sounds: Mapping[str, str] = field(repr=False)  # key_of() to sound_of()

    @classmethod
    def load(cls, path: Path = DATA) -> "Gazetteer":
        """Reads the table: once, from wiring. Raises OSError if it is not there."""
        with path.open(encoding="utf-8", newline="") as table:
            return cls.of(csv.DictReader(table))

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]]) -> "Gazetteer":
        zips: dict[str, Place] = {}
        names: dict[str, tuple[Place, ...]] = {}
        outside: dict[str, str] = {}
        for row in rows:
            if row["kind"] == "zip":
                zips[row["name"]] = _zip_place(row)
            elif row["kind"] == "outside":
                outside[key_of(row["name"])] = row["name"]
            else:
                for key in _keys(row):
                    names[key] = (*names.get(key, ()), _place(row))
        return cls(zips, names, outside, {key: sound_of(key) for key in (*names, *outside)})

    def look_up(self, heard: str, confidence: float | None = None) -> Found:
        """What place was meant. Never raises. ``confidence`` is the recogniser's, None if typed."""
        words = words_of(heard)
        if (digits := zip_in(words)) is not None:
            return self._zip(digits)
        if found := _first(self._named, phrases(words)):
            return found
        if confidence is not None and confidence < DOUBTFUL:
            return Nothing()
        return _first(self._like, bare_phrases(words)) or Nothing()

    def hints(self, most: int = 500) -> tuple[str, ...]:
        """Names for a recogniser to expect: counties, then towns with many ZIP codes first."""
        places = {place: None for found in self.names.values() for place in found}
        size = Counter(place.name for place in self.zips.values())
        towns = sorted((p for p in places if p.kind == "town"), key=lambda p: -size[p.name])
        counties = (f"{p.name} County" for p in places if p.kind == "county")
        return tuple(dict.fromkeys([*counties, *(p.name for p in towns)]))[:most]

    def _zip(self, digits: str) -> Found:
        if place := self.zips.get(digits):
            return One(place)
        # 350 to 369 are Alabama's (U.S. Postal Service), below 005 nobody's: a slip of the finger.
        ours = "350" <= digits[:3] <= "369"
        elsewhere = len(digits) == 5 and digits[:3] >= "005" and not ours
        return Outside(digits) if elsewhere else Nothing()

    def _named(self, phrase: tuple[str, ...]) -> Found | None:
        key = "".join(phrase)
        if places := self.names.get(key):
            return _found(places)
        if "county" in phrase:
            return self._in_county(phrase)
        if key in self.outside:
            return Outside(self.outside[key])
        if state := other_state(phrase):
            return Outside(state)
        return self._either(phrase)

    def _either(self, phrase: tuple[str, ...]) -> Found | None:
        """ "Oxford or Anniston": both, if every part is a name."""
        parts = re.split(r" (?:and|or) ", " ".join(phrase))
        found = [self.names.get(part.replace(" ", ""), ()) for part in parts]
        return _found(sum(found, ())) if len(parts) > 1 and all(found) else None

    def _in_county(self, phrase: tuple[str, ...]) -> Found | None:
        """ "calhoun county", "the county of calhoun", "oxford in calhoun county"."""
        if phrase.count("county") > 1 or {"and", "or"} & set(phrase):
            return self._several_counties(phrase)
        at = phrase.index("county")
        for start in range(max(0, at - 3), at):
            if counties := self._counties("".join(phrase[start:at])):
                return self._narrowed(counties[0], phrase[:start] + phrase[at + 1 :])
        after = self._counties("".join(stripped(phrase[at + 1 :])))
        return One(after[0]) if after else None

    def _several_counties(self, phrase: tuple[str, ...]) -> Found | None:
        """ "calhoun and talladega county": every county that is named, of one word or two."""
        names = (*phrase, *map("".join, pairwise(phrase)))
        counties = sum(map(self._counties, names), ())
        return _found(counties) if counties else None

    def _narrowed(self, county: Place, rest: tuple[str, ...]) -> Found:
        """The town that was named beside its county, if it lies there; else the county."""
        for place in self.names.get("".join(stripped(rest)), ()):
            if place.kind != "county" and county.name in place.counties:
                return One(replace(place, counties=(county.name,)))
        return One(county)

    def _counties(self, key: str) -> tuple[Place, ...]:
        return tuple(place for place in self.names.get(key, ()) if place.kind == "county")

    def _like(self, phrase: tuple[str, ...]) -> Found | None:
        """The names that sound like the phrase, if there are a few, and they do it well enough."""
        county = "county" in phrase
        key = "".join(phrase[: phrase.index("county")] if county else phrase)
        pool = [k for k in self.sounds if self._counties(k)] if county else list(self.sounds)
        heard = (key, sound_of(key))
        scores = {k: likeness(heard, (k, self.sounds[k])) for k in pool}
        best = max(scores.values(), default=0.0)
        enough = max(ALIKE if county or len(key) > SHORT else ALIKE_IF_SHORT, best - MARGIN)
        near = [k for k, score in scores.items() if score >= enough]
        near.sort(key=lambda k: -scores[k])
        if near and near[0] in self.outside:
            return Outside(self.outside[near[0]])
        named = self._counties if county else lambda k: self.names.get(k, ())
        return _found(tuple(place for k in near for place in named(k))) if near else None


def _first(find: Callable[[tuple[str, ...]], Found | None], phrases: Iterable[tuple[str, ...]]) -> Found | None:
    return next((found for phrase in phrases if (found := find(phrase))), None)


def _found(places: tuple[Place, ...]) -> Found:
    """``One`` if they are all in the very same counties: then a town is what is named back."""
    places = tuple(dict.fromkeys(places))
    if len({place.counties for place in places}) == 1:
        return One(_named_back(places))
    return Several(places) if len(places) <= MOST else Nothing()


def _named_back(places: tuple[Place, ...]) -> Place:
    """The best known of them: "Mobile, in Mobile County" rather than "Mobile County"."""
    return min(places, key=lambda place: ("town", "county", "community", "zip").index(place.kind))


def _place(row: Mapping[str, str]) -> Place:
    return Place(row["name"], tuple(row["counties"].split("|")), row["kind"])


def _zip_place(row: Mapping[str, str]) -> Place:
    return Place(row["also"], tuple(row["counties"].split("|")), "zip", row["name"])


def _keys(row: Mapping[str, str]) -> set[str]:
    return {key_of(name) for name in (row["name"], *row["also"].split("|")) if name}
