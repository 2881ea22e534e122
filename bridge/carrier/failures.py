"""Every way in which the carrier fails, as one of two errors: refused for good, or busy, which may pass.

A failure never says what was asked: the carrier's own words hold the recipient's number.
"""

import json
import ssl
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, SSLError

from bridge.core.circuit import MOST_WAIT
from bridge.core.errors import CarrierBusy, CarrierRefused

NOT_FINAL = 20009  # https://www.twilio.com/docs/api/errors/20009: the record cannot be deleted yet
NOT_FOUND = 404
TOO_MANY = 429
NOT_IMPLEMENTED = 501
MAKES_NO_SENSE = 200  # the status of an answer that is not one
NOT_LET_IN = frozenset({401, 403, 407})  # by the carrier, or by a proxy on the way: nothing was taken
# Faults of the account or the way to it, not of this one recipient: the page is not lost, it is tried again.
ACCOUNT_FAULTS = NOT_LET_IN | {408, 409, TOO_MANY}

T = TypeVar("T")


def asked(call: Callable[[], T]) -> T:
    """What the carrier answers. Raises CarrierRefused or CarrierBusy, and nothing else."""
    try:
        return call()
    except CarrierBusy:
        raise
    except TwilioRestException as error:
        _refusal(int(error.status or 0), int(error.code or 0))
    except requests.RequestException as error:
        _away(error)
    except (TwilioException, json.JSONDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        _no_page(error)
        raise busy(f"garbage: {type(error).__name__}", "an answer that makes no sense", status=MAKES_NO_SENSE) from None


def looked_up(call: Callable[[], T]) -> T:
    """The same, of a list. A carrier that keeps none, and says so or something that makes no sense, refuses for good: nobody is
    to wait until it does."""
    try:
        return asked(call)
    except CarrierBusy as error:
        status = int(str(error.details["status"]))
        if status not in (NOT_IMPLEMENTED, MAKES_NO_SENSE):
            raise
        raise CarrierRefused(code=0, status=status) from None


def sid_of(create: Callable[[], str | None]) -> str:
    """The sid of what was created. Raises CarrierRefused or CarrierBusy; an account that is not there is busy."""
    try:
        sid = asked(create)
    except CarrierRefused as error:
        if error.details["status"] != NOT_FOUND:
            raise
        raise busy("the account was not found", status=NOT_FOUND, sure=True) from None
    if not isinstance(sid, str) or not sid:
        raise busy("an answer without a sid")
    return sid


def busy(reason: str, trouble: str = "", *, status: int = 0, sure: bool = False) -> CarrierBusy:
    """It may pass. The details are told in `bridge.core.errors`."""
    return CarrierBusy(reason=reason, retry_after=0.0, trouble=trouble or reason, status=status, sure=sure)


def too_many(retry_after: str, date: str = "") -> CarrierBusy:
    """A 429: nothing was taken. `retry_after` is the header, seconds or a date; `date` tells the carrier's own time."""
    reason, wait = "too many requests", min(max(_wait(retry_after, date), 0.0), MOST_WAIT)
    return CarrierBusy(reason=reason, retry_after=wait, trouble=reason, status=TOO_MANY, sure=True)


def _wait(retry_after: str, date: str) -> float:
    """Seconds, 0 where the carrier does not say."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):  # neither, or only one of them with a zone
        return 0.0


def _refusal(status: int, code: int) -> NoReturn:
    """`from None`: the exception's own text holds the recipient's number."""
    if code == NOT_FINAL or status < 400 or status >= 500 or status in ACCOUNT_FAULTS:
        raise CarrierBusy(
            reason=f"HTTP {status}, error {code}",
            retry_after=0.0,
            trouble=_trouble(status, code),
            status=status,
            sure=status in NOT_LET_IN,
        ) from None
    raise CarrierRefused(code=code, status=status) from None


def _trouble(status: int, code: int) -> str:
    """What it says about the carrier, or "": a record that is not final is nothing that anybody has to mend."""
    if code == NOT_FINAL:
        return ""
    return f"credentials refused ({status})" if status in NOT_LET_IN else f"HTTP {status}"


def _away(error: requests.RequestException) -> NoReturn:
    raise CarrierBusy(
        reason=type(error).__name__,
        retry_after=0.0,
        trouble=_why_away(error),
        reached=False,
        status=0,
        sure=_never_connected(error),
    ) from None


def _why_away(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "time-out"
    return "no secure connection" if isinstance(error, requests.exceptions.SSLError) else "no connection"


def _never_connected(error: requests.RequestException) -> bool:
    """Whether there never was a connection that anything could have gone through."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, ProxyError):
        cause = cause.original_error
    if isinstance(cause, SSLError):
        return isinstance(cause.args[0] if cause.args else None, ssl.SSLCertVerificationError)
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


def _no_page(error: Exception) -> None:
    """Twilio's client tells of a list that did not come without its status, but for the answer itself."""
    answer = error.args[-1] if error.args else None
    if isinstance(answer, Response):
        _refusal(answer.status_code, 0)
