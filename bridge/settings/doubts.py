"""What the settings allow, and an agency should still look at: the rota, a ladder that ends nowhere, sample numbers."""

import re
from collections.abc import Iterator

from bridge.core.model import Channel, Who
from bridge.core.rota import DISPATCH
from bridge.settings.environment import NOT_SEALED
from bridge.settings.model import Settings
from bridge.settings.roster_doubts import roster_doubts
from bridge.settings.store_url import UNGUARDED, unguarded

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


def warnings(settings: Settings, now: float) -> list[str]:
    """One line each, in the words of whoever writes the files. None of them keeps the bridge from starting.

    The rota is looked at from `now` (seconds, UTC) on, ninety days ahead."""
    return [
        *roster_doubts(settings, now),
        *_ladder(settings),
        *_pins(settings),
        *_sentences(settings),
        *_users(settings),
        *_secrets(settings),
        *([] if settings.local else _live(settings)),
    ]


def _ladder(settings: Settings) -> Iterator[str]:
    policy, desk = settings.policy, settings.roster.people[DISPATCH]
    if policy.ladder[0].at > 0:
        yield f'the first rung of the ladder waits {policy.ladder[0].at:g} s; with at = "0s" a page leaves at once'
    desk_rungs = [rung for rung in policy.ladder if rung.who is Who.DISPATCH]
    if not any(Channel.CALL in rung.by or not desk.text for rung in desk_rungs):
        yield 'the ladder never calls the dispatch desk; add a rung with who = "dispatch" and by = ["call"]'
    if policy.remind_after >= policy.contact_within:
        yield "remind_after is not shorter than contact_within: nobody is ever reminded before the request goes to others"


def _pins(settings: Settings) -> Iterator[str]:
    without = sorted(each.id for each in settings.roster.people.values() if not each.pin and each.id != DISPATCH)
    if settings.policy.pin_for and without:
        yield f'pin_for asks nobody for a PIN who has none: {", ".join(without)}; make one with "bridge pin ID"'


def _sentences(settings: Settings) -> Iterator[str]:
    for key, name in _NEEDED:
        if f"{{{name}}}" not in settings.wording.sentences[key]:
            yield f"the sentence {key} says no {{{name}}}; whoever gets it cannot go on"


def _users(settings: Settings) -> Iterator[str]:
    for user in settings.users.values():
        if user.lacks_factor:
            yield (
                f"{user.name} cannot log in: the role admin takes a second factor; "
                f'put the line that "bridge password {user.name} --role admin --totp" prints into users.toml'
            )


def _secrets(settings: Settings) -> Iterator[str]:
    for variable in settings.exposed:
        yield f"anybody on this machine can read the file that {variable} names; take that away: chmod o-r"
    if why := unguarded(settings.redis_url):
        yield f"REDIS_URL {why}, and {UNGUARDED}=yes: whoever gets there can read and change what is stored"
    if NOT_SEALED in settings.seal_keys:
        yield f"BRIDGE_SEAL_KEYS says {NOT_SEALED}: who comes to see the store's files, or a backup, sees places and numbers"


def _live(settings: Settings) -> Iterator[str]:
    if not settings.users and not settings.oidc:
        yield 'nobody of users.toml may log in to the status page; make a user with "bridge users add" or "bridge password"'
    if not settings.public_url.startswith("https://"):
        yield f"the carrier is told to call {settings.public_url}; set BRIDGE_PUBLIC_URL to the https address it can reach"
    for person in settings.roster.people.values():
        if _EXAMPLE.fullmatch(person.phone):
            yield f"{person.id} has {person.phone}, a number for examples, and cannot be reached"
    if _EXAMPLE.fullmatch(settings.line):
        yield f"the line is {settings.line}, a number for examples; set BRIDGE_LINE_NUMBER to your own"
    for account in settings.fallbacks:
        if _EXAMPLE.fullmatch(account.line):
            yield f"the line of the carrier {account.name} is {account.line}, a number for examples; write the account's own"
