"""The audit trail on the real store: nothing is changed, removed, put in or cut off unseen; and nothing is lost in a race."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bridge.core import chain, chain_file
from bridge.core.chain import Head, Link, Verdict
from bridge.core.errors import BadTrailFile, TrailBusy
from bridge.core.trail import Act
from bridge.store import backup, redis_trail
from bridge.store.redis_books import RedisBooks
from tests.conftest import wait_until
from tests.given import T0

SECRET, DAY = "a secret of the trail", 24 * 3600.0
OLD = b'{"format":1,"at":%d,"by":"mary","what":"logged in","code":""}'


@pytest.fixture
def books(redis: "Redis[Any]") -> RedisBooks:
    return RedisBooks(redis, SECRET)


def written(books: RedisBooks, count: int, at: float = T0) -> None:
    for n in range(count):
        books.record(Act(at + n, "mary", "logged in", "412" if n % 2 else ""))


def lines(redis: "Redis[Any]") -> list[bytes]:
    return redis.lrange("trail", 0, -1)


def put(redis: "Redis[Any]", changed: list[bytes]) -> None:
    redis.delete("trail")
    if changed:
        redis.rpush("trail", *changed)


def test_entries_are_numbered_and_each_carries_the_hash_of_the_one_before(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 3)
    found = [json.loads(line) for line in lines(redis)]
    assert [each["n"] for each in found] == [1, 2, 3]
    assert [each["before"] for each in found] == ["", found[0]["hash"], found[1]["hash"]]
    assert books.check() == Verdict((), 3, Head(3, found[2]["hash"]))
    assert books.head() == Head(3, found[2]["hash"])
    assert [act.at for act in books.acts(2)] == [T0 + 2, T0 + 1]


def test_who_does_not_have_the_secret_cannot_write_what_holds(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 2)
    RedisBooks(redis, "another secret").record(Act(T0, "mallory", "logged in"))
    assert books.check().faults == ("entry 3 was not written with the secret of those before it",)
    assert books.check(["another secret"]).holds


def test_the_time_after_a_change_of_the_secret_holds_and_what_was_before_is_said_to_be_unknown(
    books: RedisBooks, redis: "Redis[Any]"
) -> None:
    written(books, 3)
    later = RedisBooks(redis, "the next secret")
    written(later, 2)
    assert (later.check().faults, later.check().unknown) == ((), 3)
    assert (later.check([SECRET]).faults, later.check([SECRET]).unknown) == ((), 0)


# ---- tampering

CHANGES: dict[str, Callable[[list[bytes], int, int], list[bytes]]] = {
    "removed": lambda found, a, b: found[:a] + found[a + 1 :],
    "swapped": lambda found, a, b: [found[{a: b, b: a}.get(n, n)] for n in range(len(found))],
    "doubled": lambda found, a, b: [*found[:b], found[a], *found[b:]],
    "cut off": lambda found, a, b: found[:a],
    "begun later": lambda found, a, b: found[a + 1 :],
    "put in": lambda found, a, b: [*found[:a], foreign(found, a), *found[a:]],
    "in the place of another": lambda found, a, b: [*found[:a], foreign(found, a), *found[a + 1 :]],
    "by another": lambda found, a, b: with_field(found, a, by="mallory"),
    "of another time": lambda found, a, b: with_field(found, a, at=T0 - 1),
    "with more": lambda found, a, b: with_field(found, a, more=1),
    "of another key": lambda found, a, b: with_field(found, a, key="00000000"),
    "with a base": lambda found, a, b: with_field(found, a, base={"n": a, "hash": "", "older": 0, "older_hash": ""}),
    "made unreadable": lambda found, a, b: [*found[:a], b"[]", *found[a + 1 :]],
}


def with_field(found: list[bytes], n: int, **fields: object) -> list[bytes]:
    return [*found[:n], chain.canonical({**json.loads(found[n]), **fields}), *found[n + 1 :]]


def foreign(found: list[bytes], n: int) -> bytes:
    """What somebody without the secret can make, at best: all that the place demands, and a hash of their own."""
    before = json.loads(found[n])["before"]
    made = chain.link(Act(T0, "mary", "logged out"), Head(n, before), chain.key_of("guessed"), "0" * 16)
    return chain.canonical({**chain.document(made), "key": json.loads(found[0])["key"]})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(how=st.sampled_from(sorted(CHANGES)), data=st.data())
def test_whatever_is_done_to_the_lines_shows(redis: "Redis[Any]", how: str, data: st.DataObject) -> None:
    redis.flushall()
    books, count = RedisBooks(redis, SECRET), data.draw(st.integers(2, 7))
    written(books, count)
    before = lines(redis)
    assert books.check().holds
    a, b = data.draw(st.lists(st.integers(0, count - 1), min_size=2, max_size=2, unique=True))
    put(redis, CHANGES[how](before, a, b))
    verdict = books.check()
    assert not (verdict.holds and not verdict.unknown), how
    if how not in ("of another key", "made unreadable"):
        assert any(char.isdigit() for fault in verdict.faults for char in fault), "the number of the entry is said"
    put(redis, before)
    assert books.check().holds


def test_a_fault_names_the_entry(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 6)
    found = lines(redis)
    put(redis, found[:2] + found[3:])
    assert books.check().faults == ("entry 3 is missing",)
    put(redis, found[:1] + found[3:])
    assert books.check().faults == ("entries 2 to 3 are missing",)
    put(redis, with_field(found, 3, what="logged out"))
    assert books.check().faults == ("entry 4 was changed",)
    put(redis, found[:4])
    assert books.check().faults == ("the trail ends at entry 4, and should at entry 6: the end was cut off",)


def test_an_end_that_was_cut_off_with_the_head_shows_against_what_was_written_down(
    books: RedisBooks, redis: "Redis[Any]"
) -> None:
    written(books, 6)
    known = books.head()
    fourth = json.loads(lines(redis)[3])["hash"]
    put(redis, lines(redis)[:4])
    redis.hset("trail_head", mapping={"n": 4, "hash": fourth})
    assert books.check().holds, "the chain alone cannot show it"
    assert books.check(expected={known.n: known.hash}).faults == (
        "entry 6 was expected, and the trail ends at entry 4: the end was cut off",
    )
    written(books, 4)
    (fault,) = books.check(expected={known.n: known.hash}).faults
    assert fault.startswith("entry 6 is not the one that was expected")


def test_a_trail_that_was_removed_whole_shows_by_its_head(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 3)
    redis.delete("trail")
    assert not books.check().holds
    redis.delete("trail_head")
    assert books.check() == Verdict((), 0, Head()), "nothing is left that could tell: the command says that it is empty"


def test_a_beginning_that_was_moved_along_by_hand_shows(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 5)
    third = json.loads(lines(redis)[2])["hash"]
    put(redis, lines(redis)[3:])
    redis.hset("trail_head", mapping={"first": 3, "first_hash": third})
    (fault,) = books.check().faults
    assert fault.startswith("the trail begins after entry 3, and should after entry 0")


# ---- an older release


def test_entries_of_an_older_release_stay_readable_and_are_covered(books: RedisBooks, redis: "Redis[Any]") -> None:
    redis.rpush("acts", OLD % (T0 - 20), OLD % (T0 - 10))
    assert [act.at for act in books.acts(9)] == [T0 - 10, T0 - 20]
    written(books, 1)
    assert [act.what for act in books.acts(9)] == [
        "logged in", "took over the entries of an older release: 2", "logged in", "logged in",
    ]  # fmt: skip
    assert [link.n for link in books.links()] == [2, 1, 0, -1]
    assert [link.n for link in books.links(0)] == [-1]
    assert books.check().holds
    redis.lset("acts", 0, OLD % (T0 - 30))
    assert books.check().faults == ("entries of an older release, which stand before the chain, were changed or removed",)


def test_what_an_older_release_writes_beside_us_is_covered_by_our_next_entry(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 1)
    redis.rpush("acts", OLD % T0)
    assert (books.check().faults, books.check().uncovered) == ((), 1)
    written(books, 1)
    assert (books.check().faults, books.check().uncovered) == ((), 0)
    redis.rpush("acts", OLD % T0)
    written(books, 1)
    redis.rpop("acts")
    assert not books.check().holds


# ---- trimming


def test_the_old_end_is_trimmed_and_the_rest_still_holds(books: RedisBooks, redis: "Redis[Any]") -> None:
    redis.rpush("acts", OLD % (T0 - 5 * DAY), OLD % (T0 + 8 * DAY))
    for n in range(6):
        written(books, 1, T0 + n * DAY)
    known = books.head()
    assert books.trim(T0 + 2.5 * DAY, "clock", T0 + 9 * DAY) == 1 + 1 + 3, "one of the old, who took them over, and three"
    assert books.acts(1) == [Act(T0 + 9 * DAY, "clock", "trimmed what was kept long enough: 5")]
    assert [link.n for link in books.links()] == [8, 7, 6, 5, 0]
    assert books.check(expected={known.n: known.hash}).holds
    assert books.trim(T0 + 2.5 * DAY, "clock", T0 + 10 * DAY) == 0
    written(books, 2, T0 + 10 * DAY)
    assert books.trim(T0 + 30 * DAY, "clock", T0 + 40 * DAY) == 7, "all but the entry that says so"
    assert (books.check().faults, books.check().count) == ((), 1)
    (fault,) = books.check(expected={known.n: known.hash}).faults
    assert fault == "entry 7 was trimmed away, so that it cannot be compared: expect a younger one"


def test_trimming_by_two_clocks_at_once_trims_once(books: RedisBooks, redis: "Redis[Any]", monkeypatch: Any) -> None:
    written(books, 6)
    other, done = RedisBooks(redis, SECRET), list[int]()
    write = books._write

    def late(*args: Any, **more: Any) -> bool:
        done.append(other.trim(T0 + 3, "clock", T0 + DAY))
        return write(*args, **more)

    monkeypatch.setattr(books, "_write", late)
    assert books.trim(T0 + 3, "clock", T0 + DAY) == 0
    assert done == [3]
    assert (books.check().faults, books.check().count) == ((), 4)


# ---- many at once


WRITER = """
import sys
from bridge.core.trail import Act
from bridge.store import connect
from bridge.store.redis_books import RedisBooks
books = RedisBooks(connect.patient(sys.argv[1]), "a secret of the trail")
for n in range(int(sys.argv[3])):
    books.record(Act(float(n), sys.argv[2], "logged in"))
    print(n, flush=True)
