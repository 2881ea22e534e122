"""Whatever number comes in, by whatever way: what the carrier is asked to dial or text is a number of the United States that
people answer, and none of the line's own."""

import re
from collections.abc import Iterator
from dataclasses import replace

import phonenumbers
import pytest
from flask import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.actions import acts, callers
from bridge.carrier.rest import TwilioCarrier
from bridge.core.errors import BridgeError
from bridge.core.intake import Heard
from bridge.core.model import Channel, Message, Purpose
from bridge.core.phones import callback_from, dialable, normalise
from bridge.core.speech import Menu
from bridge.settings.values import Phone
from tests.stories.story import CALLER, Story

OWN = "+18332192461"
HOSTILE = [
    "911", "933", "112", "988", "411", "0", "00", "19005550123", "+19005550123", "9005550123", "2569760123", "+18765550123",
    "+18095550123", "+12425550123", "+14165550123", "+14412345678", "+442079460123", "01144207946012", "+881612345678",
    "+8835100012345", "+979123456789", "8332192461", "+18332192461", "1 (833) 219-2461", "२५६५५५०१२३",
    "sip:+12565550123@example.org", "client:boyd", "+12565550123;ext=9", "+12565550123,,911", "2565550123p911", "*67911",
    "+266696687", "anonymous", "", "+1256911" + "0123", "5005550123", "7005550123", "+17105550123", "+15005550006",
]  # fmt: skip
shapes = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="0123456789+*#,;pwx() -.", max_size=18),
    st.builds("+1{}{}{}".format, st.integers(200, 999), st.integers(200, 999), st.integers(1000, 9999)),
    st.builds("+{}".format, st.integers(1_000_000, 999_999_999_999_999)),
    st.text(max_size=16),
)


def may_be_dialled(number: str) -> bool:
    """Said in other words than the code's own: a valid number of the fifty states, of a kind that people answer, for free."""
    parsed = phonenumbers.parse(number)
    kind = phonenumbers.number_type(parsed)
    dear = {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}
    emergency = number.removeprefix("+1")[3:6] in ("911", "976") or number.removeprefix("+1")[:3] in (
        "900",
        "500",
        "700",
        "710",
    )
    return (
        number.startswith("+1") and len(number) == 12 and number[1:].isascii() and number[1:].isdecimal()
        and phonenumbers.region_code_for_number(parsed) == "US" and kind not in dear
        and not emergency and number != OWN
    )  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(shapes)
@example("+12565550123")
def test_whatever_is_taken_for_a_number_may_be_dialled(raw: str) -> None:
    for number in filter(None, (callback_from(raw, {OWN}), normalise(raw))):
        assert may_be_dialled(number) or number == OWN
    if dialable(raw, {OWN}):
        assert may_be_dialled(raw)


@pytest.mark.parametrize("raw", HOSTILE)
def test_none_of_what_toll_fraud_dials_is_a_number(raw: str) -> None:
    assert callback_from(raw, {OWN}) is None or may_be_dialled(callback_from(raw, {OWN}) or "")
    assert not dialable(raw, {OWN})


# ---- every way in, and what the carrier is asked


@pytest.fixture
def asked(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every number that the carrier is asked for: by a text, a call, a document that dials. Each of them may be dialled."""
    found: list[str] = []
    for name in ("send_text", "place_call"):
        real = getattr(TwilioCarrier, name)
        monkeypatch.setattr(
            TwilioCarrier, name, lambda self, to, *a, real=real, **k: found.append(to) or real(self, to, *a, **k)
        )

    def dials(response: Response) -> Response:
        found.extend(re.findall(r"<Number[^>]*>([^<]*)<", response.get_data(as_text=True)))
        return response

    story.webhooks._app.after_request_funcs.setdefault(None, []).append(dials)
    yield found
    assert found
    assert [number for number in found if not may_be_dialled(number)] == []


def calls_in(story: Story, n: int, caller: str, answers: list[Heard]) -> None:
    """A call with these answers, and its end."""
    sid = f"CA{n:032x}"
    callers.arrived(story.world, sid, caller)
    for turn, heard in enumerate(answers):
        callers.answered(story.world, sid, caller, turn, heard)
    callers.ended(story.world, sid)


def test_no_number_that_a_caller_has_or_keys_or_says_is_dialled_unless_it_may_be(story: Story, asked: list[str]) -> None:
    place = [Heard(digits="36203"), Heard(digits="1")]
    for n, raw in enumerate(HOSTILE):
        calls_in(story, 3 * n, raw, [*place, Heard(digits="1"), Heard(digits="1")])
        keyed, said = Heard(digits=raw[:32]), Heard(speech=raw, confidence=0.9)
        calls_in(story, 3 * n + 1, f"+120555501{n:02}", [*place, keyed, Heard(digits="1")])
        calls_in(story, 3 * n + 2, "anonymous", [*place, said, Heard(digits="1")])
    assert all(not r.callback or may_be_dialled(r.callback) for r in story.world.store.requests())
    story.settle()
    story.swallow_everything()


def test_no_number_that_a_dispatcher_types_is_taken_unless_it_may_be_dialled(story: Story, asked: list[str]) -> None:
    story.asks_for_help()
    for n, raw in enumerate(filter(str.strip, HOSTILE)):
        with pytest.raises(BridgeError):
            acts.correct(story.world, "mary", story.request().id, callback=raw)
        with pytest.raises(BridgeError):
            acts.take_in(story.world, "mary", f"{n:032x}", place="Oxford", callback=raw)
    assert story.request().callback == CALLER
    story.swallow_everything()


@pytest.mark.parametrize("raw", ["+19005550123", "+18765550123", "911", OWN])
def test_what_stands_in_the_store_or_in_the_roster_all_the_same_is_never_dialled(
    story: Story, asked: list[str], raw: str
) -> None:
    story.asks_for_help()
    story.text("boyd", "1")
    held = story.request()
    story.world.store.commit(held, replace(held, callback=raw), (), story.now)  # as no way in would have it
    call = Message(len(held.messages), "boyd", Channel.CALL, Purpose.CONNECT, story.now)
    held = story.world.store.load(held.id)
    story.world.store.commit(held, replace(held, messages=(*held.messages, call)), (), story.now)
    path = f"/page/{held.id}/{call.n}/key/{Menu.HELD}/1"
    from tests.stories.test_replay import signed

    answer = signed(story, path, {"Digits": "1", "AccountSid": story.world.settings.account_sid}).get_data(as_text=True)
    assert "<Dial" not in answer
    roster = story.world.settings.roster
    people = {**roster.people, "crane": replace(roster.people["crane"], phone=raw)}
    object.__setattr__(story.world.settings, "roster", replace(roster, people=people))
    story.text("boyd", "release")
    story.settle()
    assert raw not in asked
    story.swallow(["boyd"])
    story.swallow_everything()


def test_no_roster_is_accepted_with_such_a_number() -> None:
    from pydantic import TypeAdapter, ValidationError

    for raw in HOSTILE:
        if normalise(raw) != OWN:  # the line's own number is another check's: tests/test_settings.py
            with pytest.raises(ValidationError):
                TypeAdapter(Phone).validate_python(raw)
