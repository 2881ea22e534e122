"""What the watchman remembers, and when people are told: once, again, and when it is over."""

from dataclasses import replace

import pytest

from bridge.core.findings import Finding, How, Repair
from bridge.core.vigil import AGAIN, RETRY, SHOWN, Alarm, Vigil, looked, owed, telling, told
from bridge.core.vigil_words import NAME, SILENT, vital
from bridge.core.vitals import Health

T0 = 1_795_335_245.0  # 2026-11-22 02:14:05 CST
DUE = Finding("due", "r1", "412 is looked at never", "Run `bridge audit --repair`.", repair=Repair(How.DUE, "r1"))
AWAY = Finding("carrier", "away", "the carrier refuses", "Page by telephone.")
MINOR = Finding("stray", "r2", "an index leads to nothing", "Run `bridge audit`.", grave=False)


class Watch:
    """A watchman's memory, and what people were told."""

    def __init__(self) -> None:
        self.vigil, self.now, self.takes = Vigil(), T0, True
        self.heard: list[Alarm] = []

    def looks(self, *findings: Finding, mended: tuple[Finding, ...] = (), after: float = 5.0) -> "Watch":
        self.now += after
        self.vigil = looked(self.vigil, findings, mended, self.now)
        alarm = owed(self.vigil, self.now)
        if alarm:
            self.vigil = telling(self.vigil, self.now)
            if self.takes:
                self.heard.append(alarm)
                self.vigil = told(self.vigil, alarm, self.now)
        return self

    def says(self, *, named: bool = True, told: bool = True) -> tuple[Health, str]:
        found = vital(self.vigil, self.now, told=told, named=named)
        return found.health, found.said


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_what_is_seen_once_is_told_nobody(watch: Watch) -> None:
    watch.looks(AWAY).looks().looks(AWAY).looks()
    assert watch.heard == []
    assert watch.vigil.standing == {}


def test_what_stands_for_two_looks_is_told_once_when_it_begins_and_once_when_it_is_over(watch: Watch) -> None:
    watch.looks(AWAY).looks(AWAY)
    (begun,) = watch.heard
    assert begun.subject == "Bridge ALARM: the carrier refuses"
    assert begun.body == "- the carrier refuses (since 02:14:10). Page by telephone."
    watch.looks(AWAY).looks(AWAY).looks()
    (_, over) = watch.heard
    assert over.subject == "Bridge: over: the carrier refuses"
    assert over.body == "Over:\n- the carrier refuses (since 02:14:10)."
    watch.looks().looks()
    assert len(watch.heard) == 2


def test_it_is_told_again_every_quarter_of_an_hour_while_it_lasts(watch: Watch) -> None:
    watch.looks(AWAY).looks(AWAY).looks(AWAY, after=AGAIN - 1)
    assert len(watch.heard) == 1
    watch.looks(AWAY, after=1).looks(AWAY)
    assert len(watch.heard) == 2


def test_several_findings_go_into_one_message_the_gravest_first(watch: Watch) -> None:
    watch.looks(MINOR, AWAY).looks(MINOR, AWAY, DUE)
    (begun,) = watch.heard
    assert begun.subject == "Bridge ALARM: the carrier refuses (and 1 more)"
    assert begun.body.index("the carrier") < begun.body.index("an index")
    watch.looks(AWAY, DUE)
    (_, second) = watch.heard
    assert second.subject == "Bridge ALARM: the carrier refuses (and 1 more)"
    assert [section.partition("\n")[0] for section in second.body.split("\n\n")] == [
        "- 412 is looked at never (since 02:14:15). Run `bridge audit --repair`.",
        "Over:",
        "Still so:",
    ]


def test_what_loses_nothing_yet_is_no_alarm_in_the_subject(watch: Watch) -> None:
    assert watch.looks(MINOR).looks(MINOR).heard[0].subject == "Bridge: an index leads to nothing"


