"""What the health strip says of circuits that are open. Instants: seconds, UTC."""

from collections.abc import Mapping, Sequence

from bridge.core.board_words import clock
from bridge.core.circuit import WELL, Circuit, all_open
from bridge.core.model import ALL_AWAY, AWAY, Channel

NAMES = {Channel.TEXT: "texts", Channel.CALL: "calls"}
PING = "ping"  # the circuit of the account itself


def closed_channels(circuits: Mapping[str, Circuit], accounts: Sequence[str]) -> frozenset[Channel]:
    """By which channels nothing can leave now, at any account."""
    return frozenset(channel for channel in Channel if all_open(_of(circuits, accounts, channel)))


def away(circuits: Mapping[str, Circuit], accounts: Sequence[str], now: float) -> str:
    """Channels that are away at every account, such as "texts away since 02:10:00 (HTTP 503), calls answer"; "" for none."""
    gone = closed_channels(circuits, accounts)
    if not gone:
        return ""
    since = " and ".join(dict.fromkeys(_since(_of(circuits, accounts, channel), now) for channel in Channel if channel in gone))
    if len(gone) == len(Channel):
        return f"{ALL_AWAY} {since}"
    (channel,) = gone
    (other,) = set(Channel) - gone
    well = all(circuit == WELL for circuit in _of(circuits, accounts, other)[:1])
    return f"{AWAY[channel]} {since}, {NAMES[other]} {'answer' if well else 'falter'}"


def taken_over(circuits: Mapping[str, Circuit], accounts: Sequence[str], now: float) -> str:
    """Accounts that fail while another one does what they cannot: "account main away since 02:10:00 (time-out)"; or ""."""
    failing = [(name, trouble) for name in accounts if (trouble := _trouble(circuits, name))]
    return "; ".join(f"account {name} away {_since(trouble, now)}" for name, trouble in failing)


def wholly(circuits: Mapping[str, Circuit], accounts: Sequence[str]) -> bool:
    """Whether it is not about one channel: both are away, or no account answers at all."""
    away = all_open([circuits.get(f"{account}/{PING}", WELL) for account in accounts])
    return away or len(closed_channels(circuits, accounts)) == len(Channel)


def last_tried(circuits: Mapping[str, Circuit], accounts: Sequence[str]) -> float:
    """When anything of what is away was last tried."""
    gone = closed_channels(circuits, accounts)
    return max(circuit.failed_at or 0.0 for channel in gone for circuit in _of(circuits, accounts, channel))


def _trouble(circuits: Mapping[str, Circuit], account: str) -> list[Circuit]:
    known = [circuits.get(f"{account}/{name}", WELL) for name in (*Channel, PING)]
    return [circuit for circuit in known if circuit.open]


def _since(found: Sequence[Circuit], now: float) -> str:
    first = min(found, key=lambda circuit: circuit.failing_since or now)
    return f"since {clock(first.failing_since or now, now, seconds=True)} ({first.trouble})"


def _of(circuits: Mapping[str, Circuit], accounts: Sequence[str], channel: Channel) -> list[Circuit]:
    return [circuits.get(f"{account}/{channel}", WELL) for account in accounts]
