"""Files without a fault, as the nouns of the core."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bridge.core.limits import Limits
from bridge.core.model import Channel, Policy, Region, Rung, Who
from bridge.core.rota import DISPATCH, Duty, Leave, Override, Person, Roster, Turn
from bridge.core.wording import Wording
from bridge.settings.forms import (
    CalendarForm,
    DutyForm,
    LeaveForm,
    OverrideForm,
    PolicyForm,
    Regions,
    RosterForm,
    Sentences,
    UsersForm,
)
from bridge.settings.model import CalendarSource
from bridge.settings.passwords import Role, User
from bridge.settings.values import moment, span, turn

Values = dict[str, Any]
FILE = "roster.toml"  # who made what stands in it


def policy(values: Values) -> Policy:
    """The numbers of policy.toml."""
    form = PolicyForm.model_validate(values)
    ladder = tuple(Rung(rung.at, Who(rung.who), tuple(Channel(by) for by in rung.by)) for rung in form.ladder)
    numbers = form.model_dump(exclude={"ladder", "carrier", "limits", "pin_for"})
    return Policy(ladder=ladder, limits=Limits(**form.limits.model_dump()), pin_for=frozenset(form.pin_for), **numbers)


def regions(values: Values) -> Mapping[str, Region]:
    """The regions by id, in the order of the file."""
    forms = TypeAdapter(Regions).validate_python(values)
    return {
        letter: Region(letter, form.name, form.about, tuple(form.counties), tuple(form.neighbours))
        for letter, form in forms.items()
    }


def roster(values: Values) -> Roster:
    """Everybody who may be paged, and when."""
    form = RosterForm.model_validate(values)
    desk = Person(DISPATCH, form.dispatch.name, form.dispatch.phone, form.dispatch.text)
    people = [Person(person.id, person.name, person.phone, person.text, person.pin) for person in form.person]
    return Roster(
        people={person.id: person for person in (desk, *people)},
        duties=tuple(_duty(duty) for duty in form.duty),
        state=tuple(form.state),
        overrides=tuple(_override(n, override) for n, override in enumerate(form.override)),
        leaves=tuple(_leave(n, leave) for n, leave in enumerate(form.leave)),
    )


def calendars(values: Values, config: Path) -> tuple[CalendarSource, ...]:
    """The calendars that are kept elsewhere. A file is looked for from the folder of the configuration."""
    return tuple(_calendar(calendar, config) for calendar in RosterForm.model_validate(values).calendar)


def users(values: Values) -> Mapping[str, User]:
    """Who may log in, by name."""
    forms = UsersForm.model_validate(values).user
    return {form.name: User(form.name, form.password, Role(form.role), form.totp) for form in forms}


def wording(values: Values) -> Wording:
    """Every sentence, by "table.key"."""
    tables = TypeAdapter(Sentences).validate_python(values)
    return Wording({f"{table}.{key}": text for table, texts in tables.items() for key, text in texts.items()})


def _duty(form: DutyForm) -> Duty:
    spans = tuple(span(text) for text in form.when)
    handed_over = Turn(*turn(form.every), moment(form.begins)) if form.every and form.begins else None
    return Duty(form.region, form.rank, tuple(form.who), spans, handed_over)


def _override(n: int, form: OverrideForm) -> Override:
    """The n-th of the file: the later its id, the more it counts."""
    return Override(f"file-{n:04}", form.region, form.rank, form.who, moment(form.begins), moment(form.until), by=FILE)


def _leave(n: int, form: LeaveForm) -> Leave:
    return Leave(f"file-{n:04}", form.who, moment(form.begins), moment(form.until), by=FILE)


def _calendar(form: CalendarForm, config: Path) -> CalendarSource:
    file = config / form.file if form.file else None
    return CalendarSource(form.name, form.region, form.rank, form.url or "", file)
