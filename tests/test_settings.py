"""Every fault is found, with its file, its line and what to write instead; nothing but settings or faults ever comes out."""

import shutil
import stat
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bridge.core.errors import BadConfig
from bridge.core.model import Channel, Policy, Rung, Who
from bridge.core.places import Gazetteer, One
from bridge.core.rota import Booking, Duty, Leave, Override, Turn, instant
from bridge.settings import (
    DEMO_USERS,
    CalendarSource,
    Role,
    Settings,
    User,
    check_password,
    demo_password,
    hash_password,
    load,
    warnings,
)
from bridge.settings.counties import counties
from bridge.settings.documents import read
from bridge.settings.forms import RungForm

SAMPLE = Path(__file__).parent.parent / "config"
FILES = ("policy", "regions", "roster", "users", "wording")
SID, TOKEN, SECRET = "AC" + "0" * 32, "f" * 32, "s" * 32
LIVE = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "BRIDGE_LINE_NUMBER": "+18005550199"}
NOW = instant(datetime.fromisoformat("2026-01-07 12:00"))  # a Wednesday; the clocks change on Sunday, March 8
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample, in the directory where the program would look for it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SAMPLE, "config")
    return Path("config")


def change(name: str, old: str, new: str) -> str:
    path = Path("config") / f"{name}.toml"
    text = path.read_text("utf-8")
    assert old in text, f"the sample has no {old!r}"
    changed = text.replace(old, new, 1)
    path.write_text(changed, "utf-8")
    return changed


