"""The search itself: it finds a planted needle, however it is written, in every haystack, and nothing where nothing is."""

import base64
import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import pytest
from redis import Redis

from tests.privacy.haystacks import memory_of, on_disk, printed, store_keys
from tests.privacy.needles import of_number, of_place
from tests.privacy.search import Haystack, Search

NUMBER = "+16595550163"
PLACE = "Vinegar Bend"
NEEDLES = of_number("the number", NUMBER) + of_place("the place", PLACE) + of_place("the ZIP", "36584")
WRITTEN = [
    "+16595550163", "16595550163", "(659) 555-0163", "659-555-0163", "659.555.0163", "659 555 0163", "6 5 9, 5 5 5, 0 1 6 3",
    "call 555-0163", "5550163", "•••-0163", "•••-•••-0163", "**0163", "659-•••-••63", "XXX-XXX-0163",
    "six five nine five five five zero one six three", "\uff16\uff15\uff19 \uff15\uff15\uff15 \uff10\uff11\uff16\uff13",
    quote("+16595550163"), quote("(659) 555-0163"), json.dumps("\uff0b1659\u2011555\u20110163"), "&#43;1659&nbsp;555&nbsp;0163",
    base64.b64encode(b"16595550163").decode(), base64.b64encode(b"x+16595550163").decode(),
    base64.urlsafe_b64encode(b'{"to":"+16595550163"}').decode(), b"+16595550163".hex(),
    hashlib.sha256(b"+16595550163").hexdigest(), hashlib.md5(b"6595550163").hexdigest()[:16],
    "Vinegar Bend", "vinegar+bend", "VINEGAR%20BEND", "VinegarBend", base64.b64encode(b"in Vinegar Bend").decode(),
    '{"zip":"36584"}', "zip=36584",
]  # fmt: skip
HARMLESS = [
    "•••-•••-••63",
    "code 163",
    "",
    "1795335245.5550163",
    "a5550163b",
    "365841",
    "x365845",
    "555-0164",
    "65955501630"[:9],
]


SEARCH = Search(NEEDLES, Path(mkdtemp()))


def found(content: bytes, kind: str = "disk") -> set[str]:
    """Whose needles are in it."""
    return {hit.whose for hit in SEARCH.look(Haystack(kind, "here", content))}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("how", ["utf-8", "gzip", "zlib", "gzip in base64"])
def test_every_form_is_found_however_it_was_written_down(written: str, how: str) -> None:
    chaff = random.Random(6).randbytes(2000)
    content = written.encode()
    packed = {"gzip": gzip.compress, "zlib": zlib.compress, "gzip in base64": lambda it: base64.b64encode(gzip.compress(it))}
    if how in packed:
        content = packed[how](content + b" and more of what can be packed" * 3)
    assert len(found(chaff + b" " + content + b" " + chaff)) == 1


@pytest.mark.parametrize("how", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_two_or_four_bytes_a_character_hide_nothing(how: str) -> None:
    assert found("x (659) 555-0163 y".encode(how)) == {"the number"}
    assert found("in Vinegar Bend".encode(how)) == {"the place"}


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_tells_two_digits_or_something_else_is_not_taken_for_a_needle(harmless: str) -> None:
    assert found(b"x " + harmless.encode() + b" y") == set()


def test_noise_holds_no_needle() -> None:
    assert found(random.Random(7).randbytes(2**21)) == set()


def test_no_hit_tells_what_was_found() -> None:
    (hit, *_) = SEARCH.look(Haystack("log", "a log", b"+16595550163"))
    assert "0163" not in repr(hit)


def test_a_needle_is_found_in_a_file_of_the_data_directory_in_the_store_and_in_its_memory(redis: "Redis[Any]") -> None:
    redis.set("a key", NUMBER)
    redis.rpush("a list", "x", json.dumps({"place": {"label": PLACE}}))
    redis.hset("a hash", "field", "1")
    redis.zadd("a set 6595550163", {"member": 1.0})
    assert {hit.whose for each in store_keys(redis) for hit in SEARCH.look(each)} == {"the number", "the place"}
    pid = redis.info("server")["process_id"]
    assert {hit.whose for each in memory_of(pid) for hit in SEARCH.look(each)} == {"the number", "the place"}
    data = Path(redis.config_get("dir")["dir"])
    assert {hit.whose for each in on_disk("data", data) for hit in SEARCH.look(each)} == {"the number", "the place"}


def test_a_needle_is_found_in_the_packed_base_of_an_append_only_file(redis: "Redis[Any]") -> None:
    doc = json.dumps(
        {"place": {"label": PLACE, "county": "Washington"}, "callback": NUMBER, "again": NUMBER, "messages": [0] * 90}
    )
    redis.hset("req:1", "doc", doc)
    packed = b"REDIS0011" + redis.dump("req:1")
    assert found(packed) == {"the number", "the place"}


def test_a_number_that_the_store_keeps_as_a_number_is_found(redis: "Redis[Any]") -> None:
    redis.sadd("numbers", NUMBER.removeprefix("+"))
    assert redis.object("encoding", "numbers") == b"intset"
    assert found(redis.dump("numbers")) == {"the number"}


def test_a_needle_is_found_in_what_a_process_prints_in_its_command_line_and_in_its_environment(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "import sys, time; print('659 555', '0163', file=sys.stderr, flush=True); time.sleep(60)"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", script, "vinegar-bend"], stdout=out, stderr=out, env={**os.environ, "ZIP": "36584"}
        )
    try:
        while not log.stat().st_size:
            assert process.poll() is None
        everywhere = [*on_disk("log", tmp_path), *printed([process.pid])]
        assert {hit.whose for each in everywhere for hit in SEARCH.look(each)} == {"the number", "the place", "the ZIP"}
    finally:
        process.kill()
        process.wait()


def test_a_needle_is_found_in_a_file_that_is_deleted_and_still_open(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    with path.open("w") as file:
        file.write(NUMBER)
        file.flush()
        path.unlink()
        assert {hit.whose for each in printed([os.getpid()]) for hit in SEARCH.look(each)} >= {"the number"}
