"""Where a call's TwiML comes from: the first document, the ones that follow, and the fallback when one is broken."""

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bridge.simulator import twiml
from bridge.simulator.elements import SCHEMA
from bridge.simulator.errors import CustomerError, TwimlError
from bridge.simulator.model import Script
from bridge.simulator.verbs import Verb

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

MOST_REDIRECTS = 10  # in a row, without a moment in which the call waits for somebody
TOO_MANY_REDIRECTS = 11215


class Documents:
    """Fetches documents for one leg; relative URLs are taken from the document before."""

    def __init__(self, leg: "CallLeg", script: Script) -> None:
        self._leg, self._script = leg, script
        self._url = script.url
        self._redirects = 0
        self.idle = True  # whether the call has not waited for anything since its first document

    def first(self, result: dict[str, str] | None = None) -> list[Verb]:
        """The document that the call begins with, which may be sent something besides."""
        self.idle = True
        if self._script.twiml:
            return self._read(self._script.twiml.encode(), "text/xml")
        return self.next(self._script.url, self._script.method, result)

    def next(self, url: str, method: str, result: dict[str, str] | None = None) -> list[Verb]:
        """Another document, which is sent the result of a verb; an empty URL is the present one."""
        url = self.absolute(url)
        answer = self._leg.carrier.webhooks.send(url, self._leg.form() | (result or {}), method=method)
        self._leg.note("fetched", url)
        self._url = url
        return self._read(answer.body, answer.content_type)

    def redirected(self, url: str, method: str) -> list[Verb]:
        """The document of a `<Redirect>`."""
        self._redirects += 1
        if self._redirects > MOST_REDIRECTS:
            raise TwimlError(TOO_MANY_REDIRECTS, "more than ten redirects in a row")
        return self.next(url, method)

    def waited(self) -> None:
        """The call has waited for somebody: redirects are counted anew."""
        self._redirects = 0
        self.idle = False

    def rescue(self, failure: CustomerError) -> list[Verb] | None:
        """What to do about a broken document: the fallback's verbs, or None when there is nothing more to try."""
        self._complain(failure)
        self._redirects += 1
        if not self._script.fallback_url or self._redirects > MOST_REDIRECTS:
            return None
        failed, self._url = self._url, self._script.fallback_url
        result = {"ErrorCode": str(failure.code), "ErrorUrl": failed}
        try:
            return self.next(self._script.fallback_url, self._script.fallback_method, result)
        except CustomerError as again:
            self._complain(again)
            return None

    def absolute(self, url: str) -> str:
        """A URL out of a document, made absolute."""
        return urljoin(self._url, url)

    def _read(self, body: bytes, content_type: str) -> list[Verb]:
        document = twiml.parse_voice(body, content_type)
        for warning in document.warnings:
            self._leg.note("twiml", warning, level="warning", code=SCHEMA)
        return document.verbs

    def _complain(self, failure: CustomerError) -> None:
        self._leg.note("webhook failed", f"{self._url}: {failure.reason}", level="error", code=failure.code)
