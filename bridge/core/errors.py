"""Every error a person can meet. The docstring is the message; what is in braces is filled in.

An error says what is wrong and what to do about it, and never carries a caller's number or place.
"""

from bridge.core.model import Place


class BridgeError(Exception):
    """Something went wrong in the bridge."""

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__((type(self).__doc__ or "").strip().format(**details))


class NotAllowed(BridgeError):
    """A request that is {state} cannot be {event}."""


class UnknownRequest(BridgeError):
    """There is no request {id} any more: it was erased, or it never existed."""


class Conflict(BridgeError):
    """Somebody else changed request {id} at the same moment, {tries} times in a row. Try again."""


class TrailBusy(BridgeError):
    """Too many write into the audit trail at this moment, and nothing was written down. Try again."""


class BadTrailFile(BridgeError):
    """This file cannot be verified: {reason}."""


class TooNew(BridgeError, ValueError):
    """A stored {kind} has the format {number}, and this release knows {known}. Start the release that wrote it."""


class SealedElsewhere(BridgeError, ValueError):
    """A stored {kind} cannot be opened: it was sealed with a key that BRIDGE_SEAL_KEYS lacks (without it, BRIDGE_SECRET_KEY was
    another one), or somebody has changed it."""


class BadBackup(BridgeError):
    """This file cannot be restored, and nothing was changed: {reason}."""


class HoldsRequests(BridgeError):
    """The store holds requests, users, a changed rota or an audit trail, and nothing was done. Add --replace if all may go."""


class StrangeKeys(BridgeError):
    """The store holds keys that are not the bridge's ({names}), and no backup was made. Give the bridge a store of its own."""


class CarrierRefused(BridgeError):
    """The carrier refused for good: error {code}, HTTP status {status}."""


class CarrierBusy(BridgeError):
    """The carrier did not take it this time ({reason}); it may be tried again after {retry_after:g} s."""

    # Further details: `trouble`, in a word for the status page, "" where nothing is wrong with the carrier as such;
    # `reached`, whether it answered at all; `status`, of HTTP, 0 where none came; `sure`, whether it is certain that nothing
    # was taken: it could not be connected to, it let nobody in, or it was too much for it (429). Else it may have been taken;
    # `asked`, False where we have not asked any account, since each is away or wants to be left alone.


class TooMany(BridgeError):
    """More of this came than policy.toml allows: {kind}."""  # nothing of it was stored; the caller is put through to dispatch


class CountsNoMore(BridgeError):
    """The call or text that this is about is over: a copy of an old webhook, or one that came far too late."""


class UnknownPerson(BridgeError):
    """Nobody on the roster is called {person}. Write an id of roster.toml, such as: {known}."""


class UnknownRegion(BridgeError):
    """There is no region {region}. Write one of {known}."""


class UnknownRank(BridgeError):
    """There is no rank {rank}. Write one of {known}."""


class BadPeriod(BridgeError):
    """This is no period that the rota can be changed for: {reason}."""


class UnknownChange(BridgeError):
    """There is no override or leave {id} that can be cancelled: it is over, or unknown, or stands in roster.toml."""


class RotaConflict(BridgeError):
    """Somebody else changed the rota at the same moment, {tries} times in a row. Try again."""


class NotReachable(BridgeError):
    """No code can be sent to {name} by {channel}: {reason}."""


class TooSoon(BridgeError):
    """{name} was sent a code by {channel} just now. Try again in {wait:.0f} s."""


class BadCalendar(BridgeError):
    """{fault}"""


class BadConfig(BridgeError):
    """The configuration has faults:

    {faults}
    """


class UnknownFeed(BridgeError):
    """No calendar is called {feed}. Write one of: {known}."""


class BadTime(BridgeError):
    """{text} is not a date and time. Write it by the wall clock in Alabama, as 2026-11-27 18:00."""


class AccountsAway(BridgeError):
    """The store does not answer: nobody is known but the users of users.toml."""


class UserInFile(BridgeError):
    """{name} belongs to users.toml: change it there, and start the bridge again. Nothing was changed."""


class UserExists(BridgeError):
    """There is a user {name} already. Nothing was changed."""


class UnknownUser(BridgeError):
    """No user {name} was ever added by command. `bridge users list` shows all of them."""


class NotUnderstood(BridgeError):
    """{why}"""  # and nothing was done


class Undecided(BridgeError):
    """{why}"""

    def __init__(self, *, why: str, choices: tuple[Place, ...]) -> None:
        self.choices = choices  # the places that may be meant: for who typed one, and nobody else
        super().__init__(why=why)


class NotNow(BridgeError):
    """{why}"""  # what was asked for is not, or no longer, possible: how it stands
