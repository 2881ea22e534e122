"""Which addresses a calendar may be fetched from."""

import socket

import pytest

from bridge.calendars.addresses import Reach, is_public, resolve
from bridge.core.errors import BadCalendar

PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b:1::808:808
    100::1 2001::1 2001:2::1 2001:10::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1
    fc00::1 fd12:3456::1 fe80::1 fe80::1%1 fec0::1 ff02::1 ff0e::1
""".split()
PUBLIC = """
    8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 2606:4700::1111 2a00:1450:4001::200e 64:ff9b::808:808
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_not_everybody_reaches_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "::1", "::ffff:127.0.0.1"]
)
def test_this_machine_is_found_behind_whatever_it_is_called(host: str) -> None:
    with pytest.raises(BadCalendar, match=r"not on the internet|is not found"):
        resolve(host, 443, Reach())


def test_one_private_address_among_public_ones_spoils_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: answers)
    with pytest.raises(BadCalendar, match=r"calendar\.example\.org leads to 10\.0\.0\.5, which is not on the internet"):
        resolve("calendar.example.org", 443, Reach())


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 64 + ".example.org"])
def test_a_name_that_does_not_exist_is_said_to_be_unknown(host: str) -> None:
    with pytest.raises(BadCalendar, match="is not found; check the address"):
        resolve(host, 443, Reach())
