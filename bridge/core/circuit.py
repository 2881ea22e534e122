"""Whether a channel of an account at the carrier can be relied on, from how it did lately. Instants: seconds, UTC.

The rules:
- A circuit opens after three failures in a row, or when it has failed for five seconds. Nothing goes through an open one.
- Except a probe: one message at a time, every three seconds. Whatever it is that the carrier takes closes the circuit.
- "Too many requests" (429) is no failure: until the instant that the carrier names nothing is asked. Where that is too long for
  a page, the circuit is open besides.
- Questions about what was taken have circuits of their own: a list that fails keeps no probe from passing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

OPENS_AFTER = 3  # failures in a row
OPENS_IN = 5.0  # seconds of failing
TOO_LONG = 10.0  # seconds of being asked to leave it alone: whoever waits goes another way
PROBE_EVERY = 3.0  # seconds: with the time-outs of a probe, what waits leaves within ten seconds of the end of an outage
PROBE_TAKES = 8.0  # seconds: longer than the time-outs of a send; a probe of which nothing was heard for so long has died
AFTER_PROBE = 1.0  # seconds until it is seen whether the probe of another one went through
MOST_WAIT = 60.0  # seconds that we wait because the carrier asks for it
LEAST_WAIT = 1.0  # seconds: a carrier to which all this is too much, and which does not say for how long


@dataclass(frozen=True)
class Circuit:
    """How one channel of one account has done since it last took something; as it is made, all is well.

    `trouble` is the last failure in a word, `reached` whether the carrier answered at all; `probed_at` tells that a probe is
    under way, and `wait_until` how long the carrier wants to be left alone."""

    failures: int = 0
    failing_since: float | None = None
    failed_at: float | None = None
    probed_at: float | None = None
    wait_until: float = 0.0
    trouble: str = ""
    reached: bool = True

    @property
    def open(self) -> bool:
        """Whether it is away: nothing goes through but a probe."""
        if self.failing_since is None or self.failed_at is None:
            return False
        failing, waiting = self.failed_at - self.failing_since, self.wait_until - self.failing_since
        return self.failures >= OPENS_AFTER or failing >= OPENS_IN or waiting >= TOO_LONG

    def waits(self, now: float) -> float:
        """For how many seconds nothing may be asked, since the carrier has said so."""
        wait = self.wait_until - now
        return wait if 0 < wait <= MOST_WAIT else 0.0

    def lets(self, now: float) -> bool:
        """Whether something may be sent: anything, or, where it is open, a probe."""
        if self.waits(now):
            return False
        return not self.open or not (self._just(self.failed_at, PROBE_EVERY, now) or self._probes(now))

    def retry_after(self, now: float) -> float:
        """In how many seconds it is worth to try again, where it lets nothing pass now."""
        if self._probes(now):
            return AFTER_PROBE
        since = 0.0 if self.failed_at is None else now - self.failed_at
        return self.waits(now) or (PROBE_EVERY - since if 0 <= since < PROBE_EVERY else 0.0)

    def probing(self, now: float) -> "Circuit":
        """The same, with a probe under way where it is open."""
        return replace(self, probed_at=now) if self.open else self

    def failed(self, now: float, trouble: str, *, reached: bool = True) -> "Circuit":
        """The carrier did not take it, for this reason (no number in it)."""
        since = now if self.failing_since is None else self.failing_since
        return Circuit(self.failures + 1, since, now, None, self.wait_until, trouble, reached)

    def told_to_wait(self, now: float, seconds: float, trouble: str) -> "Circuit":
        """The carrier is there, and asks to be left alone for so long; 0 where it does not say."""
        since = now if self.failing_since is None else self.failing_since
        until = now + min(max(seconds, LEAST_WAIT), MOST_WAIT)
        return replace(
            self, failing_since=since, failed_at=now, probed_at=None, wait_until=until, trouble=trouble, reached=True
        )

    def _probes(self, now: float) -> bool:
        return self._just(self.probed_at, PROBE_TAKES, now)

    @staticmethod
    def _just(at: float | None, within: float, now: float) -> bool:
        return at is not None and 0 <= now - at < within


WELL = Circuit()


@dataclass(frozen=True)
class CarrierNews:
    """What the carrier last said to any process of ours: when it `answered_at`, and when it last failed, with what `trouble`.

    `failing_since` is the first failure after the last answer, None where it has answered since; `reached` tells a carrier that
    refuses from one that cannot be reached. `circuits`: what is known of each account and channel, of these `accounts`."""

    answered_at: float | None = None
    failed_at: float | None = None
    failing_since: float | None = None
    trouble: str = ""
    reached: bool = True
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    accounts: tuple[str, ...] = ("main",)

    @property
    def last_at(self) -> float | None:
        """When it was last asked anything."""
        return max((at for at in (self.answered_at, self.failed_at) if at is not None), default=None)


def all_open(circuits: Collection[Circuit]) -> bool:
    """Whether none of these, one for each account, can be relied on."""
    return all(circuit.open for circuit in circuits)
