"""What callers type and recognisers hear, and the place that is meant by it."""

import re
import time
from pathlib import Path

import pytest
import zipcodes
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.core.data.build import county_of
from bridge.core.places import (
    Found,
    Gazetteer,
    Nothing,
    One,
    Outside,
    Place,
    Several,
    regions,
    settled,
)

GAZETTEER = Gazetteer.load()
PLACES = {place for found in GAZETTEER.names.values() for place in found}
COUNTIES = sorted(place.name for place in PLACES if place.kind == "county")
OFFICES = zipcodes.filter_by(state="AL")  # type: ignore[no-untyped-call]

# heard -> name, and its main county
MEANT = """
oxford = Oxford, Calhoun
in oxford = Oxford, Calhoun
I'm in Oxford. = Oxford, Calhoun
i'm in oxford alabama = Oxford, Calhoun
oxford in calhoun county = Oxford, Calhoun
calhoun county oxford = Oxford, Calhoun
ox ford = Oxford, Calhoun
36203 = Oxford, Calhoun
36203. = Oxford, Calhoun
3 6 2 0 3 = Oxford, Calhoun
36 203 = Oxford, Calhoun
36,203 = Oxford, Calhoun
36203-1234 = Oxford, Calhoun
three six two oh three = Oxford, Calhoun
three six two zero three = Oxford, Calhoun
three six to o three = Oxford, Calhoun
thirty six two oh three = Oxford, Calhoun
three sixty two oh three = Oxford, Calhoun
my zip code is 36203 = Oxford, Calhoun
i'm at 3 6 2 0 3 = Oxford, Calhoun
oxford 36203 = Oxford, Calhoun
3 5 0 0 4 = Moody, St. Clair
three five oh oh four = Moody, St. Clair
calhoun county = Calhoun, Calhoun
calhoun county alabama = Calhoun, Calhoun
calhoun = Calhoun, Calhoun
kalhoon county = Calhoun, Calhoun
the county of calhoun = Calhoun, Calhoun
i'm a deputy in calhoun county = Calhoun, Calhoun
uh calhoun county please = Calhoun, Calhoun
saint clair = St. Clair, St. Clair
saint clair county = St. Clair, St. Clair
St. Clair County = St. Clair, St. Clair
sinclair county = St. Clair, St. Clair
st claire = St. Clair, St. Clair
de kalb = DeKalb, DeKalb
de kalb county = DeKalb, DeKalb
DeKalb = DeKalb, DeKalb
etowa county = Etowah, Etowah
clark county = Clarke, Clarke
green county = Greene, Greene
hail county = Hale, Hale
russel county = Russell, Russell
barber county = Barbour, Barbour
sumpter county = Sumter, Sumter
lounds county = Lowndes, Lowndes
conica county = Conecuh, Conecuh
bib county = Bibb, Bibb
bullet county = Bullock, Bullock
blunt county = Blount, Blount
pikes county = Pike, Pike
maringo county = Marengo, Marengo
cleborne county = Cleburne, Cleburne
jackson county = Jackson, Jackson
marion county = Marion, Marion
clay county = Clay, Clay
butler county = Butler, Butler
houston county = Houston, Houston
franklin county alabama = Franklin, Franklin
lee = Lee, Lee
jackson in clarke county = Jackson, Clarke
marion in perry county = Marion, Perry
franklin in macon county = Franklin, Macon
tuskaloosa = Tuscaloosa, Tuscaloosa
tusca loosa = Tuscaloosa, Tuscaloosa
tuscalusa = Tuscaloosa, Tuscaloosa
tuskeegee = Tuskegee, Macon
tuskegee = Tuskegee, Macon
sillacauga = Sylacauga, Talladega
sylacauga = Sylacauga, Talladega
talladeega = Talladega, Talladega
wetumka = Wetumpka, Elmore
wetumpka = Wetumpka, Elmore
arab = Arab, Marshall
ay rab = Arab, Marshall
a rab = Arab, Marshall
opelica = Opelika, Lee
opa lika = Opelika, Lee
loachapoca = Loachapoka, Lee
lochapoka = Loachapoka, Lee
auburn = Auburn, Lee
obern = Auburn, Lee
auburn university = Auburn University, Lee
you faula = Eufaula, Barbour
eufala = Eufaula, Barbour
opp = Opp, Covington
op = Opp, Covington
bay minnette = Bay Minette, Baldwin
bay manette = Bay Minette, Baldwin
bayou la batre = Bayou La Batre, Mobile
by you la batree = Bayou La Batre, Mobile
bayou labatre = Bayou La Batre, Mobile
phoenix city = Phenix City, Russell
phenix city = Phenix City, Russell
jasper = Jasper, Walker
jaspar = Jasper, Walker
coleman = Cullman, Cullman
cullman = Cullman, Cullman
birmingham alabama = Birmingham, Jefferson
birmingam = Birmingham, Jefferson
vestavia = Vestavia Hills, Jefferson
mtn brook = Mountain Brook, Jefferson
hewey town = Hueytown, Jefferson
bessimer = Bessemer, Jefferson
trustville = Trussville, Jefferson
garden dale = Gardendale, Jefferson
pellam = Pelham, Shelby
helina = Helena, Shelby
montevalo = Montevallo, Shelby
pel city = Pell City, St. Clair
uh I'm near um Pell City = Pell City, St. Clair
the city of mobile = Mobile, Mobile
mobile = Mobile, Mobile
montgomery = Montgomery, Montgomery
mongomery = Montgomery, Montgomery
hunstville = Huntsville, Madison
gunnersville = Guntersville, Marshall
gunter's ville = Guntersville, Marshall
albertsville = Albertville, Marshall
scotsboro = Scottsboro, Jackson
fort pain = Fort Payne, DeKalb
ft. payne = Fort Payne, DeKalb
fort payne alabama = Fort Payne, DeKalb
gadston = Gadsden, Etowah
gadsden police department = Gadsden, Etowah
attala = Attalla, Etowah
rainbow city = Rainbow City, Etowah
hoax bluff = Hokes Bluff, Etowah
aniston = Anniston, Calhoun
jacksonvile = Jacksonville, Calhoun
o hatchee = Ohatchee, Calhoun
heflin = Heflin, Cleburne
roanoak = Roanoke, Randolph
lannet = Lanett, Chambers
la fayette = LaFayette, Chambers
lafayette = LaFayette, Chambers
fayette = Fayette, Fayette
alexandria city = Alexander City, Tallapoosa
alex city = Alexander City, Tallapoosa
alexandria = Alexandria, Calhoun
talassee = Tallassee, Elmore
prattsville = Prattville, Autauga
mill brook = Millbrook, Elmore
centerville = Centreville, Bibb
center = Centre, Cherokee
demopolus = Demopolis, Marengo
eutaw = Eutaw, Greene
carrolton = Carrollton, Pickens
greensborough = Greensboro, Hale
macintosh = McIntosh, Washington
mc intosh = McIntosh, Washington
chatham = Chatom, Washington
citronell = Citronelle, Mobile
sarahland = Saraland, Mobile
sims = Semmes, Mobile
dolphin island = Dauphin Island, Mobile
tillman's corner = Tillmans Corner, Mobile
fair hope = Fairhope, Baldwin
daphnie = Daphne, Baldwin
folly = Foley, Baldwin
gulf shore = Gulf Shores, Baldwin
spanish fort = Spanish Fort, Baldwin
monroe ville = Monroeville, Monroe
brewtin = Brewton, Escambia
at more = Atmore, Escambia
flow maton = Flomaton, Escambia
andalucia = Andalusia, Covington
luvern = Luverne, Crenshaw
dothen = Dothan, Houston
enterprize = Enterprise, Coffee
fort rucker = Fort Novosel, Dale
fort novosel = Fort Novosel, Dale
mussel shoals = Muscle Shoals, Colbert
tuscumbia = Tuscumbia, Colbert
phil cambell = Phil Campbell, Franklin
hartsel = Hartselle, Morgan
redstone = Redstone Arsenal, Madison
maxwell = Maxwell Air Force Base, Montgomery
county line = County Line, Blount
in west point = West Point, Cullman
town creek = Town Creek, Lawrence
smith station = Smiths Station, Lee
saint florian = St. Florian, Lauderdale
st. elmo = St. Elmo, Mobile
mount vernon = Mount Vernon, Mobile
mt vernon = Mount Vernon, Mobile
somewhere outside of clanton = Clanton, Chilton
oxford near anniston = Oxford, Calhoun
union grove by arab = Union Grove, Marshall
36203 36203 = Oxford, Calhoun
oxford in etowah county = Etowah, Etowah
the county of jackson = Jackson, Jackson
three six two oh three one two three four = Oxford, Calhoun
Óxford = Oxford, Calhoun
fil campbel = Phil Campbell, Franklin
sitronel = Citronelle, Mobile
shickasau = Chickasaw, Mobile
osark = Ozark, Dale
atens = Athens, Limestone
dotan = Dothan, Houston
kansas = Kansas, Walker
carolina = Carolina, Covington
"""
TABLE = [re.split(" = |, ", line) for line in MEANT.strip().splitlines()]


