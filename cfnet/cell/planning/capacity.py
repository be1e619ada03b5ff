"""How full a foundation is: tags, each app's policies, rules and bytes on each cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.planning.chain_text import PREVIEW, listing, whole_listing
from cfnet.cell.planning.policy_chain import Planner
from cfnet.policy.limits import GROUP_SPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import State
    from cfnet.cell.planning.container_chains import ContainerChainsPlanner


class CellLoad(NamedTuple):
    """What one cell holds.

    Attributes:
        rules: the rules of its chains, the jumps among them.
        size: the bytes of what `iptables -S` prints there.
    """

    containers: int
    rules: int
    size: int


class WidelyBound(NamedTuple):
    """A security group bound to more spaces than a policy server on MySQL takes, by lifecycle."""

    name: str
    running_spaces: int
    staging_spaces: int


class Capacity(NamedTuple):
    """How full a foundation is.

    Attributes:
        tags: how many are given.
        sources: how many policies each app is the source of, by GUID.
        cells: what each cell holds, by name.
        widely_bound: the security groups bound to more than `GROUP_SPACES` spaces, those with the most first; None
            where the security groups are not known.
    """

    tags: int
    sources: Mapping[str, int]
    cells: Mapping[str, CellLoad]
    widely_bound: Sequence[WidelyBound] | None = None


def measure(state: State, own: ContainerChainsPlanner | None = None) -> Capacity:
    """Plan all cells, one after the other, and count; with `own`, the containers' own chains too.

    Raises:
        InputFault: a cell cannot be read or planned.
    """
    planner = Planner.of(state)
    cells: dict[str, CellLoad] = {}
    for cell in state.cells():
        texts = [rule.text for rule in planner.plan(cell)]
        text = listing(texts, PREVIEW) if own is None else whole_listing(texts, PREVIEW, own.plan(cell))
        cells[cell.name] = CellLoad(len(cell.containers), text.count("\n-A "), len(text.encode()))
    sources = Counter(policy.source for policy in state.policies)
    return Capacity(len(state.tags.by_app), sources, cells, _widely_bound(state.read_security_groups()))


def _widely_bound(groups: Iterable[SecurityGroup] | None) -> Sequence[WidelyBound] | None:
    if groups is None:
        return None
    bound = (WidelyBound(each.name, len(each.running_spaces), len(each.staging_spaces)) for each in groups)
    found = [each for each in bound if max(each.running_spaces, each.staging_spaces) > GROUP_SPACES]
    return sorted(found, key=lambda each: (-max(each.running_spaces, each.staging_spaces), each.name))
