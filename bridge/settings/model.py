"""What the rest of the program is told: one frozen value, made once at the start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.core.model import Policy, Region
from bridge.core.rota import Roster
from bridge.core.wording import Wording
from bridge.settings.alarms import AlarmRoutes
from bridge.settings.oidc import Oidc
from bridge.settings.passwords import User

MAIN = "main"  # the account of the environment


@dataclass(frozen=True)
class Environment:
    """What the environment decides: whose line it is, where things are, and what is secret."""

    account_sid: str
    auth_token: str = field(repr=False)
    second_token: str = field(repr=False)  # empty, or the other token while tokens are being rotated
    carrier_url: str  # no trailing slash; empty is Twilio's own
    line: str  # E.164
    public_url: str  # how the carrier reaches us; no trailing slash
    redis_url: str = field(repr=False)  # may hold a password; empty is the embedded store
    secret_key: str = field(repr=False)
    seal_keys: tuple[str, ...] = field(repr=False)  # the first seals, all open; none: derived from the secret
    exposed: tuple[str, ...]  # variables that name the file of a secret which anybody on this machine can read
    host: str
    port: int
    data: Path
    config: Path
    local: bool  # no account: the carrier on this machine is used
    oidc: Oidc | None  # the agency's own log-in, besides ours
    alarms: AlarmRoutes  # who is told of trouble, not by the carrier
    replicas: int  # of the store: so many must have a request before it counts as stored
    workers: int  # processes that send
    webs: int  # processes that each of the two webs of `bridge run` has
    may_lose: bool  # somebody has said that a store that can lose requests will do


@dataclass(frozen=True)
class Account:
    """An account at a carrier that speaks Twilio's language. `base_url` is empty for Twilio itself."""

    name: str  # MAIN, or the one that policy.toml gives it
    sid: str
    tokens: tuple[str, ...] = field(repr=False)  # the first is used; any of them signs, while tokens are being rotated
    line: str  # E.164: its number, which texts and calls come from
    base_url: str = ""
    discard: bool = False  # it is told to keep neither the words nor the numbers of texts


@dataclass(frozen=True)
class CalendarSource:
    """A calendar that the agency keeps elsewhere: its events say who has `region` in `rank`. Either `url` (https) or `file`."""

    name: str
    region: str
    rank: str
    url: str = field(default="", repr=False)  # whoever knows it can read the calendar
    file: Path | None = None


@dataclass(frozen=True)
class Settings(Environment):
    """Everything that was configured: the environment and the files."""

    policy: Policy
    roster: Roster
    regions: Mapping[str, Region]  # by id, "A" to "G"
    wording: Wording
    users: Mapping[str, User]  # by name: those of users.toml, and of the demonstration
    calendars: tuple[CalendarSource, ...] = ()
    fallbacks: tuple[Account, ...] = ()  # tried in order where the main account cannot

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every account, the main one first."""
        tokens = tuple(filter(None, (self.auth_token, self.second_token)))
        main = Account(MAIN, self.account_sid, tokens, self.line, self.carrier_url, self.policy.discard)
        return (main, *self.fallbacks)

    @property
    def own_numbers(self) -> frozenset[str]:
        """The numbers (E.164) that must never be dialled, because we would answer ourselves."""
        return frozenset(account.line for account in self.accounts)

    def account_of(self, account_sid: str) -> Account:
        """The account with this id; the main one where there is no such."""
        return next((account for account in self.fallbacks if account.sid == account_sid), self.accounts[0])

    def line_of(self, account_sid: str) -> str:
        """The number (E.164) of this account: what its calls may show."""
        return self.account_of(account_sid).line
