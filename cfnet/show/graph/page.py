"""Formats a graph as one HTML page with search, filters, and the rules that enforce each policy.

The page loads nothing and runs only its own script; its Content-Security-Policy enforces this. Names get into it in
two ways: as text of the drawing (`markup`), and as data (`script_data`) that the script only uses as text.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from cfnet.show.graph.svg import STYLE, svg
from cfnet.show.html_escaping import markup, script_data
from cfnet.show.package_text import package_text
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.policy import Policy
    from cfnet.show.graph.graph import Graph


_VALUE: Final = re.compile(
    r"OK_[^ \"]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(?:\.\d+){3}|0x[0-9a-f]+|\d+", re.ASCII
)
"""Log prefixes, GUIDs, addresses, marks and other numbers."""


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


def page(graph: Graph, behind: GraphRules, *, title: str = "Who may call whom", notes: Sequence[str] = ()) -> str:
    """Format the page of `graph`; `notes` are caveats shown on it."""
    style = f"{STYLE}{package_text(__package__, 'page.css')}"
    script = package_text(__package__, "page.js")
    told = "".join(f"<p>{markup(note)}</p>" for note in notes)
    changes = "".join(f'<option value="{each}">{each}</option>' for each in ("added", "removed", "kept"))
    hidden = "" if graph.compares else " hidden"
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy_of(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{markup(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{markup(title)}</h1>
<p class="quiet">{markup(graph.summary)}</p>
<form id="filters" role="search">
<input type="search" id="search" placeholder="Search apps  ( / )" aria-label="Search apps" autocomplete="off">
<select id="space" aria-label="Space"><option value="">Every space</option></select>
<select id="protocol" aria-label="Protocol"><option value="">tcp and udp</option>\
<option value="tcp">tcp</option><option value="udp">udp</option></select>
<select id="change" aria-label="Change"{hidden}><option value="">Every change</option>{changes}</select>
</form>
</header>
<main>
<nav id="list" aria-label="Apps"><p id="count" class="quiet" role="status"></p><div id="apps"></div></nav>
<section id="picture" aria-label="Graph" tabindex="0">
<div id="zoom"><button type="button" id="out" aria-label="Zoom out">&minus;</button>\
<button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="fit">Fit</button></div>
{svg(graph, alone=False)}</section>
<aside id="details" aria-label="The chosen app" aria-live="polite" tabindex="-1"></aside>
</main>
<template id="welcome"><h2>Choose an app</h2>
<p>Choose one in the list or the picture to see which apps it may call, which apps may call it, and the rules that \
enforce each policy.</p>
<p class="quiet"><kbd>/</kbd> search, <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> choose, \
<kbd>Esc</kbd> reset.</p>{told}</template>
<noscript><p>Search, filters and rules need JavaScript; the picture works without.</p></noscript>
<script type="application/json" id="data">{script_data(_data(graph, behind))}</script>
<script>{script}</script>
</body>
</html>
"""


def policy_of(style: str, script: str = "") -> str:
    """Return the Content-Security-Policy of a page that allows only this style and this script."""
    return f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(graph: Graph, behind: GraphRules) -> dict[str, object]:
    """Return the data for the script, packed: there may be 20,000 policies, with several rules each.

    Rules and cells are numbers, because their texts repeat. Texts of rules differ in few values: a text is the number
    of its template, and those of its values, which stand between the parts of the template. Ends of edges follow each
    other; a policy is its source, destination, edge, protocol, ports and change, then cell and text of each rule.
    """
    number = {guid: at for at, guid in enumerate(graph.nodes)}
    cells, texts = _Numbers[str](), _Numbers[str]()

    def rules(found: Iterable[RuleAt]) -> list[int]:
        return [each for rule in found for each in (cells.of(printable(rule.cell)), texts.of(printable(rule.text)))]

    edges = graph.edges
    edge_of = {(edge.source, edge.destination): at for at, edge in enumerate(edges)}
    return {
        "apps": [
            {
                "guid": printable(guid),
                "name": printable(graph.name(guid)),
                "path": printable(graph.path(guid)),
                "space": printable(str(graph.place(guid))),
                "marks": rules(behind.marks.get(guid, ())),
            }
            for guid in graph.nodes
        ],
        "spaces": [
            {"name": printable(str(place)), "apps": [number[guid] for guid in guids]}
            for place, guids in graph.places.items()
        ],
        "edges": [number[end] for edge in edges for end in (edge.source, edge.destination)],
        "policies": [
            [
                number[policy.source],
                number[policy.destination],
                edge_of[policy.source, policy.destination],
                policy.protocol.value,
                str(policy.ports),
                change.value,
                *rules(behind.policies.get(policy, ())),
            ]
            for policy, change in graph.arrows
        ],
        "cells": cells.all,
        **_packed(texts.all),
    }


def _packed(texts: Iterable[str]) -> dict[str, object]:
    """Return the texts of rules by template and values (see `_data`)."""
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
