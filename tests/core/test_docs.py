"""The pictures in the docs are drawn from the code, and are drawn again when it changes."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_drawing_of_the_states_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
    assert spec
    assert spec.loader
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    assert (DOCS / "states.md").read_text(encoding="utf-8") == draw.page(), "run `make docs`, and commit docs/states.md"