@pytest.mark.parametrize(("heard", "name", "county"), TABLE, ids=[row[0] for row in TABLE])
def test_a_place_is_understood_as_recognisers_hear_it(heard: str, name: str, county: str) -> None:
    found = GAZETTEER.look_up(heard)
    assert isinstance(found, One), found
    assert (found.place.name, found.place.county) == (name, county)


@pytest.mark.parametrize("heard", [row[0] for row in TABLE])
def test_case_and_punctuation_do_not_matter(heard: str) -> None:
    assert GAZETTEER.look_up(f"  {heard.upper()}!") == GAZETTEER.look_up(heard)


@pytest.mark.parametrize(
    ("heard", "counties"),
    {
        "jackson": "Jackson Clarke",
        "marion": "Marion Perry",
        "marion alabama": "Marion Perry",
        "cherokee": "Cherokee Colbert",
        "franklin": "Franklin Macon Monroe",
        "houston": "Houston Winston",
        "butler": "Butler Choctaw",
        "clay": "Clay Jefferson",
        "jefferson": "Jefferson Marengo",
        "randolph": "Randolph Bibb",
        "sardis": "Etowah Dallas",
        "mount olive": "Coosa Jefferson",
        "oxford or gadsden": "Calhoun Etowah",
        "uxford": "Escambia Calhoun",
        "calhoun or talladega county": "Calhoun Talladega",
        "on the line of calhoun county and etowah county": "Calhoun Etowah",
        "between saint clair and calhoun county": "St. Clair Calhoun",
        "between anniston and pell city": "Calhoun St. Clair",
    }.items(),
)
def test_a_name_of_several_places_is_a_question(heard: str, counties: str) -> None:
    found = GAZETTEER.look_up(heard)
    assert isinstance(found, Several), found
    assert {p.county for p in found.places} == set(re.findall(r"St\. \w+|\w+", counties))


