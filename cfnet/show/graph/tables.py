"""Formats a graph as a list of policies: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

from cfnet.show.machine import FORMAT_VERSION, app_json, policy_json
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.show.graph.graph import Graph

HEADER: Final = (
    *("change", "source_org", "source_space", "source", "source_guid"),
    *("destination_org", "destination_space", "destination", "destination_guid"),
    *("protocol", "port_start", "port_end"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The characters that start a formula in a spreadsheet (OWASP, CSV injection); the last four are full-width forms."""


def graph_csv(graph: Graph) -> str:
    """Format `HEADER` and a line for each policy (RFC 4180); `change` is "added", "removed" or "kept"."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
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


def _app(guid: str, graph: Graph) -> tuple[str, str, str, str]:
    app = graph.apps.get(guid)
    return (app.space.org.name, app.space.name, app.name, guid) if app else ("", "", "", guid)


def _inert(cell: str) -> str:
    """Put an apostrophe before a `cell` that a spreadsheet would run as a formula."""
    shown = printable(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
