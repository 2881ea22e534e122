"""Which addresses a calendar may be fetched from: those that everybody on the internet can reach, and no others.

Whoever can write a web address into a calendar, or answer with a redirect, must not make us ask our own machines.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from bridge.core.errors import BadCalendar

_GLOBAL_6 = ip_network("2000::/3")  # no other IPv6 address is given to anybody
_TRANSLATED = ip_network("64:ff9b::/96")  # how a network without IPv4 reaches it: the last four bytes are the address
# Besides what the standard library calls private, in any of its versions. https://www.iana.org/assignments/iana-ipv4-special-registry
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)


@dataclass(frozen=True)
class Reach:
    """What may be reached besides the internet: nothing. Tests let in this machine, and trust a certificate of their own."""

    also: tuple[str, ...] = ()
    ca_file: str = ""


def is_public(text: str) -> bool:
    """Whether this address, "192.0.2.1" or "2001:db8::1", belongs to the internet at large."""
    address = ip_address(text)
    if address in _TRANSLATED:
        address = IPv4Address(address.packed[-4:])
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return False
    return address.is_global and not any(address in network for network in _SPECIAL)


def resolve(host: str, port: int, reach: Reach) -> list[str]:
    """The addresses of `host`. Raises BadCalendar where it has none, or where a single one of them may not be reached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # a label that is too long is a UnicodeError
        raise BadCalendar(fault=f"{host} is not found; check the address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if address not in reach.also and not is_public(address):
            what = host if host == address else f"{host} leads to {address}, which"
            raise BadCalendar(fault=f"{what} is not on the internet; such addresses are refused")
    return addresses
