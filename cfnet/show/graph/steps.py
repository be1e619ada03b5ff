"""Finds the column of each app: how many steps along the policies it is from the first callers."""

from __future__ import annotations

from collections import Counter, deque
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.show.graph.graph import Edge

_DEEPEST: Final = 7


def columns_of(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, int]:
    """Return the column of each app: the length of the longest path to it, or of the shortest if that is too long."""
    calls: dict[str, list[str]] = {guid: [] for guid in nodes} | neighbours(
        (edge.source, edge.destination) for edge in edges if edge.source != edge.destination
    )
    onward = _without_cycles(calls)
    called = set(chain.from_iterable(onward.values()))
    roots = [guid for guid in calls if guid not in called]
    longest = _longest(roots, calls, onward)
    return longest if max(longest.values(), default=0) <= _DEEPEST else _shortest(roots, calls)


def _longest(roots: Iterable[str], guids: Iterable[str], onward: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the length of the longest path from the roots to each of `guids`; `onward` must have no cycles."""
    entering = Counter(chain.from_iterable(onward.values()))
    longest = dict.fromkeys(guids, 0)
    ready = deque(roots)
    while ready:
        guid = ready.popleft()
        for called in onward.get(guid, ()):
            longest[called] = max(longest[called], longest[guid] + 1)
            entering[called] -= 1
            if not entering[called]:
                ready.append(called)
    return longest


def _shortest(roots: Iterable[str], calls: Mapping[str, Sequence[str]]) -> dict[str, int]:
    steps = dict.fromkeys(roots, 0)
    front = list(steps)
    while front:
        reached = [called for guid in front for called in calls.get(guid, ()) if called not in steps]
        step = steps[front[0]] + 1
        steps |= dict.fromkeys(reached, step)
        front = list(dict.fromkeys(reached))
    return {guid: min(steps.get(guid, 0), _DEEPEST) for guid in calls}


def _without_cycles(calls: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Remove the back edges found by a depth-first search."""
    onward: dict[str, list[str]] = {}
    finished: set[str] = set()
    called_by_some = {guid for called in calls.values() for guid in called}
    for root in sorted(calls, key=lambda guid: (guid in called_by_some, guid)):
        walk, on_walk = [(root, iter(calls.get(root, ())))], {root}
        if root in finished:
            continue
        while walk:
            guid, rest = walk[-1]
            called = next(rest, None)
            if called is None:
                walk.pop()
                on_walk.discard(guid)
                finished.add(guid)
            elif called not in on_walk:
                onward.setdefault(guid, []).append(called)
                if called not in finished:
                    walk.append((called, iter(calls.get(called, ()))))
                    on_walk.add(called)
    return onward


def neighbours(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Group the second items of pairs by the first."""
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found
