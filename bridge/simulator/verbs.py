"""The verbs of TwiML that this carrier carries out, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """Text to be spoken."""

    text: str


@dataclass(frozen=True)
class Play:
    """Audio to be played."""

    url: str


@dataclass(frozen=True)
class Pause:
    """Silence."""

    seconds: int


@dataclass(frozen=True)
class Gather:
    """Keys or speech wanted; `digits` None is any number of them, `timeout` in seconds."""

    inputs: frozenset[str]
    digits: int | None
    finish_on: str
    timeout: int
    action: str
    method: str
    on_empty: bool
    nested: tuple[Say | Play | Pause, ...]


@dataclass(frozen=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str


@dataclass(frozen=True)
class Number:
    """One number of a `<Dial>`; `url` is a document that the called party hears first."""

    number: str
    url: str = ""
    method: str = "POST"
    status_callback: str = ""
    status_method: str = "POST"
    events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class QueueNoun:
    """The queue of a `<Dial>`; `url` is a document that the queued party hears first."""

    name: str
    url: str
    method: str


@dataclass(frozen=True)
class Dial:
    """Put through to the first of these numbers that answers, or to the first in a queue.

    `timeout` is seconds of ringing, or of waiting for somebody to queue; `time_limit` is seconds of conversation.
    """

    numbers: tuple[Number, ...]
    queue: QueueNoun | None
    caller_id: str
    timeout: int
    action: str
    method: str
    time_limit: int
    hangup_on_star: bool
    answer_on_bridge: bool


@dataclass(frozen=True)
class Enqueue:
    """Wait in a queue, hearing the document at `wait_url` again and again."""

    name: str
    action: str
    method: str
    wait_url: str
    wait_method: str


@dataclass(frozen=True)
class Leave:
    """Leave the queue."""


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Do not answer the call."""

    reason: str


@dataclass(frozen=True)
class Message:
    """A text in answer to a text."""

    body: str
    to: str
    sender: str
    status_callback: str


Verb = Say | Play | Pause | Gather | Redirect | Dial | Enqueue | Leave | Hangup | Reject | Message
