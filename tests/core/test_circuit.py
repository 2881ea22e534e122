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
    circuit = failed(0, 1, 2).told_to_wait(T0 + 5, 20.0)
    assert (circuit.open, circuit.waits(T0 + 10), circuit.lets(T0 + 24.9), circuit.lets(T0 + 25)) == (False, 15, False, True)
    assert WELL.told_to_wait(T0, 0.0).waits(T0) == LEAST_WAIT
    assert WELL.told_to_wait(T0, 9999.0).waits(T0) == MOST_WAIT


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert failed(0, 1, 2).lets(T0 - 3600)
    assert failed(0, 1, 2).probing(T0 + 6).lets(T0 - 3600)
    assert WELL.told_to_wait(T0, 20.0).lets(T0 - 3600)


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
