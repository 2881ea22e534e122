"""Every promise against what the carrier saw and what the store holds. Nothing here asks the bridge, or reads its logs.

What must hold of one run:
- whoever heard a promise has a request in the store, and the one on call was paged;
- every page that the policy plans left in time: see `Limits`;
- nobody was paged twice for the same thing, unless a send was cut off, and then in the same words;
- no two people were told that the same request is theirs;
- every caller heard something, never an application error, and ended with a promise or with the desk.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.drive import PAGE, YOURS, Caller, codes
from tests.chaos.setting import DESK, LADDER, Agency

ERROR = "application error"
EARLY = 1.0  # seconds: the ladder begins a little before the promise is spoken
BEFORE = 1.0  # seconds: what was planned just before an outage may have been caught by it


@dataclass(frozen=True)
class Limits:
    """How late a page may be (seconds), from when the fault ended where it was planned while that lasted (`away`), else from
    its plan. `double`: a send may have been cut off. `flips`: what one channel did not carry may have gone by the other too."""

    late: float = 1.0
    away: bool = False
    double: bool = False
    flips: bool = False
    began: float = 0.0  # seconds, UTC
    ended: float = 0.0


@dataclass
class Findings:
    """What came of one run."""

    requests: int = 0
    lost: int = 0
    late: int = 0
    latest: float = 0.0  # seconds
    doubled: int = 0
    no_person: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Evidence:
    """What the carrier and the store say of one run."""

    entries: Sequence[dict[str, Any]]
    texts: Sequence[dict[str, Any]]
    calls: Sequence[dict[str, Any]]
    documents: Sequence[dict[str, Any]]


def judge(callers: Sequence[Caller], evidence: Evidence, agency: Agency, limits: Limits, until: float) -> Findings:
    """The whole audit. `until` (seconds, UTC) is when the run was over: what is due later is not looked for."""
    audit = _Audit(evidence, agency, limits, until)
    for caller in callers:
        audit.caller(caller)
    audit.doubles()
    audit.acceptances()
    return audit.found


def at(entry: dict[str, Any]) -> float:
    """When it happened (seconds, UTC)."""
    return datetime.fromisoformat(entry["at"]).timestamp()


class _Audit:
    def __init__(self, evidence: Evidence, agency: Agency, limits: Limits, until: float) -> None:
        self.evidence, self.agency, self.limits, self.until = evidence, agency, limits, until
        self.found = Findings()
        self.by_sid: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in evidence.entries:
            self.by_sid[entry["sid"]].append(entry)
        self.planned_calls: Counter[str] = Counter()
        self.planned_texts: Counter[tuple[str, str]] = Counter()

    # ---- one caller

    def caller(self, caller: Caller) -> None:
        promise = None
        for sid in caller.sids:
            entries = self.by_sid[sid]
            promise = promise or next((at(e) for e in entries if e["kind"] == "say" and "called back by" in e["text"]), None)
            self._met(caller, entries)
        if caller.trouble or not caller.sids:
            self.fault(f"{caller.kind} could not call: {'; '.join(caller.trouble)}")
        request = next((doc for doc in self.evidence.documents if doc["callback"] == caller.number), None)
        if request is None:
            if promise is not None:
                self.found.lost += 1
                self.fault(f"a promise was spoken to a caller from {caller.region}, and there is no request in the store")
            return
        self.found.requests += 1
        self._pages(request, promise or request["opened_at"])

    def _met(self, caller: Caller, entries: Sequence[dict[str, Any]]) -> None:
        """Whether the caller heard something, and no error, and got what they called for."""
        heard = [entry["text"] for entry in entries if entry["kind"] == "say"]
        if any(ERROR in said for said in heard):
            self.fault("a caller heard an application error")
        if not heard:
            self.fault(f"a caller heard nothing: {[(e['kind'], e['text']) for e in entries]}")
        promised = any("called back by" in said or "call back is late" in said for said in heard)
        desk = any(entry["kind"] in ("dials", "connected") and DESK in entry["text"] for entry in entries)
        chose = caller.kind == "leaves" and any(entry["kind"] == "hung up" for entry in entries)
        if not (promised or desk or chose):
            self.found.no_person += 1
            said = " | ".join(f"{e['kind']} {e['text']}" for e in entries if e["kind"] not in ("fetched", "receipt"))
            self.fault(f"a caller ({caller.kind}) met no person: {said}")

    # ---- the pages of one request

    def _pages(self, request: dict[str, Any], start: float) -> None:
        region, code = request["place"]["region"], request["code"]
        if not region:
            return
        taken, passes = self._taken(code), self._passes(request)
        for after, kind, channels in LADDER:
            for person in self.agency.who(kind, region):
                due = start + after
                if kind == "backup" and passes.get(self.agency.who("on-call", region)[0]) is not None:
                    due = min(due, passes[self.agency.who("on-call", region)[0]])
                for channel in channels:
                    self._page(person, channel, code, due, min(taken, passes.get(person, taken)))

    def _page(self, person: str, channel: str, code: str, due: float, over: float) -> None:
        """One page that was planned, unless somebody had taken it, or this person had passed, before it was due."""
        number = self.agency.numbers[person]
        if channel == "call" or self.limits.flips:
            self.planned_calls[number] += 1
        if channel == "text" or self.limits.flips:
            self.planned_texts[(number, code)] += 1
        planned, due = due, self._free(number, due) if channel == "call" else due
        if over <= due or due > self.until:
            return
        begun = self._excused(due)
        came = self._came(number, channel, code, planned)
        if came is None:
            if min(over, self.until) > begun + self.limits.late:
                self.found.lost += 1
                self.fault(f"{code}: no {channel} for {person}, due {self._when(due)}")
            return
        late = came - begun
        self.found.latest = max(self.found.latest, late)
        if late > self.limits.late:
            self.found.late += 1
            self.fault(f"{code}: the {channel} for {person} was {late:.1f} s late, due {self._when(due)}")

    def _excused(self, due: float) -> float:
        """From when lateness counts."""
        limits = self.limits
        return limits.ended if limits.away and limits.began - BEFORE <= due <= limits.ended else due

    def _came(self, number: str, channel: str, code: str, planned: float) -> float | None:
        """When the page reached the carrier. A call's words are not known until somebody picks up: any call to them counts."""
        if channel == "text":
            texts = (text["at"] for text in self.evidence.texts if text["to"] == number and code in codes(text["body"]))
            return next(texts, None)
        return next(
            (call["at"] for call in self.evidence.calls if call["to"] == number and call["at"] >= planned - EARLY), None
        )

    def _free(self, number: str, due: float) -> float:
        """When this telephone is free for a call that is due: it rang or was talked on until then."""
        for began, ended in self._busy(number):
            if began < due - EARLY and due < ended:
                due = ended
        return due

    def _busy(self, number: str) -> Iterable[tuple[float, float]]:
        for placed in self.evidence.entries:
            if placed["kind"] == "call placed" and placed["number"] == number:
                ended = (at(entry) for entry in self.by_sid[placed["sid"]] if entry["kind"] == "ended")
                yield at(placed), next(ended, self.until)

    def _taken(self, code: str) -> float:
        """When somebody was first told that it is theirs, by text or in a call; else the end of time."""
        return min((when for when, _ in self._told(code)), default=float("inf"))

    def _told(self, code: str) -> Iterable[tuple[float, str]]:
        spoken = f"It is yours. Code {' '.join(code)}"
        for entry in self.evidence.entries:
            by_text = entry["kind"] == "text to" and code in YOURS.findall(entry["text"])
            if by_text or (entry["kind"] == "say" and spoken in entry["text"].replace(",", "")):
                yield at(entry), entry["number"]

    def _passes(self, request: dict[str, Any]) -> dict[str, float]:
        """Who passed, and when they were told that this was heard."""
        words = f"{request['code']}: passed."
        who = {number: person for person, number in self.agency.numbers.items()}
        told = [text for text in self.evidence.texts if text["body"].startswith(words)]
        return {who[text["to"]]: text["at"] for text in reversed(told)}

    # ---- all of them

    def doubles(self) -> None:
        """Pages beyond what was planned."""
        offered: dict[tuple[str, str], list[str]] = defaultdict(list)
        for text in self.evidence.texts:
            for code in codes(text["body"]):
                offered[(text["to"], code)].append(text["body"])
        for (number, code), bodies in offered.items():
            more = len(bodies) - max(1, self.planned_texts[(number, code)])
            if more > 0:
                words = {body for body in bodies if PAGE.match(body)}  # in a digest it stands among others
                self._doubled(more, f"{code}: {len(bodies)} texts to one person", same=len(words) <= 1)
        placed = Counter(call["to"] for call in self.evidence.calls)
        for number, count in placed.items():
            if number != DESK and count > self.planned_calls[number]:
                more = count - self.planned_calls[number]
                self._doubled(more, f"{count} calls to one person, {self.planned_calls[number]} planned", same=True)

    def _doubled(self, more: int, what: str, *, same: bool) -> None:
        self.found.doubled += more
        if not self.limits.double:
            self.fault(what)
        elif not same:
            self.fault(f"{what}, in other words")

    def acceptances(self) -> None:
        """Never two at once for one request."""
        for request in self.evidence.documents:
            code, holder = request["code"], ""
            told = [(when, number, True) for when, number in self._told(code)]
            for _, number, theirs in sorted([*told, *self._given_back(code)]):
                if theirs and holder not in ("", number):
                    self.fault(f"{code}: two people were told that it is theirs")
                holder = number if theirs else "" if number == holder else holder

    def _given_back(self, code: str) -> Iterable[tuple[float, str, bool]]:
        for entry in self.evidence.entries:
            if entry["kind"] == "text to" and entry["text"].startswith(f"{code}: given back"):
                yield at(entry), entry["number"], False

    def fault(self, what: str) -> None:
        """A promise was broken."""
        self.found.faults.append(what)

    def _when(self, due: float) -> str:
        return f"{due - self.limits.began:+.1f} s after the fault began" if self.limits.began else "undisturbed"
