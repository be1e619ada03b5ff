"""Joins what rules have rejected, by their counters, with the callers that were told so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cfnet.cell.explain.rule_hits import Decision
    from cfnet.cell.model.names import Names
    from cfnet.dataplane.refusals import Refusal

_PATIENCE: Final = 2
"""How many looks a counter waits for the callers, which may be told a moment later."""


class CellDecision(NamedTuple):
    """A decision and the cell that made it."""

    cell: str
    decision: Decision


@dataclass(slots=True)
class _Account:
    """What is known about refused calls to one container: the rules that rejected them, and the callers."""

    rejected: list[CellDecision] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    looks: int = 0

    @property
    def packets(self) -> int:
        return sum(each.decision.packets for each in self.rejected)


class RefusedCallers:
    """Finds out whose calls were rejected: only if all packets that a rule has counted are accounted for."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def settle(
        self, found: Iterable[CellDecision], refusals: Iterable[Refusal], names: Names
    ) -> Iterator[CellDecision]:
        """Yield decisions, those about refused calls once their callers are known, or after some looks without them.

        Args:
            found: the decisions since the last look.
            refusals: the refusals since the last look.
            names: the names of apps and instances.
        """
        for each in found:
            if each.decision.unnamed:
                self._accounts.setdefault(each.decision.unnamed, _Account()).rejected.append(each)
            else:
                yield each
        for refusal in refusals:
            self._accounts.setdefault(refusal.destination, _Account()).refusals.append(refusal)
        for address, account in list(self._accounts.items()):
            account.looks += 1
            if account.rejected and account.packets == len(account.refusals):
                del self._accounts[address]
                yield from _named(account, names)
            elif account.looks > _PATIENCE:
                del self._accounts[address]
                yield from account.rejected


def _named(account: _Account, names: Names) -> Iterator[CellDecision]:
    cell, rule = account.rejected[-1]
    for refusal, number in Counter(account.refusals).items():
        source = names.at(refusal.source) or refusal.source
        ports = f"{refusal.protocol} {refusal.port}"
        yield CellDecision(cell, rule._replace(source=source, ports=ports, number=number, packets=number))