def test_a_message_that_nobody_took_is_tried_again_after_half_a_minute(watch: Watch) -> None:
    watch.takes = False
    watch.looks(AWAY).looks(AWAY).looks(AWAY)
    assert watch.vigil.standing[AWAY.id].told_at is None
    watch.takes = True
    watch.looks(AWAY, after=RETRY - 6)
    assert watch.heard == []
    watch.looks(AWAY, after=1)
    assert len(watch.heard) == 1


def test_what_was_over_before_anybody_could_be_told_is_told_nobody(watch: Watch) -> None:
    watch.takes = False
    watch.looks(AWAY).looks(AWAY)
    watch.takes = True
    watch.looks().looks(after=RETRY)
    assert watch.heard == []


def test_what_comes_back_before_it_was_said_to_be_over_goes_on(watch: Watch) -> None:
    watch.looks(AWAY).looks(AWAY)
    watch.takes = False
    watch.looks()
    watch.takes = True
    watch.looks(AWAY).looks(AWAY, after=RETRY)
    assert len(watch.heard) == 1
    assert watch.vigil.standing[AWAY.id].since == T0 + 5


def test_what_is_mended_is_said_for_an_hour_and_told_nobody(watch: Watch) -> None:
    watch.looks(DUE, mended=(DUE,)).looks()
    assert watch.heard == []
    assert watch.says() == (Health.GOOD, "watching, repaired 1 in the last hour")
    watch.looks(after=SHOWN)
    assert watch.says() == (Health.GOOD, "watching")


def test_what_comes_back_after_it_was_mended_is_told(watch: Watch) -> None:
    watch.looks(DUE, mended=(DUE,)).looks(DUE, mended=(DUE,))
    assert len(watch.heard) == 1


def test_a_clock_that_goes_back_holds_no_message_back(watch: Watch) -> None:
    watch.looks(AWAY).looks(AWAY)
    watch.now -= 3600
    watch.looks(AWAY)
    assert len(watch.heard) == 2
    watch.vigil = replace(telling(watch.vigil, watch.now + 3600), standing=watch.vigil.standing)
    watch.looks(AWAY, after=AGAIN)
    assert len(watch.heard) == 3


def test_of_hundreds_a_message_counts_those_that_it_does_not_name(watch: Watch) -> None:
    many = [Finding("lost", f"r{n}/0", f"a text of {n} would never leave", "Look.") for n in range(300)]
    watch.looks(*many).looks(*many)
    (begun,) = watch.heard
    assert begun.body.count("\n") == 20
    assert begun.body.endswith("- and 280 more: run `bridge audit`.")
    assert len(begun.ids) == 300
    assert watch.looks(*many).heard == [begun]


# ---- what the strip says


def test_the_strip_says_how_the_watchman_is(watch: Watch) -> None:
    assert watch.says() == (Health.UNKNOWN, "not begun")
    watch.looks()
    assert watch.says() == (Health.GOOD, "watching")
    assert watch.says(told=False) == (Health.UNKNOWN, "watching, tells nobody")
    todo = vital(watch.vigil, watch.now, told=False, named=True).todo
    assert "BRIDGE_ALARM_WEBHOOK" in todo
    assert "BRIDGE_ALARM_SMTP" in todo
    watch.looks(DUE)
    assert watch.says() == (Health.GOOD, "watching"), "once is not enough"
    watch.looks(DUE)
    assert watch.says() == (Health.BAD, "1 finding: 412 is looked at never")
    assert watch.says(named=False) == (Health.BAD, "1 finding")
    watch.looks(DUE, AWAY).looks(DUE, AWAY)
    assert watch.says() == (Health.BAD, "2 findings: 412 is looked at never, and more")
    watch.now += SILENT + 0.1
    assert watch.says() == (Health.BAD, "silent since 02:14:30")
    assert vital(watch.vigil, watch.now, told=True, named=True).name == NAME


def test_words_do_not_tick(watch: Watch) -> None:
    watch.looks(DUE).looks(DUE)
    before = watch.says()
    watch.now += 4
    assert watch.says() == before
