"""The carrier port on Twilio's REST API. Its base URL is a setting, so that any Twilio-compatible carrier will do."""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bridge.carrier.failures import NOT_FOUND, NOT_IMPLEMENTED, TOO_MANY, asked, busy, looked_up, sid_of, too_many
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.core.records import QUEUE, Listed, Listing

# Seconds. A question and a send together (11 s) stay under the store's claim, so that both are over before anybody else tries.
CONNECT = 2.0
READ = 5.0
READ_QUESTION = 2.0  # asking what was taken must not keep the page from leaving
SLACK = 2.0  # seconds: the carrier's clock is not ours, and it tells whole seconds
LISTED = 50  # records of one page of a list
TEXT_VALID = 600  # seconds: a page that the network could not deliver in so long is worth nothing any more
DISCARDED = {"content_retention": "discard", "address_retention": "obfuscate"}  # neither words nor number are kept
CLOSED = ("suspended", "closed")
SENT_BY_US = "outbound-api"  # the direction of a text that was not the answer to another one
QUEUE_SID = "QU"  # how it begins
PAGE = 200  # records of one page, where all are asked for
MOST_LISTED = 5000  # records of one list: what is beyond, the next sweep sees
_OUR_QUEUE = re.compile("[0-9a-f]{16}(?:[0-9a-f]{16})?")  # the id of a request: the account may have queues of somebody else
UNFINISHED_TEXT = ("accepted", "scheduled", "queued", "sending", "receiving")
UNFINISHED_CALL = ("queued", "initiated", "ringing", "in-progress")


class TwilioCarrier:
    """One account, and its line. See `bridge.actions.ports.Carrier`. `base_url` is empty for Twilio itself."""

    def __init__(self, account_sid: str, auth_token: str, line: str, base_url: str = "") -> None:
        def client(read: float) -> Client:
            made = Client(account_sid, auth_token, http_client=_BoundedClient(timeout=(CONNECT, read)))
            if base_url:
                made.api.base_url = base_url
            return made

        self._line = line
        self._client, self._questions = client(READ), client(READ_QUESTION)
        logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # at INFO it logs numbers and bodies

    def send_text(self, to: str, body: str, report_url: str, *, discard: bool = False) -> str:
        create, kept = self._client.messages.create, DISCARDED if discard else {}
        return sid_of(
            lambda: (
                create(to=to, from_=self._line, body=body, status_callback=report_url, validity_period=TEXT_VALID, **kept).sid
            )
        )

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        create = self._client.calls.create
        return sid_of(
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
        """With little time: whoever deletes records holds up a worker that pages wait for."""
        record = self._record(channel, sid)
        if channel is Channel.TEXT:
            _redact(record)
        asked(record.delete)

    def records(self, desks: Collection[str]) -> Listing:
        client, line = self._client, self._line
        texts = [*_all(client.messages, from_=line), *_all(client.messages, to=line)]
        calls = [*_all(client.calls, from_=line), *_all(client.calls, to=line)]
        ours, dialled = {call.sid for call in calls}, [leg for desk in desks for leg in _all(client.calls, to=desk)]
        legs = [leg for leg in dialled if leg.parent_call_sid and (leg.parent_call_sid in ours or self._is_ours(leg))]
        queues = [each for each in _all(client.queues) if _OUR_QUEUE.fullmatch(str(each.friendly_name))]
        found = (
            *(Listed(Channel.TEXT, text.sid, _at(text), text.status not in UNFINISHED_TEXT) for text in texts),
            *(Listed(Channel.CALL, call.sid, _at(call), call.status not in UNFINISHED_CALL) for call in (*calls, *legs)),
            *(Listed(QUEUE, each.sid, _at(each), not each.current_size, str(each.friendly_name)) for each in queues),
        )
        whole = {each.record.effect: each for each in found if isinstance(each.sid, str)}
        return Listing(tuple(whole.values()), more=len(found) >= MOST_LISTED)

    def _is_ours(self, leg: Any) -> bool:
        """Whether a call to the desk came of one of the line's: the account may dial the desk for somebody else too. Where the
        carrier does not know that one any more, we have had it deleted."""
        try:
            parent = looked_up(self._client.calls(leg.parent_call_sid).fetch)
        except CarrierRefused as error:
            return error.details["status"] == NOT_FOUND
        return self._line in (parent.to, parent._from)

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        """Not by the date of sending, which a text that waits at the carrier does not have. Answers to texts may have the same
        words, and are none of those that are asked for; not every carrier tells them apart."""
        page = self._questions.messages.page
        texts = looked_up(lambda: list(page(to=to, from_=self._line, page_size=LISTED)))
        ours = (text for text in texts if text.direction in (SENT_BY_US, None) and _recent(text.date_created, since))
        return _first(text.sid for text in ours if same(str(text.body)))

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        """A call that has a parent is none of ours: a caller was put through by it."""
        page = self._questions.calls.page
        calls = looked_up(lambda: list(page(to=to, from_=self._line, page_size=LISTED)))
        ours = (call for call in calls if not call.parent_call_sid and call.sid not in known)
        return _first(call.sid for call in ours if _recent(call.date_created, since))

    def ping(self) -> None:
        """The account's own record. Any answer will do, as long as it knows us: another carrier may not have this resource."""
        try:
            status = asked(lambda: self._client.api.accounts(self._client.account_sid).fetch().status)
        except CarrierRefused:
            return
        except CarrierBusy as error:
            if error.details.get("trouble") and error.details["status"] != NOT_IMPLEMENTED:
                raise
            return
        if status in CLOSED:
            raise busy(f"the account is {status}", sure=True)

    def _record(self, channel: Channel, sid: str) -> Any:
        if sid.startswith(QUEUE_SID):
            return self._questions.queues(sid)
        return self._questions.messages(sid) if channel is Channel.TEXT else self._questions.calls(sid)


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
            raise too_many(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
        return response


def _redact(text: Any) -> None:
    """Its words go first. A carrier that cannot do that, and can delete it, has done all that matters."""
    try:
        asked(lambda: text.update(body=""))
    except CarrierRefused as error:
        if error.details["status"] == NOT_FOUND:
            raise


def _all(resource: Any, **which: str) -> list[Any]:
    """What the carrier lists there, the newest first. One that keeps no such list has nothing there."""
    try:
        return looked_up(lambda: list(resource.stream(**which, limit=MOST_LISTED, page_size=PAGE)))
    except CarrierRefused:
        return []


def _at(record: Any) -> float | None:
    """When it was made (seconds, UTC), as far as the carrier tells."""
    made = record.date_created
    return made.timestamp() if isinstance(made, datetime) else None


def _recent(created: object, since: float) -> bool:
    """What has no date cannot be told from what was sent long ago: rather a page twice than none."""
    return isinstance(created, datetime) and created.timestamp() >= since - SLACK


def _first(sids: Iterable[object]) -> str:
    """The newest: lists begin with it."""
    return next((sid for sid in sids if isinstance(sid, str) and sid), "")
