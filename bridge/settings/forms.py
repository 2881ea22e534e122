"""The form of each file: which keys it has, of what type. What holds between several values is in `checks`."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bridge.core.model import Policy
from bridge.settings.documents import Document, Fault, KeyPath, shown
from bridge.settings.limits import LimitsForm
from bridge.settings.values import (
    AccountId,
    AtOnce,
    AuditTime,
    CalendarAddress,
    CarrierAddress,
    Duration,
    Every,
    Failures,
    Login,
    Moment,
    PasswordHash,
    People,
    Phone,
    RingTime,
    Seconds,
    Slug,
    Spans,
    TotpSecret,
    Variable,
    Words,
)


class _Form(BaseModel):
    """The first example of a field is what a fault tells people to write."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RegionForm(_Form):
    """One table of regions.toml."""

    name: Words = Field(examples=['name = "Region A"'])
    about: Words = Field(examples=['about = "Mobile and the southwest"'])
    counties: list[str] = Field(examples=['counties = ["Mobile", "Baldwin"]'], min_length=1)
    neighbours: list[str] = Field(default=[], examples=['neighbours = ["B", "C"]'])


class PersonForm(_Form):
    """One [[person]] of roster.toml."""

    id: Slug = Field(examples=['id = "boyd"'])
    name: Words = Field(examples=['name = "Sgt. Dana Boyd"'])
    phone: Phone = Field(examples=['phone = "+12565550101"'])
    text: bool = Field(default=True, examples=["text = false"])
    pin: PasswordHash = Field(default="", examples=['pin = "$argon2id$…", as "bridge pin ID" prints it'])


class DispatchForm(_Form):
    """The [dispatch] of roster.toml. A desk reads texts only if somebody says so."""

    name: Words = Field(default="ALEA dispatch", examples=['name = "ALEA dispatch"'])
    phone: Phone = Field(examples=['phone = "+13345550100"'])
    text: bool = Field(default=False, examples=["text = false"])


Rank = Literal["on-call", "backup"]
REGION, RANK, WHO = 'region = "A"', 'rank = "on-call"', 'who = "boyd"'
FROM, UNTIL = 'from = "2026-01-05 08:00"', 'until = "2026-01-09 18:00"'


class DutyForm(_Form):
    """One [[duty]] of roster.toml. Without `when` it holds always; several have it in turn."""

    region: str = Field(examples=[REGION])
    rank: Rank = Field(examples=[RANK])
    who: People = Field(examples=[f'{WHO} or who = ["boyd", "crane"]'], min_length=1)
    when: Spans = Field(default=[], examples=['when = ["mon 06:00 - fri 18:00"]'])
    every: Every | None = Field(default=None, examples=['every = "week"'])
    begins: Moment | None = Field(default=None, alias="from", examples=[FROM])


class OverrideForm(_Form):
    """One [[override]] of roster.toml."""

    region: str = Field(examples=[REGION])
    rank: Rank = Field(default="on-call", examples=[RANK])
    who: str = Field(examples=[WHO])
    begins: Moment = Field(alias="from", examples=[FROM])
    until: Moment = Field(examples=[UNTIL])


class LeaveForm(_Form):
    """One [[leave]] of roster.toml."""

    who: str = Field(examples=[WHO])
    begins: Moment = Field(alias="from", examples=[FROM])
    until: Moment = Field(examples=[UNTIL])


class CalendarForm(_Form):
    """One [[calendar]] of roster.toml: either a `url` or a `file`."""

    name: Slug = Field(examples=['name = "region-d"'])
    region: str = Field(examples=[REGION])
    rank: Rank = Field(default="on-call", examples=[RANK])
    url: CalendarAddress | None = Field(default=None, examples=['url = "https://calendar.example.org/duty.ics"'])
    file: Words | None = Field(default=None, examples=['file = "region-d.ics"'])


