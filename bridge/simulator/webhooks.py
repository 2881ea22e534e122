"""HTTP requests to the customer: signed, limited in time, retried as Twilio does it.

Limits and overrides: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (milliseconds in the fragment).
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from bridge.simulator.errors import CustomerError
from bridge.simulator.signing import signature

RETRIEVAL_FAILED = 11200
CONNECTION_FAILED = 11205
BAD_URL = 11100
TOO_LARGE = 11750

LARGEST_BODY = 64 * 1024  # bytes; Twilio refuses a larger TwiML document


class WebhookFailed(CustomerError):
    """The customer did not answer as Twilio needs it; `cause` is what a retry policy calls it: ct, rt, 4xx, 5xx."""

    def __init__(self, code: int, reason: str, cause: str = "") -> None:
        super().__init__(code, reason)
        self.cause = cause


@dataclass(frozen=True)
class Answer:
    """What the customer answered with a 2xx."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, to wait for the answer and in all; how often to retry, and what."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: tuple[str, ...] = ("ct",)

    @classmethod
    def of(cls, url: str) -> "Limits":
        """The limits with the overrides of the URL's fragment, e.g. `#ct=2000&rt=4000&rc=2&rp=all`."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).fragment).items()}
        return cls(
            connect=_seconds(given.get("ct"), cls.connect),
            read=_seconds(given.get("rt"), cls.read),
            total=_seconds(given.get("tt"), cls.total),
            retries=min(int(given["rc"]), 5) if given.get("rc", "").isdigit() else cls.retries,
            policy=tuple(given["rp"].split(",")) if "rp" in given else cls.policy,
        )

    def retries_for(self, cause: str) -> int:
        """How often a failure of this cause (ct, rt, 4xx, 5xx) is tried again."""
        return self.retries if cause in self.policy or "all" in self.policy else 0


def _seconds(milliseconds: str | None, default: float) -> float:
    """An override in seconds, never above Twilio's 15."""
    return min(int(milliseconds) / 1000, 15.0) if milliseconds and milliseconds.isdigit() else default


class Webhooks:
    """Sends requests to the customer, signed with the account's token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def send(self, url: str, form: Mapping[str, str], *, method: str = "POST", voice: bool = True) -> Answer:
        """One request and its retries, all with one idempotency token; WebhookFailed when no 2xx came of it."""
        try:
            limits, url = Limits.of(url), urldefrag(url).url
        except ValueError as fault:
            raise WebhookFailed(BAD_URL, "not a URL") from fault
        if method == "GET":
            url, form = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(form)}", {}
        headers = {
            "X-Twilio-Signature": signature(self.token, url, form, voice=voice),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        deadline = time.monotonic() + limits.total
        attempts = 0
        while True:
            try:
                return _once(url, requests.Request(method, url, headers, data=dict(form) or None), limits, deadline)
            except WebhookFailed as failure:
                attempts += 1
                if attempts > limits.retries_for(failure.cause) or time.monotonic() >= deadline:
                    raise


def _once(url: str, asked: requests.Request, limits: Limits, deadline: float) -> Answer:
    left = max(deadline - time.monotonic(), 0.01)
    timeout = (min(limits.connect, left), min(limits.read, left))
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy or a netrc of the machine is none of the carrier's business
            with session.send(session.prepare_request(asked), timeout=timeout, stream=True, allow_redirects=False) as response:
                return _checked(response, url, deadline)
    except requests.ConnectTimeout as fault:
        raise WebhookFailed(CONNECTION_FAILED, "connecting took too long", "ct") from fault
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as fault:
        raise WebhookFailed(BAD_URL, "not a URL") from fault
    except requests.Timeout as fault:
        raise WebhookFailed(RETRIEVAL_FAILED, "no answer in time", "rt") from fault
    except requests.RequestException as fault:
        reason = getattr(fault.args[0] if fault.args else None, "reason", None)
        cause = "ct" if isinstance(reason, NewConnectionError) else "rt"  # a broken connection may have been heard
        raise WebhookFailed(CONNECTION_FAILED, f"connection failed: {type(fault).__name__}", cause) from fault


def _checked(response: requests.Response, url: str, deadline: float) -> Answer:
    body = b""
    for chunk in response.iter_content(8192):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise WebhookFailed(TOO_LARGE, "answer larger than 64 KB")
        if time.monotonic() > deadline:
            raise WebhookFailed(RETRIEVAL_FAILED, "no whole answer in time", "rt")
    if not 200 <= response.status_code < 300:
        cause = f"{response.status_code // 100}xx"
        raise WebhookFailed(RETRIEVAL_FAILED, f"answered {response.status_code}", cause)
    return Answer(url, response.status_code, response.headers.get("Content-Type", ""), body)
