"""Other accounts at a carrier, for when the main one fails: [[carrier]] of policy.toml, and their tokens of the environment.

Without a main account, which is on this machine alone, they are checked and not used: a rehearsal must reach nobody.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bridge.core.phones import normalise
from bridge.settings.documents import Document, Fault, KeyPath, shown
from bridge.settings.forms import PolicyForm
from bridge.settings.model import MAIN, Account, Environment
from bridge.settings.roster_checks import repeated
from bridge.settings.values import TWILIO_ACCOUNT, VARIABLE

SECOND = "_SECONDARY"  # what the variable of the other token ends with, while tokens are being rotated
WHAT = ("carrier", "*")


def fallbacks(values: dict[str, Any], environ: Mapping[str, str]) -> tuple[Account, ...]:
    """The accounts of a file without a fault, in its order."""
    forms = PolicyForm.model_validate(values).carrier
    return tuple(
        Account(form.name, form.account, _tokens(form.token_env, environ), form.line, form.url or "", form.discard)
        for form in forms
    )


def lines(policy: Document) -> Collection[str]:
    """The numbers (E.164) of all accounts whose number is one."""
    return {number for _, number in _lines(policy)}


def variables(policy: Document) -> Collection[str]:
    """The names of the variables of the environment in which their tokens stand."""
    named = [text for _, text in policy.texts(*WHAT, "token_env") if re.fullmatch(VARIABLE, text, re.ASCII)]
    return list(dict.fromkeys(each + end for each in named for end in ("", SECOND)))


def faults(policy: Document, main: Environment, environ: Mapping[str, str]) -> Iterator[Fault]:
    """Each account has a name, an id and a line of its own, and its token is there."""
    yield from repeated(policy, policy.texts(*WHAT, "name"), "give every carrier a name of its own")
    yield from repeated(policy, policy.texts(*WHAT, "account"), "an account that fails fails with all its lines: write another")
    yield from repeated(policy, _lines(policy), "each account has a line of its own", "line")
    yield from _like_main(policy, main)
    yield from _unlike_twilio(policy)
    if not main.local:
        yield from _without_token(policy, environ)


def _like_main(policy: Document, main: Environment) -> Iterator[Fault]:
    for path, name in policy.texts(*WHAT, "name"):
        if name == MAIN:
            yield policy.fault(path, f"name {shown(name)} is that of the account in the environment; write another one")
    for path, account in policy.texts(*WHAT, "account"):
        if account == main.account_sid:
            yield policy.fault(path, f"account {shown(account)} is TWILIO_ACCOUNT_SID; write another account, or leave it out")
    for path, number in _lines(policy):
        if number == main.line:
            yield policy.fault(path, f"line {shown(number)} is the main line; write the number of this account")


def _unlike_twilio(policy: Document) -> Iterator[Fault]:
    """Other carriers write their ids as they like."""
    elsewhere = {path[:2] for path, _ in policy.texts(*WHAT, "url")}
    for path, account in policy.texts(*WHAT, "account"):
        if path[:2] not in elsewhere and not re.fullmatch(TWILIO_ACCOUNT, account, re.ASCII):
            yield policy.fault(path, f"account {shown(account)} is not Twilio's; write AC and its 32 hex digits, or add a url")


def _without_token(policy: Document, environ: Mapping[str, str]) -> Iterator[Fault]:
    for path, variable in policy.texts(*WHAT, "token_env"):
        if re.fullmatch(VARIABLE, variable, re.ASCII) and not _value(variable, environ):
            yield policy.fault(path, f"{variable} is not set; put the token of this account into {variable} of the environment")


def _lines(policy: Document) -> list[tuple[KeyPath, str]]:
    return [(path, number) for path, text in policy.texts(*WHAT, "line") if (number := normalise(text))]


def _tokens(variable: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, (_value(variable, environ), _value(variable + SECOND, environ))))


def _value(variable: str, environ: Mapping[str, str]) -> str:
    return environ.get(variable, "").strip()
