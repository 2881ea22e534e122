"""The long form: `python -m tests.fuzz --inputs 100000 [--seed 1] [--only NAME]`. Prints what each reader got, and broke on.

One third of the inputs goes to the webhooks, each in the real application over a real store; the rest to the readers of text.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from flask import Flask
from hypothesis import HealthCheck, core, given, settings
from hypothesis import strategies as st

from bridge.settings import load
from bridge.store import connect
from bridge.store.server import socket_path
from bridge.web import create_app
from tests.conftest import start_store
from tests.fuzz import test_calls
from tests.fuzz.bridge import furnished
from tests.fuzz.doors import doors, fuzz, sound
from tests.fuzz.parsers import TARGETS, Target
from tests.web.desk import Desk, desk_on

STEPS = 30  # what happens in one call that is walked through

Run = Callable[[settings], object]


def main() -> int:
    """Fuzz everything. Returns 1 where something broke."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--inputs", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="targets whose name begins so")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        server = start_store(Path(name))
        try:
            return _all(chosen, Path(name))
        finally:
            server.kill()
            server.wait()


def _all(chosen: argparse.Namespace, data: Path) -> int:
    redis = connect.patient(f"unix://{socket_path(data)}")
    desk = furnished(desk_on(redis, replace(load({"BRIDGE_DATA": str(data)}), users={})))
    app = create_app(desk.world)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    posts, texts = dict(_posts(desk, app)), dict(_texts())
    each = {
        **dict.fromkeys(posts, chosen.inputs // 3 // len(posts)),
        **dict.fromkeys(texts, chosen.inputs * 2 // 3 // len(texts)),
    }
    broken = total = 0
    for name, run in {**posts, **texts}.items():
        if name.startswith(chosen.only):
            broken += not _one(name, run, each[name], chosen.seed)
            total += each[name]
    print(f"{total} inputs, {broken} broken, seed {chosen.seed}", flush=True)
    return int(broken > 0)


def _posts(desk: Desk, app: Flask) -> Iterator[tuple[str, Run]]:
    for rule in doors(app):
        yield rule.rule, lambda given_, rule=rule: (fuzz(desk, app, rule, given_), sound(desk))
    yield "a whole call", lambda given_: test_calls.walk(desk, app, settings(given_, stateful_step_count=STEPS), STEPS)


def _texts() -> Iterator[tuple[str, Run]]:
    for name, target in TARGETS.items():
        yield name, lambda given_, target=target: _read(target, given_)


def _read(target: Target, chosen: settings) -> None:
    @chosen
    @given(st.data())
    def read(data: st.DataObject) -> None:
        target.take(data.draw(target.feed))

    read()


def _one(name: str, run: Run, inputs: int, number: int) -> bool:
    began, trouble = time.monotonic(), ""
    asked = settings(
        max_examples=max(1, inputs), deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    try:
        core.global_force_seed = number
        run(asked)
    except Exception as error:
        trouble = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    print(f"{name:60} {inputs:7} {time.monotonic() - began:7.1f} s  {trouble or 'ok'}", flush=True)
    return not trouble


if __name__ == "__main__":
    sys.exit(main())