def faults(environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        load(environ or {})
    return str(caught.value.details["faults"]).split("\n    ")


def line_of(text: str, mark: str) -> int:
    return text[: text.index(mark)].count("\n") + 1


def roster_line(mark: str) -> int:
    return line_of(Path("config/roster.toml").read_text(), mark)


# -- the files: what is put in the place of what, where the fault is seen, and what it says

# fmt: off
TOLBERT = '[[duty]]\nregion = "C"\nrank = "on-call"\nwho = "tolbert"'
CALENDAR = '[[calendar]]\nname = "c"\nregion = "C"\nfile = "c.ics"'
HERE = "# Region E hands over every Monday at eight."  # where the sample takes another table
EVERY, FIRST = 'every = "week"\nfrom = ', 'from = "2026-01-05 08:00"\n\n'
FORM_FAULTS = [
    # of the wrong type, missing, unknown
    ("roster", 'phone = "+12565550113"', "phone = 5", "phone = 5",
     'phone 5 is not text in quotes; write phone = "+12565550101"'),
    ("roster", 'phone = "+12565550113"', "", '[[person]]\nid = "boyd"', 'phone is missing; write phone = "+12565550101"'),
    ("roster", 'phone = "+12565550113"', 'phon = "+12565550113"', "phon =", 'phon is not known here; did you mean "phone"?'),
    ("roster", 'name = "Sgt. Dana Boyd"', 'name = ""', 'name = ""', "name is empty; write at least one word"),
    ("roster", 'name = "Sgt. Dana Boyd"', 'name = "a\\tb"', 'name = "a', "name holds the character U+0009, which cannot be"),
    ("roster", "text = false            # a desk", 'text = "no" #', 'text = "no"',
     'text "no" is not true or false; write text = f'),
    ("roster", 'state = ["whitfield", "okafor"]', "", "#", 'state is missing; write state = ["boyd"] above the first table'),
    ("roster", 'state = ["whitfield", "okafor"]', "state = []", "state = []", "state is empty; write state = "),
    ("roster", 'who = "boyd"\n', 'who = "boyd"\nstate = []\n', "state = []", "state stands inside a table here; move it above"),
    ("policy", "failures = 3", "failures = 3.5", "failures = 3.5", "failures 3.5 is not a whole number; write failures = 3"),
    ("policy", "failures = 3", "failures = 0", "failures = 0", "failures 0 is out of range; write a number from 1 to 10"),
    ("policy", 'hang_up = "page"', 'hang_up = "pag"', 'hang_up = "pag"',
     'hang_up "pag" is not known; write "page", "dispatch" or'),
    ("policy", 'who = "backup"', 'who = "bakcup"', "bakcup", 'who "bakcup" is not known; write "on-call", "backup",'),
    ("policy", 'by = ["text"]', 'by = ["fax"]', '["fax"]', 'by "fax" is not known; write "text" or "call"'),
    ("policy", 'by = ["text"]', "by = []", "by = []", 'by is empty; write by = ["text", "call"]'),
    ("policy", 'deadline = "30m"', 'dead_line = "30m"', "dead_line", 'dead_line is not known here; did you mean "deadline"?'),
    ("policy", 'deadline = "30m"', "zzzz = 1", "zzzz", 'zzzz is not known here; write one of "deadline", "again_every"'),
    ("regions", 'about = "Dothan', 'aboot = "x"\nabout = "D', "aboot", 'aboot is not known here; did you mean "about"?'),
    ("regions", 'neighbours = ["B", "C"]', 'neighbours = "B"', 'neighbours = "B"',
     'neighbours "B" is not a list; write neighbours'),
    ("wording", 'greeting = "', "greeting = 5 #", "greeting = 5", 'greeting 5 is not text in quotes; write it as key = "text"'),
    # values that are not what they should be
    ("roster", '"+12565550113"', '"555"', '"555"',
     'phone "555" is not a number that can be called; write it as "+12565550101"'),
    ("roster", '"+13345550100"', '"911"', '"911"',
     'phone "911" is not a number that can be called; write it as "+12565550101"'),
    ("policy", 'deadline = "30m"', "deadline = 90", "deadline = 90",
     'deadline 90 has no unit; write it in quotes with one, such'),
    ("policy", 'deadline = "30m"', 'deadline = "90"', '"90"',
     'deadline "90" has no unit; write it in quotes with one, such as "'),
    ("policy", '"8m"', '"8 min"', '"8 min"', 'remind_after "8 min" is not a duration; write it as "90s", "2m" or "1h30m"'),
    ("policy", '"8m"', '"8mm"', '"8mm"', 'remind_after "8mm" is not a duration; write it as "90s", "2m" or "1h30m"'),
    ("policy", '"8m"', '"8m5"', '"8m5"', 'remind_after "8m5" is not a duration; write it as'),
    ("policy", '"8m"', '"-8m"', '"-8m"', 'remind_after "-8m" is not a duration; write it as'),
    ("policy", '"8m"', "true", "= true", "remind_after true is not a duration; write it as"),
    ("policy", '"8m"', '"0s"', "remind_after", 'remind_after is no time at all; write it as "90s", "2m" or "1h30m"'),
    ("policy", '"8m"', '"169h"', '"169h"', 'remind_after "169h" is longer than a week; write it as'),
    ("policy", '"8m"', f'"{"9" * 20}h"', "remind_after", 'h" is longer than a week; write it as'),
    ("policy", 'ring_for = "25s"', 'ring_for = "2s"', '"2s"',
     'ring_for is not a time that a telephone can ring; write between'),
    ("roster", '["mon 06:00 - fri 18:00"]', '["weekdays"]', "weekdays",
     'when "weekdays" is not a span of the week; write it as "m'),
    ("roster", '["mon 06:00 - fri 18:00"]', '["mon 24:00 - fri 1:00"]', "24:00",
     'when "mon 24:00 - fri 1:00" is not a span of the'),
    ("roster", '["mon 06:00 - fri 18:00"]', '["mon 06:00 - mon 06:00"]', "- mon 06:00",
     "ends where it begins; write when it ends, o"),
    ("roster", '["mon 06:00 - fri 18:00"]', "[]", "when = []", "when is empty; leave the line out for always, or name a span"),
    # turns
    ("roster", 'who = "landry"', "who = 5", "who = 5", 'who 5 is not a list; write who = "boyd" or who = ["boyd", "crane"]'),
    ("roster", 'who = "landry"', "who = []", "who = []", 'who is empty; write who = "boyd" or who = ["boyd", "crane"]'),
    ("roster", 'who = "landry"', 'who = ["landry", 5]', "5]", "who 5 is not text in quotes; write who = "),
    ("roster", EVERY, 'every = "fortnight"\nfrom = ', '"fortnight"',
     'every "fortnight" is not a turn; write "week", "2 weeks", "12 hours", "day" or "month"'),
    ("roster", EVERY, 'every = "0 weeks"\nfrom = ', '"0 weeks"', 'every "0 weeks" is not a turn; write "week"'),
    ("roster", EVERY, 'every = "367 days"\nfrom = ', '"367 days"', 'every "367 days" is not a turn; write "week"'),
    ("roster", EVERY, "every = 2\nfrom = ", "every = 2", 'every 2 is not text in quotes; write every = "week"'),
    ("roster", FIRST, 'form = "2026-01-05 08:00"\n', "form =",
     'form is not known here; did you mean "from"?'),
    ("roster", FIRST, 'from = "Monday 08:00"\n', '"Monday',
     'from "Monday 08:00" is not a moment; write date and time as "2026-01-05 08:00"'),
    ("roster", FIRST, 'from = "2026-02-30 08:00"\n', "02-30", 'from "2026-02-30 08:00" is not a moment'),
    ("roster", FIRST, 'from = "2206-01-05 08:00"\n', "2206", 'from "2206-01-05 08:00" is not a moment'),
    ("roster", FIRST, "from = 2026-01-05 08:00:00\n", "08:00:00",
     'from "2026-01-05 08:00:00" is not text in quotes; write from = "2026-01-05 08:00"'),
    # overrides, leave, calendars
    *(("roster", HERE, text, mark, says) for text, mark, says in (
        ('[[override]]\nregion = "D"\nwho = "boyd"\nfrom = "2026-11-27 18:00"', "[[override]]\nregion",
         'until is missing; write until = "2026-01-09 18:00"'),
        ('[[override]]\nregion = "D"\nrank = "third"\nwho = "boyd"', 'rank = "third"',
         'rank "third" is not known; write "on-call" or "backup"'),
        ('[[override]]\nregion = "D"\nwho = ["boyd"]', 'who = ["boyd"]\n', 'who ["boyd"] is not text in quotes; write who'),
        ('[[leave]]\nwho = "boyd"\nuntil = "2026-11-27 18:00"', '[[leave]]\nwho = "boyd"',
         'from is missing; write from = "2026-01-05 08:00"'),
        ('[[leave]]\nwho = "boyd"\nuntil = "tomorrow"', '"tomorrow"', 'until "tomorrow" is not a moment; write date and time'),
        ('[[leave]]\nregion = "D"', 'region = "D"\n\n', "region is not known here; write one of"),
        ('[[calendar]]\nname = "Region D"', '"Region D"', 'name "Region D" is not a simple name; write small letters'),
        ('[[calendar]]\nurl = "http://calendar.example.org/duty.ics"', '"http://', "url is not an https address; write it as"),
        ('[[calendar]]\nurl = "https://me:secret@calendar.example.org/duty.ics"', "me:secret", "url is not an https address;"),
        ('[[calendar]]\nurl = "https://[a/duty.ics"', "https://[a", "url is not an https address; write it as"),
        ('[[calendar]]\nurl = "https://a b/duty.ics"', "https://a b", "url is not an https address; write it as"),
        ('[[calendar]]\nfile = " "', 'file = " "', "file is empty; write at least one word"),
    )),
]
CROSS_FAULTS = [
    # regions.toml
    ("regions", "[G]", "[g]", "[g]", 'region "g" is not one upper-case letter; write [A], [B] and so on'),
    ("regions", '"Baldwin", ', '"Baldwin", "Bibb", ', '"Bibb", "Dallas',
     'county "Bibb" stands in line 9 already; leave it in one'),
    ("regions", '"Baldwin", ', '"Baldwn", ', '"Baldwn"', 'county "Baldwn" is not in Alabama; did you mean "Baldwin"?'),
    ("regions", '"Baldwin", ', '"", ', '""',
     'county "" is not in Alabama; write a name such as "Calhoun", "DeKalb" or "St. Clair"'),
    ("regions", '"Russell", ', "", "#", "no region has Russell; put each into the counties of its region"),
    ("regions", '"Russell", ', '"Russel", ', '"Russel"', 'county "Russel" is not in Alabama; did you mean "Russell"?'),
    ("regions", 'neighbours = ["B", "C"]', 'neighbours = ["A"]', '["A"]', "region A cannot be its own neighbour; leave it out"),
    ("regions", 'neighbours = ["B", "C"]', 'neighbours = ["X"]', '["X"]',
     'neighbour "X" is no region; write one of "B", "C", "D",'),
    ("regions", 'neighbours = ["B", "C"]', 'neighbours = ["B", "B"]', '["B", "B"]',
     'neighbour "B" stands in line 10 already; leave on'),
    # roster.toml
    ("roster", 'id = "crane"', 'id = "Crane"', '"Crane"',
     'id "Crane" is not a simple name; write small letters, digits and hyphens'),
    ("roster", 'id = "crane"', 'id = "boyd"\n#', 'id = "boyd"\n#',
     'id "boyd" stands in line {boyd} already; give every person an id'),
    ("roster", 'id = "crane"', 'id = "dispatch"', '"dispatch"', 'id "dispatch" is the dispatch desk\'s; write another one'),
    ("roster", '"+12055550114"', '"(256) 555-0113"', '"(256)',
     'phone "+12565550113" stands in line {phone} already; a reply must'),
    ("roster", '"+12055550114"', '"+13345550100" #', '"+13345550100" #',
     'phone "+13345550100" stands in line 11 already; a reply'),
    ("roster", '"+12055550114"', '"833-219-2461"', '"833', 'phone "+18332192461" is the line itself; write the person\'s own'),
    ("roster", 'who = "tolbert"', 'who = "tolbret"', "tolbret",
     'who "tolbret" is nobody in the roster; did you mean "tolbert"?'),
    ("roster", '"okafor"]', '"okafro"]', "okafro", 'state "okafro" is nobody in the roster; did you mean "okafor"?'),
    ("roster", '"okafor"]', '"whitfield"]', "state =", 'state "whitfield" stands in line 6 already; leave one of them out'),
    ("roster", 'region = "C"', 'region = "X"', 'region = "X"',
     'region "X" is not in regions.toml; write one of "A", "B", "C", "D",'),
    ("roster", 'region = "C"', 'region = "A"', "[[duty]]",
     "region C has nobody on call, at no time; add a [[duty]] with region"),
    ("roster", 'who = ["garner", "stovall"]', 'who = ["garner", "stoval"]', '"stoval"]',
     'who "stoval" is nobody in the roster; did you mean "stovall"?'),
    ("roster", 'every = "week"\nfrom = "2026-01-05 08:00"\n\n', "\n", '["garner',
     'who names several people; write how long each has it, every = "week"'),
    ("roster", FIRST, "\n", 'every = "week"\n\n',
     'every has no beginning; write when the first one takes over, from = "2026-01-05 08:00"'),
    ("roster", 'who = ["garner", "stovall"]', 'who = "garner"', 'every = "week"\nfrom',
     'every is for several people; leave it out, or write who = ["boyd", "crane"]'),
    ("roster", 'who = "landry"', 'who = "landry"\nfrom = "2026-01-05 09:00"', "09:00", "from is for several people; leave"),
    *(("roster", HERE, text, mark, says) for text, mark, says in (
        ('[[override]]\nregion = "X"', 'region = "X"', 'region "X" is not in regions.toml; write one of'),
        ('[[override]]\nregion = "D"\nwho = "bond"', '"bond"', 'who "bond" is nobody in the roster; did you mean "boyd"?'),
        ('[[override]]\nregion = "D"\nwho = "dispatch"', 'who = "dispatch"', 'who "dispatch" is nobody in the roster'),
        ('[[override]]\nfrom = "2026-11-27 18:00"\nuntil = "2026-11-27 18:00"\n#', 'until = "2026-11-27 18:00"\n#',
         'until "2026-11-27 18:00" is not after from; write a later until = "2026-01-09 18:00"'),
        ('[[leave]]\nwho = "bond"', '"bond"', 'who "bond" is nobody in the roster; did you mean "boyd"?'),
        ('[[leave]]\nfrom = "2026-11-27 18:00"\nuntil = "2025-11-27 18:00"', '"2025', 'until "2025-11-27 18:00" is not'),
        ('[[calendar]]\nregion = "X"', 'region = "X"', 'region "X" is not in regions.toml; write one of'),
        ('[[calendar]]\nname = "d"\n[[calendar]]\nname = "d"\n#', 'name = "d"\n#', "give every calendar a name of its own"),
        ('[[calendar]]\nname = "d"', '[[calendar]]\nname = "d"', 'calendar has no address; write url = "https://'),
        ('[[calendar]]\nurl = "https://a.example.org/"\nfile = "d.ics"', 'file = "d.ics"\n', "file stands beside url;"),
    )),
    ("roster", 'rank = "on-call"', 'rank = "oncall"', '"oncall"', 'rank "oncall" is not known; write "on-call" or "backup"'),
    # policy.toml
    ("policy", 'at = "4m"', 'at = "60s"', '"60s"',
     'at "60s" is earlier than the rung above; put the rungs in the order of time'),
    ("policy", 'at = "24m"', 'at = "30m"', 'at = "30m"',
     'at "30m" is not before the deadline; write a shorter time, or a later'),
    # wording.toml
    ("wording", "help = ", "halp = ", "halp", 'caller.halp is not a sentence that is ever said; did you mean "help"?'),
    ("wording", "help = ", "# ", "[caller]", 'caller.help is missing; write help = "…" under [caller]'),
    ("wording", "[reply]", "[replies]", "[replies]", '[replies] is not known here; did you mean "reply"?'),
    ("wording", "[reply]", "[replies]", "#", "[reply] is missing; take it from the sample configuration"),
    ("wording", 'goodbye = "Goodbye."', 'goodbye = " "', 'goodbye = " "', "caller.goodbye is empty; write what is to be said"),
    ("wording", "Goodbye.", "a\\nb", "a\\nb", "caller.goodbye holds the character U+000A, which cannot be said; write a space"),
    ("wording", "back by {time}", "back by {tiem}", "{tiem}", 'cannot use {tiem}; did you mean "time"?'),
    ("wording", "Goodbye.", "{name}", "{name}", "caller.goodbye cannot use {name}; write it without placeholders"),
    ("wording", "Goodbye.", "{", 'goodbye = "{', "caller.goodbye has braces that do not fit"),
    ("wording", "{time}", "{time!r}", "{time!r}", "has braces that do not fit"),
]
# fmt: on


@pytest.mark.parametrize(("name", "old", "new", "mark", "says"), FORM_FAULTS + CROSS_FAULTS)
def test_a_fault_names_its_file_and_line_and_what_to_write(name: str, old: str, new: str, mark: str, says: str) -> None:
    says = says.replace("{boyd}", str(roster_line('id = "boyd"'))).replace("{phone}", str(roster_line("0113")))
    line = line_of(change(name, old, new), mark)
    found = [fault for fault in faults() if fault.startswith(f"config/{name}.toml:{line}: ") and says in fault]
    assert len(found) == 1, faults()


USER = f'[[user]]\nname = "mary"\npassword = "{HASH}"\nrole = "dispatch"\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (USER + USER, 6, 'name "mary" stands in line 2 already; give every user a name of their own'),
        (USER.replace("mary", "mary j"), 2, 'name "mary j" is not a name to log in with; write letters, digits'),
        (
            USER.replace('role = "dispatch"', 'role = "boss"'),
            4,
            'role "boss" is not known; write "watch", "dispatch" or "admin"',
        ),
        (USER.replace(HASH, "hunter2"), 3, 'password is not a hash; make the line with "bridge password NAME"'),
        (USER.replace(f'"{HASH}"', "747474"), 3, "password (not shown) is not text in quotes; write password ="),
        (
            USER + 'totp = "hunter2"\n',
            5,
            'totp is not a secret for a second factor; make the line with "bridge password NAME --totp"',
        ),
        (USER + "totp = 747474\n", 5, "totp (not shown) is not text in quotes; write totp ="),
        ("user = 5\n", 1, "user 5 is not a list; write [[user]] above the lines of each user"),
    ],
)
def test_a_fault_among_the_users(text: str, line: int, says: str) -> None:
    Path("config/users.toml").write_text(text)
    [fault] = faults()
    assert fault.startswith(f"config/users.toml:{line}: {says}")
    assert "hunter2" not in fault
    assert "747474" not in fault


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'\n[A]\nname = "x" y\n', ":3: is not TOML: Expected newline or end of document after a statement; write key = "),
        (b"\n[A]\nx = [\n", ":3: is not TOML: Invalid value; write key = "),
        (b"[A]\n[A]\n", ":2: is not TOML: Cannot declare ('A',) twice; write "),
        (b'\n\nx = "\xff"\n', ":3: is not UTF-8 text here; save the file as UTF-8"),
        (b"x = " + b"9" * 5000, ":1: cannot be understood; write key = "),
        (b"x = " + b"[" * 100_000, ":1: cannot be understood; write key = "),
        (None, ": cannot be read (No such file or directory); take the one from the sample"),
    ],
)
def test_a_file_that_cannot_be_read_keeps_no_other_from_being_checked(data: bytes | None, says: str) -> None:
    Path("config/regions.toml").unlink() if data is None else Path("config/regions.toml").write_bytes(data)
    change("roster", '"+12565550113"', '"555"')
    change("wording", "help = ", "halp = ")
    found = faults()
    files = [f"config/{name}.toml" for name in ("regions", "roster", "wording", "wording")]
    assert [fault.split(":")[0] for fault in found] == files
    assert found[0].startswith(f"config/regions.toml{says}")


