"""Measure the capacity used on a foundation: tags, policies per app, rules and bytes per cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.tags import INGRESS_ROUTER
from cfnet.cell.planning.chain_text import PREVIEW, listing, start_of
from cfnet.cell.planning.policy_chain import Planner
from cfnet.policy.limits import GROUP_SPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import State
    from cfnet.cell.planning.container_chains import ContainerChainsPlanner


class CellLoad(NamedTuple):
    """The load of a cell.

    Attributes:
        containers: number of containers.
        rules: number of rules in all chains, including jumps.
        size: bytes of the output of `iptables -S`.
    """

    containers: int
    rules: int
    size: int


class WidelyBound(NamedTuple):
    """A security group bound to more spaces than a policy server on MySQL supports, by lifecycle."""

    name: str
    running_spaces: int
    staging_spaces: int


class Capacity(NamedTuple):
    """The capacity used on a foundation.

    Attributes:
        tags: number of assigned tags.
        sources: number of policies per source app, by GUID.
        cells: the load of each cell, by name.
        widely_bound: the security groups bound to more than `GROUP_SPACES` spaces, most spaces first; None if the
            security groups are unknown.
        router_tag: whether one of the tags is that of the ingress router.
    """

    tags: int
    sources: Mapping[str, int]
    cells: Mapping[str, CellLoad]
    widely_bound: Sequence[WidelyBound] | None = None
    router_tag: bool = False


def measure(state: State, own: ContainerChainsPlanner | None = None) -> Capacity:
    """Plan all cells, one at a time, and count; with `own`, include per-container chains.

    Raises:
        InputFault: a cell cannot be read or planned.
    """
    planner = Planner.of(state)
    cells: dict[str, CellLoad] = {}
    for cell in state.cells():
        lines = planner.lines(cell, start_of(PREVIEW))
        around = "".join(listing(PREVIEW, own.plan(cell) if own else ()))
        rules = around.count("\n-A ") + sum(piece.count(b"\n") for piece in lines)
        cells[cell.name] = CellLoad(len(cell.containers), rules, len(around.encode()) + sum(map(len, lines)))
    sources = Counter(policy.source for policy in state.policies)
    tags = state.tags.by_app
    groups = _widely_bound(state.read_security_groups())
    return Capacity(len(tags), sources, cells, groups, router_tag=INGRESS_ROUTER in tags)


def _widely_bound(groups: Iterable[SecurityGroup] | None) -> Sequence[WidelyBound] | None:
    if groups is None:
        return None
    bound = (WidelyBound(each.name, len(each.running_spaces), len(each.staging_spaces)) for each in groups)
    found = [each for each in bound if max(each.running_spaces, each.staging_spaces) > GROUP_SPACES]
    return sorted(found, key=lambda each: (-max(each.running_spaces, each.staging_spaces), each.name))
