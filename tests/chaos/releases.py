"""The release before this one, from the history of the repository."""

import subprocess
import tomllib
from pathlib import Path

from tests.chaos.setting import ROOT

# Where work on the next release began before it was given its number: the last commit of the release itself.
RELEASED = {"0.4.0": "0db4fa5d93ae2c9fa1bc5ef03ed6faed12408929"}


class NoHistory(Exception):
    """There is no repository here, or it does not go back far enough."""


def former(folder: Path) -> Path:
    """Unpack the last state of the release before this one into the folder. Raises NoHistory."""
    ours = _version((ROOT / "pyproject.toml").read_text("utf-8"))
    for commit in _git("log", "--format=%H", "--", "pyproject.toml").split():
        version = _version(_git("show", f"{commit}:pyproject.toml"))
        if version != ours:
            last = RELEASED.get(version) or f"{_next_version(commit)}^"
            return _unpacked(_git("rev-parse", f"{last}^{{commit}}").strip(), folder)
    raise NoHistory("every commit is of this release")


def _next_version(commit: str) -> str:
    """The commit after this one that gave the project its next version: what stood before it was released."""
    return _git("log", "--reverse", "--format=%H", f"{commit}..HEAD", "--", "pyproject.toml").split()[0]


def _unpacked(commit: str, folder: Path) -> Path:
    folder.mkdir()
    archive = subprocess.run(("git", "archive", commit), cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(("tar", "-x", "-C", str(folder)), input=archive, check=True)
    return folder


def _version(document: str) -> str:
    return str(tomllib.loads(document)["project"]["version"])


def _git(*arguments: str) -> str:
    done = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoHistory(done.stderr.strip())
    return done.stdout