def test_all_faults_come_at_once_in_the_order_of_files_and_lines() -> None:
    change("roster", 'who = "boyd"', 'who = "bond"')
    change("roster", '"+12565550113"', '"555"')
    change("policy", 'deadline = "30m"', "deadline = 30")
    change("regions", "[G]", "[H]")
    change("wording", "help = ", "halp = ")
    Path("config/users.toml").write_text("x = 1")
    found = faults({"PORT": "x", "TWILIO_AUTH_TOKEN": TOKEN})
    files = [fault.split(":")[0] for fault in found]
    assert files == [found[0], found[1], found[2], "config/policy.toml", *files[4:]]
    assert files[4:] == sorted(files[4:])
    assert {"config/roster.toml", "config/users.toml", "config/wording.toml"} <= set(files)
    lines = [int(fault.split(":")[1]) for fault in found if fault.startswith("config/roster.toml:")]
    assert len(lines) >= 4
    assert lines == sorted(lines)


def test_there_are_seven_regions() -> None:
    text = change("regions", "[G]", "[H]")
    Path("config/regions.toml").write_text(text[: text.index("[H]")])
    assert "config/regions.toml:1: there are 6 regions; write exactly 7 tables, [A] to [G]" in faults()


def test_a_rung_is_held_against_the_usual_deadline_where_none_is_written() -> None:
    change("policy", "deadline = ", "# ")
    line = line_of(change("policy", 'at = "24m"', 'at = "31m"'), 'at = "31m"')
    assert faults() == [
        f'config/policy.toml:{line}: at "31m" is not before the deadline; write a shorter time, or a later deadline'
    ]


