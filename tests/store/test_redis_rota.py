"""What people change, in the store: the ledger and its log, proposals, notices. Of two changes at once none is lost."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from bridge.core import ledger as book
from bridge.core.ledger import CalendarCopy, Check, Entry, Ledger, Notice, Proposal, Swap
from bridge.core.model import Channel, Status
from bridge.core.rota import Booking, Leave, Override
from bridge.store import connect
from bridge.store.redis_rota import LOG_KEPT, NOTICE_KEPT, SET_FORWARD, RedisRota
from tests.given import T0

OVERRIDE = Override("o1", "D", "on-call", "boyd", T0, T0 + 3600, T0, "mary")
FULL = Ledger(
    overrides=(OVERRIDE,),
    leaves=(Leave("l1", "crane", T0, T0 + 60, T0, "crane"),),
    checks=(Check("boyd", Channel.TEXT, "+12565550113", T0, T0 + 1800, None, "hash", 5),),
    swaps=(Swap("s1", "boyd", "crane", T0, T0 + 60, (OVERRIDE,), T0, T0 + 60),),
    feeds={"region D": 2},
)
ENTRY = Entry(T0, "mary", "board", "Region D on-call: Boyd")
NOTICE = Notice("n1", "boyd", Channel.TEXT, "notice.gap", {"region": "Region D", "period": "now"}, T0, changed_at=T0)
PROPOSAL = Proposal("p1", "boyd", "cover", "COVER ...", T0, T0 + 900, T0, T0 + 3600, region="D")


@pytest.fixture
def rota(redis: "Redis[Any]") -> RedisRota:
    return RedisRota(redis)


def outbox(redis: "Redis[Any]") -> dict[str, float]:
    return {name.decode(): at for name, at in redis.zrange("outbox", 0, -1, withscores=True)}


# ---- the ledger


def test_at_first_there_is_nothing(rota: RedisRota) -> None:
    assert rota.live() == (Ledger(), ())
    assert rota.entries(10) == []


def test_a_ledger_comes_back_as_it_was_put_with_the_next_version(rota: RedisRota, redis: "Redis[Any]") -> None:
    assert rota.change(Ledger(), FULL, [ENTRY])
    assert rota.live()[0] == replace(FULL, version=1)
    assert RedisRota(redis).live()[0] == replace(FULL, version=1), "and for another process"


def test_who_saw_an_older_ledger_changes_nothing_and_leaves_no_trace(rota: RedisRota) -> None:
    rota.change(Ledger(), FULL, [ENTRY])
    assert not rota.change(Ledger(), Ledger(feeds={"x": 1}), [replace(ENTRY, by="john")])
    assert rota.live()[0] == replace(FULL, version=1)
    assert rota.entries(10) == [ENTRY]


def test_the_same_change_sent_twice_is_made_once(rota: RedisRota) -> None:
    assert rota.change(Ledger(), FULL, [ENTRY])
    assert rota.change(Ledger(), FULL, [ENTRY])
    assert rota.live()[0].version == 1
    assert rota.entries(10) == [ENTRY]


def test_twenty_changes_that_race_are_all_there(rota: RedisRota, store_url: str) -> None:
    def add(n: int) -> None:
        client = connect.quick(store_url)
        mine, made = RedisRota(client), replace(OVERRIDE, id=f"o{n}")
        while not mine.change(before := mine.live()[0], book.with_override(before, made), [replace(ENTRY, what=made.id)]):
            pass
        client.close()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    ids = sorted(f"o{n}" for n in range(20))
    assert sorted(each.id for each in rota.live()[0].overrides) == ids
    assert sorted(entry.what for entry in rota.entries(100)) == ids
    assert rota.live()[0].version == 20


def test_the_log_is_read_from_its_end_and_never_grows_without_bound(rota: RedisRota, redis: "Redis[Any]") -> None:
    entries = [replace(ENTRY, at=T0 + n) for n in range(5)]
    rota.change(Ledger(), FULL, entries)
    assert [entry.at - T0 for entry in rota.entries(2)] == [4, 3]
    redis.rpush("ledger_log", *([redis.lindex("ledger_log", 0)] * LOG_KEPT))
    rota.change(rota.live()[0], Ledger(), [replace(ENTRY, by="last")])
    assert redis.llen("ledger_log") == LOG_KEPT
    assert rota.entries(1)[0].by == "last"


def test_copies_of_calendars_are_kept_by_name(rota: RedisRota) -> None:
    copy = CalendarCopy("north", (Booking("D", "on-call", "boyd", T0, T0 + 60),), T0, T0)
    rota.keep_calendar(copy)
    rota.keep_calendar(replace(copy, name="aaa"))
    rota.keep_calendar(replace(copy, fault="away"))
    assert [(each.name, each.fault) for each in rota.live()[1]] == [("aaa", ""), ("north", "away")]
    rota.forget_calendar("aaa")
    assert [each.name for each in rota.live()[1]] == ["north"]


# ---- proposals


def test_a_person_has_one_proposal_at_most_and_it_goes_with_its_time(rota: RedisRota, redis: "Redis[Any]") -> None:
    assert rota.proposal("boyd") is None
    rota.propose(PROPOSAL)
    rota.propose(replace(PROPOSAL, id="p2"))
    assert rota.proposal("boyd") == replace(PROPOSAL, id="p2")
    assert rota.proposal("crane") is None
    assert 890 <= redis.ttl("proposal:boyd") - SET_FORWARD <= 900
    rota.withdraw("boyd")
    assert rota.proposal("boyd") is None


# ---- notices


def test_a_notice_is_stored_and_stands_in_the_outbox(rota: RedisRota, redis: "Redis[Any]") -> None:
    assert rota.create_notice(NOTICE)
    assert rota.load_notice("n1") == NOTICE
    assert rota.load_notice("n2") is None
    assert outbox(redis) == {"notice/n1": T0}
    assert NOTICE_KEPT - 5 <= redis.ttl("notice:n1") <= NOTICE_KEPT


def test_a_notice_that_was_there_is_not_sent_again(rota: RedisRota, redis: "Redis[Any]") -> None:
    rota.create_notice(NOTICE)
    sent = replace(NOTICE, status=Status.SENT, sid="SM1")
    assert rota.change_notice("n1", lambda _: sent, None) == sent
    assert outbox(redis) == {}
    assert not rota.create_notice(NOTICE)
    assert outbox(redis) == {}
    assert rota.load_notice("n1") == sent


def test_a_notice_that_is_only_remembered_is_never_sent(rota: RedisRota, redis: "Redis[Any]") -> None:
    assert rota.create_notice(replace(NOTICE, status=Status.DROPPED))
    assert not rota.create_notice(NOTICE)
    assert outbox(redis) == {}


def test_a_notice_for_later_is_kept_until_after_it(rota: RedisRota, redis: "Redis[Any]") -> None:
    rota.create_notice(replace(NOTICE, at=T0 + 1000))
    assert redis.ttl("notice:n1") > NOTICE_KEPT + 990


def test_what_is_tried_again_stays_in_the_outbox_and_free_to_be_claimed(rota: RedisRota, redis: "Redis[Any]") -> None:
    rota.create_notice(NOTICE)
    redis.set("claim:notice/n1", "somebody")
    rota.change_notice("n1", lambda known: replace(known, tries=1), T0 + 7)
    assert outbox(redis) == {"notice/n1": T0 + 7}
    assert not redis.exists("claim:notice/n1")
    assert redis.ttl("notice:n1") > 0, "it still goes one day"


def test_of_two_who_change_a_notice_at_once_neither_is_lost(rota: RedisRota) -> None:
    rota.create_notice(NOTICE)
    seen = []

    def talks(known: Notice) -> Notice:
        seen.append(known.status)
        if len(seen) == 1:  # meanwhile
            rota.change_notice("n1", lambda each: replace(each, status=Status.ANSWERED), None)
        return known if known.status is Status.ANSWERED else replace(known, status=Status.TALKING)

    after = rota.change_notice("n1", talks, None)
    assert after is not None
    assert rota.load_notice("n1") == after
    assert seen == [Status.WAITING, Status.ANSWERED]
    assert after.status is Status.ANSWERED


def test_a_notice_that_is_gone_stays_gone(rota: RedisRota, redis: "Redis[Any]") -> None:
    assert rota.change_notice("n1", lambda known: known, T0 + 7) is None
    assert rota.load_notice("n1") is None
    assert outbox(redis) == {}
