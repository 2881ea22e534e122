"""`python -m tests.chaos.victim web|worker|clock`: the same process, which dies at a numbered step, or whose clock is set.

What is to happen stands in files in $CHAOS_HOME, so that it can be changed while the processes run:

    offset            by how many seconds the wall clock of every process is ahead; the steady clock is left alone
    crash-{kind}      JSON {"step": "store.commit:after", "nth": 2}: the first process of this kind that takes the step so often
                      after it has seen the file kills itself with -9, and the file is renamed to taken-{kind}
    count             while it is there, every step that is taken is written to steps-{kind}
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

HOME = Path(os.environ["CHAOS_HOME"])
_wall = time.time


def _set() -> float:
    """The wall clock as somebody has set it."""
    try:
        return _wall() + float((HOME / "offset").read_text("ascii") or 0)
    except (OSError, ValueError):
        return _wall()


class Death:
    """Takes the steps of this process, and dies at the one that is named."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._crash, self._count = HOME / f"crash-{kind}", HOME / "count"
        self._seen: Counter[str] = Counter()

    def take(self, step: str) -> None:
        """This step is taken now."""
        if self._count.exists():
            with (HOME / f"steps-{self.kind}").open("a", encoding="ascii") as file:
                file.write(f"{step}\n")
        try:
            told = json.loads(self._crash.read_text("ascii"))
        except (OSError, ValueError):
            self._seen.clear()
            return
        self._seen[step] += 1
        if step == told["step"] and self._seen[step] >= told["nth"]:
            with suppress(OSError):  # another process was first
                self._crash.rename(HOME / f"taken-{self.kind}")
                os.kill(os.getpid(), signal.SIGKILL)


class Port:
    """A port whose every call is two steps."""

    def __init__(self, name: str, port: Any, death: Death) -> None:
        self._name, self._port, self._death = name, port, death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._stepped(f"{self._name}.{name}", found) if callable(found) else found

    def _stepped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self._death.take(f"{name}:before")
            answer = call(*args, **kwargs)
            self._death.take(f"{name}:after")
            return answer

        return stepped


def mortal(kind: str) -> None:
    """Have every world that is made from here on take steps."""
    from bridge import wiring
    from tests.stories.steps import PORTS

    make, death = wiring.world, Death(kind)

    def world(*args: Any, **kwargs: Any) -> Any:
        whole = make(*args, **kwargs)
        return replace(whole, **{name: Port(name, getattr(whole, name), death) for name in PORTS})

    wiring.world = world


def app() -> Any:
    """The web application, as gunicorn loads it."""
    time.time = _set
    mortal("web")
    from bridge.web import entry

    return entry.app()


def main(kind: str) -> None:
    """Be this process."""
    time.time = _set
    from bridge import cli, processes

    if kind == "web":
        conf = Path(processes.__file__).with_name("web") / "gunicorn_conf.py"
        bind = f"127.0.0.1:{os.environ['PORT']}"
        processes.die_with_parent()
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(conf), "-b", bind, "tests.chaos.victim:app()"])
    mortal(kind)
    cli.main([kind])


if __name__ == "__main__":
    main(sys.argv[1])
