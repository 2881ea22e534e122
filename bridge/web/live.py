"""What changes on the status page, told to every page that is open: server-sent events, one stream a page.

One thread a process looks while somebody listens: at once when a request has changed, each second for the rest (heartbeats, the
rota). It only compares and renders; each stream writes for itself, in the thread of its HTTP request, and is woken a moment
after the one before, so that many of them do not all stand in the way of a webhook. A reader's position is the id of the last
snapshot that it has, which is made from what the page says: it means the same in another process, and after a restart.

Events: `board` (what a reader at `since` does not have yet), `beat` (nothing is new: who stands at its id has what is true as
of `now`), `trouble` (the store cannot be read: what you have may be old) and `over` (this log-in is not valid any more).
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from secrets import SystemRandom

import structlog
from flask import Flask

from bridge.actions.world import World
from bridge.settings import Role
from bridge.web import pieces
from bridge.web.pieces import Snapshot

log = structlog.get_logger(__name__)

MOST_STREAMS = 150  # in a process: each holds a thread, and webhooks have sixteen of their own (see gunicorn_conf)
ASK = 0.05  # seconds between two questions whether a request has changed
LOOK = 1.0  # seconds after which is looked in any case
BEAT = 2.0  # seconds between two signs of life
LIFE = 60.0  # seconds, about: then the page comes back, by the cookie that it has by now
PATIENCE = 1.0  # seconds that one look may take before others are refused, and that are left after one that failed
GLANCE = 0.5  # seconds that what was seen may be old for a page that asks
REMEMBERED = 64 * len(Role)  # snapshots of which a reader who comes back is told the difference
AT_A_TIME, BREATH = 4, 0.001  # so many streams are woken, then so many seconds are left to others
EACH = 0.0025  # seconds of calm for each stream that was woken: with many of them, what changes meanwhile is told together
NO_STORE = "The bridge cannot read its store."


class TooMany(Exception):
    """As many pages are open as this process has threads for."""


class Away(Exception):
    """The store did not answer a moment ago, or holds somebody up: nobody else waits for it."""


@dataclass(frozen=True)
class Sight:
    """What was seen at one look, for each role that was asked for."""

    at: float  # seconds, UTC
    clock: float  # seconds, monotonic
    changes: int
    shown: Mapping[Role, Snapshot]
    told: dict[tuple[str, str], str] = field(default_factory=dict)  # events that many readers get alike


class Live:
    """The streams of one process, and what they tell."""

    def __init__(self, app: Flask, world: World) -> None:
        self._app, self._world, self.version = app, world, pieces.edition(world.settings)
        self._lock, self._looking, self._bell = threading.Lock(), threading.Lock(), threading.Event()
        self._streams: list[Stream] = []
        self._known: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._sight: Sight | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._began: float | None = None  # the look that is under way (seconds, monotonic)
        self._failed = -PATIENCE
        self.trouble = ""

    def page(self, role: Role) -> Snapshot:
        """Everything, as of now, for a page that is opened. Raises what the store raises."""
        shown = pieces.snapshot(pieces.look(self._world), role)
        self._remember(shown)
        return shown

    def since(self, role: Role, position: str) -> tuple[float, dict[str, object] | None]:
        """When was looked (seconds, UTC), and what a reader at this position does not have; None where it has everything.
        Raises what the store raises."""
        sight = self.look((role,), GLANCE)
        shown = sight.shown[role]
        return sight.at, None if shown.id == position else {**self._stamp(sight), "id": shown.id, **self._news(shown, position)}

    def stream(self, role: Role, position: str, still_in: Callable[[], bool]) -> "Stream":
        """The events for a reader at this position, while `still_in` says so. Raises TooMany."""
        stream = Stream(self, role, position, still_in)
        with self._lock:
            if self._closed or len(self._streams) >= MOST_STREAMS:
                raise TooMany
            self._streams.append(stream)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()
        self._bell.set()
        return stream

    def leave(self, stream: "Stream") -> None:
        """Nobody reads this stream any more. Saying so twice is harmless."""
        with self._lock:
            if stream in self._streams:
                self._streams.remove(stream)
        self._bell.set()

    def close(self) -> None:
        """End every stream, at once, and begin none: the process is to stop."""
        self._closed = True
        for stream in tuple(self._streams):
            stream.end()
        self._bell.set()

    def open(self) -> None:
        """Streams may begin (again)."""
        self._closed = False

    def look(self, roles: Iterable[Role], oldest: float) -> Sight:
        """What is there to see, looked at no longer ago than `oldest` (seconds). Raises what the store raises, and Away: pages
        that ask must not all wait for a store that hangs, in threads that webhooks need."""
        began = self._began
        if began is not None and time.monotonic() - began > PATIENCE:
            raise Away
        with self._looking:
            if time.monotonic() - self._failed < PATIENCE:
                raise Away
            self._began = time.monotonic()
            try:
                return self._look({*roles, *(stream.role for stream in tuple(self._streams))}, oldest)
            except Exception:
                self._failed = time.monotonic()
                raise
            finally:
                self._began = None

    def _look(self, wanted: set[Role], oldest: float) -> Sight:
        changes, sight = self._world.store.changes(), self._sight
        if sight and sight.changes == changes and wanted <= set(sight.shown) and self._age(sight) < oldest:
            return sight
        view, before = pieces.look(self._world), sight.shown if sight else {}
        shown = {role: pieces.snapshot(view, role, before.get(role)) for role in wanted}
        self._sight = Sight(view.board.now, time.monotonic(), changes, shown)
        for each in shown.values():
            self._remember(each)
        return self._sight

    def tell(self, stream: "Stream") -> str:
        """The event that brings this stream's reader to what was seen last; "" where that is too old to be told."""
        sight, trouble = self._sight, self.trouble
        if trouble:
            return _event("trouble", {"version": self.version, "why": trouble})
        shown = sight.shown.get(stream.role) if sight else None
        if sight is None or shown is None or time.monotonic() - sight.clock > BEAT:
            return ""
        before, stream.position, stream.new = stream.position, shown.id, False
        return self._event(sight, shown, before)

    def _lacks(self, stream: "Stream") -> bool:
        """Whether something was seen that this stream's reader has not heard."""
        shown = self._sight.shown.get(stream.role) if self._sight and not self.trouble else None
        return shown is not None and (stream.new or shown.id != stream.position)

    def _event(self, sight: Sight, shown: Snapshot, position: str) -> str:
        key = (shown.id, position)
        if key not in sight.told:
            news = {} if shown.id == position else self._news(shown, position)
            said = {**self._stamp(sight), **news}
            sight.told[key] = _event("board" if news else "beat", said, shown.id)
        return sight.told[key]

    def _stamp(self, sight: Sight) -> dict[str, object]:
        return {"now": round(sight.at, 3), "version": self.version}

    def _news(self, shown: Snapshot, position: str) -> dict[str, object]:
        with self._lock:
            return {"since": position, **shown.since(self._known.get(position))}

    def _remember(self, shown: Snapshot) -> None:
        with self._lock:
            self._known[shown.id] = shown.marks
            self._known.move_to_end(shown.id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _age(self, sight: Sight) -> float:
        """Seconds since then, by whichever clock has moved further: the wall clock may be set."""
        return max(time.monotonic() - sight.clock, abs(self._world.now() - sight.at))

    def _watch(self) -> None:
        """The one thread: looks and wakes, while there are streams."""
        beat_at = calm_until = 0.0
        with self._app.test_request_context():  # addresses of other pages are made in it
            while self._wanted():
                self._bell.clear()
                now = time.monotonic()
                if now >= calm_until:
                    beating = now >= beat_at
                    self._try_to_look(0.0 if beating else LOOK)
                    beat_at = now + BEAT if beating else beat_at
                    calm_until = now + EACH * self._wake(beating)
                self._bell.wait(ASK)

    def _wanted(self) -> bool:
        with self._lock:
            if not self._streams:
                self._thread = None
            return bool(self._streams)

    def _try_to_look(self, oldest: float) -> None:
        try:
            self.look((), oldest)
        except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
            if not self.trouble:
                log.warning("the open pages cannot be told what changes", error=type(error).__name__)
            self.trouble = NO_STORE
        else:
            self.trouble = ""

    def _wake(self, beating: bool) -> int:
        late = [each for each in tuple(self._streams) if beating or self._lacks(each)]
        for n, stream in enumerate(late, 1):
            stream.wake()
            if n % AT_A_TIME == 0:
                time.sleep(BREATH)
        return len(late)


class Stream:
    """One open page: an iterator of events, as text. `position` is the id of the snapshot that the reader has."""

    def __init__(self, live: Live, role: Role, position: str, still_in: Callable[[], bool]) -> None:
        self.role, self.position, self.new = role, position, True
        self._live, self._still_in, self._checked = live, still_in, 0.0
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._ended = False
        self._until = time.monotonic() + SystemRandom().uniform(0.8, 1.2) * LIFE

    def wake(self) -> None:
        """There is something to tell. Who is slow is told the latest, not everything in between."""
        if self._bell.empty():
            self._bell.put(None)

    def end(self) -> None:
        """Tell no more."""
        self._ended = True
        self._bell.put(None)

    def __iter__(self) -> Iterator[str]:
        try:
            yield "retry: 1000\n\n"
            while not self._ended and time.monotonic() < self._until:
                yield from self._next()
        finally:
            self._live.leave(self)

    def _next(self) -> Iterator[str]:
        try:
            self._bell.get(timeout=2 * BEAT)
        except Empty:  # the one who looks is held up: that is silence, but a reader who has gone is noticed
            yield ": waiting\n\n"
            return
        if self._ended:
            return
        if not self._may_go_on():
            self._ended = True
            yield _event("over", {})
        elif told := self._live.tell(self):
            yield told

    def _may_go_on(self) -> bool:
        """Whether the log-in still holds, asked with every beat."""
        if time.monotonic() < self._checked + 0.9 * BEAT:
            return True
        self._checked = time.monotonic()
        return self._still_in()


def _event(name: str, data: Mapping[str, object], position: str = "") -> str:
    head = f"id: {position}\n" if position else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
