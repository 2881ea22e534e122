"""What a library wanted to log. Its template is written where it stands as it is in the library's source; of what it was filled
in with only small numbers and the types of errors. A sentence that was made up beforehand may hold anything: it is left out."""

import ast
from functools import lru_cache
from pathlib import Path

from bridge.logs.fields import name, number, redacted

SECRET = "what a library said, left out"  # noqa: S105


def said(file: str, template: str, args: object) -> str:
    """The sentence, as far as it may be written."""
    if template not in _literals(file):
        return SECRET
    try:
        return redacted(template % _shown(args) if args else template)
    except (TypeError, ValueError, KeyError):  # a placeholder of another type
        return redacted(template)


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_shown, value))
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    return name(type(value).__name__) if isinstance(value, BaseException) else number(value)


@lru_cache(maxsize=200)
def _literals(file: str) -> frozenset[str]:
    """The texts that stand in this file of Python."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    constants = (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant))
    return frozenset(each for each in constants if isinstance(each, str))
