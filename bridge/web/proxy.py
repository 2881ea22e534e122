"""Where a request came from, where a proxy takes it first. Log-ins and strangers are counted by address.

Any proxy says so in X-Forwarded-For, and so may anybody else. It is believed only of a neighbor: of this machine, or of a
private network, where a proxy stands. Whoever comes from the internet directly is known by the address that they come from.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class FromProxy:
    """The application, for requests that a proxy may have taken. Of several addresses the last one is the proxy's own word."""

    def __init__(self, app: Wsgi) -> None:
        self._direct, self._behind = app, ProxyFix(app, x_for=1, x_proto=0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        app = self._behind if _neighbor(environ.get("REMOTE_ADDR", "")) else self._direct
        return app(environ, start_response)


def origin(address: str) -> str:
    """What to count under: the address; of IPv6, where each customer has 2^64 of them, the network."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) and not found.ipv4_mapped else address


def _neighbor(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:  # a socket of this machine has none
        return not address
