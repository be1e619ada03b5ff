"""Explain whole listings and logs, line by line."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain.explained_lines import ExplainedLine, LineKind, explain_lines
from cfnet.cell.model.names import Names
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


def explained(line: ExplainedLine) -> tuple[int, str, str]:
    """A line's number, kind and sentence."""
    return (line.number, line.kind.value, line.sentence)


def test_a_mixture_of_rules_and_logs() -> None:
    """Every non-blank line is kept, in order, and unknown ones are marked."""
    assert [explained(line) for line in explain_lines(TEXT.splitlines(), NOBODY)] == [
        (1, "remark", ""),
        (2, "table", "table filter: accepts or refuses packets."),
        (3, "chain", "a packet that no rule of FORWARD decides on is silently dropped."),
        (5, "chain", "chain vpa--1: the policies between apps."),
        (6, "chain", "chain c1, not managed by Cloud Foundry."),
        (7, "rule", "any packet that gets this far goes through chain vpa--1 (the policies between apps)."),
        (8, "rule", "a packet that matches `-m bpf --bytecode x` (unknown to cfnet) goes through chain c1."),
        (9, "unknown", ""),
        (10, "log", "an app with mark 0x2 (1.1.1.1) called app c7de6123-d906-4c65-9 (2.2.2.2), TCP port 80: accepted."),
        (11, "unknown", ""),
        (12, "table", "end of the table."),
    ]


ADVERSARIES: dict[str, Callable[[int], str]] = {
    "brackets and prefixes": lambda n: "]OK_" * n,
    "counters": lambda n: "[" * n,
    "a chain without an end": lambda n: f":{'a' * n}",
    "blanks": lambda n: f"-N {' ' * n}x",
    "comments": lambda n: f"-A vpa--1 -m comment --comment src:{'_dst:' * n} -j ACCEPT",
    "dashes in a handle": lambda n: f"-A FORWARD -j overlay--{'--log' * n}",
    "braces": lambda n: "{" * n,
}


@pytest.mark.parametrize("line", ADVERSARIES.values(), ids=ADVERSARIES)
def test_a_line_costs_time_in_proportion_to_its_length(line: Callable[[int], str]) -> None:
    """Four times the length takes about four times as long; quadratic code would take sixteen times."""

    def cost(length: int) -> float:
        text = line(length)
        costs = []
        for _ in range(5):
            started = time.process_time()
            list(explain_lines([text], NOBODY))
            costs.append(time.process_time() - started)
        return min(costs)

    shorter = 20_000
    # A cost too small to measure passes: a quadratic reader takes seconds for these.
    assert cost(4 * shorter) < 10 * max(cost(shorter), 0.005)


def test_tables_are_distinguished() -> None:
    """By name, for the tables that Cloud Foundry uses."""
    sentences = [line.sentence for line in explain_lines(["*filter", "*nat", "*mangle", "*raw"], NOBODY)]
    assert sentences == [
        "table filter: accepts or refuses packets.",
        "table nat: translates addresses.",
        "table mangle: changes packets, for example their marks.",
        "table raw.",
    ]


def test_enforcement_off_for_two_overlay_networks() -> None:
    """The agent puts one rule for each pair at the head of the chain; further down such a rule is foreign."""
    networks = ("10.255.0.0/16", "10.254.0.0/16")
    pairs = [f"-A vpa--1 -s {source} -d {to} -j ACCEPT" for source in networks for to in networks]
    rules = [*pairs, "-A vpa--1 -p tcp", pairs[0]]
    assert [line.foreign for line in explain_lines(rules, NOBODY)] == [False] * 4 + [True] * 2


def test_every_line_of_the_golden_cells_is_known() -> None:
    """Each rule has a sentence and a purpose."""
    lines = [line for golden in GOLDEN_CELLS for line in explain_lines(golden.expected.splitlines(), NOBODY)]
    assert len(lines) > 800
    assert [line for line in lines if not line.sentence] == []
    assert [line for line in lines if line.kind is LineKind.RULE and not line.purpose] == []


@given(st.lists(st.text()))
def test_no_line_is_dropped(texts: list[str]) -> None:
    assert [line.text for line in explain_lines(texts, NOBODY)] == [text.strip() for text in texts if text.strip()]