# -- lines


def test_the_line_of_every_value_is_known_however_it_is_written() -> None:
    Path("x.toml").write_text(
        'a = 1\r\nb.c = [1, # one\r\n 2, [\r\n 3]]\n"d e" = { f = 1, g.h = 2 }\n'
        "[[p]]\nn = 1\n[[p.q]]\nr = 1\n[[p.q]]\nr = 2\n[p.s]\nt = 1\n[[p]]\n[[p.q]]\nr = 3\n"
    )
    document = read(Path("x.toml"))
    assert not document.broken
    expected: dict[tuple[str | int, ...], int] = {
        ("a",): 1, ("b", "c"): 2, ("b", "c", 1): 3, ("b", "c", 2, 0): 4, ("d e", "f"): 5, ("d e", "g", "h"): 5,
        ("p",): 6, ("p", 0, "n"): 7, ("p", 0, "q", 0, "r"): 9, ("p", 0, "q", 1, "r"): 11, ("p", 0, "s", "t"): 13,
        ("p", 1): 14, ("p", 1, "q", 0): 15, ("p", 1, "q", 0, "r"): 16, ("p", 1, "missing"): 14, ("missing",): 1,
    }  # fmt: skip
    assert {path: document.line(path) for path in expected} == expected


def test_a_mark_that_an_editor_put_in_front_is_no_fault() -> None:
    path = Path("config/policy.toml")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load({}).policy == load({"BRIDGE_CONFIG": str(SAMPLE)}).policy


def test_a_note_may_be_left_empty() -> None:
    change("wording", 'note_incomplete = "Incomplete. "', 'note_incomplete = ""')
    assert load({}).wording.say("text.note_incomplete") == ""


def test_a_roster_without_people_says_so() -> None:
    Path("config/roster.toml").write_text('state = ["boyd"]\n[dispatch]\nphone = "+13345550100"\n')
    Path("config/regions.toml").write_text("")
    found = faults()
    assert 'config/roster.toml:1: state "boyd" is nobody in the roster; there is none so far' in found
    assert "config/roster.toml:1: person is missing; write [[person]] above the lines of each person" in found


# -- the environment


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"PORT": "http"}, 'PORT "http" is not a port; write a number from 1 to 65535, such as PORT=8000'),
        ({"PORT": "65536"}, 'PORT "65536" is not a port; write'),
        ({"BRIDGE_WORKERS": "0"}, 'BRIDGE_WORKERS "0" is not a number of processes; write a number from 1 to 99, such as'),
        ({"BRIDGE_WORKERS": "two"}, 'BRIDGE_WORKERS "two" is not a number of processes; write'),
        ({"WEB_CONCURRENCY": "auto"}, 'WEB_CONCURRENCY "auto" is not a number of processes; write'),
        ({"BRIDGE_LOG": "xml"}, 'BRIDGE_LOG "xml" is no form of the log; write json or plain, or leave it out'),
        ({"PORT": "65535"}, 'BRIDGE_CARRIER_PORT "65536" is not a port; write'),
        ({"BRIDGE_CARRIER_PORT": "8000"}, "BRIDGE_CARRIER_PORT 8000 is PORT too; leave it out, or write another number"),
        ({"HOST": "http://x"}, 'HOST "http://x" is not an address to listen on; write HOST=127.0.0.1'),
        (
            {"BRIDGE_PUBLIC_URL": "bridge.example.org"},
            'BRIDGE_PUBLIC_URL "bridge.example.org" is not a web address; write it as',
        ),
        ({"BRIDGE_PUBLIC_URL": "https://a b"}, "BRIDGE_PUBLIC_URL "),
        ({"BRIDGE_PUBLIC_URL": "https://a:99999"}, "BRIDGE_PUBLIC_URL "),
        ({"BRIDGE_PUBLIC_URL": "https://[a"}, "BRIDGE_PUBLIC_URL "),
        ({"BRIDGE_PUBLIC_URL": "https://a?b=c"}, "BRIDGE_PUBLIC_URL "),
        (
            {"TWILIO_BASE_URL": "ftp://x"},
            'TWILIO_BASE_URL "ftp://x" is not a web address; write it as TWILIO_BASE_URL=https://',
        ),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL is not the address of a store; write REDIS_URL=redis://127.0.0.1:6379/0"),
        (
            {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN},
            "BRIDGE_LINE_NUMBER is not set; set all of TWILIO_ACCOUNT_SID,",
        ),
        ({**LIVE, "TWILIO_AUTH_TOKEN": " "}, "TWILIO_AUTH_TOKEN is not set; set all of"),
        ({**LIVE, "TWILIO_ACCOUNT_SID": "SK1"}, 'TWILIO_ACCOUNT_SID "SK1" is not an account; write AC and its 32 hex digits'),
        ({**LIVE, "BRIDGE_LINE_NUMBER": "911"}, 'BRIDGE_LINE_NUMBER "911" is not a number that can be called; write it as +1'),
        ({**LIVE, "REDIS_URL": "redis://localhost"}, "BRIDGE_SECRET_KEY is not set; make one with: python3 -c"),
        (
            {"BRIDGE_SECRET_KEY": "short", "BRIDGE_PUBLIC_URL": "https://bridge.example.org"},
            "BRIDGE_SECRET_KEY is shorter than 32 characters; make one with: python3 -c",
        ),
        ({"BRIDGE_DATA": "config/policy.toml"}, 'BRIDGE_DATA "config/policy.toml" cannot be used ('),
        ({"BRIDGE_DATA": "a\0b"}, 'BRIDGE_DATA "a\\u0000b" cannot be used ('),
    ],
)
def test_a_fault_of_the_environment_says_what_to_write(environ: dict[str, str], says: str) -> None:
    [fault] = faults(environ)
    assert fault.startswith(says)


