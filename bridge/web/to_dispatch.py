"""Callers who are put through to the dispatch desk without a question: something of ours is broken, or too many call."""

from dataclasses import replace
from functools import wraps

from flask import request

from bridge.actions import callers
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core import phones
from bridge.core.errors import TooMany
from bridge.core.rota import DISPATCH
from bridge.core.speech import Answer, one_line
from bridge.web.carrier_door import Handler, line_here

MOST_DIALS = 3  # how often the desk is tried
FOR_ALL = {"flood", "withheld"}  # limits that a caller shares with others, who are more to blame


class ToDispatch:
    """What is said, and the desk that is dialled. Needs nothing that can fail, and stores nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    def desk(self, withheld: bool) -> twiml.Desk:
        """The desk; where the caller's number is `withheld` it is shown the line's."""
        settings = self._world.settings
        shown = line_here(self._world) if withheld else ""
        return twiml.Desk(settings.roster.people[DISPATCH].phone, settings.policy.dispatch_ring_for, shown)

    def broken(self, tried: int = 0, said: str = "caller.broken", **_: object) -> str:
        """The store, or the handler, has failed: one true sentence, and the desk is dialled."""
        return self._dial(tried, said, "broken", withheld=True)

    def still_broken(self, tried: int) -> str:
        """Who has talked to the desk is in good hands, whatever works here or not."""
        return self._talked() or self.broken(tried)

    def limited(self, tried: int, kind: str = "") -> str:
        """Too many calls, of this caller or in all: one sentence, and the desk is dialled."""
        withheld = phones.callback_from(request.form.get("From", ""), self._world.settings.own_numbers) is None
        said = "caller.limited_all" if kind in FOR_ALL else "caller.limited"
        return self._talked() or self._dial(tried, said, "limited", withheld=withheld)

    def within_limits(self, handler: Handler) -> Handler:
        """The handler, for whoever does not call too often."""

        @wraps(handler)
        def guarded(**values: object) -> str:
            try:
                return handler(**values)
            except TooMany as error:
                return self.limited(0, str(error.details["kind"]))

        return guarded

    def _talked(self) -> str:
        return twiml.voice(Answer(())) if request.form.get("DialCallStatus") in callers.ANSWERED else ""

    def _dial(self, tried: int, said: str, why: str, *, withheld: bool) -> str:
        if tried >= MOST_DIALS:
            return twiml.voice(one_line(self._world.voice, "caller.broken_end"))
        answer = one_line(self._world.voice, "caller.broken_no_dispatcher" if tried else said)
        next_url = f"{self._world.settings.public_url}/voice/{why}/{tried + 1}"
        return twiml.voice(replace(answer, dial=True), next_url=next_url, desk=self.desk(withheld))
