"""When a channel of an account is taken for away, who may probe it, and what the strip says."""

from typing import Any

import pytest

from bridge.core import circuit_words, vitals
from bridge.core.circuit import (
    AFTER_PROBE,
    LEAST_WAIT,
    MOST_WAIT,
    PROBE_EVERY,
    PROBE_TAKES,
    WELL,
    CarrierNews,
    Circuit,
    all_open,
)
from bridge.core.vitals import Health, Signs

T0 = 1_795_335_245.0  # 2026-11-22 02:14:05 CST


def failed(*at: float) -> Circuit:
    """One that failed at these instants, in seconds after T0."""
    circuit = WELL
    for seconds in at:
        circuit = circuit.failed(T0 + seconds, "HTTP 503")
    return circuit


def told_to_wait(seconds: float, circuit: Circuit = WELL, at: float = 0.0) -> Circuit:
    return circuit.told_to_wait(T0 + at, seconds, "too many requests")


GONE = failed(0, 1, 2)


def test_a_circuit_opens_after_three_failures_or_five_seconds_of_failing() -> None:
    assert not failed(0, 1).open
    assert failed(0, 1, 2).open
    assert not failed(0, 4.9).open
    assert failed(0, 5).open


def test_a_single_failure_of_long_ago_says_nothing() -> None:
    assert failed(0).lets(T0 + 3600)
    assert not failed(0).open


def test_an_open_circuit_lets_a_probe_pass_every_three_seconds_and_one_at_a_time() -> None:
    circuit = failed(0, 1, 2)
    assert not circuit.lets(T0 + 2 + PROBE_EVERY - 0.1)
    assert circuit.lets(T0 + 2 + PROBE_EVERY)
    probing = circuit.probing(T0 + 6)
    assert not probing.lets(T0 + 7)
    assert probing.retry_after(T0 + 7) == AFTER_PROBE
    assert probing.lets(T0 + 6 + PROBE_TAKES), "whoever probed has died"
    assert not probing.failed(T0 + 7, "HTTP 503").lets(T0 + 8)


def test_it_is_said_when_it_is_worth_trying_again() -> None:
    assert failed(0, 1, 2).retry_after(T0 + 3) == PROBE_EVERY - 1
    assert failed(0, 1, 2).retry_after(T0 + 60) == 0


def test_what_wants_to_be_left_alone_is_and_is_not_away() -> None:
    circuit = told_to_wait(9)
    assert (circuit.open, circuit.waits(T0 + 3), circuit.lets(T0 + 8.9), circuit.lets(T0 + 9)) == (False, 6, False, True)
    assert told_to_wait(0).waits(T0) == LEAST_WAIT
    assert told_to_wait(9999).waits(T0) == MOST_WAIT


def test_what_wants_to_be_left_alone_for_so_long_that_a_page_would_be_late_is_away_and_left_alone() -> None:
    for circuit in (told_to_wait(20), told_to_wait(6, told_to_wait(6), at=6)):
        assert (circuit.open, circuit.trouble) == (True, "too many requests")
    assert not told_to_wait(20).lets(T0 + 19.9)
    assert told_to_wait(20).lets(T0 + 20)
    assert not told_to_wait(20).probing(T0 + 20).lets(T0 + 21), "then one message shows whether it is over"
    seconds = WELL
    for second in range(6):
        assert not seconds.open
        seconds = told_to_wait(0, seconds, at=second)
    assert seconds.open, "it does not say for how long, and wants it again and again"


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert failed(0, 1, 2).lets(T0 - 3600)
    assert failed(0, 1, 2).probing(T0 + 6).lets(T0 - 3600)
    assert told_to_wait(20).lets(T0 - 3600)


def test_a_channel_is_away_only_where_every_account_is() -> None:
    gone = failed(0, 1, 2)
    assert all_open([gone, gone])
    assert not all_open([gone, WELL])


def test_the_strip_names_the_channel_since_when_why_and_the_other_one() -> None:
    gone = failed(0, 1, 2)
    assert circuit_words.away({"main/text": gone}, ["main"], T0) == "texts away since 02:14:05 (HTTP 503), calls answer"
    both = {"main/text": gone, "main/call": gone}
    assert circuit_words.away(both, ["main"], T0) == "texts and calls away since 02:14:05 (HTTP 503)"
    assert circuit_words.away({"main/call": gone, "main/text": failed(1)}, ["main"], T0).endswith("texts falter")
    assert circuit_words.away({"main/text": gone}, ["main", "spare"], T0) == ""
    said = circuit_words.taken_over({"main/text": gone}, ["main", "spare"], T0)
    assert said == "account main away since 02:14:05 (HTTP 503)"


@pytest.mark.parametrize(
    ("news", "health", "said"),
    [
        ({"circuits": {"main/text": GONE}}, Health.BAD, "texts away since 02:14:05 (HTTP 503), calls answer"),
        (
            {"circuits": {"main/text": GONE, "main/call": GONE}, "failing_since": T0, "trouble": "HTTP 503"},
            Health.BAD,
            "refuses since 02:14:05: HTTP 503",
        ),
        (
            {"circuits": {"main/text": GONE, "main/ping": GONE}, "failing_since": T0, "trouble": "HTTP 503"},
            Health.BAD,
            "refuses since 02:14:05: HTTP 503",
        ),
        (
            {"circuits": {"main/text": GONE, "main/ping": GONE}, "accounts": ("main", "spare")},
            Health.BAD,
            "account main away since 02:14:05 (HTTP 503)",
        ),
        ({"circuits": {"main/text": failed(1)}, "answered_at": T0}, Health.GOOD, "answered"),
    ],
)
def test_the_health_strip_tells_one_channel_from_all_and_one_account_from_all(
    news: dict[str, Any], health: Health, said: str
) -> None:
    strip = vitals.vitals(Signs(carrier=CarrierNews(**news)), [], T0 + 10, {}, "0.4.0")
    carrier = next(vital for vital in strip if vital.name == "Carrier")
    assert (carrier.health, carrier.said) == (health, said)


def test_of_a_channel_that_was_not_tried_for_long_nobody_knows() -> None:
    news = CarrierNews(circuits={"main/text": GONE}, answered_at=T0 + 600)
    strip = vitals.vitals(Signs(carrier=news), [], T0 + 600, {}, "0.4.0")
    carrier = next(vital for vital in strip if vital.name == "Carrier")
    assert (carrier.health, carrier.said.endswith("; not tried lately")) == (Health.UNKNOWN, True)
