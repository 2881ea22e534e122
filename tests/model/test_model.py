"""The formal models of docs/model: all that must hold does, in every state; each fault of design is found; and their moves are
those of the table in bridge/core/request.py."""

import importlib.util
import re
import tomllib

import pytest

from bridge.core.request import allowed
from tests.model.checks import FAULTS, HOLDS
from tests.model.spin import MODELS, Check, missing, run

pytestmark = pytest.mark.timeout(600)  # seconds on a busy machine; the longest run takes about ten on a quiet one


@pytest.fixture(autouse=True)
def spin() -> None:
    """These tests need a tool that is not a Python package."""
    if missing():
        pytest.fail(missing())


@pytest.mark.parametrize("check", HOLDS, ids=lambda check: check.title)
def test_it_holds_in_every_state_of_the_model(check: Check) -> None:
    found = run(check)
    assert found.errors == 0, found.text
    assert found.exhaustive, found.text
    assert found.states > 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_design_is_found(fault: str) -> None:
    check, words = FAULTS[fault]
    found = run(check)
    assert found.errors > 0, f"the model does not see: {fault}"
    assert [line for line in found.text.splitlines() if line.startswith("pan:") and words in line], found.text


@pytest.mark.parametrize("check", [HOLDS[0], HOLDS[2], HOLDS[7]], ids=lambda c: c.title)
def test_no_step_of_a_model_is_out_of_reach(check: Check) -> None:
    assert run(check).unreached == []


def test_the_table_of_the_models_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("draw", MODELS.parent / "draw.py")
    assert spec
    assert spec.loader
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    drawn = (MODELS / "table.pml").read_text(encoding="utf-8")
    assert drawn == draw.table(), "run `make docs`, and commit docs/model/table.pml"


def test_every_move_of_a_model_is_one_that_the_table_allows() -> None:
    law = {(state.name, event, to.name) for state, event, following in allowed() for to in following}
    assert taken() <= law


def test_every_row_of_the_table_is_taken_in_a_model_or_left_out_for_a_reason() -> None:
    rows = {f"{state.name}.{event}" for state, event, _ in allowed()}
    reasons = tomllib.loads((MODELS / "left_out.toml").read_text(encoding="utf-8"))
    flat = {f"{key}.{name}" if isinstance(value, dict) else key for key, value in reasons.items() for name in (value or [""])}
    left_out = {row for row in rows for name in flat if row == name or row.endswith(f".{name}")}
    used = {f"{state}.{event}" for state, event, _ in taken()}
    assert rows - used - left_out == set(), "neither taken nor left out"
    assert used & left_out == set(), "taken, and said to be left out"
    assert all(any(row == name or row.endswith(f".{name}") for row in rows) for name in flat), "left out, and not in the table"
    assert all(reasons.values()), "left out without a reason"


def taken() -> set[tuple[str, str, str]]:
    """The moves that the models make: each is written out in full."""
    steps = [model.read_text(encoding="utf-8") for model in MODELS.glob("*.pml")]
    found = {move for text in steps for move in re.findall(r"STEP\((\w+), (\w+), (\w+)\)", text)}
    return {move for move in found if move[0] != "from"}
