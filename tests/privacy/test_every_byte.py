"""The proof: a day of calls with known numbers and places, also through crashes; then none of it is anywhere."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.privacy.board import board
from tests.privacy.bridge_at_work import House
from tests.privacy.callers import needles
from tests.privacy.day import Day, sealed_in
from tests.privacy.haystacks import on_disk
from tests.privacy.search import Hit, Search

pytestmark = pytest.mark.timeout(600)  # seconds: the whole day is played before the first of them

COMMANDS = (
    ("audit",), ("users", "list"), ("oncall",), ("check",), ("rota", "log"), ("privacy",), ("privacy", "--json"),
    ("audit-log",), ("audit-log", "--json"), ("doctor",), ("backup", "after.backup"),
)  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The day, when it is over."""
    house = House(tmp_path_factory.mktemp("house"))
    with house.at_work():
        day = Day(house)
        day.play()
        day.close_everything()
        wait_until(day.erased, 120)
        wait_until(lambda: quiet(house), 120)
        yield day


def quiet(house: House) -> bool:
    """Nothing waits to be done any more, and the files are rewritten."""
    with house.redis as redis:
        return not redis.exists("due") and house.rewritten() > 0 and not redis.hexists("rewrite", "since")


def test_nothing_of_any_caller_is_anywhere_when_all_is_erased(day: Day, tmp_path: Path) -> None:
    house = day.house
    began, looked, found = time.monotonic(), Counter[str](), list[Hit]()
    with ThreadPoolExecutor(3) as hands:
        told = hands.map(lambda words: house.command(*words), COMMANDS)
        everything = [*board(house, day.ids.values()), *told]
    everything += house.haystacks()
    wanted = Search(needles(), tmp_path)
    for haystack in everything:
        looked[haystack.kind] += len(haystack.content)
        found += wanted.look(haystack)
    print("\n".join(day.missed))
    tell(looked, len(wanted.needles), found, time.monotonic() - began)
    assert not found


def test_a_copy_of_the_disk_shows_nothing_while_requests_are_open_and_what_is_sealed_goes_too(day: Day, tmp_path: Path) -> None:
    wanted = Search(needles(), tmp_path)
    assert [hit for each in day.bare for hit in wanted.look(each)] == []
    assert len(day.sealed) > 5
    left = {token for each in on_disk("disk", day.house.data) for token in sealed_in(each)}
    assert day.sealed & left == set()


def test_the_whole_day_was_played(day: Day) -> None:
    assert day.missed == []


def tell(looked: Counter[str], wanted: int, found: Iterable[Hit], seconds: float) -> None:
    """The figures, with -s."""
    hits = defaultdict(list)
    for hit in found:
        hits[hit.kind].append(hit)
    count, size = len([*chain(*hits.values())]), sum(looked.values())
    print(f"\n{size:,} bytes searched for {wanted} needles in {seconds:.0f} s: {count} hits")
    for kind, size in looked.items():
        print(f"  {kind:20} {size:>12,} bytes")
    for name, these in hits.items():
        print(f"  HITS in {name}: {len(these)}, of {len({hit.whose for hit in these})} things")
        for (haystack, whose), count in sorted(Counter((hit.haystack, hit.whose) for hit in these).items()):
            print(f"      {haystack}: {whose}: {count} forms")
