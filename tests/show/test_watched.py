import re

import pytest

from cfnet.cell.explain.rule_hits import Decision
from cfnet.show.watched import watched_line


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        pytest.param(
            Decision("accepted", "appA", "appB, instance 0", "tcp 8080", 1, 6, "vpa--1", 2),
            "cell-1  accepted  appA to appB, instance 0, tcp 8080  rule 2 of vpa--1\n",
            id="a connection",
        ),
        pytest.param(
            Decision("accepted", "appA", "appB, instance 0", "udp 53", None, 1, "vpa--1", 2),
            "cell-1  accepted  appA to appB, instance 0, udp 53 (1 packet)  rule 2 of vpa--1\n",
            id="packets",
        ),
        pytest.param(
            Decision("rejected", "", "appB, instance 0", "", 1200, 1200, "overlay--b", 4),
            "cell-1  rejected  a call to appB, instance 0 (1,200 calls)  rule 4 of overlay--b\n",
            id="unknown callers",
        ),
        pytest.param(
            Decision("dropped", "", "", "", None, 2, "FORWARD", 1, foreign="-A FORWARD -j DROP"),
            "cell-1  dropped   -A FORWARD -j DROP (2 packets)  rule 1 of FORWARD\n",
            id="a rule made by hand",
        ),
        pytest.param(
            Decision("rejected", "evil\x1b[2J", "appB, instance 0", "tcp 1", 1, 1, "overlay--b", 4),
            "cell-1  rejected  evil\\x1b[2J to appB, instance 0, tcp 1  rule 4 of overlay--b\n",
            id="control characters in a name",
        ),
    ],
)
def test_lines_tell_who_called_whom_and_which_rule_decided(decision: Decision, line: str) -> None:
    found = watched_line(0, "cell-1", decision, colour=False)

    assert re.fullmatch(r"\d\d:\d\d:\d\d  ", found[:10])
    assert found[10:] == line
