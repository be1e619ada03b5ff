"""Replaces the `asg-` chains of containers as the policy agent does: a candidate, `casg-`, takes the chain's place.

A candidate is made, linked at the first position of the container's netout chain and filled; the old chain is unlinked
and deleted; the candidate is renamed; and what else the netout chain has from its second rule on, but for the REJECT at
its end, goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.planning.container_chain import REJECT, ChainKind
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.start_chains import removed_chains, rules_by_chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.dataplane.programs import Iptables

CANDIDATE: Final = "c"
"""Before the name of a chain: that of its candidate."""


class SecurityGroupSwap:
    """Enforces the security groups of a cell's containers; remembers the rules that it enforced last."""

    def __init__(self, iptables: Iptables, *, candidate_survives: bool) -> None:
        """`candidate_survives` tells which chain an interrupted swap leaves: see `SilkRelease`."""
        self._iptables = iptables
        self._candidate_survives = candidate_survives
        self._enforced: dict[str, Sequence[str]] = {}

    def enforce(self, planned: Sequence[ContainerChain]) -> None:
        """Enforce the planned `asg-` chains among the chains of some containers, except those that have not changed.

        Raises:
            ProgramFailed: the rules cannot be loaded; the old chains stay.
        """
        netout = {each.container.handle: each.name for each in planned if each.kind is ChainKind.NETOUT}
        chains = [each for each in planned if each.kind is ChainKind.SECURITY_GROUPS]
        changed = {each.name: each for each in chains if self._enforced.get(each.name) != each.rules}
        if changed:
            parents = {name: netout[each.container.handle] for name, each in changed.items()}
            self._finish_interrupted(parents)
            self._swap(changed, parents)
        self._enforced |= {each.name: each.rules for each in chains}

    def _finish_interrupted(self, parents: Mapping[str, str]) -> None:
        """Bring chains that an interrupted swap has left back to a state with one chain for each container."""
        listing = self._iptables.listing()
        there = rules_by_chain(listing)
        candidates = [name for name in parents if CANDIDATE + name in there]
        if not candidates:
            return
        survivors = [name for name in candidates if self._candidate_survives or name not in there]
        unwanted = [name if name in survivors else CANDIDATE + name for name in candidates]
        self._iptables.edit([*removed_chains(unwanted, listing), *_renamed(survivors)])

    def _swap(self, changed: Mapping[str, ContainerChain], parents: Mapping[str, str]) -> None:
        candidates = [CANDIDATE + name for name in changed]
        link = [f"-I {parents[name]} 1 -j {CANDIDATE}{name}" for name in changed]
        self._iptables.edit([*(f":{name} - [0:0]" for name in candidates), *link])
        try:
            self._iptables.edit(
                f"-A {CANDIDATE}{name} {rule}" for name, chain in changed.items() for rule in chain.rules
            )
        except ProgramFailed:
            self._iptables.edit(removed_chains(candidates, self._iptables.listing()))
            raise
        self._iptables.edit([*removed_chains(list(changed), self._iptables.listing()), *_renamed(changed)])
        self._iptables.edit(_cleaned(parents, self._iptables.listing()))


def _renamed(names: Iterable[str]) -> Iterator[str]:
    return (f"-E {CANDIDATE}{name} {name}" for name in names)


def _cleaned(parents: Mapping[str, str], listing: str) -> Iterator[str]:
    """Delete what the netout chains have between their first rule and the REJECT at their end."""
    rules = rules_by_chain(listing)
    for parent in parents.values():
        there = rules.get(parent, ())
        yield from (
            f"-D {parent} {rule}" for at, rule in enumerate(there) if at and (at, rule) != (len(there) - 1, REJECT)
        )
