"""Carries out TwiML on one leg of a call.

A runner goes on until it waits for somebody (`wait`) or the call is over. In real time a timer ends the wait; in tests only the
driver does (`silence`).
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bridge.simulator import verbs
from bridge.simulator.dialling import Dialling
from bridge.simulator.documents import Documents
from bridge.simulator.elements import SCHEMA
from bridge.simulator.errors import CustomerError, TwimlError
from bridge.simulator.model import Script
from bridge.simulator.waits import Undertaking, Wait

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
CHARACTERS_A_SECOND = 14  # of speech, roughly


class Runner:
    """The interpreter. `finished` is called at the end of the last document; without it the call is hung up."""

    def __init__(self, leg: "CallLeg", script: Script, finished: Callable[[], None] | None = None) -> None:
        self._leg, self._finished = leg, finished
        self._documents = Documents(leg, script)
        self._steps: deque[verbs.Verb] = deque()
        self._wait: Wait | None = None
        self._going = False
        self._first = True
        self._over = False

    @property
    def innermost(self) -> "Runner":
        """The one that hears keys and words: this one, or what is carried out within an undertaking."""
        inner = self._wait.undertaking.inner if self._wait and self._wait.undertaking else None
        return inner.innermost if inner else self

    @property
    def waiting_for(self) -> str | None:
        """What the call waits for, in one word."""
        return self._wait.kind if self._wait else None

    @property
    def listens(self) -> bool:
        """Whether a prompt or a pause waits for the phone's owner (and not for another phone)."""
        return self._wait is not None and self._wait.undertaking is None

    @property
    def takes_keys(self) -> bool:
        """Whether a pressed key would be taken."""
        return self._wait is not None and self._wait.gather is not None and "dtmf" in self._wait.gather.inputs

    # what may happen to a call

    def begin(self, result: dict[str, str] | None = None) -> None:
        """Fetch the first document, which may be sent something besides, and carry it out."""
        self._guarded(lambda: self._load(self._documents.first(result)))
        self._go()

    def redirect(self, script: Script) -> None:
        """Leave whatever goes on and carry out another script (an update through REST)."""
        self._drop_wait()
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
        """Do nothing more: the call is over, or something else is carried out."""
        self._over = True
        self._steps.clear()
        self._drop_wait()

    def fail(self, failure: CustomerError) -> None:
        """What was carried out within an undertaking is broken, and the undertaking is over."""
        self._wait = None
        self._rescue(failure)
        self._go()

    def _drop_wait(self) -> None:
        wait, self._wait = self._wait, None
        if wait and wait.undertaking:
            wait.undertaking.abandon()

    # documents

    def _load(self, steps: list[verbs.Verb]) -> None:
        self._steps = deque(steps)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except CustomerError as failure:
            self._rescue(failure)

    def _rescue(self, failure: CustomerError) -> None:
        """The fallback takes over; if that fails too the caller hears so."""
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
            while self._leg.live and self._wait is None and not self._over:
                if self._steps:
                    verb = self._steps.popleft()
                    self._guarded(lambda verb=verb: self._perform(verb))  # type: ignore[misc]
                else:
                    self._end_of_document()
        finally:
            self._going = False
        if self._wait:
            self._leg.prompted()

    def _end_of_document(self) -> None:
        if self._finished:
            self.stop()
            self._finished()
        else:
            self._leg.end("completed")

    def _perform(self, verb: verbs.Verb) -> None:
        first, self._first = self._first, False
        if isinstance(verb, verbs.Reject):
            self._reject(verb, first)
            return
        if not (isinstance(verb, verbs.Dial) and verb.answer_on_bridge):
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
            case verbs.Enqueue():
                self._enqueue(verb)
            case verbs.Leave():
                self._leg.note("twiml", "<Leave> of a call that is in no queue", level="warning", code=SCHEMA)
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
            self._leg.note("twiml", "<Reject> of a call that is answered", level="warning", code=SCHEMA)
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
        leg, base_url, finished = self._leg, self._documents.absolute(""), partial(self._come_back, dial)
        if dial.queue:
            self._undertake("dial", leg.carrier.queues.dequeue(leg, dial, dial.queue, base_url, finished))
        else:
            self._undertake("dial", Dialling(leg, dial, base_url, finished))

    def _enqueue(self, enqueue: verbs.Enqueue) -> None:
        leg, base_url, finished = self._leg, self._documents.absolute(""), partial(self._come_back, enqueue)
        self._undertake("queue", leg.carrier.queues.enqueue(leg, enqueue, base_url, finished))

    def _undertake(self, kind: str, undertaking: Undertaking) -> None:
        self._wait = Wait(kind, undertaking.give_up, undertaking=undertaking)
        try:
            undertaking.start()
        except TwimlError:
            self._wait = None
            raise

    def _come_back(self, verb: verbs.Dial | verbs.Enqueue, result: dict[str, str]) -> None:
        """The undertaking is over; without an action the next verb follows. An action is told even if the caller is gone."""
        self._wait = None
        self._documents.waited()
        if verb.action and self._leg.live:
            self._guarded(lambda: self._load(self._documents.next(verb.action, verb.method, result)))
        elif verb.action:
            self._leg.tell(self._documents.absolute(verb.action), verb.method, result)
        self._go()

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
