"""Formats a graph as a list of policies: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

from cfnet.show.graph.graph import Change
from cfnet.show.graph.groups import NodeLevel
from cfnet.show.machine import FORMAT_VERSION, app_json, policy_json
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.show.graph.graph import Edge, Graph
    from cfnet.show.graph.groups import Group, GroupedGraph

HEADER: Final = (
    *("change", "source_org", "source_space", "source", "source_guid"),
    *("destination_org", "destination_space", "destination", "destination_guid"),
    *("protocol", "port_start", "port_end"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The characters that start a formula in a spreadsheet (OWASP, CSV injection); the last four are full-width forms."""


def graph_csv(graph: Graph) -> str:
    """Format `HEADER` and a line for each policy (RFC 4180, but with LF); `change` is "added", "removed" or "kept"."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for arrow in graph.arrows:
        source, destination, protocol, ports = arrow.policy
        row = (
            arrow.change.value,
            *_app(source, graph),
            *_app(destination, graph),
            protocol.value,
            str(ports.start),
            str(ports.end),
        )
        writer.writerow([_inert(cell) for cell in row])
    return text.getvalue()


def graph_json(graph: Graph, *, complete: bool = True, notes: Sequence[str] = ()) -> str:
    """Format the output of `graph --json`.

        {"format_version": 1, "compares": false, "complete": true, "notes": […], "apps": [APP, …], "policies": [
          {"source": GUID, "destination": GUID, "protocol": "tcp", "ports": {"start": 8080, "end": 8080},
           "change": "kept"}, …]}

    APP is as in `network-policies --json`. `change` is "added", "removed" or "kept"; if `compares` is false, nothing
    was compared, and it is always "kept".
    """
    document = {
        "format_version": FORMAT_VERSION,
        "compares": graph.compares,
        "complete": complete,
        "notes": list(notes),
        "apps": [app_json(guid, graph.apps.get(guid)) for guid in graph.nodes],
        "policies": [{**policy_json(policy), "change": change.value} for policy, change in graph.arrows],
    }
    return json.dumps(document, indent=2) + "\n"


GROUPS_HEADER: Final = (
    *("source_org", "source_space", "destination_org", "destination_space"),
    *("policies", "added", "removed", "kept"),
)


def groups_csv(graph: GroupedGraph) -> str:
    """Format `GROUPS_HEADER` and a line for each pair of spaces, or of orgs, with policies."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(GROUPS_HEADER)
    for edge in graph.edges:
        labels = (graph.groups[edge.source].label, graph.groups[edge.destination].label)
        numbers = _numbers(edge)
        writer.writerow([*(_inert(name) for label in labels for name in label), *numbers.values()])
    return text.getvalue()


def groups_json(graph: GroupedGraph, *, complete: bool = True, notes: Sequence[str] = ()) -> str:
    """Format the output of `graph --level space --json`; with `--level org` likewise, without spaces.

        {"format_version": 1, "level": "space", "compares": false, "complete": true, "notes": […],
         "groups": [{"org": "shop", "space": "web", "apps": 12}, …],
         "calls": [{"source": 0, "destination": 1, "policies": 30, "added": 0, "removed": 0, "kept": 30}, …]}

    `source` and `destination` are positions in `groups`. `org` is null for apps whose spaces are unknown.
    """
    index = {key: at for at, key in enumerate(graph.nodes)}
    document = {
        "format_version": FORMAT_VERSION,
        "level": graph.level.value,
        "compares": graph.compares,
        "complete": complete,
        "notes": list(notes),
        "groups": [_group(graph.groups[key], graph.level) for key in graph.nodes],
        "calls": [
            {"source": index[edge.source], "destination": index[edge.destination], **_numbers(edge)}
            for edge in graph.edges
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _group(group: Group, level: NodeLevel) -> dict[str, object]:
    space = {"space": group.label.space or None} if level is NodeLevel.SPACE else {}
    return {"org": group.label.org or None, **space, "apps": group.apps}


def _numbers(edge: Edge) -> dict[str, int]:
    changes = {change.value: sum(arrow.change is change for arrow in edge.arrows) for change in Change}
    return {"policies": len(edge.arrows), **changes}


def _app(guid: str, graph: Graph) -> tuple[str, str, str, str]:
    app = graph.apps.get(guid)
    return (app.space.org.name, app.space.name, app.name, guid) if app else ("", "", "", guid)


def _inert(cell: str) -> str:
    """Put an apostrophe before a `cell` that a spreadsheet would run as a formula."""
    shown = printable(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
