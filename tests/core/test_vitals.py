"""The health strip: what each part says, when that is good, not known or bad, and what a machine is told to miss."""

from dataclasses import replace

import pytest

from bridge.core import vitals
from bridge.core.events import Reported
from bridge.core.model import Request, Status
from bridge.core.vitals import CanaryNews, CarrierNews, Health, Signs, StoreCondition, Vital, missing, nameless
from tests.given import walk

T0 = 1_795_335_245.0  # 2026-11-22 02:14:05 CST
GOOD, UNKNOWN, BAD = Health.GOOD, Health.UNKNOWN, Health.BAD
BEATS = {"worker:1": T0 - 1, "worker:2": T0 - 2, "clock:1": T0 - 1}
WELL = Signs(BEATS, StoreCondition(waiting=2), CarrierNews(answered_at=T0 - 20), CanaryNews(T0 - 12, 0.04))


def strip(signs: Signs = WELL, *requests: Request, textless: dict[str, str] | None = None, now: float = T0) -> list[Vital]:
    return list(vitals.vitals(signs, requests, now, textless or {}, "0.2.0 (abcdef01)"))


def part(name: str, signs: Signs = WELL, *requests: Request, now: float = T0) -> Vital:
    (found,) = [vital for vital in strip(signs, *requests, now=now) if vital.name == name]
    return found


def beats(**heard: float) -> Signs:
    return replace(WELL, beats={name.replace("_", ":"): T0 - ago for name, ago in heard.items()})


def with_store(**fields: object) -> Signs:
    return replace(WELL, store=StoreCondition(**fields))  # type: ignore[arg-type]


def with_carrier(**fields: object) -> Signs:
    return replace(WELL, carrier=CarrierNews(**fields))  # type: ignore[arg-type]


def with_canary(*fields: float | None) -> Signs:
    return replace(WELL, canary=CanaryNews(*fields))  # type: ignore[arg-type]


# ---- the whole of it


def test_a_bridge_that_is_well_says_so_of_each_part_in_words_and_in_order() -> None:
    assert [(vital.name, vital.said, vital.at) for vital in strip()] == [
        ("Store", "durable", None),
        ("Worker", "2 running", None),
        ("Clock", "running", None),
        ("Outbox", "2 waiting, none overdue", None),
        ("Carrier", "answered", T0 - 20),
        ("Canary", "took 0.04 s", T0 - 12),
        ("Texts", "nobody has opted out", None),
        ("Version", "0.2.0 (abcdef01)", None),
    ]
    assert {vital.health for vital in strip()} == {GOOD}
    assert missing(WELL, T0) == []


@pytest.mark.parametrize(
    "signs",
    [
        WELL,
        beats(worker_1=20, clock_1=20),
        with_store(overdue=2, oldest_at=T0 - 30),
        with_carrier(answered_at=T0 - 90, failed_at=T0 - 2, failing_since=T0 - 40, trouble="time-out", reached=False),
        with_carrier(answered_at=T0 - 20, failed_at=T0 - 60, trouble="HTTP 503"),
        with_canary(T0 - 200, 0.04, T0 - 140),
    ],
)
def test_words_do_not_tick(signs: Signs) -> None:
    later = strip(signs, now=T0 + 2.5)
    assert later == strip(signs), "each change is sent to every page that is open"


def test_what_is_bad_says_what_to_do() -> None:
    bad = Signs({}, StoreCondition(False, ("appendonly is no",), 0, 1, T0 - 90), CarrierNews(failing_since=T0), CanaryNews(0.0))
    found = [vital for vital in strip(bad, textless={"Sgt. Boyd": "opted out"}) if vital.name != "Version"]
    assert [vital.health for vital in found] == [BAD] * 7
    assert all(vital.todo.endswith(".") for vital in found)


# ---- the store


@pytest.mark.parametrize(
    ("durable", "faults", "health", "said"),
    [
        (True, (), GOOD, "durable"),
        (False, ("appendfsync is everysec",), BAD, "not durable: appendfsync is everysec"),
        (False, ("appendonly is no", "it is a replica"), BAD, "not durable: appendonly is no, it is a replica"),
        (None, ("does not tell appendfsync",), UNKNOWN, "answers, does not tell appendfsync"),
        (True, ("its files could not be rewritten",), BAD, "durable, but its files could not be rewritten"),
    ],
)
def test_the_store_is_durable_or_says_why_not(durable: bool | None, faults: tuple[str, ...], health: Health, said: str) -> None:
    store = part("Store", with_store(durable=durable, faults=faults))
    assert (store.health, store.said) == (health, said)


def test_only_a_store_that_is_known_to_lose_writes_is_missing() -> None:
    assert missing(with_store(durable=False, faults=("appendonly is no",)), T0) == ["store is not durable (appendonly is no)"]
    assert missing(with_store(durable=None, faults=("does not tell appendfsync",)), T0) == []
    assert missing(with_store(faults=("its memory is nearly full",)), T0) == []


# ---- processes


def test_heartbeats_are_counted_and_silence_is_dated() -> None:
    signs = beats(worker_1=1, worker_2=14, worker_3=999, clock_1=15.1, web=0)
    assert part("Worker", signs).said == "2 running"
    clock = part("Clock", signs)
    assert (clock.health, clock.said, clock.at) == (BAD, "silent since 02:13:49", T0 - 15.1)
    assert part("Worker", beats()).said == "never heard"


