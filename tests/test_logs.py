"""What a log line may hold: fixed words, ids and codes. Whatever else is handed over, by us or by a library, stays out."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from bridge import logs
from bridge.core.errors import CarrierBusy, CarrierRefused, UnknownPerson, UnknownRequest
from bridge.logs import sink
from bridge.logs.fields import redacted

Line = dict[str, Any]
ID, SID = "0123456789abcdef", f"CA{'7' * 32}"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[Line]]:
    """All lines since the last time."""
    logs.configure()
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


log = structlog.get_logger(__name__)
library = logging.getLogger("twilio.http_client")


def test_a_line_is_one_event_with_when_how_grave_and_from_where(lines: Callable[[], list[Line]]) -> None:
    log.warning("message not taken", effect=f"{ID}/3", reason="HTTP 503, error 20003", code=20003, seconds=1.5, channel="text")
    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": __name__,
        "event": "message not taken",
        "effect": f"{ID}/3",
        "reason": "HTTP 503, error 20003",
        "code": 20003,
        "seconds": 1.5,
        "channel": "text",
    }


def test_a_field_that_is_not_in_the_list_is_left_out_and_counted(lines: Callable[[], list[Line]]) -> None:
    log.info("something", place="Talladega", callback="+12565550177", request=ID)
    (line,) = lines()
    assert (line["dropped"], line["request"]) == (2, ID)
    assert {"place", "callback"}.isdisjoint(line)


@pytest.mark.parametrize(
    ("field", "value", "is_written"),
    [
        ("request", ID, ID),
        ("request", ID * 2, ID * 2),
        ("request", "2565550177", "?"),
        ("request", "Talladega", "?"),
        ("request", "１２３４５６７８９０１２３４５６", "?"),
        ("effect", f"{ID}/12", f"{ID}/12"),
        ("effect", "lane/text", "lane/text"),
        ("effect", f"record/call/{SID}", f"record/call/{SID}"),
        ("effect", "notice/landline-desk-boyd-12565550177", "notice/landline-desk-boyd-#"),
        ("effect", "Talladega/3", "?"),
        ("effect", f"{ID}/3\n+12565550177", "?"),
        ("due", f"call/{SID}", f"call/{SID}"),
        ("due", "call/12565550177", "?"),
        ("n", 1_234_567, 1_234_567),
        ("n", 2565550177, "?"),
        ("hash", "0" * 64, "0" * 64),
        ("hash", "Talladega", "?"),
        ("person", "boyd", "boyd"),
        ("person", "near Talladega", "?"),
        ("person", "d-2565550177", "d-#"),
        ("code", 30003, 30003),
        ("code", "30003", "?"),
        ("code", 2565550177, "?"),
        ("code", True, "?"),
        ("seconds", 2.5, 2.5),
        ("seconds", 12565550177.0, "?"),
        ("channel", "text", "text"),
        ("channel", "call list", "call list"),
        ("channel", "ping", "ping"),
        ("channel", "Talladega", "?"),
        ("reason", "ConnectTimeout", "ConnectTimeout"),
        ("reason", "no text can leave now", "no text can leave now"),
        ("reason", "no call list", "no call list"),
        ("reason", "not done after 0.5 s", "not done after 0.5 s"),
        ("reason", "the caller is in Talladega", "?"),
        ("error", ValueError("Talladega"), "?"),
        ("finding", f"no-next {ID}", f"no-next {ID}"),
        ("finding", "caller Talladega 2565550177", "caller ?"),
        ("about", {"place": "Talladega"}, "?"),
    ],
)
def test_a_value_of_another_kind_is_not_written(
    lines: Callable[[], list[Line]], field: str, value: object, is_written: object
) -> None:
    log.info("something", **{field: value})
    assert lines()[0][field] == is_written


@pytest.mark.parametrize(
    "number",
    [
        *("+12565550177", "(256) 555-0177", "256.555.0177", "2 5 6 5 5 5 0 1 7 7", "256\u2013555\u20130177", "36203"),
        "\uff12\uff15\uff16\uff15\uff15\uff15\uff10\uff11\uff17\uff17",
        "\u0662\u0665\u0666\u0665\u0665\u0665\u0660\u0661\u0667\u0667",
    ],
)
def test_a_number_in_any_writing_is_a_mark(number: str) -> None:
    assert redacted(f"call {number} now") in ("call # now", "call +# now", "call (# now")


def test_what_is_no_number_stays(lines: Callable[[], list[Line]]) -> None:
    assert redacted("HTTP 503 after 20 s") == "HTTP 503 after 20 s"


def test_an_error_is_its_type_and_its_place_in_the_source(lines: Callable[[], list[Line]]) -> None:
    place = "Talladega"
    try:
        try:
            raise ValueError(f"+12565550177 at {place}")
        except ValueError as error:
            group = ExceptionGroup(place, [KeyError(place), OSError(place)])
            raise CarrierBusy(reason=f"no such place {place}", retry_after=1.0, status=503) from group or error
    except CarrierBusy:
        log.exception("it failed", error="CarrierBusy")
    (line,) = lines()
    here = f"{Path(__file__).parent.name}/{Path(__file__).name}"
    assert line["trace"].startswith(f"CarrierBusy reason=? status=503: {here}:")
    assert "test_an_error_is_its_type_and_its_place_in_the_source <- ExceptionGroup" in line["trace"]
    for kind in ("KeyError", "OSError"):
        assert kind in line["trace"]
    assert place not in json.dumps(line)
    assert "0177" not in json.dumps(line)


def test_what_an_error_of_ours_says_is_written_only_where_it_is_a_code(lines: Callable[[], list[Line]]) -> None:
    log.error("it failed", exc_info=UnknownPerson(person="Talladega", known="boyd"))
    log.error("it failed", exc_info=UnknownRequest(id="2565550177"))
    log.error("it failed", exc_info=CarrierRefused(code=21610, status=400))
    assert [line["trace"] for line in lines()] == ["UnknownPerson", "UnknownRequest", "CarrierRefused code=21610 status=400"]


def test_an_error_that_goes_on_for_ever_is_short(lines: Callable[[], list[Line]]) -> None:
    def again(n: int) -> int:
        return again(n + 1)

    error = error_of(lambda: again(0))
    error.__cause__ = error
    log.error("it failed", exc_info=error)
    assert len(lines()[0]["trace"]) < 3000


def error_of(fails: Callable[[], object]) -> BaseException:
    try:
        fails()
    except Exception as error:
        return error
    raise AssertionError


def test_of_a_library_only_what_stands_in_its_source_is_written(
    lines: Callable[[], list[Line]], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "Talladega"
    library.warning("POST to %s: %d, %r", f"/x?From=+12565550177&Body={place}", 400, ValueError(place))
    library.warning("POST to /x?Body={}".format("Talladega"))
    library.warning(f"To: {place}")
    library.warning("%(place)s, %(code)d", {"place": place, "code": 503})
    monkeypatch.setattr(logging, "raiseExceptions", False)  # others that listen stumble over the next ones
    library.warning("%d of %s", place, place)
    library.error("it failed", exc_info=error_of(lambda: {}[place]))
    library.warning("process %d of caller %d", 4711, 2565550177)
    found = lines()
    assert [line["event"] for line in found] == [
        "POST to ?: 400, 'ValueError'",
        "what a library said, left out",
        "what a library said, left out",
        "?, 503",
        "%d of %s",
        "it failed",
        "process %d of caller %d",
    ]
    assert found[5]["trace"].startswith("KeyError: ")
    assert all(line["where"].startswith("tests/test_logs.py:") for line in found)
    assert "Talladega" not in json.dumps(found)


def test_a_warning_is_its_category_and_its_place(lines: Callable[[], list[Line]]) -> None:
    with warnings.catch_warnings():
        logs.configure()
        warnings.simplefilter("always")
        warnings.warn("Talladega", DeprecationWarning, stacklevel=1)
    (line,) = lines()
    assert (line["event"], line["error"]) == ("a warning of Python", "DeprecationWarning")
    assert line["source"].startswith("tests/test_logs.py:")


def test_what_nobody_catches_is_a_line_too(lines: Callable[[], list[Line]], monkeypatch: pytest.MonkeyPatch) -> None:
    for hooks, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(hooks, name, getattr(hooks, f"__{name}__"))
    logs.configure()
    error = error_of(lambda: {}["Talladega"])
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=lambda: {}["Talladega"])
    thread.start()
    thread.join()
    found = lines()
    assert [line["event"] for line in found] == ["uncaught, and this process ends", "uncaught, and this thread ends"]
    assert all(line["trace"].startswith("KeyError: ") for line in found)
    assert "Talladega" not in json.dumps(found)


def test_a_line_that_cannot_be_written_shows_nothing_of_itself(
    lines: Callable[[], list[Line]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink, "fitting", lambda fields: 1 / 0)
    log.warning("something", person="Talladega")
    assert lines() == [{"event": "a log line could not be written"}]
