"""The rules of a chain, parsed lazily if their text is known.

A cell has tens of thousands of rules, nearly all of them as planned. Comparing their text is enough, and parsing a rule
takes fifty times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, overload

from cfnet.cell.iptables.rule import Rule, read_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BETWEEN: Final = " "


class RuleList(Sequence[Rule]):
    """The rules of a chain, each parsed from its text on first access."""

    def __init__(self, chain: str, rules: list[Rule | str], chains: Collection[str]) -> None:
        """Store rules and texts of rules.

        Args:
            chain: the chain's name.
            rules: the rules in order; texts are as printed by iptables, without `-A` and the chain's name.
            chains: the user-defined chains of the table.
        """
        self._chain = chain
        self._rules = rules
        self._chains = chains

    @property
    def texts(self) -> list[str]:
        """The rules without `-A` and the chain's name."""
        start = len(f"-A {self._chain} ")
        return [rule if isinstance(rule, str) else str(rule)[start:] for rule in self._rules]

    @property
    def unread(self) -> list[str | None]:
        """The texts of rules that have not been parsed; None for the others."""
        return [rule if isinstance(rule, str) else None for rule in self._rules]

    def __len__(self) -> int:
        return len(self._rules)

    @overload
    def __getitem__(self, place: int) -> Rule: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Rule]: ...
    def __getitem__(self, place: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        rule = self._rules[place]
        if isinstance(rule, str):
            rule = self._rules[place] = read_rule(f"-A {self._chain} {rule}", self._chains)
        return rule

    def __iter__(self) -> Iterator[Rule]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
