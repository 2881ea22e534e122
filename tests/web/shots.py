"""Takes the pictures of the pages in docs/pictures: `make pictures`, or `python -m tests.web.shots [FOLDER [NAME...]]`.

A real store, the real application on a port, a real browser; only the time stands still.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bridge.core.vigil import Vigil
from bridge.settings import Role, User, hash_password, load
from bridge.settings.alarms import AlarmRoutes
from bridge.store import connect
from bridge.store.server import socket_path
from bridge.web import create_app
from tests.conftest import start_store
from tests.web.desk import PASSWORD, Desk, Site, Watch, desk_on
from tests.web.scenes import SCENES

WALL = {"width": 1920, "height": 1080}
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
USERS = {"mary": User("mary", hash_password(PASSWORD), Role.DISPATCH)}


@dataclass(frozen=True)
class Shot:
    """A picture: what is waiting, on which screen, in which colors, and what somebody does first."""

    scene: str
    screen: dict[str, int]
    colors: str = "dark"
    act: Callable[[Page, Site], None] = lambda page, site: None
    path: str = "/"


def opened(page: Page, name: str) -> None:
    """A dialog is open."""
    page.get_by_role("button", name=name).first.click()
    expect(page.locator("dialog[open]")).to_be_visible()


def act(page: Page, site: Site) -> None:
    """A dispatcher is about to page somebody of their choice."""
    opened(page, "Act…")
    page.locator("#do-page summary").click()


def take_in(page: Page, site: Site) -> None:
    """A dispatcher takes in a call; the place is not clear."""
    opened(page, "Take in a call")
    page.get_by_label("Where the caller is").fill("Oxford")
    page.get_by_label("Number to call back", exact=True).fill("256 555 0137")


def stopped(page: Page, site: Site) -> None:
    """The bridge does not answer any more."""
    site.stop()
    expect(page.locator("html.stale")).to_be_attached(timeout=15000)


SHOTS = {
    "empty": Shot("empty", WALL),
    "one": Shot("one", WALL),
    "eight": Shot("eight", WALL),
    "eight-light": Shot("eight", WALL, "light"),
    "forty": Shot("forty", WALL),
    "overdue": Shot("overdue", WALL),
    "nobody": Shot("nobody", WALL),
    "stale": Shot("eight", WALL, act=stopped),
    "desk": Shot("eight", DESK),
    "act": Shot("eight", DESK, act=act),
    "take-in": Shot("one", DESK, "light", act=take_in),
    "phone": Shot("eight", PHONE),
    "phone-light": Shot("one", PHONE, "light"),
    "rota": Shot("nobody", DESK, path="/rota"),
    "log-in": Shot("empty", DESK, act=lambda page, site: page.get_by_role("button", name="Log out").click()),
    "figures": Shot("eight", DESK, path="/figures"),
}


@contextmanager
def page_of(browser: Browser, desk: Desk, shot: Shot) -> Any:
    """The page, as the shot wants it."""
    site = Site(create_app(desk.world))
    context = browser.new_context(viewport=shot.screen, color_scheme=shot.colors, reduced_motion="reduce")
    watch = Watch(context, site)
    try:
        page = watch.log_in()
        if shot.path != "/":
            page.goto(site.url + shot.path)
        page.wait_for_load_state("load")
        shot.act(page, site)
        yield page
    finally:
        context.close()
        if site.running:
            site.stop()


def main(folder: Path = FOLDER, *names: str) -> None:
    """Take those pictures, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp())
    server = start_store(data)
    redis = connect.patient(f"unix://{socket_path(data)}")
    settings = replace(load({"BRIDGE_DATA": str(data)}), users=USERS, alarms=AlarmRoutes(webhook="https://alarms.example.org"))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, shot in SHOTS.items():
                if names and name not in names:
                    continue
                redis.flushall()
                desk = desk_on(redis, settings)
                SCENES[shot.scene](desk)
                desk.beat()
                desk.world.watch.keep_vigil(Vigil(), Vigil(looked_at=desk.time, version=1))
                desk.world.store.carrier_answered(desk.time)
                desk.world.store.begin_canary(desk.time - 1)
                desk.world.store.end_canary(desk.time - 0.96)
                with page_of(browser, desk, shot) as page:
                    page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=82)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(data)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]), *sys.argv[2:])
