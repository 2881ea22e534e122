"""The ledger: what is added, ended, agreed to and forgotten; and that what comes twice is done once."""

from dataclasses import replace

import pytest

from bridge.core import ledger as book
from bridge.core.ledger import Check, Ledger, Swap
from bridge.core.model import Channel
from bridge.core.rota import Leave, Override
from tests.given import T0

HOUR = 3600.0
OVERRIDE = Override("o1", "D", "on-call", "boyd", T0, T0 + 8 * HOUR, T0 - 60, "boyd")
LEAVE = Leave("l1", "crane", T0, T0 + 8 * HOUR, T0 - 60, "crane")
PART = Override("s1-1", "G", "on-call", "crane", T0, T0 + HOUR, T0 - HOUR, "boyd")
SWAP = Swap("s1", "boyd", "crane", T0, T0 + 2 * HOUR, (PART, replace(PART, id="s1-2", end=T0 + 2 * HOUR)), T0 - HOUR, T0)
CHECK = Check("boyd", Channel.TEXT, "+12565550113", T0, T0 + 1800, code_hash="x", tries=2)
FULL = Ledger(3, (OVERRIDE,), (LEAVE,), (CHECK,), (SWAP,))


def test_what_is_added_twice_is_there_once() -> None:
    assert book.with_override(FULL, replace(OVERRIDE, who="kirby")) is FULL
    assert book.with_leave(FULL, replace(LEAVE, who="kirby")) is FULL
    assert book.with_swap(FULL, replace(SWAP, other="kirby")) is FULL
    more = book.with_leave(book.with_override(FULL, replace(OVERRIDE, id="o2")), replace(LEAVE, id="l2"))
    assert [each.id for each in more.overrides + more.leaves] == ["o1", "o2", "l1", "l2"]


@pytest.mark.parametrize("change", ["o1", "l1"])
def test_what_runs_ends_now_and_what_has_been_stays(change: str) -> None:
    after = book.ended(FULL, change, T0 + HOUR)
    ends = {each.id: each.end for each in (*after.overrides, *after.leaves)}
    assert ends == {"o1": T0 + 8 * HOUR, "l1": T0 + 8 * HOUR} | {change: T0 + HOUR}


@pytest.mark.parametrize("change", ["o1", "l1"])
def test_what_has_not_begun_never_was_and_what_is_over_stays(change: str) -> None:
    left = book.ended(FULL, change, T0 - HOUR)
    assert {each.id for each in (*left.overrides, *left.leaves)} == {"o1", "l1"} - {change}
    assert book.ended(FULL, change, T0 + 9 * HOUR) == FULL
    assert book.find(FULL, change, T0 + 8 * HOUR) is None
    assert book.find(FULL, change, T0 + 8 * HOUR - 1) is not None


def test_a_leave_runs_from_its_start_until_its_end() -> None:
    runs = [bool(book.running_leave((LEAVE,), "crane", T0 + at)) for at in (-1, 0, 8 * HOUR - 1, 8 * HOUR)]
    assert runs == [False, True, True, False]
    assert book.running_leave((LEAVE,), "boyd", T0) == ()


def test_an_agreed_swap_is_made_now_and_leaves_what_has_passed_alone() -> None:
    after = book.agreed(FULL, SWAP, T0 + HOUR)
    assert after.swaps == ()
    assert after.overrides[1:] == (replace(PART, id="s1-2", start=T0 + HOUR, end=T0 + 2 * HOUR, made_at=T0 + HOUR),)
    assert book.agreed(after, SWAP, T0 + HOUR) is after, "agreed to once"


def test_a_swap_waits_for_the_other_until_it_expires() -> None:
    assert FULL.swap_for("crane", T0 - 1) == SWAP
    assert FULL.swap_for("crane", T0) is None
    assert FULL.swap_for("boyd", T0 - 1) is None
    assert book.expired(FULL, T0 - 1) == ()
    assert book.expired(FULL, T0) == (SWAP,)
    assert book.without_swap(FULL, "s1").swaps == ()
    assert book.without_swap(FULL, "other") is FULL


def test_what_is_long_over_is_forgotten() -> None:
    at = T0 + 8 * HOUR + book.KEPT
    assert book.tidied(FULL, at - 1) is FULL
    after = book.tidied(FULL, at)
    assert (after.overrides, after.leaves, after.checks) == ((), (), (CHECK,))


def test_a_proof_counts_for_one_number_and_a_new_one_takes_its_place() -> None:
    assert FULL.check("boyd", Channel.TEXT, "+12565550113") == CHECK
    assert FULL.check("boyd", Channel.TEXT, "+12565550199") is None
    assert FULL.check("boyd", Channel.CALL, "+12565550113") is None
    other = replace(CHECK, phone="+12565550199")
    assert book.with_check(FULL, other).checks == (other,)
    assert book.with_check(FULL, replace(CHECK, channel=Channel.CALL)).checks[0] == CHECK


def test_a_code_is_given_back_once_within_its_time_and_its_tries() -> None:
    assert book.awaits_code(CHECK, T0 + 1799)
    assert not book.awaits_code(CHECK, T0 + 1800)
    assert not book.awaits_code(None, T0)
    right = book.tried(CHECK, True, T0 + 9)
    assert right.answered_at == T0 + 9
    assert not book.awaits_code(right, T0 + 9)
    once = book.tried(CHECK, False, T0)
    assert book.awaits_code(once, T0)
    assert not book.awaits_code(book.tried(once, False, T0), T0), "no tries left"
