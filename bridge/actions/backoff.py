"""How long to wait before the carrier is tried again: nobody for exactly as long as another."""

from urllib3.util.retry import RequestHistory, Retry

JITTER = 0.5  # seconds
_FAILURE = RequestHistory(None, None, None, None, None)


def pause(tries: int, first: float, most: float) -> float:
    """Seconds after `tries` earlier failures: the `first` pause, doubled each time, at most `most`, with some jitter."""
    failures = (_FAILURE,) * (min(tries, 20) + 2)  # urllib3 doubles from the second failure on
    return Retry(backoff_factor=first / 2, backoff_max=most, history=failures).get_backoff_time() + jitter()


def jitter() -> float:
    """Less than half a second."""
    return Retry(backoff_factor=0, backoff_jitter=JITTER, history=(_FAILURE, _FAILURE)).get_backoff_time()
