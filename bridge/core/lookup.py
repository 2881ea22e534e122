"""Where a caller is, as a dispatcher types it: town, county or ZIP code, misspelt or not, understood as the telephone
understands it. Where several places may be meant there is a choice.
"""

import re

from bridge.core.heard import key_of
from bridge.core.intake import Ears, named
from bridge.core.model import Place
from bridge.core.places import Found, One, Outside, Several, settled

LONGEST = 80  # characters of what is typed
UNKNOWN = "No such place is known in Alabama. Enter a ZIP code, a town or a county, or choose the region instead."
OUTSIDE = "That place is not in Alabama. Enter one that is, or choose the region instead."
_WRITTEN = re.compile(r"(?P<town>.+), (?P<county>.+) County")
_COUNTED = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def find(typed: str, ears: Ears) -> tuple[Place, ...]:
    """The places that may be meant: one, several to choose from, or none."""
    typed = typed.strip()[:LONGEST]
    return _exactly(typed, ears) or _found(ears.gazetteer.look_up(typed), ears)


def written(place: Place) -> str:
    """The place as it can be typed, and means this very one: "Oxford, Calhoun County"; "" where only the region is known."""
    if not place.county:
        return ""
    return place.label if _is_county(place) else f"{place.label}, {place.county} County"


def why_none(typed: str, ears: Ears) -> str:
    """What to say where nothing was found."""
    return OUTSIDE if isinstance(ears.gazetteer.look_up(typed.strip()[:LONGEST]), Outside) else UNKNOWN


def which(places: tuple[Place, ...]) -> str:
    """What to ask where several were found."""
    return f"There are {_COUNTED.get(len(places), len(places))} places that this may mean. Choose one."


def region_words(place: Place, ears: Ears) -> str:
    """ "Region G, Anniston and the east"."""
    region = ears.context.regions[place.region]
    return f"{region.name}, {region.about}"


def _is_county(place: Place) -> bool:
    return place.label == f"{place.county} County"


def _exactly(typed: str, ears: Ears) -> tuple[Place, ...]:
    """What stands in a list that was offered: its names may be made of words that callers use otherwise, such as Pell City."""
    parts = _WRITTEN.fullmatch(typed)
    if parts is None:
        return ()
    known = ears.gazetteer.names.get(key_of(parts["town"]), ())
    here = [place for place in known if parts["county"] in place.counties and place.kind != "county"]
    return (Place(here[0].name, parts["county"], ears.regions[parts["county"]]),) if here else ()


def _found(found: Found, ears: Ears) -> tuple[Place, ...]:
    match settled(found, ears.regions):
        case One(place):
            return (named(place, ears),)
        case Several(places):
            return tuple(dict.fromkeys(named(place, ears) for place in places))
    return ()
