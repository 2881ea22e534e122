"""A day of calls of every kind, in which processes are killed and the carrier and the store are away for a while.

Each caller has a number and a place of their own: what is found tells whose it is.
"""

import re
import signal
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import requests

from bridge.simulator.client import TelephoneError
from tests.conftest import wait_until
from tests.privacy.bridge_at_work import House
from tests.privacy.callers import NUMBERS, PLACES, WORDS
from tests.privacy.haystacks import on_disk
from tests.privacy.people import LEAVE, LIVE, SAY, SILENT, People
from tests.privacy.search import Haystack, views

TOKEN = re.compile(rb"gAAAA[A-Za-z0-9_-]{40,}={0,2}")  # how what is sealed begins


def sealed_in(haystack: Haystack) -> set[bytes]:
    """What is sealed there, packed or not."""
    return {token for _, content in views(haystack.content) for token in TOKEN.findall(content)}


class Day(People):
    """What people do."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.sealed: set[bytes] = set()  # what stood sealed on the disk while requests were open
        self.bare: list[Haystack] = []  # the disk as it was then
        self.missed: list[str] = []  # what could not be played

    # ---- the day

    def play(self) -> None:
        """All of it."""
        for part in (self.calls, self.answers, self.at_the_board, self.look, self.strangers, self.trouble, self.deaths):
            began = time.monotonic()
            try:
                part()
            except Exception as error:
                self.missed.append(
                    f"{part.__name__}: {type(error).__name__} {traceback.extract_tb(error.__traceback__)[1]}: {error}"
                )
            print(f"  {part.__name__.replace('_', ' ')}: {time.monotonic() - began:.1f} s")

    def calls(self) -> None:
        """Every way in which a call can go."""
        self.asks("caller id", "Dauphin Island")
        self.asks("typed", "Vinegar Bend", NUMBERS["typed callback"][2:], "1")
        self.asks("withheld", "Muscadine", NUMBERS["withheld"][2:], "1", number="anonymous")
        self.asks("spoken", "Clayhatchee")
        self.asks("again", "Gaylesville")
        self.call("again", PLACES["Pine Apple"], "1", "1#")
        before = set(self.house.documents())
        self.call("hung up", PLACES["Double Springs"], "1", LEAVE)
        self.noted("hung up", before)
        with ThreadPoolExecutor(4) as hands:
            for early in (self._early, self._put_through, self._silent, self._digits):
                hands.submit(early)

    def _early(self) -> None:
        self.call("hung up early", SAY + f"{WORDS['as heard']} by Hammondville", LEAVE)

    def _put_through(self) -> None:
        self.call("put through", PLACES["Lowndesboro"], "0")

    def _silent(self) -> None:
        self.call("silent", SILENT, SAY + WORDS["as heard"], SILENT)

    def _digits(self) -> None:
        self.call("spoken digits", SAY + " ".join(NUMBERS["spoken digits to"][2:]), SAY + "I am in Mooresville", SILENT)

    def answers(self) -> None:
        """Every way in which it can be answered."""
        self.text("landry", f"1 {self.codes['caller id']}")
        self.text("landry", f"DONE {self.codes['caller id']}")
        self.text("hollis", f"2 {self.codes['spoken']}")
        self.text("mcrae", f"1 {self.codes['spoken']}")
        self.text("mcrae", f"NEED 2 {self.codes['spoken']}")
        self.text("mcrae", f"ARRIVED {self.codes['spoken']}")
        self.text("landry", f"1 {self.codes['typed']}")
        self.text("landry", f"2 {self.codes['typed']}")
        self.text("boyd", f"1 {self.codes['withheld']}")
        self.text("boyd", f"CALL {self.codes['withheld']}")
        self.connected("boyd", NUMBERS["withheld"])
        self.asks("keypad", "Childersburg")
        self.post(f"/requests/{self.ids['keypad']}/page-person", person="crane").raise_for_status()
        self.hangs_up(self.picks_up("crane", "1"))
        with ThreadPoolExecutor(1) as hand:
            before = set(self.house.documents())
            waiting = hand.submit(self.call, "waits", PLACES["Bayou La Batre"], "1", "1#", SILENT, *([SILENT] * 40))
            self.noted("waits", before)
            self.post(f"/requests/{self.ids['waits']}/page-person", person="tolbert").raise_for_status()
            sid = self.picks_up("tolbert", "1")
            time.sleep(1.0)
            self.hangs_up(sid)
            waiting.result(60)

    def at_the_board(self) -> None:
        """What a dispatcher does, and mistakes."""
        code = self.asks("corrected", "Lowndesboro")
        which = self.ids["corrected"]
        self.post("/places", place=WORDS["as typed"])
        self.post(f"/requests/{which}/correct", place=WORDS["as typed"], region="", callback="")
        self.post(f"/requests/{which}/correct", place="", region="", callback=NUMBERS["wrong number"] + "9")
        done = self.post(f"/requests/{which}/correct", place="Mooresville", region="", callback=NUMBERS["corrected to"])
        assert done.ok, (code, done.text)
        once = self.post("/take-in", once="0123456789abcdef0123456789abcdef", place="Hammondville", callback=NUMBERS["by hand"])
        assert once.ok, once.text
        self.asks("revealed", "Double Springs")
        self.post(f"/requests/{self.ids['revealed']}/reveal").raise_for_status()
        for name in (NUMBERS["in a log-in"], WORDS["as typed"]):
            with suppress(requests.HTTPError):
                self.house._send(requests.Session(), "/login", {"name": name, "password": name, "next": f"/{name}"})

    def look(self) -> None:
        """Somebody takes a copy of the disk while requests are open."""
        self.bare = [*on_disk("disk", self.house.data)]
        self.sealed = {token for each in self.bare for token in sealed_in(each)}

    def strangers(self) -> None:
        """Texts of anybody, and requests that nobody has signed."""
        self.phones.text(NUMBERS["stranger"], f"Call me at {NUMBERS['a number that a stranger texts']}, {WORDS['in a text']}")
        number = NUMBERS["a number that a coordinator texts"]
        self.text(
            "landry", f"DONE, reached them at {number[2:5]} {number[5:8]} {number[8:]} in Muscadine, {WORDS['in a text']}"
        )
        form = {
            "From": NUMBERS["unsigned"],
            "CallSid": "CA" + "0" * 32,
            "SpeechResult": "Vinegar Bend",
            "Body": WORDS["in a text"],
        }
        where = NUMBERS["in an address"]
        for path in ("/voice", "/voice/turn/0", "/sms", "/nowhere"):
            requests.post(f"{self.house.url}{path}?From={where}", form, timeout=20, headers={"Referer": f"http://x/{where}"})
        for path in (
            f"/requests/{where}/messages",
            f"/{where}",
            f"/login?next=/{where}",
            f"/board?since={where}",
            f"/rota/{where}.ics",
        ):
            self.dispatcher.get(self.house.url + path, timeout=20, headers={"User-Agent": NUMBERS["in a header"]})

    def trouble(self) -> None:
        """The carrier is down for a while; the store hangs for a while."""
        self.phones._do("POST", "/sim/faults", {"rest": {"kind": "503"}})
        self.asks("carrier away", "Pine Apple")
        self.house.freeze("valkey", signal.SIGSTOP)
        with ThreadPoolExecutor(2) as hands:
            calls = [hands.submit(self.call, "store away", PLACES["Gaylesville"], "1", "1#", SILENT)]
            time.sleep(7.0)
            self.house.freeze("valkey", signal.SIGCONT)
            self.phones._do("POST", "/sim/faults", {"clear": True})
            for call in calls:
                call.result(60)

    def deaths(self) -> None:
        """kill -9 of each part while a call is going on."""
        parts: dict[str, Callable[[], None]] = {
            "store killed": lambda: self.house.kill("valkey"),
            "web killed": lambda: self.house.kill("gunicorn"),
            "worker killed": lambda: self.house.kill("bridge worker"),
        }
        for whose, kill in parts.items():
            sid = self.phones.dial(NUMBERS[whose])["sid"]
            with suppress(TelephoneError):
                self.phones.act(sid, "press", digits=PLACES["Mooresville"])
            self.house.look_for_processes()
            kill()
            with suppress(TelephoneError, requests.RequestException):
                for key in ("1", "1#"):
                    self.phones.act(sid, "press", digits=key)
                self.phones.act(sid, "hangup")
            wait_until(self.house.ready, 60)

    # ---- the end

    def close_everything(self) -> None:
        """Everybody hangs up, and a dispatcher ends whatever is there."""
        for call in self.phones.state(since=10**9)["calls"]:
            if call["state"] in LIVE:
                self.hangs_up(call["sid"])
        wait_until(self._all_closed, 120)

    def _all_closed(self) -> bool:
        with suppress(requests.RequestException):
            for doc in self.house.documents().values():
                if doc["state"] not in ("closed", "erased"):
                    self.post(f"/requests/{doc['id']}/close", reason="reached")
            self._time_passes_for_calls()
            return all(doc["state"] in ("closed", "erased") for doc in self.house.documents().values())
        return False

    def _time_passes_for_calls(self) -> None:
        """Of a call that ended while nobody listened the clock finds out in hours: they have passed."""
        with self.house.redis as redis:
            for key in redis.scan_iter("call:*"):
                redis.zadd("due", {key.decode().replace(":", "/", 1): time.time()}, xx=True)

    def erased(self) -> bool:
        """Whether nothing is known of anybody any more."""
        with suppress(Exception):
            with self.house.redis as redis:
                calls = list(redis.scan_iter("call:*"))
            return not calls and all(doc["state"] == "erased" for doc in self.house.documents().values())
        return False