class RosterForm(_Form):
    """roster.toml."""

    state: list[str] = Field(examples=['state = ["boyd"] above the first table'], min_length=1)
    dispatch: DispatchForm = Field(examples=["[dispatch] with a name and a phone"])
    person: list[PersonForm] = Field(examples=["[[person]] above the lines of each person"])
    duty: list[DutyForm] = Field(examples=["[[duty]] above the lines of each duty"])
    override: list[OverrideForm] = Field(default=[], examples=["[[override]] above the lines of each override"])
    leave: list[LeaveForm] = Field(default=[], examples=["[[leave]] above the lines of each leave"])
    calendar: list[CalendarForm] = Field(default=[], examples=["[[calendar]] above the lines of each calendar"])


class RungForm(_Form):
    """One [[ladder]] of policy.toml."""

    at: Seconds = Field(examples=['at = "90s"'])
    who: Literal["on-call", "backup", "neighbours", "state", "everyone", "dispatch"] = Field(examples=['who = "on-call"'])
    by: list[Literal["text", "call"]] = Field(examples=['by = ["text", "call"]'], min_length=1)


class CarrierForm(_Form):
    """One [[carrier]] of policy.toml. The token stands in the environment, in the variable that `token_env` names."""

    name: Slug = Field(examples=['name = "second"'])
    account: AccountId = Field(examples=['account = "AC…", the id of the account'])
    token_env: Variable = Field(examples=['token_env = "FALLBACK_AUTH_TOKEN", the name of a variable'])
    line: Phone = Field(examples=['line = "+18005550199"'])
    url: CarrierAddress | None = Field(default=None, examples=['url = "https://carrier.example.org"'])
    discard: bool = Field(default=False, examples=["discard = false"])


class PolicyForm(_Form):
    """policy.toml. What is left out is as the core has it."""

    deadline: Duration = Field(default=Policy.deadline, examples=['deadline = "30m"'])
    again_every: Duration = Policy.again_every
    remind_after: Duration = Policy.remind_after
    contact_within: Duration = Policy.contact_within
    alarm_every: Duration = Policy.alarm_every
    nudge_every: Duration = Policy.nudge_every
    ring_for: RingTime = Policy.ring_for
    dispatch_ring_for: RingTime = Policy.dispatch_ring_for
    erase_after: Duration = Field(default=Policy.erase_after, examples=['erase_after = "1h"'])
    keep_at_most: Duration = Field(default=Policy.keep_at_most, examples=['keep_at_most = "24h"'])
    keep_audit: AuditTime = Field(default=Policy.keep_audit, examples=['keep_audit = "400d"'])
    idle_call: Duration = Policy.idle_call
    scene_within: Duration = Policy.scene_within
    scene_remind_every: Duration = Policy.scene_remind_every
    hold_for: Duration = Policy.hold_for
    talk_for: Duration = Policy.talk_for
    most_talks: Failures = Field(default=Policy.most_talks, examples=["most_talks = 5"])
    failures: Failures = Field(default=Policy.failures, examples=["failures = 3"])
    hang_up: Literal["page", "dispatch", "ignore"] = Field(default="page", examples=['hang_up = "page"'])
    text_unverified: bool = Field(default=Policy.text_unverified, examples=["text_unverified = true"])
    shift_reminders: bool = Field(default=Policy.shift_reminders, examples=["shift_reminders = true"])
    texts_per_second: AtOnce = Field(default=Policy.texts_per_second, examples=["texts_per_second = 3"])
    calls_per_second: AtOnce = Field(default=Policy.calls_per_second, examples=["calls_per_second = 1"])
    texts_at_once: AtOnce = Field(default=Policy.texts_at_once, examples=["texts_at_once = 3"])
    text_pause: Duration = Field(default=Policy.text_pause, examples=['text_pause = "15s"'])
    limits: LimitsForm = Field(default=LimitsForm(), examples=["[limits] above the lines of the limits"])
    pin_for: list[Literal["rota", "done", "accept"]] = Field(default=[], examples=['pin_for = ["rota"]'])
    discard: bool = Field(default=Policy.discard, examples=["discard = false"])
    ladder: list[RungForm] = Field(examples=["[[ladder]] above the lines of each rung"], min_length=1)
    carrier: list[CarrierForm] = Field(default=[], examples=["[[carrier]] above the lines of each account"])


