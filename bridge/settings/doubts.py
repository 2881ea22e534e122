"""What the settings allow, and an agency should still look at: gaps, overlaps, a ladder that ends nowhere, sample numbers."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from bridge.core.model import Channel, Who
from bridge.core.rota import DISPATCH, MINUTES_PER_WEEK, Duty
from bridge.settings.model import Settings
from bridge.settings.values import said_minute

RANKS = ("on-call", "backup")
_EXAMPLE = re.compile(r"\+1\d{3}55501\d\d", re.ASCII)

# Without these the people concerned could not do their part.
_NEEDED = (
    ("caller.ask_zip", "regions"),
    ("caller.region_key", "key"),
    ("caller.confirm_place", "place"),
    ("caller.offer_number", "number"),
    ("caller.confirm_number", "number"),
    ("text.page", "code"),
    ("text.page_no_place", "code"),
    ("text.details", "code"),
    ("text.details", "number"),
    ("call.number", "number"),
)


def warnings(settings: Settings) -> list[str]:
    """One line each, in the words of whoever writes the roster. None of them keeps the bridge from starting."""
    return [
        *_gaps(settings),
        *_overlaps(settings),
        *_same_person(settings),
        *_alone(settings),
        *_idle(settings),
        *_ladder(settings),
        *_sentences(settings),
        *([] if settings.local else _live(settings)),
    ]


def _gaps(settings: Settings) -> Iterator[str]:
    for region in settings.regions.values():
        for rank in RANKS:
            for when in _said(settings.roster.gaps(region.id, rank)):
                yield f"{region.name} has {'nobody on call' if rank == 'on-call' else 'no backup'} {when}"


def _overlaps(settings: Settings) -> Iterator[str]:
    for first, second in _pairs(settings):
        if first.rank == second.rank:
            for when in _said(_shared(first, second)):
                names = f"{first.who} and {second.who}" if first.who != second.who else f"{first.who} twice"
                where = f"{settings.regions[first.region].name} has {names} as {first.rank}"
                yield f"{where} {when}; {first.who} stands first in the roster and has it"


def _same_person(settings: Settings) -> Iterator[str]:
    for first, second in _pairs(settings):
        if first.rank != second.rank and first.who == second.who:
            for when in _said(_shared(first, second)):
                yield f"{settings.regions[first.region].name} has {first.who} both on call and as backup {when}"


def _alone(settings: Settings) -> Iterator[str]:
    for region in settings.regions.values():
        if len(settings.roster.serving(region.id)) == 1 and not region.neighbours:
            yield f"{region.name} has one person and no neighbours; when that person does not answer, the state is next"


def _idle(settings: Settings) -> Iterator[str]:
    busy = {DISPATCH, *settings.roster.state, *(duty.who for duty in settings.roster.duties)}
    for person in settings.roster.people.values():
        if person.id not in busy:
            yield f"{person.id} ({person.name}) has no duty and is no state coordinator, and is never paged"


def _ladder(settings: Settings) -> Iterator[str]:
    policy, desk = settings.policy, settings.roster.people[DISPATCH]
    if policy.ladder[0].at > 0:
        yield f'the first rung of the ladder waits {policy.ladder[0].at:g} s; with at = "0s" a page leaves at once'
    desk_rungs = [rung for rung in policy.ladder if rung.who is Who.DISPATCH]
    if not any(Channel.CALL in rung.by or not desk.text for rung in desk_rungs):
        yield 'the ladder never calls the dispatch desk; add a rung with who = "dispatch" and by = ["call"]'
    if policy.remind_after >= policy.contact_within:
        yield "remind_after is not shorter than contact_within: nobody is ever reminded before the request goes to others"


def _sentences(settings: Settings) -> Iterator[str]:
    for key, name in _NEEDED:
        if f"{{{name}}}" not in settings.wording.sentences[key]:
            yield f"the sentence {key} says no {{{name}}}; whoever gets it cannot go on"


def _live(settings: Settings) -> Iterator[str]:
    if not settings.users:
        yield 'nobody can log in to the status page; make a user with "bridge password NAME" and put it into users.toml'
    if not settings.public_url.startswith("https://"):
        yield f"the carrier is told to call {settings.public_url}; set BRIDGE_PUBLIC_URL to the https address it can reach"
    for person in settings.roster.people.values():
        if _EXAMPLE.fullmatch(person.phone):
            yield f"{person.id} has {person.phone}, a number for examples, and cannot be reached"
    if _EXAMPLE.fullmatch(settings.line):
        yield f"the line is {settings.line}, a number for examples; set BRIDGE_LINE_NUMBER to your own"


def _pairs(settings: Settings) -> Iterator[tuple[Duty, Duty]]:
    for first, second in combinations(settings.roster.duties, 2):
        if first.region == second.region:
            yield first, second


def _shared(first: Duty, second: Duty) -> list[tuple[int, int]]:
    """When both hold, as spans of minutes of the week."""
    minutes = range(MINUTES_PER_WEEK + 1)
    both = [minute < MINUTES_PER_WEEK and first.holds_at(minute) and second.holds_at(minute) for minute in minutes]
    starts = [minute for minute in minutes if both[minute] and not (minute and both[minute - 1])]
    ends = [after for before, after in pairwise(minutes) if both[before] and not both[after]]
    return list(zip(starts, ends, strict=True))


def _said(spans: list[tuple[int, int]]) -> Iterator[str]:
    """Spans in words. One that ends with the week goes on with the one that begins it."""
    if spans == [(0, MINUTES_PER_WEEK)]:
        yield "at any time"
        return
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == MINUTES_PER_WEEK:
        spans = [*spans[1:-1], (spans[-1][0], spans[0][1])]
    for start, end in spans:
        yield f"from {said_minute(start)} to {said_minute(end)}"
