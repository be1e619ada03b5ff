"""Turn the times in log lines into seconds since the epoch.

Syslog's traditional times have no year: they are taken to be at most a year before the end of the file. Times without a
zone are taken as UTC, which cells use.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMED: Final = re.compile(
    r"(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) ([ \d]?\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: (\d{4}))?", re.ASCII
)
"""`Jul 24 19:15:12.963`, or `Wed Jul 24 19:15:12 2024`."""
_SLACK: Final = 86_400.0
"""How far clocks and zones may differ: a time is not taken for last year's because of this."""
_LEAP_CYCLE: Final = 9
"""Years that have at least one 29 February."""
_FIRST: Final = datetime(2016, 1, 1, tzinfo=UTC).timestamp()
"""Network policies are younger: earlier dates are of clocks that were not set, such as those of 1970 after a start. A
log that begins with one does not cover decades."""
_END: Final = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Later dates may have years, with their offset, that cannot be printed."""


@lru_cache(maxsize=1 << 10)
def epoch_of(time: str | None, end: float) -> float | None:
    """Return a time as written in a log in seconds since the epoch; None if it is missing or not a date.

    `end` is when the file was last written; only times without a year depend on it.
    """
    if not time:
        return None
    named = _NAMED.fullmatch(time)
    try:
        found = _of_named(named, end) if named else _of_iso(time)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and _FIRST <= found < _END else None


def has_year(time: str | None) -> bool:
    """Whether a time as written in a log has a year."""
    named = _NAMED.fullmatch(time or "")
    return not named or bool(named[7])


def _of_iso(time: str) -> float:
    found = datetime.fromisoformat(time)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _of_named(named: re.Match[str], end: float) -> float | None:
    month = _MONTHS.index(named[1]) + 1
    fraction = float(f"0.{named[6] or 0}")
    if named[7]:
        return _at(int(named[7]), month, named) + fraction
    last = datetime.fromtimestamp(end + _SLACK, UTC).year
    for year in range(last, last - _LEAP_CYCLE, -1):
        try:
            found = _at(year, month, named) + fraction
        except ValueError:  # 29 February, in another year
            continue
        if found <= end + _SLACK:
            return found
    return None


def _at(year: int, month: int, named: re.Match[str]) -> float:
    day, hour, minute, second = (int(named[group]) for group in range(2, 6))
    # A leap second is the last one of its minute.
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).timestamp()
