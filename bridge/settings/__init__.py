"""The environment and the files of one agency -> one frozen Settings, with every fault reported at once, by file and line.

- environment: the variables, the kept secret, and what is derived from it when there is no account
- secret_files: the secrets that stand in files, which the environment names
- documents: a TOML file with the line of each value; what a fault is
- values: a duration, a number, a span of the week, a moment, a turn, as people write them
- forms: which keys each file has
- checks, roster_checks: what must hold between values: every county once, nobody unknown on duty, a ladder that rises
- carriers: other accounts at a carrier, and their tokens, which stand in the environment
- build: files without a fault, as the core's nouns
- doubts, roster_doubts: what is allowed, and still worth a second look
- passwords: who may log in, and as what; codes: the second factor; demo: with no account, users for the demonstration
- oidc: the agency's own log-in
"""

from collections.abc import Mapping

from bridge.core.errors import BadConfig
from bridge.settings import build, carriers, checks, environment, secret_files
from bridge.settings.demo import DEMO_USERS, demo_password, demo_totp, demo_users
from bridge.settings.documents import Fault, read
from bridge.settings.doubts import warnings
from bridge.settings.forms import FORMS
from bridge.settings.model import MAIN, Account, CalendarSource, Settings
from bridge.settings.oidc import Oidc
from bridge.settings.passwords import Role, User, check_password, hash_password, is_right, password_fault

__all__ = [
    "DEMO_USERS", "MAIN", "Account", "CalendarSource", "Oidc", "Role", "Settings", "User", "check_password",
    "demo_password", "demo_totp", "hash_password", "is_right", "load", "password_fault", "warnings",
]  # fmt: skip


def load(environ: Mapping[str, str]) -> Settings:
    """The settings. Raises BadConfig with every fault of the environment and of all files, a line each."""
    found, faults = environment.read(environ)
    documents = {name: read(found.config / f"{name}.toml") for name in FORMS}
    faults += checks.faults(documents, {found.line, *carriers.lines(documents["policy"])})
    tokens = carriers.variables(documents["policy"])
    told, unread = secret_files.opened(environ, tokens)
    faults += [*unread, *carriers.faults(documents["policy"], found, told)]
    if faults:
        raise BadConfig(faults=_listed(faults))
    return Settings(
        **vars(found) | {"exposed": (*found.exposed, *secret_files.exposed(environ, tokens))},
        policy=build.policy(documents["policy"].values),
        regions=build.regions(documents["regions"].values),
        roster=build.roster(documents["roster"].values),
        users={**(demo_users(found.secret_key) if found.local else {}), **build.users(documents["users"].values)},
        wording=build.wording(documents["wording"].values),
        calendars=build.calendars(documents["roster"].values, found.config),
        fallbacks=() if found.local else carriers.fallbacks(documents["policy"].values, told),
    )


def _listed(faults: list[Fault]) -> str:
    return "\n    ".join(str(fault) for fault in sorted(set(faults)))
