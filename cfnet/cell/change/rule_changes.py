"""Compute the rules that are added and removed on each cell when a foundation changes.

Only cells affected by the change are planned. If containers stay where they are and few apps are affected, the other
cells are not even read, if a search shows that they have no container of these apps (`State.search_cells`).
"""

from __future__ import annotations

from collections import Counter
from itertools import compress, count, islice
from operator import attrgetter, ne
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.tags import ingress_tag
from cfnet.cell.planning.policy_chain import Planner, policies_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import Policy


_FEW: Final = 16
"""Searching a store for more apps takes longer than reading it."""


class RuleChange(NamedTuple):
    """An added or removed rule.

    Attributes:
        adds: whether it is added.
        rule: the rule.
        position: its position, starting at 1: in the new chain if added, in the old chain if removed.
    """

    adds: bool
    rule: PlannedRule
    position: int


class CellChange(NamedTuple):
    """The changes to a cell's policy chain; `before` and `after` are its numbers of rules."""

    cell: str
    changes: Sequence[RuleChange]
    before: int
    after: int

    @property
    def added(self) -> int:
        """The number of added rules."""
        return sum(change.adds for change in self.changes)

    @property
    def removed(self) -> int:
        """The number of removed rules."""
        return len(self.changes) - self.added


def rule_changes(before: State, after: State) -> Iterator[CellChange]:
    """Yield the cells whose rules change, in the order of `before`, then new cells; none is kept in memory.

    Raises:
        InputFault: a cell cannot be read, or the agent would fail on it. Cells that are not affected may have faults.
    """
    names: list[str] = []
    apps: set[str] = set()
    same = _alike(before.policies, after.policies)
    touched = _touched_apps(before, after, same)
    for name, old, new in _pairs(before, after, _perhaps_touched(before, after, touched)):
        if _is_touched(old, new, touched):
            names.append(name)
            apps |= {container.app for cell in (old, new) if cell for container in cell.containers}
    # There may be very many policies: only consider those of affected cells.
    old_planner, new_planner = _planners(before, after, apps, same)
    for name, old, new in _pairs(before, after, names):
        old_rules = old_planner.plan(old) if old else []
        new_rules = new_planner.plan(new) if new else []
        changes = compare_chains(old_rules, new_rules)
        if changes:
            yield CellChange(name, changes, len(old_rules), len(new_rules))


def _planners(before: State, after: State, apps: Collection[str], same: int) -> tuple[Planner, Planner]:
    """Return planners for cells with these apps only; the first `same` policies are filtered once."""
    shared = policies_of(apps, islice(before.policies, same))
    old, new = (
        Planner.of(state, [*shared, *policies_of(apps, islice(state.policies, same, None))])
        for state in (before, after)
    )
    return old, new


def _perhaps_touched(before: State, after: State, touched: Collection[str] | None) -> Sequence[str]:
    """Return the names of the cells without those that are known to have no `touched` apps."""
    names = list(dict.fromkeys((*before.cell_names, *after.cell_names)))
    if touched is None or len(touched) > _FEW or before.search_cells is None or not _same_cells(before, after):
        return names
    found = before.search_cells(touched)
    return [name for name in names if name in found]


def _pairs(before: State, after: State, names: Sequence[str]) -> Iterator[tuple[str, Cell | None, Cell | None]]:
    """Yield each of these cells before and after the change; read it once if it is the same."""
    there, then = frozenset(before.cell_names), frozenset(after.cell_names)
    old_cells = before.cells(filter(there.__contains__, names))
    if _same_cells(before, after):
        yield from ((cell.name, cell, cell) for cell in old_cells)
        return
    new_cells = after.cells(filter(then.__contains__, names))
    for name in names:
        yield name, next(old_cells) if name in there else None, next(new_cells) if name in then else None


def _same_cells(before: State, after: State) -> bool:
    """Return whether all containers stay where they are."""
    return before.read_cell is after.read_cell and set(before.cell_names) == set(after.cell_names)


def compare_chains(before: Sequence[PlannedRule], after: Sequence[PlannedRule]) -> list[RuleChange]:
    """Return the rules to remove from and add to one chain to get the other, in the order of the chains.

    Removing the removed rules from `before` and then inserting each added rule at its position, in order, gives
    `after`.
    """
    old = Counter(rule.text for rule in before)
    new = Counter(rule.text for rule in after)
    changes = []
    at = 0
    for position, rule in enumerate(after, 1):
        # Skip old rules that are removed or come later in the new chain, up to this one.
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


def _touched_apps(before: State, after: State, same: int) -> frozenset[str] | None:
    """Return the GUIDs of affected apps: the rules of cells without them do not change if their containers do not.

    The first `same` policies are the same. None means that the rules of any cell may change, because the agent settings
    or the tag of the routers do.
    """
    if before.settings != after.settings or ingress_tag(before.tags, before.settings) != ingress_tag(
        after.tags, after.settings
    ):
        return None
    changed = _changed(before.policies[same:], after.policies[same:])
    movers = {policy.source for policy in changed}
    remarked = _remarked(before.tags.by_app, after.tags.by_app)
    called = {policy.destination for policy in changed}
    if remarked:
        called |= {policy.destination for policy in before.policies if policy.source in remarked}
    return frozenset(called | remarked | (_sources(before.policies, movers) ^ _sources(after.policies, movers)))


def _remarked(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    """Return the apps whose tags have changed."""
    return {app for app, tag in new.items() if old.get(app, tag) != tag}


def _sources(policies: Iterable[Policy], among: set[str]) -> set[str]:
    """Return the apps in `among` that are the source of a policy."""
    return among.intersection(map(attrgetter("source"), policies))  # ends as soon as all are found


def _changed(before: Sequence[Policy], after: Sequence[Policy]) -> Collection[Policy]:
    """Return the added and removed policies; a common suffix of the lists is skipped quickly."""
    last = _alike(before[::-1], after[::-1])
    before, after = before[: len(before) - last], after[: len(after) - last]
    old, new = set(before), set(after)
    if len(old) == len(before) and len(new) == len(after):
        return old ^ new
    # A snapshot made by hand may have duplicate policies, which give duplicate rules.
    old_count, new_count = Counter(before), Counter(after)
    return [policy for policy in old | new if old_count[policy] != new_count[policy]]


def _alike(one: Sequence[Policy], other: Sequence[Policy]) -> int:
    """Return the length of the common prefix: usually, most policies are unchanged."""
    return next(compress(count(), map(ne, one, other)), min(len(one), len(other)))


def _is_touched(old: Cell | None, new: Cell | None, touched: frozenset[str] | None) -> bool:
    if touched is None or old is None or new is None:
        return True
    if old is not new and sorted(old.containers) != sorted(new.containers):
        return True
    return any(container.app in touched for container in old.containers)