class UserForm(_Form):
    """One [[user]] of users.toml."""

    name: Login = Field(examples=['name = "mary"'])
    password: PasswordHash = Field(examples=['password = "$argon2id$…", as "bridge password NAME" prints it'])
    role: Literal["watch", "dispatch", "admin"] = Field(examples=['role = "dispatch"'])
    totp: TotpSecret = Field(default="", examples=['totp = "…", as "bridge password NAME --totp" prints it'])


class UsersForm(_Form):
    """users.toml. It may be empty."""

    user: list[UserForm] = Field(default=[], examples=["[[user]] above the lines of each user"])


Regions = dict[str, RegionForm]
Sentences = dict[str, dict[str, str]]
FORMS: dict[str, Any] = {
    "policy": PolicyForm,
    "regions": Regions,
    "roster": RosterForm,
    "users": UsersForm,
    "wording": Sentences,
}
_EXPECTED = {
    "string_type": "text in quotes",
    "list_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "model_type": "a table",
    "dict_type": "a table",
}


def form_faults(document: Document, form: Any) -> list[Fault]:
    """What is missing in the file, unknown, or of the wrong type."""
    try:
        TypeAdapter(form).validate_python(document.values)
    except ValidationError as error:
        return [document.fault(found["loc"], _text(form, found)) for found in error.errors(include_url=False)]
    return []


def did_you_mean(name: str, known: list[str]) -> str:
    """The end of a fault about an unknown name: the nearest one that is known, or all of them."""
    if not known:
        return "there is none so far"
    near = nearest(name, known)
    return f"did you mean {shown(near)}?" if near else f"write one of {', '.join(shown(one) for one in known)}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, upper and lower case aside, or None where none does."""
    by_folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    return by_folded[near[0]] if near else None


def _text(form: Any, found: ErrorDetails) -> str:
    name = next((str(step) for step in reversed(found["loc"]) if isinstance(step, str)), "the file")
    kind = found["type"]
    if kind == "extra_forbidden":
        return _unknown(name, _around(form, found["loc"]))
    if kind == "missing":
        return f"{name} is missing; {_advice(form, found['loc'])}"
    if kind == "value_error":
        return f"{name} {found['ctx']['error']}"
    if kind == "literal_error":
        expected = str(found["ctx"]["expected"]).replace("'", '"')
        return f"{name} {_input(name, found)} is not known; write {expected}"
    if kind == "too_short":
        return f"{name} is empty; {_advice(form, found['loc'])}"
    return f"{name} {_input(name, found)} is not {_EXPECTED.get(kind, found['msg'])}; {_advice(form, found['loc'])}"


def _unknown(name: str, model: Any) -> str:
    known = list(_fields(model))
    if name == "state" and model is not RosterForm:
        return "state stands inside a table here; move it above the first table of the file"
    return f"{name} is not known here; {did_you_mean(name, known)}"


def _input(name: str, found: ErrorDetails) -> str:
    return "(not shown)" if name in ("password", "pin", "totp", "token_env") else shown(found["input"])


def _advice(form: Any, loc: KeyPath) -> str:
    field = _field(form, loc)
    if field is None:
        return 'write it as key = "text" under a [table]'
    return f"write {(field.examples or ['it as in the sample'])[0]}"


def _field(form: Any, loc: KeyPath) -> FieldInfo | None:
    """The field that the error is in or about."""
    for end in range(len(loc), 0, -1):
        model, name = _around(form, loc[:end]), loc[end - 1]
        if isinstance(model, type) and issubclass(model, BaseModel) and name in _fields(model):
            return _fields(model)[str(name)]
    return None


def _around(form: Any, loc: KeyPath) -> Any:
    """The form of the table that this place stands in."""
    for step in loc[:-1]:
        if isinstance(form, type) and issubclass(form, BaseModel):
            form = _fields(form)[str(step)].annotation
        else:
            form = (get_args(form) or (None,))[-1]
    return form


def _fields(form: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields by the keys that people write."""
    return {field.alias or name: field for name, field in form.model_fields.items()}
