"""Reading and checking the parameters of a REST request, and the shape of lists."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from flask import request

from bridge.simulator import numbers
from bridge.simulator.carrier import Carrier
from bridge.simulator.errors import RestError


def url(name: str, code: int, default: str = "") -> str:
    """An absolute http(s) URL, or empty."""
    value = request.form.get(name, default)
    if value and not _is_absolute(value):
        raise RestError(code, value)
    return value


def _is_absolute(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:  # e.g. "http://["
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(value) <= 4000


def method(name: str, default: str = "POST") -> str:
    """GET or POST."""
    value = request.form.get(name, default).upper()
    if value not in ("GET", "POST"):
        raise RestError(21209, value)
    return value


def whole(name: str, default: int, low: int, high: int, code: int = 20001) -> int:
    """A whole number within limits."""
    value = request.form.get(name, str(default))
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise RestError(code, f"{name} must be from {low} to {high}, not {value!r}")
    return int(value)


def recipient(missing: int, abroad: int) -> str:
    """`To`: a number in E.164 that can exist and may be reached; else one of the two errors, or one of the number's own."""
    to = request.form.get("To", "")
    if not to:
        raise RestError(missing)
    if numbers.is_special(to):
        raise RestError(21215, to)
    if not numbers.is_valid(to):
        raise RestError(21211, to)
    if numbers.is_premium(to):
        raise RestError(21202, to)
    if numbers.is_abroad(to):
        raise RestError(abroad, to)
    return to


def sender(carrier: Carrier, missing: int, not_owned: int) -> str:
    """`From`: a number of the account."""
    given = request.form.get("From", "")
    if not given:
        raise RestError(missing)
    if not numbers.is_e164(given):
        raise RestError(21212, given)
    if given not in carrier.owned:
        raise RestError(not_owned, given)
    return given


def dated(name: str) -> Callable[[datetime | None], bool]:
    """Whether an instant fits the list's filter `Name`, `Name<` (not after) and `Name>` (not before)."""
    checks: list[Callable[[datetime], bool]] = []
    for key, raw in request.args.items():
        if key.rstrip("<>") != name:
            continue
        whole_day, limit = _instant(raw)
        if key.endswith("<"):
            checks.append(lambda at, limit=limit, day=whole_day: _cut(at, day) <= limit)  # type: ignore[misc]
        elif key.endswith(">"):
            checks.append(lambda at, limit=limit: at >= limit)  # type: ignore[misc]
        else:
            checks.append(lambda at, limit=limit: at.date() == limit.date())  # type: ignore[misc]
    return lambda at: all(at is not None and check(at) for check in checks)


def _cut(at: datetime, day: bool) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if day else at.replace(microsecond=0)


def _instant(raw: str) -> tuple[bool, datetime]:
    try:
        at = datetime.fromisoformat(raw)
    except ValueError as fault:
        raise RestError(20001, f"not a date: {raw}") from fault
    return len(raw) == 10, at if at.tzinfo else at.replace(tzinfo=UTC)


def page(key: str, path: str, items: Iterable[dict[str, object]]) -> dict[str, object]:
    """One page of a list, as Twilio shapes it."""
    number, size = (request.args.get(name, default) for name, default in (("Page", "0"), ("PageSize", "50")))
    if not (number.isdigit() and size.isdigit() and 1 <= int(size) <= 1000):
        raise RestError(20001, "Page or PageSize")
    start, length = int(number) * int(size), int(size)
    everything = list(items)
    shown = everything[start : start + length]
    more = len(everything) > start + length

    def uri(which: int) -> str:
        others = [(name, value) for name, value in request.args.items() if name not in ("Page", "PageSize")]
        return f"{path}?{urlencode([*others, ('PageSize', length), ('Page', which)])}"

    return {
        key: shown,
        "page": int(number),
        "page_size": length,
        "start": start,
        "end": max(start + len(shown) - 1, 0),
        "uri": uri(int(number)),
        "first_page_uri": uri(0),
        "next_page_uri": uri(int(number) + 1) if more else None,
        "previous_page_uri": uri(int(number) - 1) if int(number) else None,
    }
