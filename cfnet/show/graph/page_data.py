"""Packs what the script of a page needs: apps, policies, their rules, and the positions of what can be opened."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from cfnet.policy import Protocol
from cfnet.show.graph.graph import Change
from cfnet.show.graph.groups import GroupedGraph
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.policy import Policy
    from cfnet.show.graph.graph import Edge, Graph, SpaceLabel
    from cfnet.show.graph.views import Drawing, Views

_VALUE: Final = re.compile(
    r"OK_[^ \"]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(?:\.\d+){3}|0x[0-9a-f]+|\d+", re.ASCII
)
"""Log prefixes, GUIDs, addresses, marks and other numbers."""

_PROTOCOLS: Final = tuple(Protocol)
_CHANGES: Final = tuple(Change)


class RuleAt(NamedTuple):
    """A rule as `iptables -S` prints it, without `-A` and the chain, and its cell."""

    cell: str
    text: str


class GraphRules(NamedTuple):
    """The rules that enforce the policies of a graph.

    Attributes:
        marks: the rules that mark the packets of each app, by GUID.
        policies: the rules that enforce each policy.
    """

    marks: dict[str, list[RuleAt]]
    policies: dict[Policy, list[RuleAt]]


def page_data(graph: Graph, behind: GraphRules, views: Views) -> dict[str, object]:
    """Return the data for the script, packed: there may be 20,000 policies, with several rules each.

    Everything that repeats is a number. An app is its GUID, its name (empty if unknown), its space, then the cell and
    text of each rule of its mark. A policy is its edge, its protocol and change in one number, its ports, then the cell
    and text of each rule. Ends of edges follow each other. Texts of rules differ in few values: a text is the number of
    its template, and those of its values, which stand between the parts of the template.
    """
    number = {guid: at for at, guid in enumerate(graph.nodes)}
    places = graph.places
    rules = _Rules()
    edges = graph.edges
    return {
        "apps": _apps(graph, places, behind, rules),
        "spaces": [[printable(str(place)), *map(number.__getitem__, guids)] for place, guids in places.items()],
        "edges": [number[end] for edge in edges for end in (edge.source, edge.destination)],
        "protocols": [each.value for each in _PROTOCOLS],
        "changes": [each.value for each in _CHANGES],
        "policies": _policies(graph, edges, behind, rules),
        "cells": rules.cells.all,
        **_packed_views(number, list(places), views),
        **_packed(rules.texts.all),
    }


class _Rules:
    """The cells and texts of rules, numbered."""

    def __init__(self) -> None:
        self.cells, self.texts = _Numbers[str](), _Numbers[str]()

    def of(self, found: Iterable[RuleAt]) -> Iterator[int]:
        """Yield the numbers of the cell and text of each rule."""
        for rule in found:
            yield self.cells.of(printable(rule.cell))
            yield self.texts.of(printable(rule.text))


def _apps(
    graph: Graph, places: Mapping[SpaceLabel, Sequence[str]], behind: GraphRules, rules: _Rules
) -> list[list[object]]:
    space_of = {guid: at for at, guids in enumerate(places.values()) for guid in guids}
    name = {guid: printable(graph.name(guid)) if graph.known(guid) else "" for guid in graph.nodes}
    marks = behind.marks
    return [[printable(guid), name[guid], space_of[guid], *rules.of(marks.get(guid, ()))] for guid in graph.nodes]


def _policies(graph: Graph, edges: Iterable[Edge], behind: GraphRules, rules: _Rules) -> list[list[object]]:
    edge_of = {(edge.source, edge.destination): at for at, edge in enumerate(edges)}
    return [
        [edge_of[policy[:2]], _kind(policy, change), str(policy.ports), *rules.of(behind.policies.get(policy, ()))]
        for policy, change in graph.arrows
    ]


def _kind(policy: Policy, change: Change) -> int:
    return _PROTOCOLS.index(policy.protocol) * len(_CHANGES) + _CHANGES.index(change)


def _packed_views(number: Mapping[str, int], places: list[SpaceLabel], views: Views) -> dict[str, object]:
    """Return the nodes and edges of the start, and everything about the other views, which the script draws.

    A node is the number of an app, or -1 minus the number of a group. A view is numbered in the order of `views`.
    """
    groups = _Numbers["SpaceLabel"]()

    def nodes(drawing: Drawing) -> list[int]:
        known = drawing.graph.groups if isinstance(drawing.graph, GroupedGraph) else {}
        return [-1 - groups.of(known[key].label) if key in known else number[key] for key in drawing.graph.nodes]

    start = {"nodes": nodes(views.start), "edges": [end for ends in _ends(views.start) for end in ends]}
    packed = [{"nodes": nodes(drawing), **_positions(drawing)} for drawing in views.opened.values()]
    view_of = {label: at for at, label in enumerate(views.opened)}
    return {
        "start": start,
        "views": packed,
        "groups": [
            {
                "name": printable(str(label) if label.space or not label.org else label.org),
                "spaces": [at for at, place in enumerate(places) if label in (place, place._replace(space=""))],
                "view": view_of.get(label),
            }
            for label in groups.all
        ],
    }


def _ends(drawing: Drawing) -> list[tuple[int, int]]:
    index = {key: at for at, key in enumerate(drawing.graph.nodes)}
    return [(index[edge.source], index[edge.destination]) for edge in drawing.edges]


def _positions(drawing: Drawing) -> dict[str, object]:
    """Return the positions of everything in a drawing, rounded."""
    layout = drawing.layout
    boxes = [layout.nodes[key] for key in drawing.graph.nodes]
    routes = zip(_ends(drawing), drawing.routes, strict=True)
    return {
        "size": _rounded((layout.width, layout.height)),
        "width": round(boxes[0].width),
        "boxes": [each for box in boxes for each in _rounded(box[:2])],
        "lanes": [[kind, printable(title), *_rounded(box)] for kind, title, box in layout.lanes],
        "edges": [[*ends, *_rounded(route.heights)] for ends, route in routes],
        "labels": [_rounded(label.centre) if label.free else None for label in drawing.labels],
    }


def _rounded(lengths: Iterable[float]) -> list[int]:
    return [round(each) for each in lengths]


def _packed(texts: Iterable[str]) -> dict[str, object]:
    """Return the texts of rules by template and values (see `page_data`)."""
    templates, values = _Numbers[tuple[str, ...]](), _Numbers[str]()
    packed = [[templates.of(tuple(_VALUE.split(text))), *map(values.of, _VALUE.findall(text))] for text in texts]
    return {"texts": packed, "templates": templates.all, "values": values.all}


_Item = TypeVar("_Item", bound=Hashable)


class _Numbers(Generic[_Item]):
    """Unique items, numbered in order of appearance."""

    def __init__(self) -> None:
        self._number: dict[_Item, int] = {}

    def of(self, item: _Item) -> int:
        return self._number.setdefault(item, len(self._number))

    @property
    def all(self) -> list[_Item]:
        return list(self._number)
