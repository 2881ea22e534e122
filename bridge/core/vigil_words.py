"""What the health strip says of the watchman."""

from bridge.core.board_words import clock
from bridge.core.vigil import SHOWN, Vigil
from bridge.core.vitals import Health, Vital

NAME = "Watchman"
SILENT = 30.0  # seconds: six looks


def vital(vigil: Vigil, now: float, *, told: bool, named: bool) -> Vital:
    """One part of the strip. `told`: whether anybody is told of findings; `named`: whether codes may be in the words."""
    if vigil.looked_at is None:
        return Vital(NAME, Health.UNKNOWN, "not begun", todo=_NOBODY)
    if abs(now - vigil.looked_at) > SILENT:
        said = f"silent since {clock(vigil.looked_at, now, seconds=True)}"
        return Vital(NAME, Health.BAD, said, at=vigil.looked_at, todo=_NOBODY)
    if found := vigil.confirmed:
        count = "1 finding" if len(found) == 1 else f"{len(found)} findings"
        said = f"{count}: {found[0].words}{', and more' if found[1:] else ''}" if named else count
        return Vital(NAME, Health.BAD, said, todo="`bridge audit` says what to do about each.")
    said = "watching" + _mended(vigil, now)
    return Vital(NAME, Health.GOOD, said) if told else Vital(NAME, Health.UNKNOWN, f"{said}, tells nobody", todo=_MUTE)


def _mended(vigil: Vigil, now: float) -> str:
    count = sum(now - each.at < SHOWN for each in vigil.mended)
    return f", repaired {count} in the last hour" if count else ""


_NOBODY = "Nobody looks whether all is as it must be. Start the clock process."
_MUTE = "Nobody is told when no carrier works: set BRIDGE_ALARM_WEBHOOK, or BRIDGE_ALARM_SMTP, _MAIL_FROM and _MAIL_TO."
