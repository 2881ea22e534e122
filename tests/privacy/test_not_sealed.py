"""Where nothing is sealed, as beside an older release: what was erased is gone from the disk all the same."""

from pathlib import Path

import pytest

from bridge.store import connect
from bridge.store.server import socket_path
from tests.conftest import start_store, wait_until
from tests.privacy.haystacks import memory_of, on_disk
from tests.privacy.needles import of_number, of_place
from tests.privacy.search import Search
from tests.stories import story as stories
from tests.stories.story import Story, told

NUMBERS = ("+16595550161", "+16595550162", "+19385550164")
PLACES = {"Muscadine": "36269", "Childersburg": "35044", "Vinegar Bend": "36584"}


def test_what_was_erased_is_gone_from_a_disk_on_which_nothing_was_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [needle for number in NUMBERS for needle in of_number(number, number)]
    wanted += [needle for name in PLACES for needle in of_place(name, name)]
    search, load, data = Search(wanted, tmp_path), stories.load, tmp_path / "var"
    monkeypatch.setattr(stories, "load", lambda environ: load({**environ, "BRIDGE_SEAL_KEYS": "none"}))
    server = start_store(data)
    url = f"unix://{socket_path(data)}"
    redis = connect.patient(url)
    try:
        with told(redis, url, tmp_path / "more", monkeypatch) as story:
            _a_day(story)
            assert {hit.whose for each in on_disk("disk", data) for hit in search.look(each)} == {*NUMBERS, *PLACES}
            _is_over(story)
            redis.execute_command("MEMORY", "PURGE")
            assert [hit for each in on_disk("disk", data) for hit in search.look(each)] == []
            left = {hit.whose for each in memory_of(server.pid) for hit in search.look(each)}
            print(f"in memory that the server has freed, where nothing is sealed: {len(left)} of {len(NUMBERS) + len(PLACES)}")
    finally:
        redis.close()
        server.kill()
        server.wait()


def _a_day(story: Story) -> None:
    for number, zip_code in zip(NUMBERS, PLACES.values(), strict=True):
        story.asks_for_help(number, zip_code)
    for request in story.world.store.requests():
        person = {"A": "landry"}.get(request.place.region, "boyd")
        story.text(person, f"1 {request.code}")
        story.text(person, f"DONE {request.code}")


def _is_over(story: Story) -> None:
    """An hour later, and the files are rewritten: by the store itself, which takes the time that it takes."""
    story.fast_forward(3700)
    story.swallow_everything()
    assert story.world.store.requests() == []

    def rewritten() -> bool:
        story.fast_forward(31)
        story.world.store.compact(story.now)
        return story.world.store.files_owed_since() is None

    wait_until(rewritten, 60)
