"""Every error a person can meet. The docstring is the message; what is in braces is filled in.

An error says what is wrong and what to do about it, and never carries a caller's number or place.
"""


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


class CarrierRefused(BridgeError):
    """The carrier refused for good: error {code}, HTTP status {status}."""


class CarrierBusy(BridgeError):
    """The carrier did not take it this time ({reason}); it may be tried again after {retry_after:g} s."""


class BadConfig(BridgeError):
    """The configuration has faults:

    {faults}
    """
