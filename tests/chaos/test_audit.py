"""The judge is judged: every kind of broken promise is seen, and what is in order is not held against anybody."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chaos.audit import Evidence, Findings, Limits, judge
from tests.chaos.drive import Caller, codes
from tests.chaos.setting import DESK, DUTIES, Agency

PEOPLE = sorted({person for people in DUTIES.values() for person in people})
AGENCY = Agency(
    {**{person: f"+1256555{100 + n:04}" for n, person in enumerate(PEOPLE)}, "dispatch": DESK},
    {region: [] for region in DUTIES},
)
ON_CALL, BACKUP = AGENCY.numbers["boyd"], AGENCY.numbers["crane"]
CALLER = "+12055550177"
BEGAN = 1_800_000_000.0
PROMISE = "The coordinator for Region G is being paged now. You will be called back by 2:34 AM."
PAGE = "ALLEAPS 742: Oxford, Calhoun Co, Region G. Reply 1 to take it, 2 to pass. If several are open: 1 742"
YOURS = "742 is yours. Call 205-555-0177 by 2:34 AM, or reply CALL to be connected."


class Night:
    """What the carrier saw, told second by second."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.documents = [{"code": "742", "callback": CALLER, "opened_at": BEGAN, "place": {"region": "G"}}]
        self.callers = [Caller(CALLER, "G", "asks", 0.0, ["CA1"])]

    def entry(self, after: float, kind: str, text: str, number: str = CALLER, sid: str = "CA1") -> "Night":
        """Something stands in the carrier's journal."""
        at = datetime.fromtimestamp(BEGAN + after, UTC).isoformat()
        self.entries.append({"at": at, "kind": kind, "text": text, "number": number, "sid": sid, "level": "info"})
        return self

    def promise(self, after: float = 0.0) -> "Night":
        """The promise is spoken."""
        return self.entry(after, "say", PROMISE)

    def text(self, after: float, to: str = ON_CALL, body: str = PAGE) -> "Night":
        """A text reaches the carrier, and the telephone."""
        self.texts.append({"at": BEGAN + after, "to": to, "body": body, "reply": False})
        return self.entry(after, "text to", body, to, f"SM{len(self.texts)}")

    def call(self, after: float, to: str = ON_CALL, lasts: float = 5.0) -> "Night":
        """A telephone rings, for so long."""
        sid = f"CB{len(self.calls)}"
        self.calls.append({"at": BEGAN + after, "to": to})
        return self.entry(after, "call placed", "", to, sid).entry(after + lasts, "ended", "no-answer", to, sid)

    def judged(self, until: float = 3.0, **limits: Any) -> Findings:
        """What the audit says at that second."""
        evidence = Evidence(sorted(self.entries, key=lambda entry: entry["at"]), self.texts, self.calls, self.documents)
        return judge(self.callers, evidence, AGENCY, Limits(**limits), BEGAN + until)


def test_a_promise_that_is_kept_is_no_fault() -> None:
    found = Night().promise().text(0.4).call(4.2).text(8.1, BACKUP).call(8.1, BACKUP).judged(until=9.5)
    assert found.faults == []
    assert (found.requests, found.lost, found.late, found.doubled, found.no_person) == (1, 0, 0, 0, 0)
    assert found.latest == pytest.approx(0.4)


def test_a_promise_without_a_request_in_the_store_is_lost() -> None:
    night = Night().promise().text(0.1)
    night.documents = []
    assert night.judged().lost == 1


def test_a_page_that_never_left_is_lost() -> None:
    assert Night().promise().judged().lost == 1


def test_a_page_that_was_taken_by_somebody_before_it_was_due_is_not_missed() -> None:
    assert Night().promise().text(0.1).text(2.0, body=YOURS).judged(until=20.0).faults == []


def test_a_page_is_late_from_its_plan_or_from_the_end_of_the_outage() -> None:
    night = Night().promise().text(3.0)
    assert night.judged(until=3.5).late == 1
    assert night.judged(until=3.5, late=5.0).late == 0
    outage = {"late": 1.0, "away": True, "began": BEGAN - 0.5, "ended": BEGAN + 2.5}
    assert night.judged(until=3.5, **outage).late == 0
    assert night.judged(until=3.5, **{**outage, "ended": BEGAN + 1.0}).late == 1


