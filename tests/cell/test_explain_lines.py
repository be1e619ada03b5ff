"""Whole listings and logs, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain_lines import Line, LineKind, explain_lines
from cfnet.cell.names import Names
from tests.golden import GOLDEN_CELLS

NOBODY = Names()

TEXT = """\
# cell-1
*filter
:FORWARD DROP [5:300]

-N vpa--1
-N c1
-A FORWARD -j vpa--1
[1:60] -A c1 -m bpf --bytecode x -j c1
-A c1 "
Jan 1 kernel: OK_0002_c7de6123-d906-4c65-9 IN=a OUT=b SRC=1.1.1.1 DST=2.2.2.2 PROTO=TCP DPT=80
hello
COMMIT
"""


def told(line: Line) -> tuple[int, str, str]:
    """A line's number, kind and sentence."""
    return (line.number, line.kind.value, line.sentence)


def test_a_mixture() -> None:
    """Every line that is not blank is there, in order, and what is not known is marked."""
    assert [told(line) for line in explain_lines(TEXT.splitlines(), NOBODY)] == [
        (1, "remark", ""),
        (2, "table", "table filter: the one that decides about packets."),
        (3, "chain", "a packet about which no rule of FORWARD decides is dropped, and its sender hears nothing."),
        (5, "chain", "chain vpa--1: the policies between apps."),
        (6, "chain", "chain c1, which is not Cloud Foundry's."),
        (7, "rule", "any packet that comes this far goes through chain vpa--1 (the policies between apps)."),
        (8, "rule", "a packet that fits `-m bpf --bytecode x` (unknown to cfnet) goes through chain c1."),
        (9, "unknown", ""),
        (10, "log", "an app with mark 0x2 (1.1.1.1) called app c7de6123-d906-4c65-9 (2.2.2.2), TCP port 80: accepted."),
        (11, "unknown", ""),
        (12, "table", "the table ends here."),
    ]


def test_every_line_of_the_golden_cells_is_known() -> None:
    """With a sentence, and rules with their purpose."""
    lines = [line for golden in GOLDEN_CELLS for line in explain_lines(golden.expected.splitlines(), NOBODY)]
    assert len(lines) > 800
    assert [line for line in lines if not line.sentence] == []
    assert [line for line in lines if line.kind is LineKind.RULE and not line.purpose] == []


@given(st.lists(st.text()))
def test_nothing_is_dropped(texts: list[str]) -> None:
    """Whatever the lines are."""
    assert [line.text for line in explain_lines(texts, NOBODY)] == [text.strip() for text in texts if text.strip()]
