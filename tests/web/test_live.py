"""The page is true to the second: what its stream says, and what a browser makes of it when the stream breaks."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, Route, expect
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from bridge.actions import changes
from bridge.core.errors import NotAllowed
from bridge.core.events import Accepted, Closed, Contacted, Reported, Ticked
from bridge.core.model import Place, Request, Status
from bridge.settings import User, demo_password
from bridge.web import create_app, live, pieces
from tests.bench import board as bench
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port
from tests.web.desk import PASSWORD, T0, Desk, Site, Watch, log_in
from tests.web.reader import Read, Reader, cookie, timeless

MOBILE = Place("Mobile", "Mobile", "A")
NOT_LIVE = "This page is not live"


def whole(client: FlaskClient) -> dict[str, Any]:
    """Everything, as it stands now."""
    answer = client.get("/board")
    assert answer.status_code == 200
    return dict(answer.json or {})


# ---- the stream


def test_a_reader_who_has_nothing_is_told_everything(read: Read, desk: Desk, app: Flask) -> None:
    desk.call()
    reader = read()
    assert (reader.status, reader.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert reader.headers["Cache-Control"] == "no-store"
    first = reader.next()
    assert (first.name, first.data["whole"], first.data["now"]) == ("board", True, T0)
    assert first.data["version"] == app.extensions["live"].version
    assert first.data["slots"]["rows"] == ["r-req0"]
    assert "Oxford" in first.data["html"]["r-req0"]


def test_a_page_that_was_just_opened_has_everything(read: Read, mary: FlaskClient, desk: Desk, app: Flask) -> None:
    desk.call()
    found = re.search(r'data-since="(\w+)"', mary.get("/").text)
    assert found is not None
    first = read(found[1]).next()
    assert (first.name, first.data) == ("beat", {"now": T0, "version": app.extensions["live"].version})


def test_a_change_is_told_at_once_and_nothing_else_is_told_again(read: Read, desk: Desk) -> None:
    first, _ = desk.call(), desk.call(1, MOBILE, callback="+12515550138")
    reader = read()
    reader.next("board")
    before = time.monotonic()
    desk.happens(first, Reported(0, Status.DELIVERED, "delivered"))
    change = reader.next("board")
    assert time.monotonic() - before < 1.0
    assert change.data["slots"]["rows"] == ["r-req0", "r-req1"]
    assert "r-req0" in change.data["html"]
    assert not {"r-req1", "map", "ended", "through"} & set(change.data["html"])
    assert not change.data["whole"]


def test_what_is_no_request_s_change_is_told_within_two_seconds(read: Read, desk: Desk) -> None:
    reader = read()
    reader.next("board")
    changes.add_leave(desk.world, "crane", T0 - 1, T0 + 3600, "mary", "board")
    assert "map" in reader.next("board").data["html"]


def test_time_alone_changes_nothing_but_the_beat(read: Read, desk: Desk) -> None:
    desk.call()
    reader = read()
    reader.next("board")
    desk.time += 3
    event = reader.next()
    while event.data["now"] == T0:
        event = reader.next()
    assert (event.name, event.data["now"], event.data.get("html")) == ("beat", T0 + 3, None)


def test_a_position_that_nobody_knows_any_more_brings_everything(read: Read, desk: Desk) -> None:
    desk.call()
    for position in ("0" * 24, "%0A%0Adata:x", "x" * 4000):
        first = read(position).next()
        assert (first.name, first.data["whole"]) == ("board", True)


def test_the_header_of_a_browser_that_reconnects_counts_more_than_the_address(read: Read, desk: Desk) -> None:
    desk.call()
    position = read().next("board").id
    assert read("old", **{"Last-Event-ID": position}).next().name == "beat"


def test_a_page_that_asks_is_told_the_same(read: Read, mary: FlaskClient, desk: Desk, app: Flask) -> None:
    request = desk.call()
    reader = read()
    position = reader.next("board").id
    nothing = mary.get(f"/board?since={position}")
    assert (nothing.status_code, nothing.data) == (204, b"")
    assert (nothing.headers["X-Bridge-Now"], nothing.headers["X-Bridge-Version"]) == (
        f"{T0:.3f}",
        app.extensions["live"].version,
    )
    desk.happens(request, Reported(0, Status.SENT))
    change = reader.next("board")
    asked = mary.get(f"/board?since={position}")
    assert asked.headers["Cache-Control"] == "no-store"
    assert asked.json is not None
    assert asked.json["id"] == change.id
    assert asked.json["slots"] == change.data["slots"]
    assert {key: timeless(html) for key, html in asked.json["html"].items()} == {
        key: timeless(html) for key, html in change.data["html"].items()
    }


class Steps:
    """A night at random: requests come, change and go, servers are started anew, readers come back."""

    def __init__(self, desk: Desk, site: Site, mary: FlaskClient) -> None:
        self.desk, self.site, self.mary = desk, site, mary
        self.requests: list[Request] = []
        self.reader = Reader(site.port, cookie(mary))

    def do(self, what: str, which: int) -> None:
        getattr(self, what)(which)
        now = whole(self.mary)
        self.reader.until(now["id"])
        assert self.reader.slots == now["slots"]
        assert self.reader.timeless() == {key: timeless(html) for key, html in now["html"].items()}

    def call(self, which: int) -> None:
        n = len(self.requests)
        places = (Place("Oxford", "Calhoun", "G"), MOBILE, Place())
        self.requests.append(self.desk.call(n, places[which % 3], callback=f"+1256555{100 + n:04}"))

    def event(self, which: int) -> None:
        if not self.requests:
            return
        request = self.requests[which % len(self.requests)]
        person = request.messages[0].person
        every = (Reported(0, Status.DELIVERED, "delivered"), Accepted(person), Contacted(person), Closed("test"), Ticked())
        with contextlib.suppress(NotAllowed):  # not every story makes sense
            self.desk.happens(request, every[which % 5])

    def later(self, which: int) -> None:
        self.desk.time += (1, 90, 600, 1800)[which % 4]
        self.desk.beat()

    def restart(self, which: int) -> None:
        self.site.stop()
        self.site.app = create_app(self.desk.world)
        self.site.start()
        self.again(which)

    def again(self, which: int) -> None:
        self.reader.close()
        if which % 2:
            self.call(which)
        self.reader.open()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    night=st.lists(
        st.tuples(
            st.sampled_from(["call", "call", "event", "event", "event", "later", "restart", "again"]), st.integers(0, 30)
        ),
        min_size=4,
        max_size=14,
    )
)
def test_no_row_is_lost_or_doubled_whatever_happens(
    night: list[tuple[str, int]], desk: Desk, site: Site, mary: FlaskClient, redis: Redis
) -> None:
    redis.delete("nothing", *(key for key in redis.keys("*") if not key.startswith(b"session:")))  # mary stays logged in
    desk.time = T0
    desk.beat()
    steps = Steps(desk, site, mary)
    for what, which in night:
        steps.do(what, which)
    steps.reader.close()


def test_after_a_restart_the_position_means_the_same(read: Read, site: Site, desk: Desk) -> None:
    desk.call()
    reader = read()
    position = reader.next("board").id
    site.stop()
    with pytest.raises(EOFError):
        reader.next("over")
    site.app = create_app(desk.world)
    site.start()
    other = read()
    assert other.next("board").id == position
    assert read(position).next().name == "beat"


def test_a_position_is_the_same_in_every_process() -> None:
    script = "from bridge.web.pieces import _digest; print(_digest({'a': frozenset(map(str, range(50)))}))"
    seeds = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2", "3"))
    said = {subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True).stdout for env in seeds}
    assert len(said) == 1


# ---- who may read, and how many


def test_nobody_reads_without_a_log_in(site: Site) -> None:
    assert Reader(site.port, "").status == 401


def test_a_session_that_ends_ends_the_stream(read: Read, desk: Desk) -> None:
    desk.call()
    reader = read()
    reader.next("board")
    desk.time += 15 * 3600
    reader.next("over")
    with pytest.raises(EOFError):
        reader.next()


def test_somebody_who_is_removed_reads_no_more(read: Read, site: Site, desk: Desk, users: dict[str, User]) -> None:
    zoe = User("zoe", users["mary"].password_hash, users["mary"].role)
    desk.world.accounts.put(zoe)
    client = site.app.test_client()
    assert log_in(client, "zoe", PASSWORD).status_code == 303
    reader = read(who=client)
    reader.next("board")
    desk.world.accounts.remove("zoe")
    reader.next("over")
    with pytest.raises(EOFError):
        reader.next()


def test_who_may_only_look_is_shown_no_buttons_and_no_piece_holds_a_session(read: Read, walt: FlaskClient, desk: Desk) -> None:
    desk.call()
    hers, his = read(), read(who=walt)
    hers.next("board"), his.next("board")
    assert "data-reveal" in hers.html["r-req0"]
    assert "data-reveal" not in his.html["r-req0"]
    assert hers.position != his.position
    assert "csrf" not in "".join(hers.html.values())


def test_streams_have_a_bound_and_who_leaves_makes_room(
    read: Read, mary: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 2)
    first, second = read(), read()
    first.next(), second.next()
    refused = read()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
    assert mary.get("/board").status_code == 200
    first.close()
    wait_until(lambda: read().status == 200)


def test_a_store_that_does_not_answer_is_trouble_and_then_is_not(
    read: Read, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.call()
    reader = read()
    reader.next("board")

    def gone() -> Any:
        raise NoConnection("gone")

    with monkeypatch.context() as broken:
        broken.setattr(desk.world.store, "requests", gone)
        assert reader.next("trouble").data["why"] == live.NO_STORE
        assert reader.next().name == "trouble"  # and no beat says that all is well
        other = read()
        assert other.next().name == "trouble"
        other.close()
    assert reader.next("beat", "board").name == "beat"


def test_a_store_that_hangs_is_waited_for_by_one_page_and_not_by_all(
    read: Read, site: Site, mary: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, waiting = threading.Event(), list[int]()

    def hangs() -> int:
        waiting.append(1)
        held.wait(20)
        raise NoConnection("gone")

    def ask(most: float) -> int:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=most)
        connection.request("GET", "/board", headers={"Cookie": f"bridge={cookie(mary)}"})
        with contextlib.closing(connection):
            return connection.getresponse().status

    monkeypatch.setattr(desk_store := site.app.extensions["desk"].world.store, "changes", hangs)
    first = threading.Thread(target=ask, args=(30,))
    first.start()
    wait_until(lambda: waiting)
    wait_until(lambda: time.monotonic() - site.app.extensions["live"]._began > live.PATIENCE)
    assert [ask(5) for _ in range(10)] == [503] * 10
    assert len(waiting) == 1
    held.set()
    first.join()
    assert ask(5) == 503  # and not tried again in the same second
    assert len(waiting) == 1
    assert desk_store.beats()


def test_streams_end_at_once_when_the_process_is_to_stop(read: Read, app: Flask) -> None:
    reader = read()
    reader.next("board")
    before = time.monotonic()
    app.extensions["live"].close()
    with pytest.raises(EOFError):
        reader.next("over")
    assert time.monotonic() - before < 1.0
    assert read().status == 503


def test_nobody_looks_when_nobody_reads(read: Read) -> None:
    reader = read()
    reader.next("board")
    looking = [thread for thread in threading.enumerate() if thread.name == "live"]
    assert looking
    reader.close()
    wait_until(lambda: not any(thread.is_alive() for thread in looking))


class Tops(HTMLParser):
    """The keys of the elements that stand at the top of a piece."""

    EMPTY = ("br", "input", "img", "path", "circle", "use", "rect", "hr", "wbr")

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.keys = 0, list[str | None]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.keys.append(dict(attrs).get("data-key"))
        self.depth += tag not in self.EMPTY

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without an end."""

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in self.EMPTY


