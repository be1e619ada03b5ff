"""The line of a terminal that tells what is being waited for."""

import io
import threading

import pytest

from cfnet.show.progress import StatusLine
from tests.processes import PATIENCE_SECONDS
from tests.terminal import Screen


def test_not_on_a_terminal_nothing_is_drawn() -> None:
    """Nor where there is nothing to wait for, or the terminal cannot erase what it shows."""
    for stream, is_dumb, total in ((io.StringIO(), False, 5), (Screen(), False, 1), (Screen(), True, 5)):
        status = StatusLine(stream, is_dumb=is_dumb)
        with status.bar("Placement", total) as step:
            step()
        if total > 1:
            with status.waiting("Waiting for api.example.org", at_once=True):
                pass
        assert stream.getvalue() == ""


def test_on_a_terminal_a_bar() -> None:
    """With what is being done; a second one would be one too many."""
    stream = Screen()
    status = StatusLine(stream)
    with status.bar("Placement", 2) as step, status.bar("Reading", 2) as other:
        step()
        other()
        step()
    assert "Placement" in stream.getvalue()
    assert "Reading" not in stream.getvalue()


class Seen(Screen):
    """A screen that tells when something is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = threading.Event()

    def write(self, text: str) -> int:
        """Show `text`."""
        written = super().write(text)
        self.shown.set()
        return written


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "after a second"])
def test_what_is_waited_for_is_shown_and_erased(at_once: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Control characters in a host's name are shown, not obeyed."""
    stream = Seen()
    with StatusLine(stream).waiting("Waiting for a\x1b[2J", at_once=at_once):
        assert stream.shown.wait(PATIENCE_SECONDS)
    assert stream.getvalue() == "\r\x1b[KWaiting for a\\x1b[2J\r\x1b[K"


def test_what_is_soon_done_is_not_shown() -> None:
    """Nobody needs to know what takes less than a second."""
    stream = Seen()
    with StatusLine(stream).waiting("Waiting for api.example.org"):
        pass
    assert stream.getvalue() == ""


def test_beside_a_bar_it_is_part_of_the_bar() -> None:
    """One line is enough, and back it is what it was."""
    stream = Seen()
    status = StatusLine(stream)
    with status.bar("Placement", 2):
        stream.shown.clear()
        with status.waiting("api.example.org is not available", at_once=True):
            assert stream.shown.wait(PATIENCE_SECONDS)
    assert "\r\x1b[Kapi" not in stream.getvalue()