def test_a_call_waits_for_a_telephone_that_is_busy() -> None:
    night = Night().promise().text(0.1).call(2.0, lasts=4.0).call(6.5)
    assert night.judged(until=6.9).late == 0


def test_a_call_that_left_a_little_before_the_audit_thinks_it_due_is_the_call() -> None:
    assert Night().promise().text(0.1).call(3.8).judged(until=9.0, late=0.5).lost == 2, "only the backup was not paged"


def test_a_page_to_the_backup_is_due_when_the_one_on_call_has_passed() -> None:
    night = Night().promise().text(0.1).text(2.0, body="742: passed. The next person is being paged.")
    assert night.judged(until=5.0).lost == 2, "a text and a call"
    assert night.text(2.3, BACKUP).call(2.3, BACKUP).judged(until=5.0).faults == []


def test_the_same_page_twice_is_a_fault_unless_a_send_was_cut_off() -> None:
    night = Night().promise().text(0.1).text(0.5)
    assert (night.judged().doubled, len(night.judged().faults)) == (1, 1)
    assert (night.judged(double=True).doubled, night.judged(double=True).faults) == (1, [])


def test_a_page_that_is_repeated_says_the_same() -> None:
    night = Night().promise().text(0.1).text(0.5, body=PAGE.replace("Oxford", "Anniston"))
    assert night.judged(double=True).faults


def test_what_a_carrier_that_is_away_did_not_carry_may_go_by_the_other_channel_besides() -> None:
    night = Night().promise().text(0.1).text(4.5)
    assert (night.judged(flips=True).doubled, night.judged(flips=True).faults) == (0, [])


def test_a_second_call_that_nobody_planned_is_doubled() -> None:
    night = Night().promise().text(0.1).call(4.0, lasts=0.5).call(5.0, lasts=0.5)
    assert night.judged(until=6.0).doubled == 1


def test_two_people_who_are_told_that_it_is_theirs_are_a_fault() -> None:
    night = Night().promise().text(0.1).text(1.0, body=YOURS)
    assert night.judged().faults == []
    assert night.entry(1.5, "say", "It is yours. Code 7 4 2. Call back by 2:34 AM.", BACKUP, "CB9").judged().faults


def test_what_was_given_back_may_be_somebody_elses() -> None:
    night = Night().promise().text(0.1).text(1.0, body=YOURS).text(1.2, body="742: given back. Others are being paged.")
    assert night.text(1.5, BACKUP, YOURS).judged().faults == []
    assert night.text(1.8, ON_CALL, YOURS).judged().faults


def test_a_caller_who_hears_an_error_or_nothing_is_a_fault() -> None:
    error = Night().promise().text(0.1).entry(1.0, "say", "We are sorry, an application error has occurred. Goodbye.")
    assert error.judged().faults == ["a caller heard an application error"]
    silence = Night()
    silence.documents = []
    assert silence.judged().no_person == 1


def test_a_caller_ends_with_a_promise_or_with_the_desk() -> None:
    night = Night().entry(0.0, "say", "Where are you?")
    night.documents = []
    assert night.judged().no_person == 1
    assert night.entry(1.0, "dials", DESK).judged().faults == []


def test_who_hangs_up_half_way_has_chosen_to() -> None:
    night = Night().entry(0.0, "say", "Where are you?").entry(1.0, "hung up", "")
    night.documents = []
    night.callers = [replace(night.callers[0], kind="leaves")]
    assert night.judged().faults == []


def test_codes_are_read_from_a_page_and_from_a_digest() -> None:
    assert codes(PAGE) == ["742"]
    digest = (
        "ALLEAPS, 2 open. By 2:34 AM: Oxford, Calhoun Co 742 118. Reply 1 and codes to take them, 2 to pass, e.g. 1 742 118"
    )
    assert codes(digest) == ["742", "118"]
    assert codes(YOURS) == []
