"""A PIN for dangerous commands: from whoever has one, by text and on the telephone; too many wrong ones lock it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import argon2
import pytest
from click.testing import CliRunner
from redis import Redis

from bridge.cli import main
from bridge.core.commands import WITH_PIN
from bridge.core.model import State
from bridge.core.pins import is_pin
from bridge.core.replies import Meaning, Reply, read_text
from bridge.settings import is_right
from tests.conftest import everything_in
from tests.given import T0
from tests.stories.story import Story, told

PIN, WRONG = "4821", "4822"
HASH = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PIN)  # a cheap one
NEEDED, WRONG_SAID, LOCKED = "This takes your PIN", "That PIN is wrong", "Too many wrong PINs"
ALL = frozenset({"rota", "done", "accept"})


@pytest.fixture
def guarded(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Story]:
    """A story in which Boyd has a PIN, Crane has none, and these kinds of commands take one."""
    kinds = getattr(request, "param", ALL)
    with told(redis, store_url, tmp_path, monkeypatch, pin_for=kinds) as story:
        roster = story.world.settings.roster
        people = {**roster.people, "boyd": replace(roster.people["boyd"], pin=HASH)}
        object.__setattr__(story.world.settings, "roster", replace(roster, people=people))
        yield story
        everything = everything_in(redis)
        assert HASH not in everything
        assert f"pin {PIN}" not in everything.lower()


def rings_boyd(story: Story) -> Any:
    """A request; Boyd's telephone rings and is picked up."""
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    return story.expect_call("boyd").answer()


# ---- by text


def test_an_acceptance_without_the_pin_changes_nothing_and_says_what_to_text(guarded: Story) -> None:
    guarded.asks_for_help()
    guarded.expect_text("boyd")
    assert guarded.text("boyd", "1")[0].startswith(NEEDED)
    assert guarded.request().state is State.OPEN
    assert guarded.text("boyd", f"1 PIN {PIN}") == []
    assert guarded.request().accepted_by == "boyd"
    guarded.expect_text("boyd", "256-555-0177")
    assert guarded.text("boyd", "done")[0].startswith(NEEDED)
    assert "noted that you reached the caller" in guarded.text("boyd", f"pin {PIN} done")[0]


def test_who_has_no_pin_needs_none_and_what_is_not_dangerous_takes_none(guarded: Story) -> None:
    guarded.asks_for_help()
    guarded.expect_text("boyd")
    assert guarded.text("boyd", "list")[0].startswith("Open:")
    assert "passed" in guarded.text("boyd", "2")[0], "the next person is paged, whoever said so"
    guarded.text("crane", f"1 {guarded.request().code}")
    assert guarded.request().accepted_by == "crane"
    guarded.swallow_everything()


@pytest.mark.parametrize("guarded", [frozenset({"rota"})], indirect=True)
def test_a_change_of_the_rota_takes_it_and_so_does_its_confirmation(guarded: Story) -> None:
    assert guarded.text("boyd", "OFF until 6am")[0].startswith(NEEDED)
    assert "Reply CONFIRM" in guarded.text("boyd", f"OFF until 6am PIN {PIN}")[0]
    assert guarded.text("boyd", "confirm")[0].startswith(NEEDED)
    assert guarded.text("boyd", f"confirm pin {PIN}")[0].startswith("Done: you are off")
    guarded.fast_forward(1)
    guarded.swallow_everything()
    guarded.asks_for_help()
    guarded.expect_text("crane")
    guarded.swallow_everything()


def test_five_wrong_ones_lock_it_for_a_quarter_of_an_hour_and_are_reported(guarded: Story) -> None:
    guarded.asks_for_help()
    guarded.expect_text("boyd")
    for _ in range(5):
        assert guarded.text("boyd", f"1 PIN {WRONG}")[0].startswith(WRONG_SAID)
    assert guarded.text("boyd", f"1 PIN {PIN}")[0].startswith(LOCKED), "nor the right one now"
    assert guarded.request().state is State.OPEN
    assert [(act.by, act.what) for act in guarded.world.books.acts(9) if "PIN" in act.what] == [
        ("boyd", "gave a wrong PIN until it was locked")
    ]
    assert "pin" in guarded.world.store.abuse()
    guarded.swallow_everything()
    guarded.fast_forward(90)
    call = guarded.expect_call("boyd").answer()
    assert "Enter your PIN" in guarded.press(call, "1"), "who forges texts locks nobody out of their telephone"
    assert "It is yours" in guarded.press(call, f"{PIN}#")
    guarded.fast_forward(820)
    assert guarded.request().accepted_by == "boyd"
    assert "noted" in guarded.text("boyd", f"done PIN {PIN}")[0], "a quarter of an hour later"
    guarded.swallow_everything()


