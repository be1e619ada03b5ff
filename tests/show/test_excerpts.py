"""Lines of documents, with the place of a fault underlined."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.document import Code, Fault, Place
from cfnet.show.columns import width
from cfnet.show.excerpts import NO_EXCERPTS, Excerpts
from cfnet.show.faults import FaultFormat, faults_as


def fault(line: int, column: int, found: str = "") -> Fault:
    """A fault of the only file."""
    return Fault(Place("a.yml", line, column), Code.UNKNOWN_KEY, found)


def excerpt(text: str, at: Fault, columns: int = 60) -> str:
    """The lines about a fault in `text`."""
    return Excerpts({"a.yml": text.encode(errors="surrogateescape")}, columns=columns).of(at)


CASES = {
    "a key": ("a:\n  kee: 1\n", fault(2, 3), "    2 |   kee: 1\n      |   ^^^\n"),
    "a text with blanks": ("a: x y: z\n", fault(1, 4, '"x y: z"'), "    1 | a: x y: z\n      |    ^^^^^^\n"),
    "a quoted text": ("a: 'x ''y' # z\n", fault(1, 4, '"x \'y"'), "    1 | a: 'x ''y' # z\n      |    ^^^^^^^\n"),
    "an item of a list": ("[ab, cd]", fault(1, 6), "    1 | [ab, cd]\n      |      ^^\n"),
    "the end of a line": ("ab\n", fault(1, 3), "    1 | ab\n      |   ^\n"),
    "wide characters": ("網: 路 x", fault(1, 4, "路"), "    1 | 網: 路 x\n      |     ^^\n"),
    "tabs": ("a:\tb", fault(1, 4), "    1 | a: b\n      |    ^\n"),
    "control characters": ("\x1b[2J: b", fault(1, 7), "    1 | \\x1b[2J: b\n      |          ^\n"),
    "bytes that are not text": ("\udcff: b", fault(1, 4), "    1 | \ufffd: b\n      |    ^\n"),
    "a byte order mark": ("\ufeffab: c", fault(1, 1), "    1 | ab: c\n      | ^^\n"),
    "old line ends": ("a\rb\r\nc", fault(3, 1), "    3 | c\n      | ^\n"),
    "a long line": (
        f"{'x' * 100}: {'y' * 100}",
        fault(1, 103, "y"),
        f"    1 | …{'x' * 28}: {'y' * 30}…\n      | {' ' * 31}^\n",
    ),
    "a line that is not there": ("a", fault(2, 1), ""),
    "a column that is not there": ("a", fault(1, 9), ""),
    "an empty line": ("\n", fault(1, 1), ""),
    "another file": ("a", Fault(Place("b.yml", 1, 1), Code.UNKNOWN_KEY, ""), ""),
}


@pytest.mark.parametrize(("text", "at", "shown"), CASES.values(), ids=CASES)
def test_the_line_is_shown_and_the_place_underlined(text: str, at: Fault, shown: str) -> None:
    """As wide as what was found, without anything that a terminal might interpret."""
    assert excerpt(text, at) == shown


@given(st.text("a\t 網\x1b\"':{[,\u0301", max_size=90), st.integers(1, 95), st.integers(20, 60))
def test_underlines_are_below_the_line(text: str, column: int, columns: int) -> None:
    """For any text, two lines of visible characters, and neither is much longer than wanted."""
    shown = excerpt(text, fault(1, column), columns)
    if column > len(text) + 1 or not text.strip():
        assert shown == ""
        return
    line, under = shown.splitlines()
    assert re.fullmatch(r"      \|  *\^+", under)
    assert "\x1b" not in line
    assert max(width(line), width(under)) <= 8 + 4 * max(columns, len(text)) + 2


def test_colours() -> None:
    """The place is bold, the id and the underline are red, the rest of the gutter is faint."""
    excerpts = Excerpts({"a.yml": b"kee: 1"}, colour=True)
    assert faults_as(FaultFormat.TEXT, [fault(1, 1, "kee")], (), excerpts) == (
        "\x1b[1ma.yml:1:1:\x1b[0m \x1b[31mE201\x1b[0m unknown key: kee\n"
        "\x1b[2m    1\x1b[0m \x1b[2m|\x1b[0m kee: 1\n"
        "      \x1b[2m|\x1b[0m \x1b[31m^^^\x1b[0m\n"
    )


def test_nothing_is_known_without_texts() -> None:
    """Then each fault is one line."""
    assert NO_EXCERPTS.of(fault(1, 1)) == ""
