"""The part of a graph around some apps and spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.errors import CommandLineFault, UnknownName
from cfnet.operations.choose_app import choose_app, choose_space
from cfnet.show.graph.graph import Arrow, Change, Direction, Graph, around, graph_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy import App, Policy, Space
    from cfnet.show.difference import Shown


class Part(NamedTuple):
    """The selected part of a graph: apps, spaces, direction and depth."""

    apps: Sequence[str]
    spaces: Sequence[str]
    direction: Direction
    depth: int

    @classmethod
    def of(cls, apps: Sequence[str], spaces: Sequence[str], direction: str | None, depth: int | None) -> Part:
        """Return the part selected by options.

        Raises:
            CommandLineFault: a direction or a depth is given without apps or spaces.
        """
        if (direction or depth) and not (apps or spaces):
            raise CommandLineFault("--direction and --depth require --app or --space")
        return cls(apps, spaces, Direction(direction or Direction.BOTH), depth or 1)


def drawn(
    policies: Iterable[Policy],
    shown: Shown | None,
    apps: Mapping[str, App],
    part: Part,
    target: Space | None = None,
) -> Graph:
    """Return the graph of the selected part, with the changes `shown`; `target` is the targeted space.

    Raises:
        UnknownName: an app or space does not exist.
        UsageFault: a name is ambiguous.
    """
    apps = {**apps, **(shown.apps if shown else {})}
    arrows = _arrows(policies, shown)
    if not (part.apps or part.spaces):
        return graph_of(arrows, apps, compares=shown is not None)
    start = _start(part, apps, {guid for arrow in arrows for guid in arrow.policy[:2]}, target)
    met = around(arrows, start, part.direction, part.depth)
    return graph_of(met, apps, more=start, compares=shown is not None)


def _arrows(policies: Iterable[Policy], shown: Shown | None) -> list[Arrow]:
    """Return an arrow for each existing or added policy."""
    if shown is None:
        return [Arrow(policy, Change.KEPT) for policy in dict.fromkeys(policies)]
    added = sorted(shown.difference.added)
    changes = dict.fromkeys(shown.removed, Change.REMOVED) | dict.fromkeys(added, Change.ADDED)
    return [Arrow(policy, changes.get(policy, Change.KEPT)) for policy in dict.fromkeys((*policies, *added))]


def _start(part: Part, apps: Mapping[str, App], guids: Collection[str], target: Space | None) -> set[str]:
    """Return the selected apps among those with policies (`guids`)."""
    start = {_app(text, apps, guids, target) for text in part.apps}
    spaces = {app.space for app in apps.values()}
    for text in part.spaces:
        chosen = choose_space(text, spaces, target, unknown="No policy involves an app in space '{}'.")
        start |= {guid for guid in guids if guid in apps and apps[guid].space.guid == chosen.guid}
    return start


def _app(text: str, apps: Mapping[str, App], guids: Collection[str], target: Space | None) -> str:
    try:
        chosen = choose_app(text, apps, guids, target)
    except UnknownName as unknown:
        hint = unknown.hint if guids else "There are no policies."
        raise UnknownName(f"No policy involves an app '{text}'.", hint=hint) from unknown
    if chosen not in guids:
        # The app exists, but only apps with policies are drawn.
        raise UnknownName(f"No policy involves an app '{text}'.", hint="" if guids else "There are no policies.")
    return chosen
