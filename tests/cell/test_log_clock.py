"""Times in log lines become dates; the year is inferred where a line has none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.calls.log_clock import epoch_of, has_year

END = datetime(2026, 1, 10, tzinfo=UTC).timestamp()
"""When the file was last written."""

DATES = {
    "RFC 3339": ("2024-07-24T19:15:12Z", "2024-07-24T19:15:12+00:00"),
    "nanoseconds": ("2024-07-24T19:15:12.963562345Z", "2024-07-24T19:15:12.963562+00:00"),
    "a comma": ("2024-07-24T19:15:12,963562+00:00", "2024-07-24T19:15:12.963562+00:00"),
    "a zone": ("2024-07-24T19:15:12+0200", "2024-07-24T17:15:12+00:00"),
    "no zone": ("2024-07-24T19:15:12", "2024-07-24T19:15:12+00:00"),
    "dmesg -T": ("Wed Jul 24 19:15:12 2024", "2024-07-24T19:15:12+00:00"),
    "syslog, this year": ("Jan 10 00:00:00", "2026-01-10T00:00:00+00:00"),
    "syslog, last year": ("Dec 31 23:59:59", "2025-12-31T23:59:59+00:00"),
    "syslog, a day below ten": ("Jan  9 01:02:03.5", "2026-01-09T01:02:03.5+00:00"),
    "a clock that is a few hours ahead": ("Jan 10 20:00:00", "2026-01-10T20:00:00+00:00"),
    "the same day last year": ("Jan 12 00:00:00", "2025-01-12T00:00:00+00:00"),
    "29 February": ("Feb 29 12:00:00", "2024-02-29T12:00:00+00:00"),
    "a leap second": ("Jan  1 00:59:60", "2026-01-01T00:59:59+00:00"),
}


@pytest.mark.parametrize(("written", "meant"), DATES.values(), ids=DATES)
def test_a_time_is_a_date(written: str, meant: str) -> None:
    assert epoch_of(written, END) == datetime.fromisoformat(meant).timestamp()


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        "Foo 10 00:00:00",
        "Feb 30 00:00:00",
        "2024-13-01T00:00:00Z",
        "Jan 10 25:00:00",
        "1970-01-01T00:00:12Z",
        "Thu Jan  1 00:00:12 1970",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
    ],
)
def test_anything_else_is_not(written: str | None) -> None:
    assert epoch_of(written, END) is None


@given(st.integers(0, 363 * 86_400))
def test_a_time_within_the_year_before_the_end_gets_its_year(seconds: int) -> None:
    """Also across New Year."""
    at = datetime.fromtimestamp(END - seconds, UTC)
    assert epoch_of(at.strftime("%b %d %H:%M:%S"), END) == END - seconds


@given(st.text())
def test_any_text_is_a_date_or_nothing(text: str) -> None:
    epoch_of(text, END)


def test_only_traditional_syslog_has_no_year() -> None:
    assert not has_year("Jan 10 00:00:00")
    assert has_year("Wed Jul 24 19:15:12 2024")
    assert has_year("2024-07-24T19:15:12Z")
