"""The sentences: each one is used, each one that is used is there, and each is filled in as it should be."""

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bridge.core.model import Purpose
from bridge.core.rota import ALABAMA
from bridge.core.wording import SENTENCES, Wording, clean, clock_time, placeholders, spaced
from bridge.settings import load

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"(place|caller|text|reply|call|rota|notice)\.[a-z_]*[a-z]")
# A template and endpoints.
NO_SENTENCES = {"rota.html", *(f"rota.{each}" for each in ("page", "cancel", "leave", "override", "replace_feed"))}
# paged._holder_call says "call." and the purpose
BY_PURPOSE = {f"call.{purpose.value}" for purpose in (Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN, Purpose.CONNECT)}


def words() -> Wording:
    return load({"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:1"}).wording


def _used() -> Iterator[str]:
    for file in (ROOT / "bridge").rglob("*.py"):
        if file.name != "wording.py" and "simulator" not in file.parts:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                    yield node.value


def test_every_sentence_is_used_and_every_sentence_that_is_used_is_there() -> None:
    used = (set(_used()) | BY_PURPOSE) - NO_SENTENCES
    assert used - set(SENTENCES) == set(), "used, but not in SENTENCES"
    assert set(SENTENCES) - used == set(), "never said"


def test_the_sample_has_every_sentence_with_no_more_than_its_placeholders() -> None:
    sample = words().sentences
    assert set(sample) == set(SENTENCES)
    for key, sentence in sample.items():
        assert placeholders(sentence) <= SENTENCES[key], key


@pytest.mark.parametrize("key", SENTENCES)
def test_every_sentence_can_be_said_with_what_it_may_speak_of(key: str) -> None:
    said = words().say(key, **dict.fromkeys(SENTENCES[key], "X"))
    assert said
    assert "{" not in said


@pytest.mark.parametrize("sentence", ["{", "}", "{a", "{a.b}", "{a!r}", "{a:>9}", "{0}", "{}", "{a b}"])
def test_braces_that_hold_more_than_a_name_are_refused(sentence: str) -> None:
    with pytest.raises(ValueError):
        placeholders(sentence)


def test_what_xml_or_a_telephone_cannot_carry_is_taken_out() -> None:
    assert clean("a\x00b\ud800c\n\n d\u200b  e\t") == "a b c d e"


def test_a_value_with_braces_is_said_as_it_is() -> None:
    assert "{code}" in words().say("text.stand_down", code="412", who="{code}")


@pytest.mark.parametrize(
    ("wall", "said"),
    [("2026-03-03 00:05", "12:05 AM"), ("2026-03-03 12:34", "12:34 PM"), ("2026-07-03 02:34", "2:34 AM"),
     ("2026-11-01 23:59", "11:59 PM")],
)  # fmt: skip
def test_times_are_said_as_the_clock_on_the_wall_shows_them(wall: str, said: str) -> None:
    assert clock_time(datetime.fromisoformat(wall).replace(tzinfo=ALABAMA).timestamp()) == said


def test_a_code_is_spoken_digit_by_digit() -> None:
    assert spaced("412") == "4 1 2"
