"""Carries out TwiML on one leg of a call.

A runner goes on until it waits for somebody (`wait`) or the call is over. In real time a timer ends the wait; in tests only the
driver does (`silence`).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.simulator import twiml, verbs
from bridge.simulator.dialling import Dialling
from bridge.simulator.documents import Documents
from bridge.simulator.errors import CustomerError
from bridge.simulator.model import Script
from bridge.simulator.twiml import TwimlError

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
CHARACTERS_A_SECOND = 14  # of speech, roughly


@dataclass
class Wait:
    """What the call waits for, and what happens when it does not come."""

    kind: str
    timed_out: Callable[[], None]
    gather: verbs.Gather | None = None
    keys: str = ""
    dialling: Dialling | None = None


class Runner:
    """The interpreter. `finished` is called at the end of the last document; without it the call is hung up."""

    def __init__(self, leg: "CallLeg", script: Script, finished: Callable[[], None] | None = None) -> None:
        self._leg, self._finished = leg, finished
        self._documents = Documents(leg, script)
        self._steps: deque[verbs.Verb] = deque()
        self._wait: Wait | None = None
        self._going = False
        self._first = True

    @property
    def waiting_for(self) -> str | None:
        """What the call waits for, in one word."""
        return self._wait.kind if self._wait else None

    @property
    def listens(self) -> bool:
        """Whether a prompt or a pause waits for the phone's owner (and not for another phone)."""
        return self._wait is not None and self._wait.dialling is None

    @property
    def takes_keys(self) -> bool:
        """Whether a pressed key would be taken."""
        return self._wait is not None and self._wait.gather is not None and "dtmf" in self._wait.gather.inputs

    # what may happen to a call

    def begin(self) -> None:
        """Fetch the first document and carry it out."""
        self._guarded(lambda: self._load(self._documents.first()))
        self._go()

    def redirect(self, script: Script) -> None:
        """Leave whatever goes on and carry out another script (an update through REST)."""
        wait, self._wait = self._wait, None
        if wait and wait.dialling:
            wait.dialling.abandon()
        self._documents = Documents(self._leg, script)
        self.begin()

    def key(self, key: str) -> None:
        """A key was pressed."""
        wait = self._wait
        if wait is None or wait.gather is None or not self.takes_keys:
            self._leg.note("key lost", key)
        elif key == wait.gather.finish_on:
            self._gathered(wait, key)
        else:
            wait.keys += key
            if len(wait.keys) == wait.gather.digits:
                self._gathered(wait, "")
            else:
                self._time(wait, wait.gather.timeout)

    def words(self, words: str, confidence: float) -> None:
        """Something was said; keys that came first win."""
        wait = self._wait
        if wait is None or wait.gather is None or "speech" not in wait.gather.inputs or wait.keys:
            self._leg.note("words lost", words)
            return
        gather = wait.gather
        form = {"SpeechResult": words, "Confidence": f"{confidence:.8f}"}
        self._wait = None
        self._act(gather, form if words.strip() else {"SpeechResult": ""}, empty=not words.strip())

    def silence(self) -> None:
        """The wait is over, nothing came."""
        if self._wait:
            self._wait.timed_out()

    def stop(self) -> None:
        """The call is over."""
        wait, self._wait = self._wait, None
        self._steps.clear()
        if wait and wait.dialling:
            wait.dialling.abandon()

    # documents

    def _load(self, steps: list[verbs.Verb]) -> None:
        self._steps = deque(steps)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Do `step`; if it fails the fallback takes over, and if that fails too the caller hears so."""
        try:
            step()
        except CustomerError as failure:
            steps = self._documents.rescue(failure)
            self._load(steps or [])
            if steps is None:
                self._leg.hear("say", APPLICATION_ERROR)
                self._leg.end("completed")

    # verbs

    def _go(self) -> None:
        """Carry out steps until somebody is waited for or the call is over."""
        if self._going:
            return
        self._going = True
        try:
            while self._leg.live and self._wait is None and self._leg.runner is self:
                if not self._steps:
                    self._end_of_document()
                    break
                verb = self._steps.popleft()
                self._guarded(lambda verb=verb: self._perform(verb))  # type: ignore[misc]
        finally:
            self._going = False
        if self._wait:
            self._leg.prompted()

    def _end_of_document(self) -> None:
        if self._finished:
            self._finished()
        else:
            self._leg.end("completed")

    def _perform(self, verb: verbs.Verb) -> None:
        first, self._first = self._first, False
        if isinstance(verb, verbs.Reject):
            self._reject(verb, first)
            return
        self._leg.connect()
        match verb:
            case verbs.Say() | verbs.Play():
                self._hold("audio", self._sound(verb))
            case verbs.Pause(seconds=seconds):
                self._leg.note("pause", f"{seconds} s")
                self._hold("pause", seconds)
            case verbs.Gather():
                self._gather(verb)
            case verbs.Redirect(url=url, method=method):
                self._load(self._documents.redirected(url, method))
            case verbs.Dial():
                self._dial(verb)
            case verbs.Hangup():
                self._leg.end("completed")

    def _sound(self, verb: verbs.Say | verbs.Play | verbs.Pause) -> float:
        """Let it be heard; returns how many seconds that takes."""
        match verb:
            case verbs.Say(text=text):
                self._leg.hear("say", text)
                return len(text) / CHARACTERS_A_SECOND
            case verbs.Play(url=url):
                self._leg.hear("play", f"[{self._documents.absolute(url)}]")
                return 1
            case verbs.Pause(seconds=seconds):
                return seconds

    def _hold(self, kind: str, seconds: float) -> None:
        """Sound takes time only in real time; a pause is over when the driver says so."""
        if kind == "audio" and not self._leg.carrier.real_time:
            return
        self._wait = Wait(kind, self._resume)
        self._time(self._wait, seconds)

    def _resume(self) -> None:
        self._wait = None
        self._documents.waited()
        self._go()

    def _reject(self, verb: verbs.Reject, first: bool) -> None:
        if not first or self._leg.record.direction != "inbound":
            self._leg.note("twiml", "<Reject> of a call that is answered", level="warning", code=twiml.SCHEMA)
            self._leg.end("completed")
        else:
            self._leg.end("busy" if verb.reason == "busy" else "no-answer")

    def _gather(self, gather: verbs.Gather) -> None:
        audio = sum(self._sound(verb) for verb in gather.nested)
        kind = " or ".join(word for word in ("keys", "speech") if {"keys": "dtmf"}.get(word, word) in gather.inputs)
        wait = self._wait = Wait(kind, lambda: self._gathered(wait, ""), gather)
        self._time(wait, audio + gather.timeout)

    def _gathered(self, wait: Wait, finished_on: str) -> None:
        """The keys are complete: a key ended them, there are enough, or no more came."""
        if wait.gather is None:
            return
        self._wait = None
        form = {"Digits": wait.keys, "FinishedOnKey": finished_on, "msg": "Gather End"}
        self._act(wait.gather, form, empty=not wait.keys)

    def _act(self, gather: verbs.Gather, form: dict[str, str], *, empty: bool) -> None:
        """Send the result to the action; an empty one falls through to the next verb."""
        self._documents.waited()
        if not empty or gather.on_empty:
            self._guarded(lambda: self._load(self._documents.next(gather.action, gather.method, form)))
        self._go()

    def _dial(self, dial: verbs.Dial) -> None:
        dialling = Dialling(self._leg, dial, self._documents.absolute(""), lambda result: self._dialled(dial, result))
        self._wait = Wait("dial", dialling.give_up, dialling=dialling)
        try:
            dialling.start()
        except TwimlError:
            self._wait = None
            raise

    def _dialled(self, dial: verbs.Dial, result: dict[str, str]) -> None:
        """The dialled call is over; without an action the next verb follows."""
        self._wait = None
        if dial.action and self._leg.live:
            self._documents.waited()
            self._guarded(lambda: self._load(self._documents.next(dial.action, dial.method, result)))
        elif dial.action:
            self._report_late(self._documents.absolute(dial.action), dial.method, result)
        self._go()

    def _report_late(self, url: str, method: str, result: dict[str, str]) -> None:
        """The caller is gone: Twilio still tells the action, and ignores its answer."""
        leg = self._leg
        form = leg.form() | result
        leg.carrier.background.submit(leg.sid, lambda: leg.carrier.tell(leg, url, method, form))

    def _time(self, wait: Wait, seconds: float) -> None:
        """In real time the wait ends by itself, unless something came in between."""
        leg = self._leg
        if not leg.carrier.real_time:
            return
        keys = wait.keys

        def over() -> None:
            with leg.lock:
                if self._wait is wait and wait.keys == keys and leg.live:
                    wait.timed_out()

        leg.carrier.background.after(seconds, leg.sid, over)
