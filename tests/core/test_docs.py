"""The pictures and pages in the docs are made from the code, are made again when it changes, and say what is true."""

import importlib.util
import re
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from bridge.core.commands import COMMANDS, NOT_UNDERSTOOD, TIMES, UNCERTAIN_TIMES
from bridge.core.replies import Meaning, Reply, read_key, read_text
from bridge.core.rota import instant

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def draw() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
    assert spec
    assert spec.loader
    drawn = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawn)
    return drawn


def test_the_drawing_of_the_states_is_up_to_date(draw: ModuleType) -> None:
    assert (DOCS / "states.md").read_text(encoding="utf-8") == draw.page(), "run `make docs`, and commit docs/states.md"


def test_the_page_for_coordinators_is_up_to_date(draw: ModuleType) -> None:
    page = (DOCS / "coordinators.md").read_text(encoding="utf-8")
    assert page == draw.coordinators(), "run `make docs`, and commit docs/coordinators.md"


def at(*wall: int) -> float:
    return instant(datetime(*wall))  # type: ignore[misc,arg-type]  # noqa: DTZ001


NOW = at(2026, 3, 3, 14, 4)
WEEKEND = (at(2026, 3, 6, 18), at(2026, 3, 9, 6))
# Written by hand, so that the page is compared with what its reader will expect.
MEANT = {
    "1": Reply(Meaning.ACCEPT),
    "1 412": Reply(Meaning.ACCEPT, ("412",)),
    "1 412 413": Reply(Meaning.ACCEPT, ("412", "413")),
    "OK": Reply(Meaning.ACCEPT),
    "10-4": Reply(Meaning.ACCEPT),
    "ON IT": Reply(Meaning.ACCEPT),
    "1 in 20": Reply(Meaning.ACCEPT, minutes=20),
    "1 412 in 20 min": Reply(Meaning.ACCEPT, ("412",), minutes=20),
    "2": Reply(Meaning.DECLINE),  # of what one has accepted, it gives back
    "PASS": Reply(Meaning.DECLINE),
    "NO 412": Reply(Meaning.DECLINE, ("412",)),
    "?": Reply(Meaning.LIST),
    "LIST": Reply(Meaning.LIST),
    "CALL": Reply(Meaning.CALL),
    "CALL 412": Reply(Meaning.CALL, ("412",)),
    "3": Reply(Meaning.DONE),
    "DONE": Reply(Meaning.DONE),
    "DONE 412": Reply(Meaning.DONE, ("412",)),
    "ETA 10": Reply(Meaning.ETA, minutes=10),
    "ETA 10 412": Reply(Meaning.ETA, ("412",), minutes=10),
    "RELEASE": Reply(Meaning.RELEASE),
    "RELEASE 412": Reply(Meaning.RELEASE, ("412",)),
    "SCENE": Reply(Meaning.SCENE, people=1),
    "NEED 2": Reply(Meaning.SCENE, people=2),
    "NEED 2 412": Reply(Meaning.SCENE, ("412",), people=2),
    "ARRIVED": Reply(Meaning.ARRIVED),
    "ON SCENE": Reply(Meaning.ARRIVED),
    "ARRIVED 412": Reply(Meaning.ARRIVED, ("412",)),
    "WHO": Reply(Meaning.WHO),
    "WHO D": Reply(Meaning.WHO, region="D"),
    "ME": Reply(Meaning.ME),
    "OFF until 6am": Reply(Meaning.OFF, period=(NOW, at(2026, 3, 4, 6))),
    "OFF fri 18:00 - mon 06:00": Reply(Meaning.OFF, period=WEEKEND),
    "OFF nov 27": Reply(Meaning.OFF, period=(at(2026, 11, 27), at(2026, 11, 28))),
    "ON": Reply(Meaning.ON),
    "COVER D until 22:00": Reply(Meaning.COVER, region="D", period=(NOW, at(2026, 3, 3, 22))),
    "COVER D fri 18:00 - mon 06:00": Reply(Meaning.COVER, region="D", period=WEEKEND),
    "SWAP with Boyd fri": Reply(Meaning.SWAP, person="boyd", period=(at(2026, 3, 6), at(2026, 3, 7))),
    "SWAP with Boyd fri 18:00 - mon 06:00": Reply(Meaning.SWAP, person="boyd", period=WEEKEND),
    "CONFIRM": Reply(Meaning.CONFIRM),
    "REFUSE": Reply(Meaning.REFUSE),
    "123456": Reply(Meaning.VERIFY, digits="123456"),
    "123 456": Reply(Meaning.VERIFY, digits="123456"),
    "STOP": Reply(Meaning.OPT_OUT),
    "START": Reply(Meaning.OPT_IN),
    "HELP": Reply(Meaning.HELP),
}


def test_every_example_on_the_page_means_what_the_page_says(draw: ModuleType) -> None:
    rows = re.findall(r"^\| (`.+) \|.*\|$", draw.coordinators().split("## On the telephone")[0], re.MULTILINE)
    shown = {text for row in rows for text in re.findall(r"`([^`]+)`", row)}
    assert shown == set(MEANT)
    assert {text: read_text(text, NOW) for text in shown} == MEANT


def test_every_example_stands_beside_its_own_meaning() -> None:
    wrong = {
        text
        for commands in COMMANDS.values()
        for command in commands
        for text in command.texts
        if read_text(text, NOW).meaning is not command.meaning
    }
    assert wrong == {"2"}  # a pass, which of what one has is a release


def test_the_times_on_the_page_are_certain_or_asked_for_as_it_says(draw: ModuleType) -> None:
    assert all(f"`{text}`" in draw.coordinators() for text in (*TIMES, *UNCERTAIN_TIMES))
    assert [text for text in TIMES if read_text(f"OFF {text}", NOW).period is None] == []
    assert {read_text(f"OFF {text}", NOW) for text in UNCERTAIN_TIMES} == {Reply(Meaning.OFF)}


def test_what_the_page_calls_not_understood_is_not(draw: ModuleType) -> None:
    assert all(f"`{text}`" in draw.coordinators() for text in NOT_UNDERSTOOD)
    assert {read_text(text, NOW) for text in NOT_UNDERSTOOD} == {Reply(Meaning.UNCLEAR)}


def test_the_keys_on_the_page_are_the_keys_that_mean_something(draw: ModuleType) -> None:
    table = draw.coordinators().split("## On the telephone")[1]
    assert set(re.findall(r"^\| `(.)` \|", table, re.MULTILINE)) == {key for key in "0123456789*#" if read_key(key)}


def test_the_page_for_coordinators_is_one_page(draw: ModuleType) -> None:
    lines = draw.coordinators().splitlines()
    assert sum(1 + len(line) // 110 for line in lines if line) <= 70
