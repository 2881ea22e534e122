"""How long a page waits for a carrier that takes things and never says what it took."""

from bridge.actions.attempts import UNANSWERED, _patience
from bridge.actions.ports import Attempt


def test_the_first_time_a_page_waits_a_quarter_of_a_minute_and_then_twice_as_long_each_time() -> None:
    sent = [0.0]
    while sent[-1] < 600:
        sent.append(sent[-1] + _patience(Attempt(sent[0], sent[-1], "mac")))
    assert sent[1] == UNANSWERED == 15
    assert sent == [0, 15, 30, 60, 120, 240, 480, 960]
