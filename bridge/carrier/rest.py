"""The carrier port on Twilio's REST API. Its base URL is a setting, so that any Twilio-compatible carrier will do."""

import json
import logging
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel

CONNECT = 3.0  # seconds
READ = 7.0  # seconds; together under the store's claim, so that a send is over before it may be tried again
TEXT_VALID = 600  # seconds: a page that the network could not deliver in so long is worth nothing any more
NOT_FINAL = 20009  # https://www.twilio.com/docs/api/errors/20009: the record cannot be deleted yet
NOT_FOUND = 404
CLOSED = ("suspended", "closed")
QUEUE = "QU"  # how the sid of a queue begins
TOO_MANY = 429
# Faults of the account or the line, not of this one recipient: the page is not lost, it is tried again.
ACCOUNT_FAULTS = frozenset({401, 403, 408, 409, TOO_MANY})

T = TypeVar("T")


class TwilioCarrier:
    """See `bridge.actions.ports.Carrier`. `base_url` is empty for Twilio itself."""

    def __init__(self, account_sid: str, auth_token: str, line: str, base_url: str = "") -> None:
        self._line = line
        self._client = Client(account_sid, auth_token, http_client=_BoundedClient(timeout=(CONNECT, READ)))
        if base_url:
            self._client.api.base_url = base_url
        logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # at INFO it logs numbers and bodies

    def send_text(self, to: str, body: str, report_url: str) -> str:
        create = self._client.messages.create
        return _sid(
            lambda: create(to=to, from_=self._line, body=body, status_callback=report_url, validity_period=TEXT_VALID).sid
        )

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        create = self._client.calls.create
        return _sid(
            lambda: (
                create(
                    to=to,
                    from_=self._line,
                    url=answer_url,
                    method="POST",
                    fallback_url=answer_url,
                    fallback_method="POST",
                    status_callback=report_url,
                    status_callback_event=["initiated", "ringing", "answered", "completed"],
                    status_callback_method="POST",
                    timeout=round(ring_for),
                ).sid
            )
        )

    def forget(self, channel: Channel, sid: str) -> None:
        _asked(self._record(channel, sid).delete)

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        return ""

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        return ""

    def ping(self) -> None:
        """The account's own record. Any answer will do, as long as it knows us: another carrier may not have this resource."""
        try:
            status = _asked(lambda: self._client.api.accounts(self._client.account_sid).fetch().status)
        except CarrierRefused:
            return
        except CarrierBusy as error:
            if error.details.get("trouble"):
                raise
            return
        if status in CLOSED:
            raise _busy(f"the account is {status}")

    def _record(self, channel: Channel, sid: str) -> Any:
        if sid.startswith(QUEUE):
            return self._client.queues(sid)
        return self._client.messages(sid) if channel is Channel.TEXT else self._client.calls(sid)


class _BoundedClient(TwilioHttpClient):
    """Twilio's client, with a time-out for connecting and for reading, and as many connections as there are threads."""

    def __init__(self, timeout: tuple[float, float]) -> None:
        super().__init__(pool_connections=True)
        self.timeout: Any = timeout
        self.session.mount("http://", HTTPAdapter(pool_maxsize=32))
        self.session.mount("https://", HTTPAdapter(pool_maxsize=32))

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """One request. Raises CarrierBusy for a 429, whose Retry-After is lost in Twilio's own exception."""
        response = super().request(*args, **kwargs)
        if response.status_code == TOO_MANY:
            wait = _seconds(response.headers.get("Retry-After", ""))
            raise CarrierBusy(reason="too many requests", retry_after=wait, trouble="too many requests")
        return response


def _seconds(header: str) -> float:
    """Retry-After in seconds; its other form, a date, is not worth waiting for."""
    return min(float(header), 60.0) if header.isdecimal() else 0.0


def _sid(create: Callable[[], str | None]) -> str:
    try:
        sid = _asked(create)
    except CarrierRefused as error:
        if error.details["status"] != NOT_FOUND:
            raise
        raise _busy("the account was not found") from None
    if not isinstance(sid, str) or not sid:
        raise _busy("an answer without a sid")
    return sid


def _asked(call: Callable[[], T]) -> T:
    """What the carrier answers, with every way in which it fails turned into one of two errors."""
    try:
        return call()
    except CarrierBusy:
        raise
    except TwilioRestException as error:
        _refusal(error)
    except requests.RequestException as error:
        raise CarrierBusy(reason=type(error).__name__, retry_after=0.0, trouble=_why_away(error), reached=False) from None
    except (TwilioException, json.JSONDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _busy(f"garbage: {type(error).__name__}", "an answer that makes no sense") from None


def _refusal(error: TwilioRestException) -> NoReturn:
    """`from None`: the exception's own text holds the recipient's number."""
    status, code = int(error.status or 0), int(error.code or 0)
    if code == NOT_FINAL or status >= 500 or status in ACCOUNT_FAULTS:
        raise CarrierBusy(reason=f"HTTP {status}, error {code}", retry_after=0.0, trouble=_trouble(status)) from None
    raise CarrierRefused(code=code, status=status) from None


def _busy(reason: str, trouble: str = "") -> CarrierBusy:
    return CarrierBusy(reason=reason, retry_after=0.0, trouble=trouble or reason)


def _trouble(status: int) -> str:
    """What it says about the carrier, or "": a record that is not final, for one, is nothing that anybody has to mend."""
    if status in (401, 403):
        return f"credentials refused ({status})"
    return f"HTTP {status}" if status >= 500 else ""


def _why_away(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "time-out"
    return "no secure connection" if isinstance(error, requests.exceptions.SSLError) else "no connection"
