"""X-Twilio-Signature, written from Twilio's description, so that a customer's own check meets independent code.

https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit


def signed_url(url: str, *, voice: bool) -> str:
    """The URL as it goes into the signature: no fragment, no user, and for voice over https no port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if voice and parts.scheme == "https" and parts.port:
        host = host.removesuffix(f":{parts.port}")
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def signature(token: str, url: str, form: Mapping[str, str], *, voice: bool) -> str:
    """base64(HMAC-SHA1(token, URL + every name and value of the form, sorted by name))."""
    text = signed_url(url, voice=voice) + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