def test_both_missing_parts_of_an_account_are_named() -> None:
    assert [fault.split()[0] for fault in faults({"BRIDGE_LINE_NUMBER": "+18005550199"})] == [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
    ]


def test_a_directory_without_files_is_a_fault_for_each() -> None:
    found = faults({"BRIDGE_CONFIG": "else\0where"})
    assert len(found) == 5
    assert all("cannot be read (embedded null byte)" in fault for fault in found)


def test_without_an_account_everything_is_local_and_stays_the_same() -> None:
    first, second = load({}), load({"PORT": "9000", "HOST": "0.0.0.0", "TWILIO_AUTH_TOKEN_SECONDARY": ""})
    assert first.local
    assert (len(first.account_sid), first.account_sid[:2], len(first.auth_token)) == (34, "AC", 32)
    assert first.account_sid[2:] != first.auth_token
    assert (second.account_sid, second.auth_token) == (first.account_sid, first.auth_token)
    assert (first.line, first.own_numbers) == ("+18332192461", frozenset({"+18332192461"}))
    assert (first.public_url, first.carrier_url, first.redis_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001", "")
    assert (second.public_url, second.carrier_url) == ("http://127.0.0.1:9000", "http://127.0.0.1:9001")
    assert load({"HOST": "::1", "BRIDGE_CARRIER_PORT": "7000"}).public_url == "http://[::1]:8000"
    assert load({"BRIDGE_CARRIER_PORT": "7000"}).carrier_url == "http://127.0.0.1:7000"
    assert load({"TWILIO_BASE_URL": "http://127.0.0.1:7001/"}).carrier_url == "http://127.0.0.1:7001"


def test_the_secret_is_made_once_and_for_nobody_else_to_read() -> None:
    secret = load({"BRIDGE_DATA": "deep/down"}).secret_key
    kept = Path("deep/down/secret")
    assert (kept.read_text().strip(), load({"BRIDGE_DATA": "deep/down"}).secret_key) == (secret, secret)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == ["secret"]
    kept.write_text("")
    assert faults({"BRIDGE_DATA": "deep/down"}) == ["deep/down/secret holds no usable secret; delete it, and a new one is made"]


def test_a_secret_of_any_bytes_will_do() -> None:
    assert load({"BRIDGE_SECRET_KEY": "\udcff" * 32}).local


def test_no_secret_is_written_for_an_environment_that_cannot_run() -> None:
    faults({"PORT": "x"})
    assert not Path("var").exists()


def test_with_an_account_the_line_is_live() -> None:
    elsewhere = {"BRIDGE_PUBLIC_URL": "https://bridge.example.org/ ", "REDIS_URL": "rediss://:p@x/0?db=1"}
    settings = load({**LIVE, **elsewhere, "BRIDGE_SECRET_KEY": SECRET})
    assert not settings.local
    assert (settings.account_sid, settings.auth_token, settings.second_token) == (SID, TOKEN, "")
    assert (settings.line, settings.carrier_url, settings.public_url) == ("+18005550199", "", "https://bridge.example.org")
    assert not Path("var").exists()
    another = {"TWILIO_ACCOUNT_SID": "other", "TWILIO_BASE_URL": "https://carrier.example.org"}
    assert load({**LIVE, **another}).account_sid == "other"


def test_nothing_secret_is_ever_printed() -> None:
    Path("config/users.toml").write_text(USER)
    settings = load(
        {**LIVE, "TWILIO_AUTH_TOKEN_SECONDARY": "e" * 32, "BRIDGE_SECRET_KEY": SECRET, "REDIS_URL": "redis://:pass@localhost"}
    )
    for secret in (TOKEN, "e" * 32, SECRET, ":pass", HASH):
        assert secret not in repr(settings)


# -- what comes out


def test_the_sample_is_what_it_says() -> None:
    settings = load({})
    assert list(settings.regions) == list("ABCDEFG")
    assert len(settings.roster.people) == 17
    assert settings.roster.duties[0] == Duty("A", "on-call", ("landry",))
    assert Duty("G", "on-call", ("boyd",), ((360, 4 * 1440 + 18 * 60),)) in settings.roster.duties
    assert settings.roster.state == ("whitfield", "okafor")
    assert settings.policy.ladder[1] == Rung(90.0, Who.ON_CALL, (Channel.CALL,))
    assert settings.policy == Policy(ladder=settings.policy.ladder)
    assert settings.wording.say("caller.goodbye") == "Goodbye."
    assert {user.name: user.role for user in settings.users.values()} == DEMO_USERS
    assert all(check_password(user, demo_password(settings.secret_key)) for user in settings.users.values())
    assert load(LIVE).users == {}


def test_the_sample_has_every_county_under_a_name_that_is_understood() -> None:
    settings, gazetteer = load({}), Gazetteer.load()
    assert sorted(county for region in settings.regions.values() for county in region.counties) == sorted(counties())
    assert len(counties()) == 67
    for county in counties():
        found = gazetteer.look_up(f"{county} County")
        assert isinstance(found, One)
        assert found.place.county == county


def test_turns_overrides_leave_and_calendars_come_out_as_they_are_written() -> None:
    change("roster", HERE, CHANGES)
    settings = load({})
    turn = Turn(1, "week", wall("2026-01-05 08:00"))
    assert Duty("E", "on-call", ("garner", "stovall"), (), turn) in settings.roster.duties
    weekend, fortnight = (
        (wall("2026-11-27 18:00"), wall("2026-11-30 06:00")),
        (wall("2026-07-01 00:00"), wall("2026-07-15 00:00")),
    )
    assert settings.roster.overrides == (
        Override("file-0000", "D", "on-call", "boyd", *weekend, 0.0, "roster.toml"),
        Override("file-0001", "D", "backup", "crane", *weekend, 0.0, "roster.toml"),
    )
    assert settings.roster.leaves == (Leave("file-0000", "boyd", *fortnight, 0.0, "roster.toml"),)
    assert settings.calendars == (
        CalendarSource("d", "D", "on-call", "https://calendar.example.org/duty.ics?key=1"),
        CalendarSource("e", "E", "backup", "", Path("config/e.ics")),
    )
    assert "calendar.example.org" not in repr(settings)


CHANGES = """
[[override]]
region = "D"
who = "boyd"
from = "2026-11-27 18:00"
until = "2026-11-30 06:00"

[[override]]
region = "D"
rank = "backup"
who = "crane"
from = "2026-11-27 18:00"
until = "2026-11-30 06:00"

[[leave]]
who = "boyd"
from = "2026-07-01 00:00"
until = "2026-07-15 00:00"

[[calendar]]
name = "d"
region = "D"
url = "https://calendar.example.org/duty.ics?key=1"

[[calendar]]
name = "e"
region = "E"
rank = "backup"
file = "e.ics"
"""


@pytest.mark.parametrize(
    ("text", "every", "unit"),
    [("hour", 1, "hour"), ("12 hours", 12, "hour"), ("Day", 1, "day"), ("2 weeks", 2, "week"), ("1 month", 1, "month")],
)
def test_a_turn_may_be_written_in_words(text: str, every: int, unit: str) -> None:
    change("roster", 'every = "week"\nfrom', f'every = "{text}"\nfrom')
    [turn] = [duty.turn for duty in load({}).roster.duties if duty.turn and duty.who[0] == "garner"]
    assert (turn.every, turn.unit) == (every, unit)


def test_of_two_overrides_in_the_file_the_one_further_down_counts_and_leave_counts_more() -> None:
    twice = CHANGES.replace('rank = "backup"\nwho = "crane"', 'who = "crane"')
    change("roster", HERE, twice)
    assert who_has("D", "2026-11-28 12:00") == "crane"
    change(
        "roster",
        'who = "boyd"\nfrom = "2026-07-01 00:00"\nuntil = "2026-07-15',
        'who = "crane"\nfrom = "2026-07-01 00:00"\nuntil = "2026-12-15',
    )
    assert who_has("D", "2026-11-28 12:00") == "boyd"


def test_a_calendar_alone_is_enough_for_a_region_to_be_served() -> None:
    change("roster", TOLBERT, CALENDAR)
    assert load({}).calendars[0].rank == "on-call"


def who_has(region: str, when: str) -> str:
    found = load({}).roster.on_duty(region, "on-call", wall(when))
    return found.id if found else ""


def test_the_forms_know_every_word_of_the_core() -> None:
    assert set(get_args(RungForm.model_fields["who"].annotation)) == set(Who)
    assert set(get_args(get_args(RungForm.model_fields["by"].annotation)[0])) == set(Channel)


def test_users_log_in_with_the_password_that_was_hashed() -> None:
    Path("config/users.toml").write_text(USER.replace(HASH, hash_password("a good one")))
    user = load({}).users["mary"]
    assert check_password(user, "a good one")
    assert not check_password(user, "a bad one")
    assert not check_password(User("x", "no hash", "dispatch"), "a good one")
    assert not check_password(User("x", HASH, "dispatch"), "a good one")


# -- what is allowed, and said


def wall(text: str) -> float:
    return instant(datetime.fromisoformat(text))


def changed(name: str, *edits: tuple[str, str]) -> list[str]:
    for old, new in edits:
        change(name, old, new)
    return warnings(load({}), NOW)


def test_the_sample_has_nothing_to_say_until_it_is_live() -> None:
    assert warnings(load({}), NOW) == []
    said = warnings(load(LIVE), NOW)
    assert said[0] == (
        'nobody of users.toml may log in to the status page; make a user with "bridge users add" or "bridge password"'
    )
    assert said[1] == (
        "the carrier is told to call http://127.0.0.1:8000; set BRIDGE_PUBLIC_URL to the https address it can reach"
    )
    assert said[2] == "dispatch has +13345550100, a number for examples, and cannot be reached"
    assert said[-1] == "the line is +18005550199, a number for examples; set BRIDGE_LINE_NUMBER to your own"
    assert len(said) == 2 + 17 + 1


WEEKEND = '"fri 18:00 - mon 06:00"'
LAST_DUTY = f'rank = "backup"\nwho = "boyd"\nwhen = [{WEEKEND}]'
NIGHTS = '"fri 18:00 - sat 06:00", "sun 18:00 - mon 06:00"'


@pytest.mark.parametrize(
    ("name", "edits", "expected"),
    [
        ("roster", [(LAST_DUTY, LAST_DUTY.replace("fri", "sat"))], ["Region G has no backup from Fri 18:00 to Sat 18:00"]),
        ("roster", [(LAST_DUTY, LAST_DUTY.replace("fri 18:00 - mon", "fri 18:00 - sat"))],
         ["Region G has no backup from Sat 06:00 to Mon 06:00"]),
        ("roster", [(LAST_DUTY, LAST_DUTY.replace(WEEKEND, NIGHTS))],
         ["Region G has no backup from Sat 06:00 to Sun 18:00"]),
        ("roster", [(f'who = "crane"\nwhen = [{WEEKEND}]', 'who = "crane"\nwhen = ["sat 00:00 - mon 00:00"]')],
         ["Region G has nobody on call from Mon 00:00 to Mon 06:00",
          "Region G has nobody on call from Fri 18:00 to Sat 00:00"]),
        ("roster", [('region = "C"\nrank = "backup"', 'region = "F"\nrank = "backup"')],
         ["Region C has no backup at any time",
          "Region F never comes to lopez as backup; who stands further up in the roster has it at any time, but for leave"]),
        ("roster", [('who = "crane"\nwhen = ["mon 06:00', 'who = "crane"\nwhen = ["sun 22:00')],
         ["Region G has crane and boyd as backup from Sun 22:00 to Mon 06:00; crane stands first in the roster and has it",
          "Region G has crane both on call and as backup from Sun 22:00 to Mon 06:00"]),
        ("roster", [('"whitfield", "okafor"', '"okafor"')],
         ["whitfield (Capt. June Whitfield) has no duty and is no state coordinator, and is never paged"]),
        ("policy", [('at = "0s"', 'at = "10s"')],
         ['the first rung of the ladder waits 10 s; with at = "0s" a page leaves at once']),
        ("policy", [('who = "dispatch"', 'who = "state"')],
         ['the ladder never calls the dispatch desk; add a rung with who = "dispatch" and by = ["call"]']),
        ("policy", [('contact_within = "15m"', 'contact_within = "8m"')],
         ["remind_after is not shorter than contact_within: nobody is ever reminded before the request goes to others"]),
        ("wording", [("Call {number} by", "Call by")],
         ["the sentence text.details says no {number}; whoever gets it cannot go on"]),
    ],
)  # fmt: skip
def test_what_is_allowed_but_doubtful_is_said(name: str, edits: list[tuple[str, str]], expected: list[str]) -> None:
    assert changed(name, *edits) == expected


def test_a_desk_that_reads_no_texts_is_called_whatever_the_rung_says() -> None:
    change("policy", 'who = "dispatch"\nby = ["call"]', 'who = "dispatch"\nby = ["text"]')
    assert warnings(load({}), NOW) == []
    [said] = changed("roster", ("text = false            # a desk", "text = true # a desk"))
    assert said.startswith("the ladder never calls the dispatch desk")


CRANE = f'who = "crane"\nwhen = [{WEEKEND}]'
BELOW = '[[duty]]\nregion = "A"\nrank = "on-call"\nwho = "hollis"\n'
LEAVE = '[[leave]]\nwho = "boyd"\nfrom = "2026-02-03 12:00"\nuntil = "2026-02-11 06:00"\n'
OVERRIDE = '[[override]]\nregion = "D"\nwho = "boyd"\nfrom = "2026-02-01 00:00"\nuntil = "2026-02-05 00:00"\n'


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        # a gap on one day, where leave takes somebody out: cut off by who has the weekend
        ([(HERE, LEAVE)], [
            "Region G has nobody on call from Tue Feb 3 12:00 to Fri Feb 6 18:00",
            "Region G has nobody on call from Mon Feb 9 06:00 to Wed Feb 11 06:00",
            "Region G has no backup from Fri Feb 6 18:00 to Mon Feb 9 06:00",
        ]),
        # what comes every week is said once, and a week in which it is longer, by its date
        ([(CRANE, CRANE.replace("fri 18:00", "sat 00:00")), (HERE, LEAVE.replace("03", "06").replace("11", "07"))], [
            "Region G has nobody on call from Fri 18:00 to Sat 00:00",
            "Region G has nobody on call from Fri Feb 6 12:00 to Sat Feb 7 00:00",
            "Region G has no backup from Fri Feb 6 18:00 to Sat Feb 7 06:00",
        ]),
        # one that has begun, and one that does not end
        ([('who = "tolbert"', 'who = ["tolbert", "kirby"]\nevery = "month"\nfrom = "2026-02-01 08:00"')],
         ["Region C has nobody on call from now to Sun Feb 1 08:00"]),
        ([(HERE, LEAVE.replace("boyd", "landry").replace("2026-02-11", "2027-02-11"))],
         ["Region A has nobody on call from Tue Feb 3 12:00 on"]),
        # a duty that never comes; where it comes, be it late or for a leave, nothing is said
        ([(HERE, BELOW)],
         ["Region A never comes to hollis as on-call; who stands further up in the roster has it at any time, but for leave"]),
        ([(HERE, BELOW + LEAVE.replace("boyd", "landry"))], []),
        ([(HERE, BELOW.replace('"hollis"', '["hollis", "mcrae"]\nevery = "day"\nfrom = "2026-07-01 08:00"'))], []),
        # one person twice
        ([(HERE, OVERRIDE.replace("boyd", "ogletree"))],
         ["Region D has ogletree both on call and as backup from Sun Feb 1 00:00 to Thu Feb 5 00:00"]),
        # leave against an override of the same file
        ([(HERE, OVERRIDE + LEAVE)], [
            "Region G has nobody on call from Tue Feb 3 12:00 to Fri Feb 6 18:00",
            "Region G has nobody on call from Mon Feb 9 06:00 to Wed Feb 11 06:00",
            "Region G has no backup from Fri Feb 6 18:00 to Mon Feb 9 06:00",
            "boyd is on leave from Tue Feb 3 12:00 to Thu Feb 5 00:00, and the override of region D does not count then",
        ]),
        # calendars
        ([(TOLBERT, CALENDAR)],
         ["Region C has nobody on call at any time, unless the calendar c has somebody",
          "the calendar c is not there: put it at config/c.ics"]),
        # changes of the clocks
        ([("sun 22:00 - wed 12:00", "sun 02:30 - wed 12:00"), ("wed 12:00 - sun 22:00", "wed 12:00 - sun 02:30"),
          ("sun 22:00 - wed 12:00", "sun 02:30 - wed 12:00"), ("wed 12:00 - sun 22:00", "wed 12:00 - sun 02:30")],
         ["Region B hands over on Sun Mar 8 at 02:30, which the clocks jump over: it is at 03:00 that day"]),
        ([(EVERY, 'every = "12 hours"\nfrom = '), (EVERY, 'every = "12 hours"\nfrom = ')],
         ["Region E counts real hours: garner, stovall hand over an hour later by the clock from Sun Mar 8 on",
          "Region E counts real hours: stovall, garner hand over an hour later by the clock from Sun Mar 8 on"]),
        ([(EVERY, 'every = "day"\nfrom = '), (FIRST, 'from = "2026-01-05 02:15"\n\n'),
          (EVERY, 'every = "day"\nfrom = '), (FIRST, 'from = "2026-01-05 02:15"\n\n')],
         ["Region E hands over on Sun Mar 8 at 02:15, which the clocks jump over: it is at 03:00 that day"]),
    ],
)  # fmt: skip
def test_the_next_ninety_days_of_the_rota_are_looked_at(edits: list[tuple[str, str]], expected: list[str]) -> None:
    assert changed("roster", *edits) == expected