def test_each_piece_is_one_element_that_bears_its_key(mary: FlaskClient, desk: Desk) -> None:
    empty = whole(mary)["html"]
    first = desk.call()
    desk.happens(first, Closed("test"))
    desk.call(1, callback="+12565550139")
    for key, html in {**empty, **whole(mary)["html"]}.items():
        tops = Tops()
        tops.feed(html)
        assert tops.keys == [key]


# ---- in a browser


def hold(watch: Watch, page: Page) -> None:
    """From now on nothing comes through, neither a stream nor an answer."""
    watch.context.route("**/live?*", lambda route: route.abort())
    watch.context.route("**/board?*", lambda route: route.abort())
    watch.site.app.extensions["live"].close()


def test_a_change_is_seen_within_a_second(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    expect(page.locator(".row")).to_have_count(0)
    page.evaluate(
        """() => { window.seen = 0; new MutationObserver(() => { window.seen ||= performance.timeOrigin + performance.now(); })
        .observe(document.querySelector('[data-slot=rows]'), {childList: true}); }"""
    )
    before = time.time()
    desk.call()
    expect(page.locator(".row")).to_have_count(1)
    assert page.evaluate("window.seen") / 1000 - before < 1.0
    assert watch.complaints == []


def test_a_server_that_holds_still_is_silence_within_six_seconds(
    watch: Watch, desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.call()
    page = watch.log_in()
    held, look = threading.Event(), pieces.look

    def stuck(world: Any) -> Any:
        held.wait(30)
        return look(world)

    monkeypatch.setattr(pieces, "look", stuck)
    before = time.monotonic()
    expect(page.get_by_text(NOT_LIVE)).to_be_visible(timeout=15000)
    assert 3.0 < time.monotonic() - before < 8.5  # five seconds after the last beat, on a machine that does other things too
    expect(page.locator("html.stale .figure")).to_have_css("text-decoration-line", "line-through")
    held.set()
    expect(page.locator(".alarm")).to_be_hidden(timeout=15000)


def test_a_stream_that_breaks_is_mended_with_what_came_meanwhile(watch: Watch, desk: Desk, site: Site) -> None:
    request = desk.call()
    page = watch.log_in()
    site.stop()
    desk.call(1, MOBILE, callback="+12515550138")
    desk.happens(request, Closed("test"))
    site.start()
    expect(page.locator("[data-slot=rows] .row")).to_have_count(1, timeout=15000)
    expect(page.locator("[data-slot=rows]")).to_contain_text("Mobile")
    expect(page.locator(".ended")).to_contain_text("412")
    expect(page.locator(".alarm")).to_be_hidden(timeout=15000)


def refuse(route: Route) -> None:
    """What a process says that has no room."""
    route.fulfill(status=503, body="full")


def swallow(route: Route) -> None:
    """What a proxy does that holds back a stream until it ends."""


@pytest.mark.parametrize("answer", [refuse, swallow])
def test_a_page_without_a_stream_asks_and_is_as_true(watch: Watch, desk: Desk, answer: Callable[[Route], None]) -> None:
    watch.context.route("**/live?*", answer)
    page = watch.log_in()
    request = desk.call()
    expect(page.locator(".row .chip")).to_have_text("Waiting")
    desk.happens(request, Accepted(request.messages[0].person))
    expect(page.locator(".row .chip")).to_have_text("Accepted")
    page.wait_for_timeout(6000)  # longer than silence may last
    expect(page.locator(".alarm")).to_be_hidden()


def test_a_window_for_which_the_browser_has_no_connection_left_asks(watch: Watch, desk: Desk) -> None:
    asked: dict[str, set[Page]] = {"/live": set(), "/board": set()}
    first = watch.log_in()
    pages = [watch.context.new_page() for _ in range(4)]
    for page in pages:
        page.on("request", lambda request: asked.get(urlsplit(request.url).path, set()).add(request.frame.page))
        page.goto(watch.site.url)
        expect(page.locator("html.counting")).to_be_attached()
    desk.call()
    for page in (first, *pages):
        expect(page.locator(".row")).to_have_count(1)
    assert asked["/live"] == {*pages[:3]}  # four seats, one of them taken by the first window
    assert pages[3] in asked["/board"]


FAKE = """window.EventSource = class extends EventTarget {
  constructor() { super(); window.stream = this; window.streams = (window.streams || 0) + 1; }
  close() { this.closed = true; }
  say(name, data, lastEventId) {
    if (!this.closed) this.dispatchEvent(new MessageEvent(name, {data: JSON.stringify(data), lastEventId}));
  }
};"""


def test_what_was_held_up_on_its_way_is_never_shown_as_new(watch: Watch, desk: Desk) -> None:
    watch.context.add_init_script(FAKE)
    desk.call()
    page = watch.log_in()
    desk.time += 120
    desk.beat()
    expect(page.locator("#heard")).to_contain_text("02:16:05")  # it has asked
    watch.context.route("**/board?*", lambda route: route.abort())
    old = {
        "now": T0 + 60,
        "version": watch.site.app.extensions["live"].version,
        "slots": {"rows": []},
        "html": {},
        "whole": False,
    }
    for _ in range(14):
        page.evaluate("([name, data]) => stream.say(name, data, 'x')", ["board", old])
        page.wait_for_timeout(500)
    expect(page.get_by_text(NOT_LIVE)).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("02:16:0")
    expect(page.locator(".row")).to_have_count(1)
    assert page.evaluate("streams") > 1  # such a stream is not kept


def test_a_laptop_that_was_asleep_says_so_before_it_knows_better(watch: Watch, desk: Desk) -> None:
    watch.context.add_init_script("const real = Date.now; window.slept = 0; Date.now = () => real.call(Date) + window.slept;")
    desk.call()
    page = watch.log_in()
    hold(watch, page)
    page.evaluate("window.slept = 3600000")
    expect(page.get_by_text(NOT_LIVE)).to_be_visible(timeout=2000)
    expect(page.locator("#alarm-why")).to_contain_text("What stands below is from 02:14:0")
    watch.site.app.extensions["live"].open()
    watch.context.unroute("**/live?*")
    watch.context.unroute("**/board?*")
    expect(page.locator(".alarm")).to_be_hidden(timeout=15000)
    expect(page.locator(".figure")).to_have_text(re.compile(r"^(30:00|29:5\d)$"))


def test_a_network_that_comes_back_is_used_at_once(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    watch.context.set_offline(True)
    watch.site.app.extensions["live"].close()  # a stream that is open already is not cut by the browser's pretence
    expect(page.locator("#alarm-why")).to_contain_text("This computer is not connected to the network.", timeout=15000)
    desk.call()
    watch.site.app.extensions["live"].open()
    with page.expect_request("**/live?*", timeout=3000):  # not only asked: the stream is opened again
        watch.context.set_offline(False)
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".alarm")).to_be_hidden()


def test_new_files_of_the_page_are_fetched_unless_somebody_is_in_a_form(
    watch: Watch, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.context.add_init_script("const real = performance.now; performance.now = () => real.call(performance) + 20000;")
    desk.call()
    page = watch.log_in()
    page.evaluate("window.before = true")
    page.get_by_role("button", name="Act…").click()
    monkeypatch.setattr(watch.site.app.extensions["live"], "version", "another")
    page.wait_for_timeout(5000)
    assert page.evaluate("window.before")
    page.keyboard.press("Escape")
    expect(page.locator("html")).to_have_attribute("data-version", "another", timeout=10000)
    assert not page.evaluate("window.before")


def test_what_has_the_focus_keeps_it_when_the_rows_change_places(watch: Watch, desk: Desk) -> None:
    first = desk.call()
    desk.time += 60
    desk.call(1, MOBILE, callback="+12515550138")
    page = watch.log_in()
    for button in ("r-req0", "r-req1"):
        page.locator(f"#{button} [data-act]").focus()
        request = desk.world.store.load(first.id)
        desk.happens(request, Accepted("crane") if not request.accepted_by else Reported(0, Status.DELIVERED, "delivered"))
        expect(page.locator(".row").first).to_have_id("r-req1")
        assert page.evaluate(f"document.activeElement.closest('.row').id === '{button}'")


def test_what_is_open_stays_open(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    page.get_by_text("Regions as a table").click()
    desk.call()
    expect(page.locator("[data-slot=map] tbody")).to_contain_text("412")
    expect(page.locator("[data-slot=map] tbody")).to_be_visible()


def test_what_is_typed_or_chosen_stays(watch: Watch, desk: Desk) -> None:
    page = watch.log_in()
    page.evaluate("""async () => {
      const { lay } = await import("/static/morph.js");
      const root = Object.assign(document.createElement("div"), { id: "sandbox", tabIndex: -1 });
      root.innerHTML = '<div data-slot="s"></div>';
      document.body.append(root);
      const piece = (key, said) => `<div data-key="${key}"><p>${said}</p><input name="i" value="a"><textarea></textarea>
        <select><option>one<option>two</select><p data-keep>${said}</p></div>`;
      const pieces = (keys, said) => Object.fromEntries(keys.map((key) => [key, piece(key, said)]));
      window.tell = (keys, said) => lay(root, { slots: { s: keys }, html: pieces(keys, said) });
      window.tell(["x", "y"], "old");
    }""")
    box = page.locator("#sandbox [data-key=y]")
    box.locator("input").fill("typed")
    box.locator("textarea").fill("more")
    box.locator("select").select_option("two")
    box.locator("textarea").focus()
    assert page.evaluate("tell(['z', 'y', 'x'], 'new')") == {"added": ["z"], "changed": ["y", "x"], "removed": []}
    assert page.locator("#sandbox [data-key]").evaluate_all("all => all.map((each) => each.dataset.key)") == ["z", "y", "x"]
    expect(box.locator("p").first).to_have_text("new")
    expect(box.locator("[data-keep]")).to_have_text("old")
    expect(box.locator("input")).to_have_value("typed")
    expect(box.locator("textarea")).to_have_value("more")
    expect(box.locator("textarea")).to_be_focused()
    expect(box.locator("select")).to_have_value("two")
    assert page.evaluate("tell(['x'], 'gone')")["removed"] == ["z", "y"]
    expect(page.locator("#sandbox")).to_be_focused()  # not lost at the top of the page
    assert page.evaluate("import('/static/morph.js').then(m => m.lay(sandbox, {slots: {s: ['q']}, html: {}}))") is None


# ---- under the server of the real thing


@pytest.fixture
def gunicorn(store_url: str, redis: Redis, tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int, str]]:
    """`bridge web` on this store: the process, its port, the password of its users."""
    port, secret = free_port(), "a secret of this test"
    ours = {"BRIDGE_DATA": str(tmp_path), "PORT": str(port), "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": secret}
    web = subprocess.Popen([sys.executable, "-m", "bridge", "web"], env={**os.environ, **ours}, cwd=ROOT)
    wait_until(lambda: answers(port), 60)
    yield web, port, demo_password(secret)
    web.kill()
    web.wait()


def answers(port: int) -> bool:
    """Whether somebody is there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_server_serves_both_streams_and_others_and_stops_at_once(
    gunicorn: tuple["subprocess.Popen[bytes]", int, str],
) -> None:
    web, port, password = gunicorn
    _, cookies = bench.log_in(port, password)
    readers = [Reader(port, cookies.removeprefix("bridge=")) for _ in range(40)]  # twice as many as webhooks have threads
    for reader in readers:
        reader.next("board")
    assert len({reader.position for reader in readers}) == 1
    assert answers(port)
    before = time.monotonic()
    web.terminate()
    for reader in readers:
        with pytest.raises((EOFError, ConnectionError, IncompleteRead)):
            reader.next("over")
        reader.close()
    web.wait(8)
    assert time.monotonic() - before < 8.0  # gunicorn would have waited for ten
