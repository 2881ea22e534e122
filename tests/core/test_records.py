"""What is to be deleted at the carrier, when it is tried again, and how that is told."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from bridge.core.findings import Facts
from bridge.core.invariants import check
from bridge.core.model import Channel
from bridge.core.records import GIVEN_UP, OVERDUE, SLOW, Listed, RecordNews, again_in, overdue, parsed, record_of, strays, vital
from bridge.core.vitals import Health

NOW = 1_795_335_245.0  # 02:14:05 in Alabama
OLD = NOW - 7200


def told(news: RecordNews) -> tuple[Health, str]:
    found = vital(news, NOW)
    return found.health, found.said


def test_a_record_is_called_by_its_kind_and_the_carriers_name() -> None:
    for channel, sid, effect in (
        (Channel.TEXT, "SM1", "record/text/SM1"),
        (Channel.CALL, "CA1", "record/call/CA1"),
        (Channel.CALL, "QU1", "record/queue/QU1"),
        (Channel.CALL, "0b3c-11", "record/call/0b3c-11"),
    ):
        record = record_of(channel, sid, NOW)
        assert record is not None
        assert (record.effect, record.channel) == (effect, channel)
        assert parsed(effect, NOW) == record


@pytest.mark.parametrize("sid", ["", "a/b", "../x", "x" * 65, "SM1.json", "SM 1", "é"])
def test_what_is_no_sid_is_no_record(sid: str) -> None:
    assert record_of(Channel.TEXT, sid, NOW) is None


def test_the_carrier_is_asked_more_and_more_rarely_and_never_less_than_every_fifteen_minutes() -> None:
    age, asked = 0.0, list[float]()
    while age < 7200:
        age += again_in(age)
        asked.append(age / 60)
    assert asked[:6] == [1, 2, 4, 8, 16, 31]
    assert again_in(GIVEN_UP) == 900


def test_strays_are_old_over_needed_by_no_request_and_not_known() -> None:
    stray = Listed("text", "SM1", OLD, True)
    listed = [
        stray,
        replace(stray, sid="SM2", at=NOW),
        replace(stray, sid="SM3", at=None),
        replace(stray, sid="CA4", kind="call", over=False),
        replace(stray, sid="SM5"),
        replace(stray, sid="SM6"),
        replace(stray, sid="QU7", kind="queue", name="r1"),
        replace(stray, sid="QU8", kind="queue", name="r2"),
    ]
    found = list(strays(listed, {"SM5", "r1"}, {"record/text/SM6"}, NOW - 3600, 9))
    assert [(each.effect, each.since) for each in found] == [("record/text/SM1", OLD), ("record/queue/QU8", OLD)]
    assert [each.sid for each in strays(listed, {"SM5", "r1"}, {"record/text/SM6"}, NOW - 3600, 1)] == ["SM1"]


def test_it_is_told_how_it_stands() -> None:
    well = RecordNews(begun_at=NOW - 100, swept_at=NOW - 90)
    assert told(well) == (Health.GOOD, "nothing waits")
    assert told(RecordNews()) == (Health.GOOD, "nothing waits")
    one = replace(well, waiting=1, oldest_at=NOW - 240)
    assert told(one) == (Health.GOOD, "1 record to delete since 02:10:05")
    assert vital(one, NOW).at == NOW - 240
    three = replace(well, waiting=3, oldest_at=NOW - SLOW - 1)
    assert told(three)[0] is Health.UNKNOWN
    assert told(three)[1].startswith("3 records to delete, the oldest since ")
    assert told(replace(three, oldest_at=NOW - OVERDUE - 1))[0] is Health.BAD
    assert told(replace(well, kept={20001: 1, 20404: 2})) == (Health.BAD, "3 kept by the carrier (20001, 20404)")
    assert told(replace(well, undiscarded={"main": 30029})) == (Health.UNKNOWN, "main keeps what it is sent (30029)")
    assert told(replace(well, swept_at=NOW - 2 * SLOW))[0] is Health.UNKNOWN
    assert told(replace(well, swept_at=NOW - 2 * SLOW))[1].startswith("not looked for since ")
    assert told(RecordNews(begun_at=NOW - 4 * 3600)) == (Health.UNKNOWN, "never looked for")


def test_what_is_not_good_comes_with_what_to_do() -> None:
    for news in (RecordNews(kept={1: 1}), RecordNews(waiting=1, oldest_at=OLD - 1), RecordNews(undiscarded={"main": 30030})):
        assert vital(news, NOW).todo


def test_overdue_is_what_the_carrier_has_had_for_a_day() -> None:
    assert not overdue(RecordNews(), NOW)
    assert not overdue(RecordNews(waiting=1, oldest_at=NOW - OVERDUE + 1), NOW)
    assert overdue(RecordNews(waiting=1, oldest_at=NOW - OVERDUE - 1), NOW)
    assert overdue(RecordNews(kept={1: 1}, kept_since=NOW - OVERDUE - 1), NOW)


def test_nothing_is_wrong_with_records_that_wait_and_pages_do_not_wait_for_them() -> None:
    for at in (NOW - 3600, NOW + 3600):
        names = {finding.kind for finding in check(Facts(outbox={"record": at}, late={"record": NOW - 3600}), NOW)}
        assert not names & {"pointless", "overdue"}


def test_what_is_needed_is_looked_up_and_not_gone_through_for_each_record() -> None:
    class Needed(Collection[str]):
        """Thousands of sids, which nobody copies for each of thousands of records."""

        def __contains__(self, sid: object) -> bool:
            return sid == "SM1"

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

        def __len__(self) -> int:
            raise AssertionError

    listed = [Listed("text", f"SM{n}", OLD, True) for n in range(3)]
    assert [each.sid for each in strays(listed, Needed(), frozenset(), NOW, 9)] == ["SM0", "SM2"]
