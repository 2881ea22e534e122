"""Which sessions are open. The store says so to all processes, so that a log-out counts everywhere, also for a copied cookie.

While the store is away nothing of a caller can be shown, and nothing done; but a wall stays up, and whom users.toml or the
provider knows can log in. So, until it answers again (and for AWAY seconds more in the other processes):

- who only looks is believed, unless this process knows that the session was ended;
- who wants something done is not: it is asked whether the session is open, and nothing is done where that is not known;
- a log-out is remembered by this process, which tells the store once it answers. A process that dies meanwhile forgets it;
- a session that begins is open, and is told to the store by whoever meets it first afterwards: its cookie says so.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import structlog

from bridge.actions.ports_board import Accounts, Session
from bridge.actions.users import SESSION
from bridge.core.errors import AccountsAway
from bridge.store import connect

log = structlog.get_logger(__name__)
T = TypeVar("T")

PATIENCE = 0.5  # seconds that one question may take, and one answer more
AWAY = 1.0  # seconds that a store which did not answer is not asked again by who only looks
MOST = 1000  # sessions that this process remembers to be ended: the store remembers all


class Register:
    """The sessions as this process knows them. Methods may be called by several threads at once."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts, self._lock = accounts, threading.Lock()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._owed: dict[str, Session] = {}
        self._ask_at = float("-inf")  # time.monotonic()

    def begin(self, which: str, session: Session) -> bool:
        """Somebody has logged in. Whether the store knows: where it does not, the cookie must say so."""
        try:
            return self._ask(lambda: self._accounts.begin_session(which, session, SESSION))
        except AccountsAway:
            return False

    def is_open(self, which: str, session: Session, *, told: bool, sure: bool) -> bool:
        """Whether the session counts. `told`: the store knew of it when it began. Raises AccountsAway where it must be `sure`
        and the store does not answer."""
        if which in self._ended:
            return False
        if not sure and time.monotonic() < self._ask_at:
            return True
        try:
            found = self._ask(lambda: self._found(which, session, told))
        except AccountsAway:
            if sure:
                raise
            return True
        if not found:
            self._remember(which)
        return found

    def end(self, which: str, session: Session) -> None:
        """The session counts no more, in no browser: here at once, elsewhere once the store knows."""
        self._remember(which)
        with self._lock:
            self._owed[which] = session
        try:
            self._ask(lambda: None)
        except AccountsAway:
            log.warning("the end of a session is not stored yet", count=len(self._owed))

    def _found(self, which: str, session: Session, told: bool) -> bool:
        kept = self._accounts.session(which)
        if kept is None:
            return not told and self._accounts.begin_session(which, session, SESSION)
        return not kept.ended

    def _ask(self, question: Callable[[], T]) -> T:
        """What the store answers, which is told first what it was owed. Raises AccountsAway."""
        try:
            with connect.within(PATIENCE):
                for which, session in list(self._owed.items()):
                    self._accounts.end_session(which, session, SESSION)
                    with self._lock:
                        self._owed.pop(which, None)
                return question()
        except Exception as error:
            self._ask_at = time.monotonic() + AWAY
            raise AccountsAway from error

    def _remember(self, which: str) -> None:
        with self._lock:
            self._ended[which] = None
            if len(self._ended) > MOST:
                self._ended.popitem(last=False)
