"""Whoever holds a phone that acts by itself: answers, presses, is busy, or is a mailbox."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

REACTION = 1.5  # seconds until a phone does by itself what it is set to, in real time
PATIENCE = 20  # silences after which a mailbox hangs up
TAPE = 120.0  # seconds that a mailbox records, in real time


class Owner:
    """Moves one leg as the behaviour of its phone has it."""

    def __init__(self, leg: "CallLeg") -> None:
        self._leg = leg
        self._keys = list(leg.phone.behaviour.keys)
        self._silences = 0

    def rung(self) -> None:
        """The phone rings."""
        leg, behaviour = self._leg, self._leg.phone.behaviour.call
        reactions: dict[str, Callable[[], object]] = {
            "busy": leg.decline,
            "no_answer": leg.no_answer,
            "voicemail": self._record,
            "answer": leg.answer,
        }
        if behaviour in reactions:
            self._by_itself(reactions[behaviour])
        elif leg.carrier.real_time:
            leg.carrier.background.after(leg.script.timeout, leg.sid, leg.no_answer)

    def prompted(self) -> None:
        """The call waits for keys, words or the end of a pause."""
        behaviour, listener = self._leg.phone.behaviour.call, self._leg.listener
        if behaviour == "answer" and self._keys and listener and listener.takes_keys:
            self._by_itself(self._press_next)
        elif behaviour == "voicemail" and listener and listener.listens and not self._leg.carrier.real_time:
            self._listen()

    def _press_next(self) -> None:
        leg = self._leg
        with leg.lock:
            if leg.live and self._keys and leg.listener and leg.listener.takes_keys:
                leg.press(self._keys.pop(0))

    def _listen(self) -> None:
        """A mailbox is silent, for a while."""
        self._silences += 1
        if self._silences > PATIENCE:
            self._leg.hang_up()
        else:
            self._leg.silence()

    def _record(self) -> None:
        """A mailbox answers; in real time it hangs up when its tape is full."""
        leg = self._leg
        with leg.lock:
            if leg.rings:
                leg.pick_up("machine_start")
                if leg.carrier.real_time:
                    leg.carrier.background.after(TAPE, leg.sid, leg.hang_up)

    def _by_itself(self, move: Callable[[], object]) -> None:
        if self._leg.carrier.real_time:
            self._leg.carrier.background.after(REACTION, self._leg.sid, move)
        else:
            move()
