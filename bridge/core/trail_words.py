"""The words of the audit trail: everything that may ever stand in it. What is not of one of these forms does not belong there.

Whoever has something new written down adds its words here; a test reads all that the stories have written, and fails on any
other. What is in braces is of a kind that can hold nothing of a caller: see KINDS.
"""

import re
from collections.abc import Mapping
from functools import cache

from bridge.core.chain import Head
from bridge.core.events import ALARMS, CLOSING_REASONS
from bridge.core.limits import ABUSE

# What may stand in braces. Names are those of the roster, of users and of calendars, as the operator wrote them.
KINDS = {
    "person": r"[^\[\]\d]{1,80}",
    "user": r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}",
    "account": r"[^\[\]]{1,100}",  # of the agency's own log-in too, where names are free
    "role": r"watch|dispatch|admin",
    "reason": "|".join(map(re.escape, CLOSING_REASONS.values())),
    "alarm": "|".join(ALARMS),
    "count": r"\d{1,7}",
    "length": r"\d{1,5} (?:seconds?|minutes?|hours?|days?)",
    "file": r"(?:roster|policy|regions|wording|users)\.toml",
    "via": r"text|call|board|command|clock",
    "post": r"[^\[\]\d]{1,60}",  # "Region D, on call"
    "period": r"[A-Za-z0-9:,.– -]{1,90}",
    "id": r"[0-9a-f]{8}",
    "channel": r"text|call",
    "hash": r"[0-9a-f]{16}",
    "when": r"a time that it does not say|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00",
    "release": r"\d+\.\d+\.\d+(?: \([0-9a-f]{8}\))?",
}

ROTA = (
    "{post}, {period}: {person} [{id}]",
    "{person} is off, {period} [{id}]",
    "cancelled: {post}, {period}, {person} [{id}]",
    "off {period}: {person} [{id}]",
    "on {period}: {person} [{id}]",
    "cover {post} {period}: {person} [{id}]",
    "{person} asks {person} to swap, {period} [{id}]",
    "{person} agrees to swap with {person}, {period} [{id}]",
    "{person} refuses to swap with {person} [{id}]",
    "void: the swap of {person} and {person} [{id}]",
    "the swap that {person} asked of {person} expired [{id}]",
    "replaced the address of the calendar of {person}",
    "{person} was sent a code by {channel}",
    "{person} proved the number by {channel}",
    "{person} gave back a wrong code by {channel}",
)

# Everything that may be written down, by what it is about: so it can be asked for.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "numbers": ("revealed the number",),
    "requests": (
        "paged the next rung",
        "paged {person}",
        "accepted for {person}",
        "reported contact for {person}",
        "reported {person} on scene",
        "reported for {person} that people are needed on scene",
        "gave it back for {person}",
        "corrected the place",
        "corrected the number",
        "corrected the place and the number",
        "corrected nothing is missing any more",
        "silenced the alarm: {alarm}",
        "closed: {reason}",
        "took in a call by hand",
        "took in another call for it by hand",
        "erased place and number",
    ),
    "log-ins": (
        "logged in",
        "logged in with the role {role}",
        "logged out",
        "was refused at the log-in: wrong name or password",
        "was refused at the log-in: wrong code",
        "was refused at the log-in: no role",
        "was refused at the log-in: an administrator without a second factor",
        "was locked out: too many attempts",
        "was locked out for {length}: too many attempts",  # of 0.4.0
        "was refused: it takes the role {role}",
    ),
    "users": (
        "added the user {user} with the role {role}",
        "gave {user} the role {role}",
        "gave {user} a new password",
        "gave {user} a second factor",
        "took the second factor of {user} away",
        "removed the user {user}",
        "logged {account} out everywhere",
    ),
    "rota": (*(f"changed the rota by {{via}}: {form}" for form in ROTA),),
    "bridge": (
        "took a backup",
        "restored a backup of {when}; the trail before ended at entry {count}, {hash}",
        "restored a backup of {when} into a store without a trail",
        "mended what the watchman found: {count}",
        "cut a damaged file of the store",
        "sealed everything anew",
        "the configuration was changed: {file}",
        "the configuration was first seen: {file}",
        "the accounts at the carrier were changed",
        "the accounts at the carrier were first seen",
        "the secret was changed",
        "the secret was first seen",
        "the release {release} began",
        "downloaded the audit trail",
        *(abuse.trail for abuse in ABUSE.values()),  # there was too much of something
        "trimmed what was kept long enough: {count}",
        "took over the entries of an older release: {count}",
    ),
}
COUNTED = " ({count} times in {length})"


def covered(count: int) -> str:
    """So many entries of a release that had no chain stand before it."""
    return f"took over the entries of an older release: {count}"


def trimmed(count: int) -> str:
    """So many entries are gone from the old end."""
    return f"trimmed what was kept long enough: {count}"


def restored(taken: str, before: Head) -> str:
    """A backup of that instant (ISO 8601, UTC) was put in the place of a store whose trail ended there."""
    when = f"of {taken if re.fullmatch(KINDS['when'], taken) else 'a time that it does not say'}"
    if not before.n:
        return f"restored a backup {when} into a store without a trail"
    return f"restored a backup {when}; the trail before ended at entry {before.n}, {before.hash[:16]}"


def counted(what: str, count: int, seconds: float) -> str:
    """What happened so often within so many seconds, the first time included."""
    return f"{what} ({count} times in {said_length(seconds)})"


def said_length(seconds: float) -> str:
    """A length in the largest unit that tells it well."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}s"
    return f"{max(1, round(seconds))} seconds"


def group_of(what: str) -> str:
    """What these words are about, one of GROUPS; "" where they are of no form above, and do not belong there."""
    found = _forms().fullmatch(what)
    return (found.lastgroup or "").replace("_", "-") if found else ""


def is_fixed(what: str) -> bool:
    """Whether these words are of one of the forms above."""
    return bool(group_of(what))


@cache
def _forms() -> re.Pattern[str]:
    groups = (f"(?P<{name.replace('-', '_')}>{'|'.join(map(_pattern, forms))})" for name, forms in GROUPS.items())
    return re.compile(f"(?:{'|'.join(groups)})(?:{_pattern(COUNTED)})?")


def _pattern(words: str) -> str:
    parts = re.split(r"\{(\w+)\}", words)
    return "".join(f"(?:{KINDS[part]})" if n % 2 else re.escape(part) for n, part in enumerate(parts))
