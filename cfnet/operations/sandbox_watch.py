"""Watch connections in the cells of the sandbox: from the counters of their rules, and from refusals."""

from __future__ import annotations

import json
import select
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.rule_hits import counters, decisions, hits
from cfnet.cell.model.instances import names_of
from cfnet.dataplane import control
from cfnet.dataplane.line_stream import LineReader
from cfnet.dataplane.refusals import Refusal
from cfnet.errors import UsageFault
from cfnet.operations.refresh_cells import cells_folder
from cfnet.operations.refused_callers import CellDecision, RefusedCallers
from cfnet.operations.sandbox_call import NOT_UP, START, sandbox_state

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cfnet.cell.explain.rule_hits import CountedRule, Decision, RuleKey
    from cfnet.operations.environment import Environment

    Counted = Mapping[str, Mapping[RuleKey, CountedRule]]

_SECONDS: Final = 0.5
"""Between two looks at the counters."""


class SeenDecision(NamedTuple):
    """A decision about connections, the cell that made it, and the time when it was noticed."""

    time: float
    cell: str
    decision: Decision


def watch(environment: Environment) -> Iterator[SeenDecision]:
    """Return an iterator over what the rules of the cells decide, as it happens, until the cells go down.

    Raises:
        UsageFault: the cells are not up.
        InputFault: the sandbox cannot be used.
    """
    folder = cells_folder(environment)
    stream = control.follow(folder, "refusals")
    if stream is None:
        raise UsageFault(NOT_UP, hint=START)
    lines = LineReader(stream.fileno())
    lines.receive()  # the first line says that refusals are told from now on
    before = _counters(folder)
    if before is None:
        raise UsageFault(NOT_UP, hint=START)
    return _watched(before, stream, lines, environment)


def _watched(
    before: Counted, stream: socket.socket, lines: LineReader, environment: Environment
) -> Iterator[SeenDecision]:
    folder = cells_folder(environment)
    names = names_of(sandbox_state(environment))
    callers = RefusedCallers()
    with stream:
        while True:
            environment.sleep(_SECONDS)
            after = _counters(folder)
            if after is None:
                return
            grown = {cell: list(hits(before.get(cell, {}), counted)) for cell, counted in after.items()}
            if any(grown.values()):
                names = names_of(sandbox_state(environment))
            found = (CellDecision(cell, each) for cell, new in grown.items() for each in decisions(new, names))
            for cell, decision in callers.settle(found, _refusals(stream, lines), names):
                yield SeenDecision(environment.now(), cell, decision)
            before = after


def _refusals(stream: socket.socket, lines: LineReader) -> Iterator[Refusal]:
    """Yield the refusals that have been told by now."""
    while select.select([stream], [], [], 0)[0]:
        received = lines.receive()
        if received is None:
            return
        for told in map(json.loads, received):
            if told:
                source, destination, protocol, port = told
                yield Refusal(str(source), str(destination), str(protocol), int(port))


def _counters(folder: Path) -> Counted | None:
    """Return the counters of each cell's rules; None if the cells are not up."""
    answer = control.request(folder, "counters")
    if answer is None:
        return None
    return {str(cell): counters(str(text)) for cell, text in answer["cells"].items()}
