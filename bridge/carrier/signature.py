"""Who is asking: every request of the carrier is signed with the account's token.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from collections.abc import Iterable
from typing import Any

from twilio.request_validator import RequestValidator


class Signatures:
    """Checks signatures against any of `tokens`: two while a token is being rotated."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._validators = [RequestValidator(token) for token in tokens if token]

    def genuine(self, url: str, form: Any, signature: str | None) -> bool:
        """Whether the carrier signed this form for this URL: the public one, with its query and without user or fragment.
        `form` is a MultiDict, since a name may have several values.

        Never raises: a missing or odd signature is simply not genuine.
        """
        if not signature or not signature.isascii():
            return False
        try:
            return any(validator.validate(url, form, signature) for validator in self._validators)
        except (TypeError, ValueError):
            return False