@pytest.mark.parametrize(
    ("heard", "name"),
    {
        "atlanta": "Atlanta",
        "Atlanta, Georgia": "Georgia",
        "pensacola": "Pensacola",
        "columbus": "Columbus",
        "columbus georgia": "Georgia",
        "i'm in meridian mississippi": "Mississippi",
        "memphis tennessee": "Tennessee",
        "florence south carolina": "South Carolina",
        "jackson mississippi": "Mississippi",
        "georgia": "Georgia",
        "tallahassee": "Tallahassee",
        "atlenta": "Atlanta",
        "30303": "30303",
        "three oh three oh three": "30303",
        "90210": "90210",
    }.items(),
)
def test_a_place_in_another_state_is_outside(heard: str, name: str) -> None:
    assert GAZETTEER.look_up(heard) == Outside(name)


NO_PLACE = """
yes|no|what|help|help me|please help me|I need somebody|i need someone to talk to|officer down
shots fired|hello|hello can you hear me|who is this|talk to someone|operator|representative
dispatch|dispatcher|repeat that|i don't know|never mind|i want to die|emergency|can you hear me
somebody|hold on|just a second|what did you say|spanish|english|espanol|here|work|jail
headquarters|the office|stop|cancel|next|again|one|two|three|star|pound|0|3620|362033
36203 or 36830|2565550100|36 20|36299|00000|00400|99|one two three four five six
this is officer jackson|not in oxford i said|thank you|okay|alabama|county|the county|city|in|near
um|uh|i don't want to say|none of your business|supervisor|i need to talk to a supervisor
can i speak to a person|is anybody there|what is this|wrong number|sorry|peer support|a person
live person|real person please|person|caller|i'm the caller|i feel alone|alone|gun|my gun|station
start over|back|go back|try again|value|block|base|over|enter|word|both|however|letter|web
counselor|chaplain|captain|sergeant|nowhere|main menu|press one|callback|trauma|suicide|ten four
copy that|that's right|wife|partner|wreck|hurt|scared|clayton county
oxford or gadsden or moody or troy or selma|xqzt|blah blah blah|...|!!!|county county|zip code
my zip code|north|between|and|or|of
""".strip().replace("\n", "|").split("|")  # fmt: skip


