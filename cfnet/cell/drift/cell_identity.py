"""Identify the cell that rules come from, by the overlay addresses of its containers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.cell.iptables.listing import Ruleset
    from cfnet.cell.model.state import Cell

_HOSTS = re.compile(r"(?:-s (\S+)/32(?: |$))?(?:-d (\S+)/32(?: |$))?")
"""The addresses that iptables prints at the start of a rule."""

_OF_CONTAINERS = ("vpa--", "overlay--", "input--", "netout--")
"""Chains whose rules match single addresses only for containers of the cell."""


class CellFinder:
    """Finds cells by their containers."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        """Index the containers of `cells`."""
        self._cell_at = {container.ip: cell.name for cell in cells for container in cell.containers}

    def cell_of(self, rules: Ruleset) -> str | None:
        """Return the cell that most of the containers in the rules run on; None if there is none or a tie."""
        return _most_common(self._counted(rules))

    def other_than(self, cell: str, rules: Ruleset) -> str | None:
        """Return the cell that rules assigned to `cell` more likely come from; None if the assignment is plausible."""
        found = self._counted(rules)
        likely = _most_common(found)
        return likely if likely not in (None, cell) and found[str(likely)] > 2 * found[cell] else None

    def _counted(self, rules: Ruleset) -> Counter[str]:
        """Count the containers of each cell in the rules."""
        return Counter(self._cell_at[host] for host in _hosts(rules) if host in self._cell_at)


def _most_common(counted: Counter[str]) -> str | None:
    """Return the cell with most containers; None if there is none or a tie."""
    found = counted.most_common(2)
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        return None
    return found[0][0]


def _hosts(rules: Ruleset) -> set[str]:
    """Return the addresses of the containers in the rules."""
    chains = [chain for name, chain in rules.filter.chains.items() if name.startswith(_OF_CONTAINERS)]
    found = (_HOSTS.match(text) for chain in chains for text in chain.texts)
    return {host for hosts in found if hosts for host in hosts.groups() if host}
