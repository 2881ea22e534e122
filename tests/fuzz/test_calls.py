"""A call, walked through by somebody who presses and says anything, repeats what was sent, skips, and hangs up at any time."""

import re
from typing import ClassVar

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bridge.actions import paging
from tests.fuzz.bridge import furnished
from tests.fuzz.doors import Unfit, listening, posted, sound
from tests.fuzz.doors import judge as judged
from tests.fuzz.hostile import KNOWN, any_text
from tests.web.desk import Desk

SIDS = ("CA" + "1" * 32, "CA" + "2" * 32)
WAITS = ("waits/queued", "waits/patient", "waits/alone", "waited")
KEYS = st.one_of(st.sampled_from(["36203", "36201", "1", "2", "0", "9", "2565550177", "35004", ""]), KNOWN["Digits"])
WORDS = st.one_of(st.sampled_from(["", "Oxford", "Birmingham", "yes", "no", "operator", "Georgia"]), KNOWN["SpeechResult"])


class Caller(RuleBasedStateMachine):
    """Two calls at once, from the same number or from none. What the bridge says next is followed, or is not."""

    app: ClassVar[Flask]
    desk: ClassVar[Desk]

    @initialize(withheld=st.booleans())
    def dials(self, withheld: bool) -> None:
        self.desk.world.store._redis.flushall()  # type: ignore[attr-defined]
        furnished(self.desk)
        self.caller = "anonymous" if withheld else "+12565550177"
        self.next: dict[str, str] = {}
        self.sent: list[tuple[str, list[tuple[str, str]]]] = []
        for sid in SIDS:
            self._post(sid, "/voice", [])

    @rule(sid=st.sampled_from(SIDS), keys=KEYS, words=WORDS, confidence=KNOWN["Confidence"])
    def answers(self, sid: str, keys: str, words: str, confidence: str) -> None:
        self._go_on(sid, [("Digits", keys), ("SpeechResult", words), ("Confidence", confidence)])

    @rule(sid=st.sampled_from(SIDS), key=st.sampled_from(["36203", "1", "1", "1"]))
    def does_as_asked(self, sid: str, key: str) -> None:
        self._go_on(sid, [("Digits", key)])

    @rule(sid=st.sampled_from(SIDS))
    def is_silent(self, sid: str) -> None:
        self._go_on(sid, [])

    @rule(sid=st.sampled_from(SIDS), status=KNOWN["DialCallStatus"], leg=any_text)
    def was_dialled_through(self, sid: str, status: str, leg: str) -> None:
        self._go_on(sid, [("DialCallStatus", status), ("DialCallSid", leg), ("QueueResult", status)])

    @rule(sid=st.sampled_from(SIDS), turn=st.integers(0, 9), path=st.sampled_from(["turn", "dialled", "broken"]), keys=KEYS)
    def comes_out_of_order(self, sid: str, turn: int, path: str, keys: str) -> None:
        self._post(sid, f"/voice/{path}/{turn}", [("Digits", keys), ("DialCallStatus", "no-answer")])

    @rule(
        sid=st.sampled_from(SIDS), path=st.sampled_from(["waits/queued", "waits/patient", "waits/alone", "waited"]), keys=KEYS
    )
    def waits_where_nobody_waits(self, sid: str, path: str, keys: str) -> None:
        self._post(sid, f"/voice/{path}", [("Digits", keys)])

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 50))
    def the_carrier_repeats_itself(self, which: int) -> None:
        path, form = self.sent[which % len(self.sent)]
        self._post(dict(form)["CallSid"], path, form[2:])

    @rule(sid=st.sampled_from(SIDS))
    def hangs_up(self, sid: str) -> None:
        self._post(sid, "/voice/ended", [("CallStatus", "completed")])
        self._post(sid, "/voice", [])

    @rule(seconds=st.sampled_from([1.0, 60.0, 200.0, 2000.0]))
    def time_passes(self, seconds: float) -> None:
        self.desk.time += seconds
        with listening() as heard:
            paging.tick(self.desk.world)
        assert not heard, heard

    @invariant()
    def nothing_is_unsound(self) -> None:
        sound(self.desk)

    def _go_on(self, sid: str, form: list[tuple[str, str]]) -> None:
        self._post(sid, self.next.get(sid, "/voice"), form)

    def _post(self, sid: str, path: str, more: list[tuple[str, str]]) -> None:
        form = [("CallSid", sid), ("From", self.caller), *more]
        self.sent.append((path, form))
        with listening() as heard:
            answer = posted(self.desk, self.app, path, form)
            judged(path, answer)
        if heard:
            raise Unfit(f"{path}: {heard[0][:300]}")
        leads = re.findall(r'<Redirect[^>]*>([^<]+)</Redirect>|action="([^"]+)"', answer.text)
        urls = [one or other for one, other in leads]
        if urls:
            self.next[sid] = urls[-1].replace(self.desk.world.settings.public_url, "")


def walk(desk: Desk, app: Flask, chosen: settings, steps: int) -> None:
    """As many walks as make up so many steps together."""

    class Real(Caller):
        pass

    Real.app, Real.desk = app, desk
    run_state_machine_as_test(Real, settings=settings(chosen, max_examples=max(1, chosen.max_examples // steps)))


def test_a_call_is_never_left_without_what_comes_next(app: Flask, desk: Desk) -> None:
    chosen = settings(
        max_examples=450,
        stateful_step_count=30,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    walk(desk, app, chosen, steps=30)