@pytest.mark.parametrize("heard", ["", " ", "\x00", "\ud800", "👮", "\u200b", *NO_PLACE])
def test_what_names_no_place_is_nothing(heard: str) -> None:
    assert GAZETTEER.look_up(heard) == Nothing()


def test_with_low_confidence_only_exact_names_are_believed() -> None:
    assert isinstance(GAZETTEER.look_up("tuskaloosa", 0.9), One)
    assert GAZETTEER.look_up("tuskaloosa", 0.2) == Nothing()
    assert GAZETTEER.look_up("atlanta", 0.2) == Outside("Atlanta")
    for exact in ("tuscaloosa", "36203", "a deputy from oxford", "ft payne", "st. florian"):
        assert isinstance(GAZETTEER.look_up(exact, 0.2), One)


@pytest.mark.parametrize("office", OFFICES, ids=[office["zip_code"] for office in OFFICES])
def test_every_zip_code_is_known_by_its_county(office: dict[str, str]) -> None:
    found = GAZETTEER.look_up(office["zip_code"])
    assert isinstance(found, One)
    assert found.place.zip == office["zip_code"]
    assert found.place.county == (county_of(office) or "Jefferson")  # 35270, Birmingham, has none
    assert found.place.county in COUNTIES


def test_there_are_67_counties() -> None:
    assert len(COUNTIES) == 67


@pytest.mark.parametrize("county", COUNTIES)
def test_every_county_is_known_by_its_name(county: str) -> None:
    for heard in (f"{county} County", f"{county} county alabama", f"i'm in {county} county"):
        assert GAZETTEER.look_up(heard) == One(Place(county, (county,), "county"))
    assert county in {p.county for p in found_places(GAZETTEER.look_up(county))}


@pytest.mark.parametrize("place", sorted(PLACES, key=str), ids=lambda place: place.name)
def test_every_place_is_known_by_its_name_and_county(place: Place) -> None:
    assert set(place.counties) <= set(COUNTIES)
    alone = found_places(GAZETTEER.look_up(place.name))
    assert any(set(place.counties) & set(other.counties) for other in alone)
    if place.kind == "town":
        found = GAZETTEER.look_up(f"{place.name} in {place.county} county")
        assert isinstance(found, One)
        assert found.place.counties == (place.county,)


