"""`python -m tests.model`: the table of docs/model/README.md. What was looked for, and how much was looked at."""

from tests.model.checks import HOLDS
from tests.model.spin import run

print("| model | what is looked for | states | longest way | seconds |\n| --- | --- | ---: | ---: | ---: |")
for check in HOLDS:
    found = run(check)
    assert found.errors == 0, found.text
    assert found.exhaustive, found.text
    what = " ".join(check.title.split()[1:])
    print(f"| {check.model} | {what} | {found.states:,} | {found.depth:,} | {found.seconds:.1f} |", flush=True)
