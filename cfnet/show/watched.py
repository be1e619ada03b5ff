"""Formats decisions about connections as lines, one for each rule that decided."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.cell.explain.rule_hits import Decision

_VERDICT: Final = len("rejected")

WATCHING: Final = (
    "Watching the counters of the cells' rules, and the refusals that callers get, until Ctrl-C.",
    "The kernel logs nothing about namespaces unless net.netfilter.nf_log_all_netns is 1, which cfnet never sets.",
)


def watched_line(seconds: float, cell: str, decision: Decision, *, colour: bool) -> str:
    """Format a decision made on `cell` and seen at the time `seconds`, with a newline."""
    style = LineStyle.GOOD if decision.verdict == "accepted" else LineStyle.BAD
    verdict = styled(f"{decision.verdict:<{_VERDICT}}", style, colour=colour)
    told = f"{time.strftime('%H:%M:%S', time.localtime(seconds))}  {printable(cell)}  {verdict}  "
    rule = styled(f"rule {decision.position} of {decision.chain}", LineStyle.QUIET, colour=colour)
    return f"{told}{printable(_call(decision))}{_amount(decision)}  {rule}\n"


def _call(decision: Decision) -> str:
    if decision.foreign:
        return decision.foreign
    ports = f", {decision.ports}" if decision.ports else ""
    return f"{decision.source or 'a call'} to {decision.destination}{ports}"


def _amount(decision: Decision) -> str:
    if decision.number is None:
        return " (1 packet)" if decision.packets == 1 else f" ({decision.packets:,} packets)"
    return "" if decision.number == 1 else f" ({decision.number:,} calls)"