def test_a_right_one_forgives_the_wrong_ones_before(guarded: Story) -> None:
    for _ in range(3):
        for _ in range(4):
            assert guarded.text("boyd", f"on pin {WRONG}")[0].startswith(WRONG_SAID)
        assert not guarded.text("boyd", f"on pin {PIN}")[0].startswith((WRONG_SAID, LOCKED))
        guarded.fast_forward(600)  # what is texted is counted too
    guarded.swallow_everything()


# ---- on the telephone


def test_a_key_that_takes_the_request_asks_for_the_pin_first(guarded: Story) -> None:
    call = rings_boyd(guarded)
    assert "Enter your PIN" in guarded.press(call, "1")
    assert guarded.request().state is State.OPEN
    assert WRONG_SAID in guarded.press(call, f"{WRONG}#")
    assert guarded.request().state is State.OPEN
    assert "It is yours" in guarded.press(call, f"{PIN}#")
    assert guarded.request().accepted_by == "boyd"
    assert "Enter your PIN" in guarded.press(call, "3")
    assert "reached the caller" in guarded.press(call, f"{PIN}#")
    assert guarded.request().state is State.CONTACTED
    guarded.swallow_everything()


def test_who_passes_on_the_telephone_is_asked_for_nothing(guarded: Story) -> None:
    call = rings_boyd(guarded)
    assert "Passed" in guarded.press(call, "2")
    guarded.swallow_everything()


def test_a_silent_telephone_is_asked_for_the_pin_a_few_times_and_then_left(guarded: Story) -> None:
    call = rings_boyd(guarded)
    guarded.press(call, "1")
    for _ in range(4):
        if call.live:
            call.silence()
    assert "Goodbye" in call.said_since_last()
    assert not call.live
    guarded.settle()
    assert guarded.request().state is State.OPEN
    guarded.swallow_everything()


def test_too_many_wrong_ones_on_the_telephone_end_the_call(guarded: Story) -> None:
    call = rings_boyd(guarded)
    guarded.press(call, "1")
    for _ in range(5):
        assert WRONG_SAID in guarded.press(call, f"{WRONG}#")
    assert LOCKED in guarded.press(call, f"{PIN}#")
    assert not call.live
    assert guarded.request().state is State.OPEN
    guarded.swallow_everything()


@pytest.mark.policy(texts_at_once=3, texts_per_second=3, calls_per_second=1)
def test_one_call_about_several_asks_for_the_pin_for_each(guarded: Story) -> None:
    guarded.phone("boyd").behave(text="undelivered")
    for n in range(3):
        guarded.asks_for_help(f"+1205555012{n}")
    for _ in range(40):
        leg = guarded.phone("boyd").ringing
        if leg is not None:
            guarded.expect_call("boyd").answer()
            break
        guarded.fast_forward(5)
    assert leg is not None
    heard = guarded.press(leg, "1")
    assert "Enter your PIN" in heard
    assert "It is yours" in guarded.press(leg, f"{PIN}#")
    assert len([r for r in guarded.world.store.requests() if r.state is State.ACCEPTED]) == 1
    leg.hang_up()
    guarded.settle()
    guarded.swallow_everything()


# ---- the grammar, the file, the command


def test_the_pin_may_stand_anywhere_and_only_a_pin_is_one() -> None:
    assert read_text("DONE 412 PIN 4821", T0) == Reply(Meaning.DONE, ("412",), pin="4821")
    assert read_text("pin: 4821, ok 412", T0) == Reply(Meaning.ACCEPT, ("412",), pin="4821")
    assert read_text("1 Pin4821 412", T0) == Reply(Meaning.ACCEPT, ("412",), pin="4821")
    assert [read_text(text, T0).meaning for text in ("1 pin", "1 pin 482", "1 pin 482148214", "1 pin 4821 pin 4822")] == [
        Meaning.UNCLEAR
    ] * 4
    assert "4821" not in repr(read_text("1 PIN 4821", T0))
    assert all(read_text(text, T0).pin == "4821" and read_text(text, T0).meaning is not Meaning.UNCLEAR for text in WITH_PIN)


def test_the_command_prints_the_line_for_the_roster_and_refuses_what_is_easily_guessed() -> None:
    done = CliRunner().invoke(main, ["pin", "boyd"], input=f"{PIN}\n{PIN}\n")
    assert done.exit_code == 0, done.output
    line = done.output.splitlines()[-1]
    assert line.startswith('pin = "$argon2id$')
    assert is_right(PIN, line.removeprefix('pin = "').removesuffix('"'))
    assert PIN not in line
    assert CliRunner().invoke(main, ["pin", "boyd", "--pin", "1234"]).exit_code == 2
    assert [is_pin(text) for text in ("0000", "1234", "8765", "123", "482148219", "48a1", "٤٨٢١", "4821", "48219930")] == [
        False, False, False, False, False, False, False, True, True,
    ]  # fmt: skip
