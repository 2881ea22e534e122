"""What one person does: calls, texts, picks up; and a dispatcher at the board."""

import time
from contextlib import suppress
from typing import Any

import requests

from bridge.simulator.client import PROMPTS, TelephoneError, Telephones
from tests.conftest import wait_until
from tests.privacy.bridge_at_work import House
from tests.privacy.callers import NUMBERS, PLACES

LIVE = ("queued", "ringing", "in-progress")
SAY, SILENT, LEAVE = "say ", "", "-"


class People:
    """Everybody who has to do with one bridge."""

    def __init__(self, house: House) -> None:
        self.house, self.phones = house, house.telephones
        self.codes: dict[str, str] = {}  # whose request -> its code
        self.ids: dict[str, str] = {}
        self.admin, self.dispatcher = house.log_in("admin"), house.log_in("dispatcher")
        for number in house.agency.numbers.values():
            self.phones.behave(number, text="deliver", call="ring")
        self.phones.behave(house.agency.numbers["dispatch"], call="answer")

    # ---- callers

    def call(self, whose: str, *steps: str, number: str = "") -> dict[str, Any]:
        """A call, one step at each prompt: keys, `SAY` with words, `SILENT`, `LEAVE`. Who has no step left hangs up."""
        phones, left = Telephones(self.phones._base), list(steps)
        call = phones.dial(number or NUMBERS[whose])
        give_up = time.monotonic() + 40
        while call["state"] in LIVE and time.monotonic() < give_up:
            held = call["queue"] or call["connected_to"]
            if held or call["waiting_for"] in PROMPTS:
                step = left.pop(0) if left else LEAVE
                with suppress(TelephoneError):
                    self._step(phones, call["sid"], step)
                if step == LEAVE:
                    break
            time.sleep(0.03)
            call = phones.call(call["sid"])
        return phones.call(call["sid"])

    @staticmethod
    def _step(phones: Telephones, sid: str, step: str) -> None:
        if step == LEAVE:
            phones.act(sid, "hangup")
        elif step == SILENT:
            phones.act(sid, "silence")
        elif step.startswith(SAY):
            phones.act(sid, "say", speech=step.removeprefix(SAY), confidence=0.9)
        else:
            phones.act(sid, "press", digits=step)

    def asks(self, whose: str, place: str, *more: str, number: str = "") -> str:
        """A call that leads to a request. Returns its code."""
        before = set(self.house.documents())
        where = PLACES[place] or SAY + place
        self.call(whose, where, "1", *(more or ("1#",)), number=number)
        return self.noted(whose, before)

    def noted(self, whose: str, before: set[str]) -> str:
        """The request that is new."""
        wait_until(lambda: set(self.house.documents()) - before, 30)
        (found,) = set(self.house.documents()) - before
        self.ids[whose], self.codes[whose] = found, self.house.documents()[found]["code"]
        return self.codes[whose]

    # ---- coordinators

    def text(self, person: str, body: str) -> None:
        """Somebody on the roster texts the line."""
        self.phones.text(self.house.agency.numbers[person], body)

    def rings(self, person: str, within: float = 30.0) -> str:
        """The call that rings at this person's telephone."""
        return self.rings_at(self.house.agency.numbers[person], within)

    def rings_at(self, number: str, within: float = 30.0) -> str:
        """The call that rings at this number."""
        found = list[str]()

        def ringing() -> bool:
            calls = self.phones.state(since=10**9)["calls"]
            found[:] = [call["sid"] for call in calls if call["phone"] == number and call["state"] == "ringing"]
            return bool(found)

        wait_until(ringing, within)
        return found[0]

    def picks_up(self, person: str, *keys: str) -> str:
        """Somebody answers the telephone and presses keys, one for each prompt. Returns the call."""
        sid = self.rings(person)
        self.phones.act(sid, "answer")
        for key in keys:
            wait_until(
                lambda: self.phones.call(sid)["waiting_for"] in PROMPTS or self.phones.call(sid)["state"] not in LIVE, 20
            )
            with suppress(TelephoneError):
                self.phones.act(sid, "press", digits=key)
        return sid

    def connected(self, person: str, number: str, within: float = 40.0) -> None:
        """They press 1 whenever they are asked to, until the caller's telephone rings, is answered, and they have talked."""
        theirs = self.house.agency.numbers[person]

        def done() -> bool:
            for call in self.phones.state(since=10**9)["calls"]:
                rings = call["state"] == "ringing"
                with suppress(TelephoneError):
                    if rings and call["phone"] in (number, theirs):
                        self.phones.act(call["sid"], "answer")
                        if call["phone"] == number:
                            return True
                    elif call["phone"] == theirs and call["waiting_for"] in PROMPTS:
                        self.phones.act(call["sid"], "press", digits="1")
            return False

        wait_until(done, within)
        for call in self.phones.state(since=10**9)["calls"]:
            if call["phone"] == theirs and call["state"] in LIVE:
                self.hangs_up(call["sid"])

    def hangs_up(self, sid: str) -> None:
        """They do."""
        with suppress(TelephoneError):
            self.phones.act(sid, "hangup")

    def post(self, path: str, **form: str) -> requests.Response:
        """A dispatcher does something."""
        return self.dispatcher.post(self.house.url + path, form, timeout=30)
