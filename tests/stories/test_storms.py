"""Storms: receipts lost, doubled, out of order, late and forged; every webhook twice; whoever can meet at one instant meets.

The courses are those of `courses`, and what must come of them is what came of them in fair weather.
"""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from bridge.actions import acts, paging, sending
from bridge.actions.world import World
from bridge.core.errors import NotNow
from bridge.core.model import State
from bridge.simulator.signing import signature
from tests.conftest import everything_in
from tests.stories.courses import PLOTS, Judged, judge, plain, play, policy, story
from tests.stories.steps import Process, Steps
from tests.stories.story import CALLER
from tests.stories.town import BRIDGE, Store, Town, founded

FAIR = Judged([], 0.0, [], [])
# What is answered otherwise the second time, because it is so by then.
TRUE_ALL_THE_SAME = ("is closed", "It is yours", "already open", "connected you too often")
PATIENCE = 5.0  # seconds, real ones: who waits for somebody to meet gives up then


@pytest.fixture
def town(fast_store: Store) -> Iterator[Town]:
    """A town in which nobody dies."""
    with founded(policy("taken by text", fast_store), fast_store, Steps()) as town:
        yield town


# ---- every webhook twice


class Twice:
    """A storm that has the carrier ask us everything twice, with the same token and the same sids.

    `last`: the carrier reads the second answer, as it does where the first one was lost. `together`: at the same instant."""

    def __init__(self, *, last: bool, together: bool) -> None:
        self.last, self.together = last, together
        self.pairs: list[tuple[str, str, str]] = []

    def __call__(self, asked: requests.PreparedRequest, ask: Callable[[], requests.Response]) -> requests.Response:
        if f"//{BRIDGE}/" not in str(asked.url):
            return ask()
        first, second = at_once(ask, ask) if self.together else (ask(), ask())
        assert (first.status_code, second.status_code) == (200, 200)
        self.pairs.append((re.sub(r"[0-9a-f]{16}", "ID", str(asked.path_url)), spoken(first), spoken(second)))
        return second if self.last else first

    @property
    def otherwise(self) -> list[tuple[str, str, str]]:
        """What was answered otherwise the second time."""
        return [pair for pair in self.pairs if pair[1] != pair[2]]


def spoken(answer: requests.Response) -> str:
    """What somebody hears or reads."""
    return plain(" ".join(re.findall("<(?:Say|Message)>(.*?)</", answer.text)))


