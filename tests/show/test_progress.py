"""The progress line on a terminal."""

import io
import threading

import pytest

from cfnet.show.progress import StatusLine
from tests.processes import PATIENCE_SECONDS
from tests.terminal import Screen


def test_nothing_is_drawn_without_a_terminal() -> None:
    """Nor without anything to wait for, nor on a terminal that cannot erase a line."""
    for stream, is_dumb, total in ((io.StringIO(), False, 5), (Screen(), False, 1), (Screen(), True, 5)):
        status = StatusLine(stream, is_dumb=is_dumb)
        with status.bar("Placement", total) as step:
            step()
        if total > 1:
            with status.waiting("Waiting for api.example.org", at_once=True):
                pass
        assert stream.getvalue() == ""


def test_a_bar_on_a_terminal() -> None:
    """With its label; a second bar at the same time is not drawn."""
    stream = Screen()
    status = StatusLine(stream)
    with status.bar("Placement", 2) as step, status.bar("Reading", 2) as other:
        step()
        other()
        step()
    assert "Placement" in stream.getvalue()
    assert "Reading" not in stream.getvalue()


class Seen(Screen):
    """A screen that reports when something is written."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = threading.Event()

    def write(self, text: str) -> int:
        """Write `text`."""
        written = super().write(text)
        self.shown.set()
        return written


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "after a second"])
def test_a_wait_is_shown_and_erased(at_once: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Control characters in a host name are escaped."""
    stream = Seen()
    with StatusLine(stream).waiting("Waiting for a\x1b[2J", at_once=at_once):
        assert stream.shown.wait(PATIENCE_SECONDS)
    assert stream.getvalue() == "\r\x1b[KWaiting for a\\x1b[2J\r\x1b[K"


def test_a_short_wait_is_not_shown() -> None:
    """Less than a second needs no progress line."""
    stream = Seen()
    with StatusLine(stream).waiting("Waiting for api.example.org"):
        pass
    assert stream.getvalue() == ""


def test_with_a_bar_a_wait_is_part_of_the_bar() -> None:
    """One line is enough; afterwards the bar's label is restored."""
    stream = Seen()
    status = StatusLine(stream)
    with status.bar("Placement", 2):
        stream.shown.clear()
        with status.waiting("api.example.org is not available", at_once=True):
            assert stream.shown.wait(PATIENCE_SECONDS)
    assert "\r\x1b[Kapi" not in stream.getvalue()
