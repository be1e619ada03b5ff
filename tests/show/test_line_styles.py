"""Colours: which lines have one, and that they change nothing else."""

import re

import pytest

from cfnet.sandbox import Foundation
from cfnet.show.line_styles import LineStyle, styled
from tests.conftest import Cfnet

SGR = re.compile(r"\x1b\[[\d;]*m")
RULE = "-A FORWARD -j vpa--1"
IN_SYNC = f"-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N vpa--1\n{RULE}\n"
REJECT = "-A overlay--94871941-aed0-585f- -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable"


@pytest.mark.parametrize(
    ("text", "style", "colour", "shown"),
    [
        ("fine", LineStyle.GOOD, True, "\x1b[32mfine\x1b[0m"),
        ("fine", LineStyle.GOOD, False, "fine"),
        ("fine", LineStyle.PLAIN, True, "fine"),
        ("", LineStyle.BAD, True, ""),
    ],
    ids=["a tone", "without colour", "no tone", "nothing"],
)
def test_a_line_with_a_tone(text: str, style: LineStyle, shown: str, *, colour: bool) -> None:
    """No escape sequences where they are not needed."""
    assert styled(text, style, colour=colour) == shown


@pytest.mark.parametrize(
    ("words", "stdin", "painted"),
    [
        (
            ["trace", "appA", "appB"],
            "",
            [f"\x1b[2m{' ' * 11}{REJECT}\x1b[0m", "\x1b[31mDenied: rejected on cell-1.\x1b[0m"],
        ),
        (["explain"], f"{RULE}\nodd line\n", [f"\x1b[2m{RULE}\x1b[0m", "\x1b[2modd line\x1b[0m"]),
        (["verify", "--cell", "cell-1"], IN_SYNC, ["\x1b[32mcell-1: in sync: 0 policy chain rules\x1b[0m"]),
        (
            ["verify", "--cell", "cell-1"],
            f"{IN_SYNC}-A vpa--1 -j ACCEPT\n",
            ["\x1b[31mcell-1: 1 enforcement-off\x1b[0m"],
        ),
    ],
    ids=["a verdict", "what is explained", "a cell in sync", "a cell with drift"],
)
def test_which_lines_have_a_tone(words: list[str], stdin: str, painted: list[str], cfnet: Cfnet) -> None:
    """Verdicts, and rules that are evidence; without colour the text is the same."""
    with Foundation.open(None) as foundation:
        coloured, plain = (
            cfnet(*words, stdin=stdin, embedded=foundation, variables={"CFNET_SANDBOX": "1", "CF_COLOR": colour}).stdout
            for colour in ("true", "false")
        )
    assert [line for line in coloured.splitlines() if SGR.search(line)] == painted
    assert SGR.sub("", coloured) == plain