def at_once(*todo: Callable[[], Any]) -> list[Any]:
    """What each of these returns; all begin at the same moment."""
    start = threading.Barrier(len(todo))

    def begin(do: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        return do()

    with ThreadPoolExecutor(len(todo)) as pool:
        return [each.result() for each in [pool.submit(begin, do) for do in todo]]


@pytest.mark.parametrize("way", ["first", "last", "together"])
@pytest.mark.parametrize("name", PLOTS)
def test_every_webhook_may_come_twice_and_nothing_is_done_or_said_twice(fast_store: Store, name: str, way: str) -> None:
    twice = Twice(last=way == "last", together=way == "together")
    fair = story(fast_store, name, Steps())
    stormy = story(fast_store, name, Steps(), twice)
    assert judge(stormy, fair) == FAIR
    assert twice.pairs
    assert not [pair for pair in twice.otherwise if not any(words in " ".join(pair) for words in TRUE_ALL_THE_SAME)]


# ---- receipts


@pytest.mark.parametrize("mode", ["lost", "doubled", "reordered"])
@pytest.mark.parametrize("name", PLOTS)
def test_receipts_may_be_lost_doubled_or_the_newest_first(fast_store: Store, name: str, mode: str) -> None:
    fair = story(fast_store, name, Steps())
    stormy = story(fast_store, name, Steps(), receipts=mode)
    assert not judge(stormy, fair).faults
    assert not judge(stormy, fair).doubled
    assert mode == "lost" or judge(stormy, fair) == FAIR


class Remembered:
    """A storm that keeps everything that the carrier asked us, to ask it again."""

    def __init__(self) -> None:
        self.asked: list[requests.PreparedRequest] = []

    def __call__(self, asked: requests.PreparedRequest, ask: Callable[[], requests.Response]) -> requests.Response:
        if f"//{BRIDGE}/" in str(asked.url):
            self.asked.append(asked.copy())
        return ask()


@pytest.mark.parametrize("name", PLOTS)
def test_whatever_the_carrier_says_once_more_when_all_is_erased_brings_nothing_back(fast_store: Store, name: str) -> None:
    """Receipts, keys in calls, texts. A caller's call of hours ago, said anew, would be a caller's call."""
    with founded(policy(name, fast_store), fast_store, Steps()) as town:
        kept = town.wire.storm = Remembered()
        play(town, PLOTS[name].course)
        late = [asked for asked in kept.asked if not str(asked.path_url).startswith("/voice")]
        sent = len(town.sim.texts_sent()) + len(town.sim.calls_started())
        assert {town.wire.send(asked).status_code for asked in late} == {200}
        town.fast_forward(900)
        assert len(town.sim.texts_sent()) + len(town.sim.calls_started()) == sent
        assert town.seen.requests() == []
        assert not town.redis.exists("outbox", "due")
        assert CALLER[2:] not in everything_in(town.redis)


def asks(town: Town, path: str, form: dict[str, str], token: str = "") -> requests.Response:
    """Somebody asks us what the carrier asks, signed with its token or with another one."""
    url = f"http://{BRIDGE}{path}"
    signed = signature(token or town.settings.auth_token, url, form, voice=True)
    return requests.post(url, form, headers={"X-Twilio-Signature": signed}, timeout=PATIENCE)


def test_a_forged_word_is_refused_and_a_true_one_about_nothing_changes_nothing(town: Town) -> None:
    town.hangs_up(town.calls())
    before = everything_in(town.redis)
    (request,) = town.seen.requests()
    boyd = town.phone("boyd").number
    words: dict[str, dict[str, str]] = {
        f"/page/{request.id}/1/receipt": {"MessageStatus": "undelivered", "ErrorCode": "30003", "MessageSid": "SM" + "1" * 32},
        f"/page/{request.id}/1/key/take/1": {"Digits": "1", "CallSid": "CA" + "1" * 32},
        "/sms": {"From": boyd, "Body": "1", "MessageSid": "SM" + "2" * 32},
        "/voice": {"From": CALLER, "CallSid": "CA" + "2" * 32},
    }
    for path, form in words.items():
        assert asks(town, path, form, token="another").status_code == 403
    for path in ("/page/ffffffffffffffff/1/receipt", f"/page/{request.id}/99/receipt", "/bundle/ffffffffffffffff/receipt"):
        assert asks(town, path, {"MessageStatus": "failed", "ErrorCode": "30006"}).status_code == 200
    for path in ("/page/ffffffffffffffff/1/key/take/1", f"/page/{request.id}/99/key/take/1"):
        assert "There is nothing to do" in asks(town, path, {"Digits": "1"}).text
    assert everything_in(town.redis) == before
    assert town.seen.requests() == [request]


# ---- who can meet at one instant meets


class Meeting(Steps):
    """Steps at which so many threads wait for each other, each at its first time there: they go on together."""

    def __init__(self, step: str, many: int = 2) -> None:
        super().__init__()
        self._step, self._met, self._barrier = step, set[int](), threading.Barrier(many)
        self._on = False

    @contextmanager
    def expected(self) -> Iterator[None]:
        """They are to meet now."""
        self._met.clear()
        self._on = True
        yield
        self._on = False

    def take(self, process: Process, step: str) -> None:
        me = threading.get_ident()
        if self._on and step == self._step and me not in self._met:
            self._met.add(me)
            self._barrier.wait(PATIENCE)
        super().take(process, step)


@pytest.fixture
def meeting(fast_store: Store) -> Iterator[tuple[Town, Meeting]]:
    """Boyd and Crane are paged; whoever does something about it now meets the other when all is read and nothing written."""
    steps = Meeting("store.commit:before")
    with founded(policy("taken by text", fast_store), fast_store, steps) as town:
        town.phone("boyd").behave(call="no_answer")
        town.hangs_up(town.calls())
        assert town.wait_for(lambda: town.phone("crane").ringing, 300)
        yield town, steps


def meet(steps: Meeting, *todo: Callable[[], Any]) -> list[Any]:
    """What each of these returns, which all come to the step at the same moment."""
    with steps.expected():
        return at_once(*todo)


def holders(town: Town) -> list[str]:
    """Who was texted the number, as the carrier has it."""
    people = {person.phone: person.id for person in town.settings.roster.people.values()}
    return [people[text.to] for text in town.sim.texts_sent() if "is yours. Call" in text.body]


def test_two_coordinators_who_accept_at_the_same_instant(meeting: tuple[Town, Meeting]) -> None:
    town, steps = meeting
    said = meet(steps, lambda: town.phone("boyd").send_text("1"), lambda: town.phone("crane").send_text("1"))
    town.settle()
    (request,) = town.seen.requests()
    assert request.state is State.ACCEPTED
    assert holders(town) == [request.accepted_by]
    loser = said[0] if request.accepted_by == "crane" else said[1]
    assert town.settings.roster.people[request.accepted_by].name in loser[0]


def test_a_text_and_a_key_at_the_same_instant(meeting: tuple[Town, Meeting]) -> None:
    town, steps = meeting
    leg = town.phone("crane").ringing.answer()
    (said, _) = meet(steps, lambda: town.phone("boyd").send_text("1"), lambda: leg.press("1"))
    town.settle()
    (request,) = town.seen.requests()
    assert holders(town) == [request.accepted_by]
    if request.accepted_by == "boyd":
        assert "Sgt. Dana Boyd has taken this one" in " ".join(leg.heard)
    else:
        assert "Cpl. Theo Crane has it" in said[0]
        assert "It is yours" in " ".join(leg.heard)


def told(act: Callable[[World], acts.Done], town: Town) -> str:
    """What the board says to a dispatcher."""
    try:
        return act(town.process("web")).said
    except NotNow as refused:
        return str(refused.details["why"])


def test_two_dispatchers_at_the_same_instant_who_were_told_of_two_coordinators(meeting: tuple[Town, Meeting]) -> None:
    town, steps = meeting
    (request,) = town.opened
    said = meet(
        steps,
        lambda: told(lambda world: acts.accept(world, "mary", request, "boyd"), town),
        lambda: told(lambda world: acts.accept(world, "walt", request, "crane"), town),
    )
    town.settle()
    (standing,) = town.seen.requests()
    name = town.settings.roster.people[standing.accepted_by].name
    assert all(name in each for each in said), said


def test_a_dispatcher_closes_as_a_coordinator_accepts(meeting: tuple[Town, Meeting]) -> None:
    town, steps = meeting
    (request,) = town.opened
    _, answer = meet(
        steps,
        lambda: told(lambda world: acts.close(world, "mary", request, "reached"), town),
        lambda: town.phone("crane").send_text("1"),
    )
    town.settle()
    (standing,) = town.seen.requests()
    assert standing.state is State.CLOSED, "whichever came first"
    assert standing.accepted_by == "crane" or "closed" in answer[0]
    assert any("stand down" in text.body for text in town.phone("crane").texts) or not standing.accepted_by
    town.phone("crane").ringing.no_answer()
    town.fast_forward(4000)
    assert not town.redis.exists("outbox")


def two(town: Town, kind: str) -> list[World]:
    """Two processes of a kind."""
    return [Process(kind, town.steps, town.settings, town.url, town.now).world for _ in range(2)]


def test_two_workers_that_carry_out_the_same_effect_send_it_once(fast_store: Store) -> None:
    steps = Meeting("store.claim:before")
    with founded(policy("taken by text", fast_store), fast_store, steps) as town:
        town.hangs_up(town.calls())
        (request,) = town.seen.requests()
        effect = f"{request.id}/{len(request.messages)}"
        acts.page_person(town.process("web"), "mary", request.id, "crane")
        workers = two(town, "worker")
        meet(steps, *(lambda world=world: sending.carry_out(world, effect) for world in workers))
        town.settle()
        assert len(town.phone("crane").texts) == 1


def test_two_clocks_that_tick_at_the_same_instant_send_everything_once(fast_store: Store) -> None:
    fair = story(fast_store, "overdue", Steps())
    steps = Meeting("store.due:after")
    with founded(policy("overdue", fast_store), fast_store, steps) as town:
        clocks = two(town, "clock")
        town.tick = lambda: meet(steps, *(lambda world=world: paging.tick(world) for world in clocks))  # type: ignore[method-assign]
        assert judge(play(town, PLOTS["overdue"].course), fair) == FAIR