def test_in_autumn_a_hand_off_at_a_time_that_comes_twice_is_said_and_real_hours_move_the_other_way() -> None:
    path = Path("config/roster.toml")
    path.write_text(path.read_text("utf-8").replace("sun 22:00", "sun 01:30"), "utf-8")
    change("roster", EVERY, 'every = "12 hours"\nfrom = ')
    change("roster", EVERY, 'every = "12 hours"\nfrom = ')
    assert warnings(load({}), wall("2026-10-01 12:00")) == [
        "Region B hands over on Sun Nov 1 at 01:30, which comes twice that day: the first one counts",
        "Region E counts real hours: garner, stovall hand over an hour earlier by the clock from Sun Nov 1 on",
        "Region E counts real hours: stovall, garner hand over an hour earlier by the clock from Sun Nov 1 on",
    ]


def test_what_happens_again_and_again_but_not_every_week_is_said_in_brief() -> None:
    said = changed("roster", (EVERY, 'every = "12 hours"\nfrom = '))
    doubled = [one for one in said if "both" in one]
    assert doubled[:5] == said[:5]
    assert doubled[5].startswith("Region E has garner both on call and as backup ")
    assert doubled[5].endswith(" times more in the next 90 days")
    assert len(doubled) == 12


def test_who_takes_a_shift_after_going_on_leave_is_believed() -> None:
    change("roster", HERE, LEAVE.replace("boyd", "pruitt"))
    settings = load({})
    taken = Override("o1", "A", "backup", "pruitt", wall("2026-02-03 12:00"), wall("2026-02-11 06:00"), made_at=NOW)
    assert warnings(settings, NOW) == ["Region A has no backup from Tue Feb 3 12:00 to Wed Feb 11 06:00"]
    assert warnings(replace(settings, roster=replace(settings.roster, overrides=(taken,))), NOW) == []


