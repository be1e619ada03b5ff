"""Watch connections in the cells of the sandbox, from the counters of their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.rule_hits import counters, decisions, hits
from cfnet.cell.model.instances import names_of
from cfnet.dataplane import control
from cfnet.errors import UsageFault
from cfnet.operations.refresh_cells import cells_folder
from cfnet.operations.sandbox_call import NOT_UP, START, sandbox_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfnet.cell.explain.rule_hits import CountedRule, Decision, RuleHit, RuleKey
    from cfnet.cell.model.names import Names
    from cfnet.operations.environment import Environment

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
    before = _counters(environment)
    if before is None:
        raise UsageFault(NOT_UP, hint=START)
    return _watched(before, environment)


def _watched(before: Mapping[str, Mapping[RuleKey, CountedRule]], environment: Environment) -> Iterator[SeenDecision]:
    names = names_of(sandbox_state(environment))
    while True:
        environment.sleep(_SECONDS)
        after = _counters(environment)
        if after is None:
            return
        grown = {cell: list(hits(before.get(cell, {}), counted)) for cell, counted in after.items()}
        if any(grown.values()):
            names = names_of(sandbox_state(environment))
        yield from _seen(grown, names, environment.now())
        before = after


def _seen(grown: Mapping[str, list[RuleHit]], names: Names, now: float) -> Iterator[SeenDecision]:
    for cell, found in grown.items():
        for decision in decisions(found, names):
            yield SeenDecision(now, cell, decision)


def _counters(environment: Environment) -> Mapping[str, Mapping[RuleKey, CountedRule]] | None:
    """Return the counters of each cell's rules; None if the cells are not up."""
    answer = control.request(cells_folder(environment), "counters")
    if answer is None:
        return None
    return {str(cell): counters(str(text)) for cell, text in answer["cells"].items()}
