"""Replaces the policy chain of a cell as the policy agent does: never edited, always a new chain.

For a moment FORWARD jumps to both chains, the new one first and not yet filled: what the old rules allow stays allowed
until the old chain goes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cfnet.cell.planning.chain_text import chain_name
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.start_chains import removed_chains, rules_by_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.dataplane.programs import Iptables

_OURS: Final = re.compile(r"vpa--([0-9]+)", re.ASCII)


class PolicySwap:
    """Enforces the rules of a policy chain; remembers those that it enforced last.

    Attributes:
        chain: the name of the current chain; empty before the first one.
    """

    def __init__(self, iptables: Iptables, microseconds: Callable[[], int]) -> None:
        """Name chains by the clock `microseconds` (since the epoch)."""
        self.chain = ""
        self._iptables = iptables
        self._microseconds = microseconds
        self._enforced: Sequence[str] | None = None
        self._last = 0
        self._clean = True

    def enforce(self, rules: Sequence[str]) -> None:
        """Enforce `rules`, which lack `-A` and the chain's name, unless they are those enforced last.

        Raises:
            ProgramFailed: the rules cannot be loaded; the old chain stays.
        """
        if rules != self._enforced:
            self._replace(rules)
        if not self._clean:
            self._remove_older()
            self._clean = True

    def _replace(self, rules: Sequence[str]) -> None:
        # Two chains in one microsecond would have the same name.
        self._last = max(self._microseconds(), self._last + 1)
        new = chain_name(self._last)
        self._iptables.edit([f":{new} - [0:0]", f"-I FORWARD 1 -j {new}"])
        try:
            self._iptables.edit(f"-A {new} {rule}" for rule in rules)
        except ProgramFailed:
            self._iptables.edit(removed_chains([new], self._iptables.listing()))
            raise
        self.chain, self._enforced, self._clean = new, rules, False

    def _remove_older(self) -> None:
        listing = self._iptables.listing()
        found = filter(None, map(_OURS.fullmatch, rules_by_chain(listing)))
        older = [each[0] for each in found if int(each[1]) < self._last]
        if older:
            self._iptables.edit(removed_chains(older, listing))
