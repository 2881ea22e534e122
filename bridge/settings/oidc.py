"""The agency's own log-in (OpenID Connect), as the environment describes it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bridge.settings.passwords import Role

BASIC = ("BRIDGE_OIDC_ISSUER", "BRIDGE_OIDC_CLIENT_ID", "BRIDGE_OIDC_CLIENT_SECRET")  # all three, or none
ROLES = {Role.WATCH: "BRIDGE_OIDC_WATCH", Role.DISPATCH: "BRIDGE_OIDC_DISPATCH", Role.ADMIN: "BRIDGE_OIDC_ADMIN"}
CLAIM, NAME = "BRIDGE_OIDC_CLAIM", "BRIDGE_OIDC_NAME"
LONGEST_NAME = 40  # characters: it stands on a button, and behind the names of users
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Oidc:
    """A provider whose users may log in, each with the highest role that one of the values of their `claim` gives."""

    issuer: str  # no trailing slash
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    roles: Mapping[str, Role]  # by the value of the claim
    name: str  # as it stands on the button

    def role(self, said: object) -> Role | None:
        """The role that goes with what the claim says (one value, or a list of them); None where it gives none."""
        values = said if isinstance(said, list) else [said]
        found = [self.roles[value] for value in values if isinstance(value, str) and value in self.roles]
        return max(found, key=list(Role).index, default=None)


def read_oidc(text: Callable[[str], str], fault: Callable[[str], None]) -> Oidc | None:
    """The provider, or None where none is configured. `text` reads a variable; what is wrong is told to `fault`."""
    everything = (*BASIC, *ROLES.values(), CLAIM, NAME)
    if not any(text(name) for name in everything):
        return None
    found = list(_faults(text))
    for each in found:
        fault(each)
    if found:
        return None
    roles = {value: role for role, variable in ROLES.items() for value in _values(text(variable))}
    issuer, client_id, client_secret = map(text, BASIC)
    return Oidc(issuer.rstrip("/"), client_id, client_secret, text(CLAIM) or "roles", roles, text(NAME) or "ALEA log-in")


def _faults(text: Callable[[str], str]) -> Iterator[str]:
    for name in BASIC:
        if not text(name):
            yield f"{name} is not set; set all of {', '.join(BASIC)}, or no BRIDGE_OIDC variable at all"
    if text(BASIC[0]) and not _is_issuer(text(BASIC[0])):
        yield f"{BASIC[0]} is not the https address of a provider; write it as {BASIC[0]}=https://login.example.org"
    if not any(_values(text(variable)) for variable in ROLES.values()):
        yield f"nobody gets a role from the log-in; write {ROLES[Role.DISPATCH]}=the group of your dispatchers"
    if len(text(NAME)) > LONGEST_NAME or not text(NAME).isprintable():
        yield f"{NAME} is not the text of a button; write at most {LONGEST_NAME} characters, such as {NAME}=ALEA log-in"
    seen: dict[str, str] = {}
    for variable in ROLES.values():
        for value in _values(text(variable)):
            other = seen.setdefault(value, variable)
            if other != variable:
                yield f"{variable} names a group that {other} names too; leave it in one of them"


def _values(text: str) -> list[str]:
    return [value.strip() for value in text.split(",") if value.strip()]


def _is_issuer(text: str) -> bool:
    """Passwords and tokens go there: https, except on this machine."""
    try:
        parts = urlsplit(text)
        good_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    plain = text.isprintable() and " " not in text and not (parts.query or parts.fragment or parts.username)
    return safe and bool(parts.hostname) and good_port and plain