"""


def writer(store_url: str, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, store_url, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_that_write_at_once_lose_nothing_and_the_chain_holds(
    books: RedisBooks, redis: "Redis[Any]", store_url: str
) -> None:
    both = [writer(store_url, name, 150) for name in ("mary", "walt")]
    for each in both:
        each.communicate()
        assert each.returncode == 0
    acts = books.acts(1000)[::-1]
    for name in ("mary", "walt"):
        assert [act.at for act in acts if act.by == name] == [float(n) for n in range(150)]
    assert (books.check().faults, books.check().count) == ((), 300)


def test_a_writer_that_is_killed_leaves_what_it_was_told_is_written_and_a_chain_that_holds(
    books: RedisBooks, redis: "Redis[Any]", store_url: str
) -> None:
    killed = writer(store_url, "mary", 1_000_000)
    wait_until(lambda: books.head().n > 50)
    killed.kill()
    said = (killed.communicate()[0] or "").split("\n")[:-1]
    assert books.head().n - len(said) in (0, 1), "the one whose answer it did not live to see"
    assert books.check().holds
    written(books, 1)
    assert books.check().holds


def test_a_write_that_is_sent_twice_stands_once_also_where_another_came_between(
    books: RedisBooks, redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    append = books._append

    def twice(**sent: Any) -> Any:
        append(**sent)
        monkeypatch.setattr(books, "_append", append)
        written(RedisBooks(redis, SECRET), 1)
        return append(**sent)

    monkeypatch.setattr(books, "_append", twice)
    books.record(Act(T0, "walt", "logged in"))
    assert [act.by for act in books.acts(9)] == ["mary", "walt"]
    assert books.check().holds


def test_who_is_never_first_gives_up_and_says_so(books: RedisBooks, redis: "Redis[Any]", monkeypatch: Any) -> None:
    monkeypatch.setattr(redis_trail, "MOST_TRIES", 3)
    monkeypatch.setattr(books, "_append", lambda **_: [b"moved", b"0", b""])
    with pytest.raises(TrailBusy, match="nothing was written down"):
        written(books, 1)


def test_what_changed_is_written_down_once_whoever_sees_it(books: RedisBooks, redis: "Redis[Any]") -> None:
    other = RedisBooks(redis, SECRET)
    act = Act(T0, "start", "the configuration was changed: roster.toml")
    assert [each.record_change(act, "roster.toml", "abc") for each in (books, other)] == [True, False]
    assert other.record_change(act, "roster.toml", "def")
    assert (books.mark("roster.toml"), books.mark("unheard of")) == ("def", "")
    assert books.head().n == 2


def test_what_comes_in_floods_is_one_entry_and_a_count(books: RedisBooks, redis: "Redis[Any]") -> None:
    act = Act(T0, "an unknown name", "was refused at the log-in: wrong name or password")
    for _ in range(500):
        books.record_often(act, 900)
    books.record_often(Act(T0, "mary", act.what), 900)
    books.settle_counts(T0 + 899)
    assert books.head().n == 2
    books.settle_counts(T0 + 900)
    books.settle_counts(T0 + 901)
    assert [each.what for each in books.acts(9)] == [f"{act.what} (500 times in 15 minutes)", act.what, act.what]
    assert not redis.keys("often:*")
    books.record_often(act, 900)
    assert books.head().n == 4, "and from the beginning"


# ---- elsewhere


def test_a_backup_and_what_is_restored_from_it_hold(books: RedisBooks, redis: "Redis[Any]") -> None:
    redis.rpush("acts", OLD % T0)
    written(books, 4)
    known, picture = books.head(), backup.take(redis, "0.5.0", T0)
    redis.flushall()
    backup.put(redis, picture, replace=False)
    assert books.check(expected={known.n: known.hash}).holds
    written(books, 1)
    assert (books.check().faults, books.head().n) == ((), known.n + 1)


def exported(books: RedisBooks) -> list[str]:
    base, head, raw = books.export()
    return list(chain_file.written(base, head, books.older(), raw, chain.key_of(SECRET)))


def test_an_export_is_verified_without_the_store_and_whatever_is_done_to_it_shows(
    books: RedisBooks, redis: "Redis[Any]"
) -> None:
    redis.rpush("acts", OLD % T0, OLD % T0)
    written(books, 5)
    books.trim(T0 + 2, "clock", T0 + DAY)
    found, keys = exported(books), [chain.key_of(SECRET)]
    assert chain_file.verified(found, keys).holds
    for n in range(1, len(found)):
        assert not chain_file.verified(found[:n] + found[n + 1 :], keys).holds, n
        assert not chain_file.verified(
            [*found[:n], found[n].replace("mary", "walt").replace("clock", "x"), *found[n + 1 :]], keys
        ).holds
    assert not chain_file.verified([found[0].replace('"n":', '"n":1'), *found[1:]], keys).holds
    for bad in (found[1:], [""], ["[]"], ["{}"], [json.dumps({**json.loads(found[0]), "kind": "x"})]):
        with pytest.raises(BadTrailFile):
            chain_file.verified(bad, keys)
    with pytest.raises(BadTrailFile, match="another secret"):
        chain_file.verified(found, [chain.key_of("another")])


def test_some_entries_are_verified_as_far_as_they_go(books: RedisBooks) -> None:
    written(books, 6)
    links, key = list(books.links())[::-1], chain.key_of(SECRET)

    def verdict(some: list[Link]) -> Verdict:
        return chain_file.verified(list(chain_file.some_written(some, key)), [key])

    assert verdict(links[2:5]) == Verdict((), 3, Head(5, links[4].hash))
    assert verdict(links[::2]) == Verdict((), 3, Head(5, links[4].hash))
    assert verdict([]).holds
    changed = list(chain_file.some_written(links[::2], key))
    assert not chain_file.verified([changed[0], changed[1].replace("mary", "walt"), *changed[2:]], [key]).holds
    part = list(chain_file.some_written(links[2:5], key))
    assert not chain_file.verified([part[0], part[1], part[3]], [key]).holds


def test_a_table_holds_no_formula(books: RedisBooks) -> None:
    books.record(Act(T0, "=cmd()", "logged in", "412"))
    heads, line = chain_file.table(books.links())
    assert heads == "n,time (UTC),who,what,request,hash"
    assert line.split(",")[2] == "'=cmd()"


def test_an_entry_that_was_damaged_does_not_hide_the_others(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 3)
    redis.lset("trail", 1, b"\xff{")
    assert [act.what for act in books.acts(9)] == ["logged in", redis_trail.UNREADABLE, "logged in"]
    assert "the line after entry 1 cannot be read" in books.check().faults


def test_the_first_entry_of_a_day_is_found_without_reading_all(books: RedisBooks) -> None:
    for n in range(20):
        written(books, 1, T0 + n * DAY)
    assert books.nearest(T0 + 7 * DAY) == 8
    assert books.nearest(0) == 1
    assert books.nearest(T0 + 99 * DAY) == 21


def test_entries_of_two_trails_with_the_same_beginning_do_not_fit_together(books: RedisBooks, redis: "Redis[Any]") -> None:
    written(books, 3)
    before = {name: redis.dump(name) for name in ("trail", "trail_head")}
    written(books, 3)
    one = lines(redis)
    for name, content in before.items():
        redis.restore(name, 0, content, replace=True)
    written(books, 3)
    put(redis, [*one[:4], *lines(redis)[4:]])
    assert books.check().faults == ("entry 5 does not follow the entry before it: that one was changed or put in",)


def test_an_export_that_was_cut_off_with_its_first_line_made_to_fit_shows(books: RedisBooks) -> None:
    written(books, 5)
    first, *rest = exported(books)
    fourth = json.loads(rest[3])
    forged = {**json.loads(first), "head": {"n": 4, "hash": fourth["hash"]}}
    verdict = chain_file.verified([json.dumps(forged), *rest[:4]], [chain.key_of(SECRET)])
    assert verdict.faults == ("the first line of the file was changed",)
