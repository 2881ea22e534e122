"""Segments: what a text costs on the line, and that typography never makes it cost more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.segments import plain, segments
from bridge.simulator.segments import segments as counted_by_the_carrier


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 304, 2), ("a" * 305, 3), ("a" * 456, 3), ("a" * 457, 4),
        ("[" * 80, 1), ("[" * 81, 2), ("€" * 80, 1), ("ж" * 70, 1), ("ж" * 71, 2), ("ж" * 132, 2), ("ж" * 133, 3),
        ("😀" * 35, 1), ("😀" * 36, 2), ("a" * 159 + "ж", 3),
    ],
)  # fmt: skip
def test_segments_are_counted_as_a_toll_free_line_sends_them(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("“Oxford” – it’s …", '"Oxford" - it\'s ...'),
        ("Sgt. José Muñoz", "Sgt. José Muñoz"),
        ("Zoë Núñez, Dvořák", "Zoe Nuñez, Dvorak"),
        ("a\u00a0b\u2009c\u200bd", "a b cd"),
        ("½ ﬁre ①", "1/2 fire 1"),
        ("Привет 😀", "Привет 😀"),
    ],
)
def test_what_gsm_lacks_is_put_as_it_has_it_and_the_rest_is_left_alone(text: str, sent: str) -> None:
    assert plain(text) == sent


@given(st.text())
def test_a_text_made_plain_stays_so_and_no_text_costs_more_at_the_carrier_than_is_counted_here(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert segments(text) >= counted_by_the_carrier(text)


@given(st.text(alphabet="“”‘’–—…•\u00a0 abcé", max_size=50))
def test_typography_never_makes_a_text_a_wide_one(text: str) -> None:
    assert segments(plain(text)) == 1
