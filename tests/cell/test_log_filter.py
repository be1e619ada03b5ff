"""Lines of Cloud Foundry are found in the bytes of a log, wherever the pieces of the file end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.calls import log_filter
from cfnet.cell.calls.log_filter import LONGEST, lines_of_interest
from cfnet.cell.calls.log_reader import read_packets
from cfnet.cell.explain.log_line import read_log_line
from tests.cell.test_log_line import LOGGER, MESSAGE, PLAIN, SHAPES

OTHER = "Jul 24 19:15:12 localhost kernel: [1.0] usb 1-1: new device"
LINES = {**SHAPES, **LOGGER}


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize(("text", "line"), LINES.values(), ids=LINES)
def test_every_shape_is_found_among_other_lines(text: str, line: object) -> None:
    data = f"{OTHER}\n{text}\n{OTHER}\n{text}".encode()
    assert list(read_packets([data])) == [line, line]
    assert list(lines_of_interest([data])) == [text.encode()] * 2


def test_a_message_that_the_journal_wrote_as_numbers_is_found() -> None:
    """It does so if the message has colours or invalid bytes; the forms are those of its old and new versions."""
    numbers = list(f"\x1b[33m{MESSAGE}".encode())
    for colon in (":", ": ", " : "):
        text = json.dumps({"MESSAGE": numbers}, separators=(",", colon))
        assert list(read_packets([text.encode()])) == [PLAIN]


@given(st.lists(st.sampled_from((OTHER, MESSAGE, "", "OK_", "x" * 50))), st.integers(1, 300))
def test_pieces_may_end_anywhere(lines: list[str], size: int) -> None:
    data = "\n".join(lines).encode()
    assert list(read_packets(pieces_of(data, size))) == [PLAIN for line in lines if line == MESSAGE]


@given(st.text(st.characters(exclude_characters="\n")))
def test_no_line_that_can_be_read_is_left_out(text: str) -> None:
    for line in (text, f"{MESSAGE} {text}", f"{text} {MESSAGE}"):
        if read_log_line(line):
            assert list(lines_of_interest([line.encode("utf-8", "backslashreplace")]))


@pytest.mark.parametrize("size", [1000, 100_000, 3 * LONGEST])
def test_a_line_longer_than_any_log_line_is_skipped(size: int) -> None:
    """And the line after it is found."""
    data = b"\n".join((b"OK_" + b"x" * (2 * LONGEST), MESSAGE.encode(), b"y" * (2 * LONGEST)))
    found = list(lines_of_interest(pieces_of(data, size)))
    assert found[-1] == MESSAGE.encode()
    assert sum(map(len, log_filter.whole_lines(pieces_of(data, size)))) <= len(data)
