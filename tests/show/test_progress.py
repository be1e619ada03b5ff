"""A bar for what takes long."""

import io

from cfnet.show.progress import progress
from tests.terminal import Screen


def test_not_on_a_terminal_nothing_is_drawn() -> None:
    """Nor where there is nothing to wait for."""
    for stream, total in ((io.StringIO(), 5), (Screen(), 1)):
        with progress("Placement", total, stream) as step:
            step()
        assert stream.getvalue() == ""


def test_on_a_terminal_a_bar() -> None:
    """With what is being done."""
    stream = Screen()
    with progress("Placement", 2, stream) as step:
        step()
        step()
    assert "Placement" in stream.getvalue()