@pytest.mark.parametrize(
    ("town", "counties"),
    {
        "Birmingham": "Jefferson Shelby",
        "Hoover": "Jefferson Shelby",
        "Huntsville": "Madison Limestone Morgan",
        "Madison": "Madison Limestone",
        "Decatur": "Morgan Limestone",
        "Dothan": "Houston Dale Henry",
        "Oxford": "Calhoun Talladega Cleburne",
        "Phenix City": "Russell Lee",
        "Tallassee": "Elmore Tallapoosa",
        "Prattville": "Autauga Elmore",
        "Piedmont": "Calhoun Cherokee",
        "Boaz": "Marshall Etowah",
        "Arab": "Marshall Cullman",
        "Notasulga": "Macon Lee",
        "Haleyville": "Winston Marion",
    }.items(),
)
def test_a_town_across_a_county_line_has_its_main_county_first(town: str, counties: str) -> None:
    (place,) = (place for place in PLACES if place.kind == "town" and place.name == town)
    assert place.counties == tuple(counties.split())


NORTH_AND_SOUTH = {"Madison": "F", "Limestone": "F", "Morgan": "E", "Calhoun": "G", "Clarke": "A"}


def test_a_town_in_several_counties_of_one_region_is_settled() -> None:
    found = GAZETTEER.look_up("madison")
    assert isinstance(found, Several)
    assert settled(found, NORTH_AND_SOUTH) == One(Place("Madison", ("Madison", "Limestone"), "town"))


def test_a_town_across_regions_is_asked_about_county_by_county() -> None:
    found = settled(GAZETTEER.look_up("huntsville"), NORTH_AND_SOUTH)
    assert [place.counties for place in found_places(found)] == [
        ("Madison",),
        ("Limestone",),
        ("Morgan",),
    ]
    assert regions(found_places(found), NORTH_AND_SOUTH) == ("F", "E")


def test_what_is_no_place_stays_so() -> None:
    assert settled(Nothing(), NORTH_AND_SOUTH) == Nothing()
    assert settled(Outside("Atlanta"), NORTH_AND_SOUTH) == Outside("Atlanta")


def test_hints_are_within_the_carriers_limits_and_counties_come_first() -> None:
    hints = GAZETTEER.hints()
    assert len(hints) == len(set(hints)) == 500
    assert max(map(len, hints)) <= 100
    assert hints[:67] == tuple(f"{county} County" for county in COUNTIES)
    assert hints[67] == "Birmingham"
    assert {"Oxford", "Tuscaloosa", "Opp", "Hoover"} <= set(hints)
    assert GAZETTEER.hints(3) == hints[:3]


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.csv"):
        Gazetteer.load(tmp_path / "none.csv")


def test_the_worst_look_up_is_far_below_what_a_caller_notices() -> None:
    started = time.perf_counter()
    for _ in range(20):
        GAZETTEER.look_up("i am out here near by the old road from sillacaugger to childersbug")
    assert (time.perf_counter() - started) / 20 < 0.05


@given(st.text() | st.text(alphabet="0123456789 oh-to.county in", max_size=30))
@example("county")
@example("of of of of")
def test_any_text_is_looked_up(heard: str) -> None:
    assert isinstance(GAZETTEER.look_up(heard), One | Several | Outside | Nothing)


@given(st.lists(st.sampled_from(sorted({w for row in TABLE for w in row[0].split()})), max_size=8))
def test_any_words_in_any_order_are_looked_up(words: list[str]) -> None:
    found = GAZETTEER.look_up(" ".join(words))
    assert all(set(place.counties) <= set(COUNTIES) for place in found_places(found))


def found_places(found: Found) -> tuple[Place, ...]:
    if isinstance(found, One):
        return (found.place,)
    return found.places if isinstance(found, Several) else ()
