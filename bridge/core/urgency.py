"""Which of several messages goes first, where the line or the person cannot take them all.

The rules:
- One number each, the smaller the sooner: when its request was opened, plus a handicap for what it is about.
- A handicap outweighs any difference in age: no first page waits behind a repetition, and none behind a reminder.
- Of two requests that nobody has answered, the older one goes first; what is due past its deadline is older than what is new.
"""

from collections.abc import Iterable

from bridge.core.model import DEAD, Message, Purpose, Request, Status

HANDICAP = 1e8  # seconds, three years: no request is open for so long

# In steps of the handicap. Notices, which belong to no request, come after all of these: see bridge.actions.notices.
ORDER = {
    Purpose.CONNECT: -1,  # somebody has just asked for it, and holds the telephone
    Purpose.PAGE: 0,  # the first one of its request; repetitions: see _again
    Purpose.DETAILS: 0,
    Purpose.OVERDUE: 0,
    Purpose.SCENE_OVERDUE: 0,
    Purpose.AGAIN: 2,
    Purpose.CORRECTED: 2,
    Purpose.RETURNED: 2,
    Purpose.STAND_DOWN: 3,
    Purpose.REMIND: 4,
    Purpose.SCENE: 4,
}
REPEATED = 1  # a page of a request of which another one has left already

# What can wait, and never takes the last of the texts that a person gets at once: that one is a page's.
PATIENT = frozenset({Purpose.STAND_DOWN, Purpose.REMIND, Purpose.SCENE})

# What is never put together with others: its call is about this one caller.
ALONE = frozenset({Purpose.CONNECT})


def urgency(request: Request, message: Message) -> float:
    """The smaller the sooner. In seconds, but only good for comparing."""
    steps = ORDER[message.purpose]
    if message.purpose is Purpose.PAGE and _again(request.messages, message):
        steps = REPEATED
    return request.opened_at + steps * HANDICAP


def joins(message: Message) -> bool:
    """Whether the message may leave together with others to the same person."""
    return message.purpose not in ALONE


def _again(messages: Iterable[Message], page: Message) -> bool:
    """Whether a page on this channel has left before, to anybody."""
    return any(
        m.purpose is Purpose.PAGE and m.channel is page.channel and m.n != page.n and m.status not in DEAD | {Status.WAITING}
        for m in messages
    )
