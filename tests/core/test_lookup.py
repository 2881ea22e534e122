"""A place as a dispatcher types it: what the telephone understands, a choice where that is not certain, and reasons."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core import lookup
from bridge.core.intake import Ears, named
from bridge.core.model import Context, Place
from bridge.core.places import Gazetteer
from bridge.settings import load

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ears() -> Ears:
    settings = load({"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:1"})
    return Ears(Gazetteer.load(), Context(settings.policy, settings.roster, settings.regions), frozenset())


@pytest.mark.parametrize(("typed", "label", "county"), [
    ("36203", "Oxford", "Calhoun"), ("oxford", "Oxford", "Calhoun"), ("Calhoun County", "Calhoun County", "Calhoun"),
    ("  huntsvile ", "Huntsville", "Madison"), ("Pell City, St. Clair County", "Pell City", "St. Clair"),
])  # fmt: skip
def test_what_is_typed_is_understood_as_on_the_telephone(ears: Ears, typed: str, label: str, county: str) -> None:
    (found,) = lookup.find(typed, ears)
    assert (found.label, found.county, found.region) == (label, county, ears.regions[county])


def test_what_may_be_several_places_is_a_choice_and_each_of_them_means_itself(ears: Ears) -> None:
    found = lookup.find("West Jefferson", ears)
    assert [lookup.written(place) for place in found] == ["West Jefferson, Jefferson County", "West Jefferson, Walker County"]
    assert lookup.which(found) == "There are two places that this may mean. Choose one."
    assert [lookup.find(lookup.written(place), ears) for place in found] == [(place,) for place in found]


def test_every_place_means_itself_as_it_is_written(ears: Ears) -> None:
    known = {place for places in ears.gazetteer.names.values() for place in places}
    places = {named(replace(place, counties=(county,)), ears) for place in known for county in place.counties}
    assert [lookup.written(place) for place in places if lookup.find(lookup.written(place), ears) != (place,)] == []


@pytest.mark.parametrize(("typed", "why"), [
    ("xyzzy plugh", lookup.UNKNOWN), ("", lookup.UNKNOWN), ("90210", lookup.OUTSIDE), ("Meridian, Mississippi", lookup.OUTSIDE),
    ("x" * 10_000, lookup.UNKNOWN), ("\x00\ud800'; --", lookup.UNKNOWN),
])  # fmt: skip
def test_what_is_no_place_here_is_none_with_a_reason(ears: Ears, typed: str, why: str) -> None:
    assert lookup.find(typed, ears) == ()
    assert lookup.why_none(typed, ears) == why


def test_a_region_alone_has_no_name_of_a_place(ears: Ears) -> None:
    assert lookup.written(Place(region="G")) == ""
    assert lookup.region_words(Place(region="G"), ears).startswith("Region G, ")