def test_a_process_that_falters_is_dated_before_it_is_called_silent() -> None:
    assert part("Worker", beats(worker_1=4.9)).at is None
    assert part("Worker", beats(worker_1=5.1)).at == T0 - 5.1
    assert part("Worker", beats(worker_1=5.1)).health is GOOD


def test_without_a_worker_or_a_clock_the_bridge_is_not_ready() -> None:
    assert missing(beats(worker_1=15.1), T0) == ["no worker heard for 15 s", "no clock heard for 15 s"]
    assert missing(beats(worker_1=15, clock_9=15), T0) == []


# ---- the outbox


def test_what_waits_for_its_time_is_no_fault_and_what_is_overdue_is() -> None:
    assert part("Outbox", with_store()).said == "empty"
    outbox = part("Outbox", with_store(waiting=4, overdue=2, oldest_at=T0 - 30))
    assert (outbox.health, outbox.said, outbox.at) == (BAD, "2 overdue, oldest since 02:13:35", T0 - 30)


def test_an_outbox_overdue_for_more_than_a_minute_is_not_ready() -> None:
    assert missing(with_store(overdue=1, oldest_at=T0 - 60), T0) == []
    assert missing(with_store(overdue=1, oldest_at=T0 - 60.1), T0) == ["outbox is overdue for more than 60 s"]


# ---- the carrier


@pytest.mark.parametrize(
    ("news", "health", "said"),
    [
        ({}, UNKNOWN, "not asked yet"),
        ({"answered_at": T0 - 180}, GOOD, "answered"),
        ({"answered_at": T0 - 181}, UNKNOWN, "not asked lately"),
        ({"answered_at": T0, "failed_at": T0 - 7, "trouble": "HTTP 503"}, GOOD, "last error 02:13:58: HTTP 503; answered"),
        ({"answered_at": T0, "failed_at": T0 - 86401, "trouble": "HTTP 503"}, GOOD, "answered"),
        (
            {"answered_at": T0 - 60, "failed_at": T0, "failing_since": T0 - 7, "trouble": "HTTP 503"},
            BAD,
            "refuses since 02:13:58: HTTP 503",
        ),
        (
            {"failed_at": T0, "failing_since": T0 - 245, "trouble": "time-out", "reached": False},
            BAD,
            "not reachable since 02:10:00 (time-out)",
        ),
        (
            {"failed_at": T0, "failing_since": T0 - 5, "trouble": "credentials refused (401)"},
            BAD,
            "refuses since 02:14:00: credentials refused (401)",
        ),
    ],
)
def test_the_carrier_answered_refused_or_was_not_reached(news: dict[str, object], health: Health, said: str) -> None:
    carrier = part("Carrier", with_carrier(**news))
    assert (carrier.health, carrier.said) == (health, said)


def test_messages_that_the_carrier_does_not_take_are_counted() -> None:
    there = walk(carrier_is_away=True)
    request = there.does(Reported(0, Status.WAITING, "carrier busy", retry_at=there.now + 1)).request
    assert part("Carrier", WELL, request).said == "not taking messages, 1 waiting"
    away = with_carrier(failing_since=T0 - 5, trouble="no connection", reached=False)
    assert part("Carrier", away, request).said == "not reachable since 02:14:00 (no connection), 1 waiting"


def test_a_line_that_is_not_verified_is_an_alarm_though_the_carrier_answers() -> None:
    there = walk()
    request = there.does(Reported(0, Status.FAILED, "undelivered 30032")).request
    carrier = part("Carrier", WELL, request)
    assert (carrier.health, carrier.said) == (BAD, "texts fail, the line is not verified (30032)")


def test_a_carrier_that_fails_leaves_the_bridge_ready() -> None:
    assert missing(with_carrier(failing_since=T0 - 900, trouble="time-out", reached=False), T0) == []


# ---- the canary


@pytest.mark.parametrize(
    ("news", "health", "said", "at"),
    [
        ((), UNKNOWN, "not run yet", None),
        ((None, 0.0, T0 - 3), UNKNOWN, "under way", T0 - 3),
        ((None, 0.0, T0 - 181), BAD, "has not come back since 02:11:04", T0 - 181),
        ((T0 - 12, 0.04), GOOD, "took 0.04 s", T0 - 12),
        ((T0 - 12, 15.0), GOOD, "took 15.00 s", T0 - 12),
        ((T0 - 12, 19.6), BAD, "took 20 s", T0 - 12),
        ((T0 - 181, 0.04, T0 - 120), BAD, "has not come back since 02:11:04", T0 - 181),
    ],
)
def test_a_canary_comes_back_soon_or_is_missed(
    news: tuple[float | None, ...], health: Health, said: str, at: float | None
) -> None:
    canary = part("Canary", with_canary(*news))
    assert (canary.health, canary.said, canary.at) == (health, said, at)


# ---- people


def test_whom_texts_do_not_reach_is_named_on_the_page_and_counted_for_a_machine() -> None:
    named = strip(textless={"Sgt. Boyd": "opted out", "Lt. Reyes": "landline +12565550111"})
    assert [(vital.health, vital.said) for vital in named if vital.name == "Texts"] == [
        (BAD, "Lt. Reyes has a landline, voice only"),
        (BAD, "Sgt. Boyd has opted out, voice only"),
    ]
    told = nameless(named)
    assert [vital.said for vital in told if vital.name == "Texts"] == ["2 people by voice only"]
    assert "Boyd" not in repr(told)
    assert [vital.name for vital in told] == [vital.name for vital in strip()]
    assert nameless(strip()) == tuple(strip())
