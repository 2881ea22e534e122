"""The agency of the experiment: a quick ladder, and one coordinator and one backup in each region at any hour of any week."""

import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESK = "+13345550100"
ZIPS = {"A": "36602", "B": "36301", "C": "35401", "D": "36104", "E": "35630", "F": "35801", "G": "36203"}
DUTIES = {
    "A": ("landry", "pruitt"),
    "B": ("hollis", "mcrae"),
    "C": ("tolbert", "nguyen"),
    "D": ("ramsey", "okafor"),
    "E": ("garner", "stovall"),
    "F": ("kirby", "lopez"),
    "G": ("boyd", "crane"),
}

# Seconds after the start of the ladder, whom, by what. Nobody gets two texts about one request unless something went wrong.
LADDER = (
    (0.0, "on-call", ("text",)),
    (4.0, "on-call", ("call",)),
    (8.0, "backup", ("text", "call")),
    (14.0, "neighbours", ("text", "call")),
    (22.0, "dispatch", ("call",)),
)
CHANGED = {
    "deadline": '"75s"',
    "again_every": '"5m"',
    "remind_after": '"20m"',
    "contact_within": '"30m"',
    "ring_for": '"5s"',
    "shift_reminders": "false",
    "texts_per_second": "100",
    "calls_per_second": "100",
    "texts_at_once": "100",
}


@dataclass(frozen=True)
class Agency:
    """What the audit knows of the configuration, read from the files and not from the bridge."""

    numbers: dict[str, str]  # person -> E.164
    neighbours: dict[str, list[str]]  # region -> regions

    def who(self, kind: str, region: str) -> list[str]:
        """Whom a rung pages for a request from this region."""
        if kind == "dispatch":
            return ["dispatch"]
        if kind == "neighbours":
            return [DUTIES[each][0] for each in self.neighbours[region]]
        return [DUTIES[region][0 if kind == "on-call" else 1]]


def write(folder: Path, sample: Path = ROOT / "config") -> Agency:
    """Write the configuration into the folder: the sample, with a quick ladder and simple duties."""
    shutil.copytree(sample, folder, dirs_exist_ok=True)
    policy, roster = folder / "policy.toml", folder / "roster.toml"
    policy.write_text(_policy(policy.read_text("utf-8")), "utf-8")
    roster.write_text(_roster(roster.read_text("utf-8")), "utf-8")
    people = tomllib.loads(roster.read_text("utf-8"))
    regions = tomllib.loads((folder / "regions.toml").read_text("utf-8"))
    numbers = {each["id"]: each["phone"] for each in people["person"]}
    return Agency(
        {**numbers, "dispatch": people["dispatch"]["phone"]}, {name: each["neighbours"] for name, each in regions.items()}
    )


def _policy(text: str) -> str:
    head = text.partition("[[ladder]]")[0]
    for name, value in CHANGED.items():
        head, found = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", head)
        assert found, name
    rungs = (
        f'[[ladder]]\nat = "{at:g}s"\nwho = "{who}"\nby = [{", ".join(repr(each) for each in by)}]\n' for at, who, by in LADDER
    )
    return head + "\n".join(rungs).replace("'", '"')


def _roster(text: str) -> str:
    head = text.partition("[[duty]]")[0].replace("text = false            # a landline\n", "")
    ranks = ("on-call", "backup")
    duties = (
        f'[[duty]]\nregion = "{region}"\nrank = "{rank}"\nwho = "{who}"\n'
        for region, people in DUTIES.items()
        for rank, who in zip(ranks, people, strict=True)
    )
    return head + "\n".join(duties)
