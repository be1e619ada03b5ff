"""What becomes of the rules on each cell when a foundation changes: the rules that come, and those that go.

Only cells that the change touches are planned; of the others their containers are looked at, and no more.
"""

from __future__ import annotations

from collections import Counter
from itertools import compress, count
from operator import ne
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.tags import ingress_tag
from cfnet.cell.planning.policy_chain import Planner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import Policy


class RuleChange(NamedTuple):
    """A rule that comes, or goes.

    Attributes:
        adds: whether it comes.
        rule: the rule.
        position: its place in the chain, from 1: in the new chain where it comes, in the old one where it goes.
    """

    adds: bool
    rule: PlannedRule
    position: int


class CellChange(NamedTuple):
    """What becomes of the policy chain of a cell; `before` and `after` are how many rules it has."""

    cell: str
    changes: Sequence[RuleChange]
    before: int
    after: int

    @property
    def added(self) -> int:
        """How many rules come."""
        return sum(change.adds for change in self.changes)

    @property
    def removed(self) -> int:
        """How many rules go."""
        return len(self.changes) - self.added


def rule_changes(before: State, after: State) -> Iterator[CellChange]:
    """The cells whose rules change, in the order of `before`, then cells that are new; none is kept in memory.

    Raises:
        InputFault: a cell cannot be read, or the agent would fail on it.
    """
    names: list[str] = []
    apps: set[str] = set()
    touched = _touched_apps(before, after)
    for name, old, new in _pairs(before, after):
        if _is_touched(old, new, touched):
            names.append(name)
            apps |= {container.app for cell in (old, new) if cell for container in cell.containers}
    # Of what may be very many policies, only those of cells that are touched are looked at once more.
    old_planner, new_planner = Planner.of(before, apps), Planner.of(after, apps)
    there, then = frozenset(before.cell_names), frozenset(after.cell_names)
    for name in names:
        old_rules = old_planner.plan(before.read_cell(name)) if name in there else []
        new_rules = new_planner.plan(after.read_cell(name)) if name in then else []
        changes = compare_chains(old_rules, new_rules)
        if changes:
            yield CellChange(name, changes, len(old_rules), len(new_rules))


def _pairs(before: State, after: State) -> Iterator[tuple[str, Cell | None, Cell | None]]:
    """Each cell before and after; read once where it is the same."""
    there, then = frozenset(before.cell_names), frozenset(after.cell_names)
    names = list(dict.fromkeys((*before.cell_names, *after.cell_names)))
    old_cells = before.cells(filter(there.__contains__, names))
    if before.read_cell is after.read_cell and there == then:
        yield from ((cell.name, cell, cell) for cell in old_cells)
        return
    new_cells = after.cells(filter(then.__contains__, names))
    for name in names:
        yield name, next(old_cells) if name in there else None, next(new_cells) if name in then else None


def compare_chains(before: Sequence[PlannedRule], after: Sequence[PlannedRule]) -> list[RuleChange]:
    """What to take out of one chain, and what to put in, to get the other; in the order of the chains.

    Taking what goes out of `before`, and then putting each that comes at its position, in order, makes `after`.
    """
    old = Counter(rule.text for rule in before)
    new = Counter(rule.text for rule in after)
    changes = []
    at = 0
    for position, rule in enumerate(after, 1):
        # Passes over old rules that go, or that stand after this one in the new chain, until this one is met.
        if old[rule.text]:
            while before[at].text != rule.text:
                old[before[at].text] -= 1
                changes.append(RuleChange(adds=False, rule=before[at], position=at + 1))
                at += 1
            old[rule.text] -= 1
            at += 1
        else:
            while at < len(before) and not new[before[at].text]:
                old[before[at].text] -= 1
                changes.append(RuleChange(adds=False, rule=before[at], position=at + 1))
                at += 1
            changes.append(RuleChange(adds=True, rule=rule, position=position))
        new[rule.text] -= 1
    changes += [RuleChange(adds=False, rule=rule, position=at + 1) for at, rule in enumerate(before[at:], at)]
    return changes


def _touched_apps(before: State, after: State) -> frozenset[str] | None:
    """The GUIDs of apps such that the rules of a cell with none of them, and the same containers, stay as they are.

    None: the rules of any cell may change, as the agents' settings do, or the tag of the routers.
    """
    if before.settings != after.settings or ingress_tag(before.tags, before.settings) != ingress_tag(
        after.tags, after.settings
    ):
        return None
    changed = _changed(before.policies, after.policies)
    movers = {policy.source for policy in changed}
    remarked = _remarked(before.tags.by_app, after.tags.by_app)
    called = {policy.destination for policy in changed}
    if remarked:
        called |= {policy.destination for policy in before.policies if policy.source in remarked}
    return frozenset(called | remarked | (_sources(before.policies, movers) ^ _sources(after.policies, movers)))


def _remarked(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    """The apps that have another tag than before."""
    return {app for app, tag in new.items() if old.get(app, tag) != tag}


def _sources(policies: Iterable[Policy], among: Collection[str]) -> set[str]:
    """Those of `among` that are the source of a policy."""
    return {policy.source for policy in policies if policy.source in among}


def _changed(before: Sequence[Policy], after: Sequence[Policy]) -> Collection[Policy]:
    """The policies that come or go.

    There may be very many that stay: those that both lists begin or end with are passed over quickly.
    """
    first = _alike(before, after)
    before, after = before[first:], after[first:]
    last = _alike(before[::-1], after[::-1])
    before, after = before[: len(before) - last], after[: len(after) - last]
    old, new = set(before), set(after)
    if len(old) == len(before) and len(new) == len(after):
        return old ^ new
    # A snapshot that was made by hand may have a policy twice, and then its rules are there twice.
    old_count, new_count = Counter(before), Counter(after)
    return [policy for policy in old | new if old_count[policy] != new_count[policy]]


def _alike(one: Sequence[Policy], other: Sequence[Policy]) -> int:
    """How many policies both begin with."""
    return next(compress(count(), map(ne, one, other)), min(len(one), len(other)))


def _is_touched(old: Cell | None, new: Cell | None, touched: frozenset[str] | None) -> bool:
    if touched is None or old is None or new is None:
        return True
    if old is not new and sorted(old.containers) != sorted(new.containers):
        return True
    return any(container.app in touched for container in old.containers)
