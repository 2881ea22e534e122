"""What the source may log: fixed words and fields of the list. Read from the source itself, a line that nobody runs too."""

import ast
from collections.abc import Iterator

from bridge.logs.fields import FIELDS, redacted
from tests.stories.story import ROOT


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the source, and where it is."""
    for folder in ("bridge", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "simulator" in path.parts:
                continue
            for each in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _is_logger(each.func.value):
                    yield f"{path.relative_to(ROOT)}:{each.lineno}", each


def _is_logger(value: ast.expr) -> bool:
    named = isinstance(value, ast.Name) and value.id in ("log", "logger")
    return named or (isinstance(value, ast.Call) and ast.unparse(value.func).endswith(("get_logger", "getLogger")))


LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def test_every_line_of_ours_has_fixed_words_and_fields_of_the_list() -> None:
    found = [(where, call) for where, call in calls() if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS]
    assert len(found) > 45
    for where, call in found:
        assert isinstance(call.func, ast.Attribute)
        said = call.args[1 if call.func.attr == "log" else 0 :]
        assert [type(each) for each in said] == [ast.Constant], f"{where}: fixed words, and the rest in fields"
        assert isinstance(said[0], ast.Constant)
        assert redacted(said[0].value) == said[0].value, where
        names = {keyword.arg for keyword in call.keywords} - {"exc_info"}
        assert names <= set(FIELDS), f"{where}: {names - set(FIELDS)} is not in the list of bridge/logs/fields.py"


def test_every_field_of_the_list_is_used_and_says_what_it_means() -> None:
    used = {keyword.arg for _, call in calls() for keyword in call.keywords}
    assert set(FIELDS) - used <= {"left_out", "status"}, "of what nobody says nothing need be told"
    assert all(len(each.meaning) > 5 for each in FIELDS.values())


def test_nobody_goes_by_the_logging_of_python_directly() -> None:
    for folder in ("bridge", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            if not {"simulator", "logs"} & set(path.parts) and "getLogger(__name__)" in path.read_text("utf-8"):
                raise AssertionError(f"{path}: structlog.get_logger(__name__)")
