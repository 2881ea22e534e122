"""docs/threats.md names a test for each threat, and each of them exists."""

import ast
import re

from tests.stories.story import ROOT

THREATS = ROOT / "docs" / "threats.md"


def rows() -> list[str]:
    """The lines of its tables, without the heads."""
    lines = [line for line in THREATS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith(("| ---", "| | threat"))]


def found_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_names_a_test_and_every_test_exists() -> None:
    named = [re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row) for row in rows()]
    assert len(named) > 25
    assert [row for row, tests in zip(rows(), named, strict=True) if not tests] == [], "a threat without a test"
    missing = [f"{file}::{name}" for tests in named for file, name in tests if name and name not in found_in(file)]
    assert missing == []
    assert {row[2] for row in rows()} >= set("STRIDE"), "one letter is never thought of"
