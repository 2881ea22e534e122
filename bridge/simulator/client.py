"""The telephones in a terminal: a small client of the JSON API, which plays a call and prints what everybody hears."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

PATIENCE = 60.0  # seconds for one request: a call that is dialled may take the customer's 15 s, several times


@dataclass(frozen=True)
class Keys:
    """Press these at the next prompt."""

    keys: str


@dataclass(frozen=True)
class Words:
    """Say this at the next prompt; `confidence` from 0 to 1 is what the recogniser will claim."""

    words: str
    confidence: float = 0.9


@dataclass(frozen=True)
class Silence:
    """Say and press nothing at the next prompt."""


@dataclass(frozen=True)
class HangUp:
    """Hang up instead of answering the next prompt."""


PROMPTS = ("keys", "speech", "keys or speech")

Step = Keys | Words | Silence | HangUp

SHOWN = {
    "say": "hears",
    "play": "hears",
    "heard": "hears",
    "pressed": "presses",
    "said": "says",
    "silence": "is silent",
    "hung up": "hangs up",
    "ringing": "rings",
    "answered": "answers",
    "queued": "is on hold in queue",
    "connected": "is connected",
    "time limit": "has reached the time limit of",
    "ended": "call over:",
    "text to": "gets a text:",
    "text from": "texts:",
    "network text": "gets a text of the network:",
    "text undelivered": "does not get a text:",
    "text failed": "does not get a text:",
}


class TelephoneError(Exception):
    """The simulator refused what was asked."""


class Telephones:
    """A running simulator, from outside."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def state(self, since: int = 0, wait: float = 0.0) -> dict[str, Any]:
        """Everything, and what happened after entry `since`; waits up to `wait` seconds for news."""
        return self._do("GET", f"/sim/state?since={since}&wait={wait}")

    def dial(self, caller: str, to: str | None = None) -> dict[str, Any]:
        """Call the line; `caller` may be `anonymous`."""
        return self._do("POST", "/sim/calls", {"from": caller, "to": to})

    def call(self, sid: str) -> dict[str, Any]:
        """How a call stands."""
        return self._do("GET", f"/sim/calls/{sid}")

    def act(self, sid: str, act: str, **given: object) -> dict[str, Any]:
        """press (digits), say (speech, confidence), silence, answer, decline, noanswer, hangup."""
        return self._do("POST", f"/sim/calls/{sid}/{act}", given)

    def traffic(self) -> dict[str, Any]:
        """Every text and every start of a call that the account made: `texts` and `calls`."""
        return self._do("GET", "/sim/traffic")

    def text(self, number: str, body: str) -> list[str]:
        """Text the line from a phone; returns the replies."""
        replies: list[str] = self._do("POST", f"/sim/phones/{quote(number)}/text", {"body": body})["replies"]
        return replies

    def behave(self, number: str, **given: object) -> None:
        """Set what a phone does: text, call, error, keys."""
        self._do("POST", f"/sim/phones/{quote(number)}/behave", given)

    def play(
        self,
        caller: str,
        steps: Iterable[Step],
        *,
        listen: float = 15.0,
        patience: float = 60.0,
        tell: Callable[[str], None] = print,
    ) -> dict[str, Any]:
        """Play one call from `caller`, one step for each prompt, and tell what everybody hears.

        When the steps are used up the caller is silent. On hold or in a conversation, where no prompt uses up a step, they hang
        up after `patience` seconds, or at once if that is the next step. After the call is over it goes on listening, `listen`
        seconds after the last thing that happened, to tell of the pages that follow. Returns the call as it ended.
        """
        seen = self.state()["seq"]
        names = {phone["number"]: phone["name"] for phone in self.state()["phones"]}
        left, held_until = deque(steps), float("inf")
        call = self.dial(caller)
        while call["state"] == "in-progress":
            seen = self._tell(seen, 1.0, names, tell)
            call = self.call(call["sid"])
            prompted, held = call["waiting_for"] in PROMPTS, call["queue"] or call["connected_to"]
            idle = held and not (prompted and left)
            held_until = min(held_until, time.monotonic() + patience) if idle else float("inf")
            if time.monotonic() >= held_until or (idle and left and left[0] == HangUp()):
                call = self._step(call, HangUp())
            elif prompted:
                call = self._step(call, left.popleft() if left else Silence())
        while (newest := self._tell(seen, listen, names, tell)) != seen:
            seen = newest
        return self.call(call["sid"])

    def _step(self, call: dict[str, Any], step: Step) -> dict[str, Any]:
        match step:
            case Keys(keys=keys):
                return self.act(call["sid"], "press", digits=keys)
            case Words(words=words, confidence=confidence):
                return self.act(call["sid"], "say", speech=words, confidence=confidence)
            case HangUp():
                return self.act(call["sid"], "hangup")
            case Silence():
                return self.act(call["sid"], "silence")

    def _tell(self, since: int, wait: float, names: dict[str, str], tell: Callable[[str], None]) -> int:
        state = self.state(since, wait)
        for entry in state["entries"]:
            if entry["kind"] in SHOWN:
                who = names.get(entry["number"]) or entry["number"]
                tell(f"{entry['at'][11:19]}  {who} {SHOWN[entry['kind']]} {entry['text']}".rstrip())
            elif entry["level"] != "info":
                tell(f"{entry['at'][11:19]}  ! {entry['kind']} {entry['code'] or ''}: {entry['text']}")
        seq: int = state["seq"]
        return seq

    def _do(self, method: str, path: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self._session.request(method, self._base + path, json=given, timeout=PATIENCE)
        answer: dict[str, Any] = response.json()
        if not response.ok:
            raise TelephoneError(answer.get("error", str(response.status_code)))
        return answer
