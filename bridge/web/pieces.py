"""The status page in pieces: which there are, and what of it a reader who has an older state does not have yet.

A piece is one element of the page (a row, the head), made by a template from what `PIECES` says. It is known by a mark, which
is made from what it says and not from the time at which it is said: what merely ticks is done by the page's script. So the same
board has the same marks in every web process and after a restart, and the marks of all pieces together, a snapshot's `id`, are
a reader's position. Pieces are shared by all who have the same role: nothing of a session is in them.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace

from flask import render_template

from bridge.actions import desk, figures, release
from bridge.actions.world import World
from bridge.core.atlas import Atlas
from bridge.core.board import Board
from bridge.core.board_map import Picture, pictured
from bridge.core.board_words import clock, countdown, iso, minutes, moment, zone
from bridge.core.events import CLOSING_REASONS
from bridge.core.figures import Today
from bridge.core.figures_words import within
from bridge.settings import Role, Settings

WORDS = {
    **{"clock": clock, "countdown": countdown, "iso": iso, "minutes": minutes, "moment": moment},
    **{"zone_at": zone, "within": within, "reasons": CLOSING_REASONS},
}

Variables = Mapping[str, object]


@dataclass(frozen=True)
class View:
    """Everything that the pieces are made from, as of `board.now`."""

    board: Board
    picture: Picture
    today: Today

    @property
    def timeless(self) -> "View":
        """The same at no particular instant: equal for as long as a reader would see nothing change."""
        return replace(self, board=self.board.timeless)


@dataclass(frozen=True)
class Slot:
    """A place of the page (`data-slot`) and its pieces in order: for each its key, which is its element's `data-key`, and the
    variables of its template. A template knows nothing but these, the words, `now`, `zone`, `role` and `may_act`: what it shows
    is what its piece is known by."""

    name: str
    template: str
    pieces: Callable[[View], Mapping[str, Variables]]


def _side(view: View) -> Mapping[str, Variables]:
    board = view.board.gist
    return {"today": {"today": view.today}, "ended": {"ended": board.ended}, "through": {"through": board.put_through}}


PIECES = (
    Slot("head", "_head.html", lambda view: {"head": {"board": view.board.gist}}),
    Slot("rows", "_row.html", lambda view: {f"r-{row.id}": {"row": row} for row in view.board.live}),
    Slot("calm", "_calm.html", lambda view: {} if view.board.live else {"calm": {}}),
    Slot("map", "_map.html", lambda view: {"map": {"picture": view.picture}}),
    Slot("side", "_side.html", _side),
)


def look(world: World) -> View:
    """What there is to show now. Raises what the store raises when it does not answer."""
    board, regions = desk.look(world), world.settings.regions
    return View(board, pictured(board, regions, Atlas.load().draw(regions)), figures.today(world))


@dataclass(frozen=True)
class Snapshot:
    """All pieces for one role at an instant (`now`, seconds UTC)."""

    id: str
    now: float
    slots: Mapping[str, tuple[str, ...]]  # the keys of the pieces, in order
    html: Mapping[str, str]
    marks: Mapping[str, str]  # two pieces of one key and one mark say the same
    said: Mapping[str, object] = field(repr=False)  # what the marks are made from

    def since(self, seen: Mapping[str, str] | None) -> dict[str, object]:
        """What a reader does not have who has the pieces of these marks; None for one who has nothing."""
        known = seen or {}
        html = {key: html for key, html in self.html.items() if known.get(key) != self.marks[key]}
        return {"slots": self.slots, "html": html, "whole": seen is None}


def snapshot(view: View, role: Role, before: Snapshot | None = None) -> Snapshot:
    """The pieces of this view. What says the same as `before` is taken from there. Needs the application's context."""
    now, timeless = view.board.now, view.timeless
    when = (release.name(), str(role), zone(now), timeless.board.now)
    slots, html, marks, said = dict[str, tuple[str, ...]](), dict[str, str](), dict[str, str](), dict[str, object]()
    for slot in PIECES:
        shown = slot.pieces(view)
        slots[slot.name] = tuple(shown)
        for key, known_by in slot.pieces(timeless).items():
            said[key] = (when, slot.template, known_by)
            same = before is not None and before.said.get(key) == said[key]
            marks[key] = before.marks[key] if before and same else _digest(said[key])
            html[key] = before.html[key] if before and same else _rendered(slot.template, shown[key], now, role)
    return Snapshot(_digest((slots, marks)), now, slots, html, marks, said)


def _rendered(template: str, variables: Variables, now: float, role: Role) -> str:
    return render_template(template, **common(now, role), **variables).strip()


def common(now: float, role: Role) -> Variables:
    """What every template of the page knows."""
    return {"now": now, "zone": zone(now), "role": role, "may_act": role is not Role.WATCH, **WORDS}


def _digest(said: object) -> str:
    return hashlib.sha256(repr(_plain(said)).encode()).hexdigest()[:24]


def _plain(said: object) -> object:
    """The same in lists, with a set in order: its own order is another one in every process."""
    if is_dataclass(said) and not isinstance(said, type):
        return [type(said).__name__, *(_plain(getattr(said, each.name)) for each in fields(said))]
    if isinstance(said, Mapping):
        return [[_plain(key), _plain(value)] for key, value in said.items()]
    if isinstance(said, frozenset | set):
        return sorted(map(repr, map(_plain, said)))
    return [_plain(each) for each in said] if isinstance(said, tuple | list) else said


def edition(settings: Settings) -> str:
    """A short name for what a page has besides its pieces: its files, and the regions and people that it offers."""
    people = [(person.id, person.name) for person in settings.roster.people.values()]
    return f"{release.name()} {_digest((settings.regions, sorted(people)))[:8]}"