def test_a_calendar_that_was_read_is_believed() -> None:
    change("roster", TOLBERT, CALENDAR)
    Path("config/c.ics").touch()
    settings = load({})
    booked = Booking("C", "on-call", "tolbert", NOW - 8 * 86400, wall("2026-02-01 00:00"))
    settings = replace(settings, roster=replace(settings.roster, bookings=(booked,)))
    assert warnings(settings, NOW) == ["Region C has nobody on call from Sun Feb 1 00:00 on"]


def test_a_region_that_hangs_on_one_person_is_said() -> None:
    text = change("roster", 'region = "A"\nrank = "backup"', 'region = "B"\nrank = "backup"')
    assert text
    said = changed("regions", ('neighbours = ["B", "C"]', ""))
    assert "Region A has one person and no neighbours; when that person does not answer, the state is next" in said


# -- whatever is done to the files


def mangled(data: st.DataObject, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["delete", "double", "move", "value", "bytes", "cut"]))
    if how == "delete":
        return b"".join(lines[:at] + lines[at + 1 :])
    if how == "double":
        return b"".join(lines[: at + 1] + lines[at:])
    if how == "move":
        return b"".join([*lines[:at], *lines[at + 1 :], lines[at]])
    if how == "value":
        value = data.draw(st.sampled_from(VALUES)).encode()
        return b"".join([*lines[:at], lines[at].split(b"=")[0], b"= ", value, b"\n", *lines[at + 1 :]])
    if how == "bytes":
        return b"".join([*lines[:at], data.draw(st.binary(max_size=20)), *lines[at:]])
    return content[: data.draw(st.integers(0, len(content)))]


