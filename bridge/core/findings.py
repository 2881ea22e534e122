"""What the watchman looks at, and what it finds. No finding says anything about a caller: a request is called by its code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.core.model import Request
from bridge.core.vitals import Signs


@dataclass(frozen=True)
class Facts:
    """What stands in the store, at one instant as far as it must fit together. Effects are "request id/message number",
    "notice/id", "lane/channel" or "canary"; instants are seconds, UTC."""

    requests: tuple[Request, ...] = ()  # those that the list of requests names
    hidden: tuple[Request, ...] = ()  # documents that it does not name, of which something is still to be done
    gone: tuple[str, ...] = ()  # ids that it names and of which there is no document
    unreadable: tuple[str, ...] = ()  # ids whose document cannot be read
    due: Mapping[str, float] = field(default_factory=dict)  # request id -> when the clock looks at it
    outbox: Mapping[str, float] = field(default_factory=dict)  # effect -> when it is handed out
    late: Mapping[str, float] = field(default_factory=dict)  # effect that was handed out -> since when it was due
    claims: Mapping[str, float] = field(default_factory=dict)  # effect -> seconds until the claim ends; infinity for never
    lanes: Mapping[str, frozenset[str]] = field(default_factory=dict)  # "channel:person" -> effects that wait there
    notices: frozenset[str] = frozenset()  # notices, as effects, that stand in the outbox and of which there is a document
    codes: Mapping[str, str] = field(default_factory=dict)  # request id -> where its code leads; "" for nowhere
    callers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # request id -> where its number to call back leads
    strays: Mapping[str, str] = field(default_factory=dict)  # name of an index that leads to what is over -> where it leads
    broken: tuple[float, ...] = ()  # when callers were put through because something of ours had failed, of the last hour
    abuse: Mapping[str, float] = field(default_factory=dict)  # what there was too much of, by its kind, and when last
    texted: frozenset[str] = frozenset()  # ids of people whom texts reach
    signs: Signs = Signs()

    @property
    def known(self) -> dict[str, Request]:
        """Every request of which there is a document that matters."""
        return {request.id: request for request in (*self.requests, *self.hidden)}


class How(StrEnum):
    """What mends something. Each is done only where the request stands as it was looked at."""

    DUE = "look at it when its document says"
    LIST = "put it back into the list"
    OUTBOX = "put the message back into the outbox"
    DROP = "take the effect out of the outbox"
    CLAIM = "let the claim end"
    ARM = "look at the lane now"
    CODE = "let the code lead there"
    CALLER = "let the number lead there"
    UNLINK = "take the index away"
    PAGE = "page the next person now"
    TELL = "tell who has it the number"


@dataclass(frozen=True)
class Repair:
    """`how` to mend `key` (a request id, an effect, or the name of an index), as of `version` of the request."""

    how: How
    key: str
    version: int = 0
    at: float | None = None  # where it puts something at a time: when
    to: str = ""  # what it leads to


@dataclass(frozen=True)
class Finding:
    """Something that should not be. `kind` and `about` make its id, which stays the same from look to look.

    `grave`: a promise is in danger. Else nothing is lost yet. `repair` is None where only people can mend it."""

    kind: str
    about: str
    words: str
    todo: str
    grave: bool = True
    repair: Repair | None = None

    @property
    def id(self) -> str:
        """The same for the same trouble, also after a restart."""
        return f"{self.kind} {self.about}"
