"""What is remembered of the people at the board and of requests that have ended: nothing that was said, no place, no number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """Something that somebody did at the board, or tried to: when (seconds, UTC), by whom (a user's name), what, in words.

    `code` is that of the request it was done to, "" for none."""

    at: float
    by: str
    what: str
    code: str = ""


@dataclass(frozen=True)
class Outcome:
    """How it went with one request: all that may be kept of it. Lengths are in whole seconds from the call, None for "never".

    `opened_at` is the call's hour (seconds, UTC): nothing that is counted needs the minute, and a minute beside a region could
    be laid beside a telephone bill. `region` is an id, or "" where none was known; `contact_met` says that contact was made
    before the deadline, `missed` that the deadline passed before contact or closing; `scene_met` that somebody was on scene
    in time, None where nobody was asked for. One without contact and without a reason is not over."""

    opened_at: float
    region: str
    accepted_after: float | None
    contact_after: float | None
    contact_met: bool
    pages: int
    closed_for: str = ""  # one of ENDED_FOR; "" where the caller was reached, and nothing was left to close
    scene_met: bool | None = None
    missed: bool = False