VALUES = [
    "0", "-1", "1.5", "nan", "inf", "true", '""', '" "', '"x"', '"A"', '"0s"', '"1h"', '"{"', '"{code}"', '"+12565550101"',
    "[]", "[[]]", "[1]", '["A"]', '["text"]', '["x", "x"]', "{}", "{ a = 1 }", "1979-05-27", '"\\u0000"', '"\\ud800"',
    '"\\U0001F600"', '["mon 00:00 - mon 00:00"]', '["sun 23:59 - mon 00:00"]', '"boyd"', '"dispatch"', "9" * 5000,
]  # fmt: skip


@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_in_the_files_either_settings_or_faults_come_out(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    content = (SAMPLE / f"{name}.toml").read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        content = mangled(data, content or b"\n")
    Path(f"config/{name}.toml").write_bytes(content)
    lines = what_is_wrong()
    shutil.copy(SAMPLE / f"{name}.toml", f"config/{name}.toml")
    assert all(line.isprintable() for line in lines)


def what_is_wrong() -> list[str]:
    """The warnings of settings that can be loaded, the faults of others."""
    try:
        settings = load({})
    except BadConfig as error:
        return str(error.details["faults"]).split("\n    ")
    return warnings(settings, NOW)


NAMES = ("HOST", "PORT", "REDIS_URL", "TWILIO_BASE_URL", "BRIDGE_PUBLIC_URL", "BRIDGE_SECRET_KEY", "BRIDGE_CARRIER_PORT", *LIVE)


@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(environ=st.dictionaries(st.sampled_from(NAMES), st.text() | st.sampled_from(["http://[", "http://a:b", "99999", "::"])))
def test_whatever_is_in_the_environment_either_settings_or_faults_come_out(environ: dict[str, str]) -> None:
    with suppress(BadConfig):
        assert isinstance(load(environ), Settings)


# -- the agency's own log-in

OIDC = {
    "BRIDGE_OIDC_ISSUER": "https://login.example.org/",
    "BRIDGE_OIDC_CLIENT_ID": "bridge",
    "BRIDGE_OIDC_CLIENT_SECRET": "hunter2",
    "BRIDGE_OIDC_DISPATCH": "desk, night desk",
    "BRIDGE_OIDC_ADMIN": "chiefs",
}


def test_without_a_word_of_it_there_is_no_log_in_of_the_agency() -> None:
    assert load({}).oidc is None
    assert load(dict.fromkeys(OIDC, "  ")).oidc is None


def test_the_agency_s_log_in_is_read_whole() -> None:
    oidc = load(OIDC).oidc
    assert oidc is not None
    assert (oidc.issuer, oidc.client_id, oidc.client_secret) == ("https://login.example.org", "bridge", "hunter2")
    assert (oidc.claim, oidc.name) == ("roles", "ALEA log-in")
    assert oidc.roles == {"desk": Role.DISPATCH, "night desk": Role.DISPATCH, "chiefs": Role.ADMIN}
    assert "hunter2" not in repr(load(OIDC))
    named = load({**OIDC, "BRIDGE_OIDC_CLAIM": "groups", "BRIDGE_OIDC_NAME": "State log-in"}).oidc
    assert named is not None
    assert (named.claim, named.name) == ("groups", "State log-in")


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("desk", Role.DISPATCH),
        (["x", "desk", "chiefs"], Role.ADMIN),
        (["chiefs", "desk"], Role.ADMIN),
        ("desk chiefs", None),
        (["Desk"], None),
        ([], None),
        (None, None),
        ({"desk": True}, None),
        ([["desk"], 5, None], None),
    ],
)
def test_the_highest_role_of_what_a_claim_says_counts(said: object, role: Role | None) -> None:
    oidc = load(OIDC).oidc
    assert oidc is not None
    assert oidc.role(said) == role


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"BRIDGE_OIDC_ISSUER": ""}, "BRIDGE_OIDC_ISSUER is not set; set all of BRIDGE_OIDC_ISSUER, BRIDGE_OIDC_CLIENT_ID"),
        ({"BRIDGE_OIDC_CLIENT_ID": ""}, "BRIDGE_OIDC_CLIENT_ID is not set"),
        ({"BRIDGE_OIDC_CLIENT_SECRET": ""}, "BRIDGE_OIDC_CLIENT_SECRET is not set"),
        ({"BRIDGE_OIDC_ISSUER": "http://login.example.org"}, "BRIDGE_OIDC_ISSUER is not the https address of a provider"),
        ({"BRIDGE_OIDC_ISSUER": "login.example.org"}, "BRIDGE_OIDC_ISSUER is not the https address of a provider"),
        ({"BRIDGE_OIDC_ISSUER": "https://u:p@login.example.org"}, "BRIDGE_OIDC_ISSUER is not the https address of a provider"),
        ({"BRIDGE_OIDC_ISSUER": "https://[x"}, "BRIDGE_OIDC_ISSUER is not the https address of a provider"),
        (
            {"BRIDGE_OIDC_DISPATCH": " , ", "BRIDGE_OIDC_ADMIN": ""},
            "nobody gets a role from the log-in; write BRIDGE_OIDC_DISPATCH=",
        ),
        ({"BRIDGE_OIDC_WATCH": "chiefs"}, "BRIDGE_OIDC_ADMIN names a group that BRIDGE_OIDC_WATCH names too"),
        ({"BRIDGE_OIDC_NAME": "x" * 41}, "BRIDGE_OIDC_NAME is not the text of a button"),
    ],
)
def test_a_fault_of_the_agency_s_log_in(changes: dict[str, str], says: str) -> None:
    [fault] = faults({**OIDC, **changes})
    assert fault.startswith(says)
    assert "hunter2" not in fault


def test_one_word_of_it_asks_for_the_rest() -> None:
    assert len(faults({"BRIDGE_OIDC_NAME": "State log-in"})) == 4


# -- the second factor


def test_an_administrator_without_a_second_factor_is_said() -> None:
    Path("config/users.toml").write_text(USER.replace("dispatch", "admin"))
    assert warnings(load({}), NOW) == [
        "mary cannot log in: the role admin takes a second factor; "
        'put the line that "bridge password mary --role admin --totp" prints into users.toml'
    ]
    Path("config/users.toml").write_text(USER.replace("dispatch", "admin") + f'totp = "{"A" * 32}"\n')
    assert load({}).users["mary"].totp == "A" * 32
    assert warnings(load({}), NOW) == []
