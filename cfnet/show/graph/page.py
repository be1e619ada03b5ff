"""Formats a graph as one HTML page with search, filters, and the rules that enforce each policy.

The page loads nothing and runs only its own script; its Content-Security-Policy enforces this. Names get into it in
two ways: as text of the drawing (`markup`), and as data (`script_data`) that the script only uses as text.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from cfnet.show.graph.groups import NodeLevel
from cfnet.show.graph.page_data import page_data
from cfnet.show.graph.svg import STYLE, svg_of
from cfnet.show.graph.views import start_level, views
from cfnet.show.html_escaping import markup, script_data
from cfnet.show.package_text import package_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.show.graph.graph import Graph
    from cfnet.show.graph.page_data import GraphRules


_A: Final = {NodeLevel.SPACE: "a space", NodeLevel.ORG: "an org or a space"}


def page(
    graph: Graph,
    behind: GraphRules,
    *,
    title: str = "Who may call whom",
    notes: Sequence[str] = (),
    level: NodeLevel | None = None,
) -> str:
    """Format the page of `graph`.

    Args:
        graph: the graph of apps.
        behind: the rules of its policies.
        title: the title.
        notes: caveats shown on the page.
        level: what it starts with; None decides by the number of apps and spaces.
    """
    level = level or start_level(graph)
    seen = views(graph, level)
    style = f"{STYLE}{package_text(__package__, 'page.css')}"
    script = package_text(__package__, "page.js") + package_text(__package__, "drawing.js")
    told = "".join(f"<p>{markup(note)}</p>" for note in notes)
    changes = "".join(f'<option value="{each}">{each}</option>' for each in ("added", "removed", "kept"))
    hidden = "" if graph.compares else " hidden"
    back = f"All {level.value}s"
    opening = "" if level is NodeLevel.APP else f"<p>Choose {_A[level]} in the picture to open it.</p>"
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
<input type="search" id="search" placeholder="Search apps, ports  ( / )" aria-label="Search apps and ports" \
autocomplete="off">
<select id="space" aria-label="Space"><option value="">Every space</option></select>
<select id="protocol" aria-label="Protocol"><option value="">tcp and udp</option>\
<option value="tcp">tcp</option><option value="udp">udp</option></select>
<select id="change" aria-label="Change"{hidden}><option value="">Every change</option>{changes}</select>
</form>
</header>
<main>
<nav id="list" aria-label="Apps"><p id="count" class="quiet" role="status"></p><div id="apps"></div></nav>
<div id="frame"><section id="picture" aria-label="Graph" tabindex="0">
{svg_of(seen.start, alone=False)}</section>
<div id="zoom"><button type="button" id="out" aria-label="Zoom out">&minus;</button>\
<button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="fit">Fit</button>\
<label><input type="checkbox" id="near"> Neighbours only</label>\
<button type="button" id="back" hidden>{back}</button></div></div>
<aside id="details" aria-label="The chosen app" aria-live="polite" tabindex="-1"></aside>
</main>
<template id="welcome"><h2>Choose an app</h2>
<p>Choose one in the list or the picture to see which apps it may call, which apps may call it, and the rules that \
enforce each policy.</p>{opening}
<p class="quiet"><kbd>/</kbd> search, <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> choose, \
<kbd>Esc</kbd> reset.</p>{told}</template>
<noscript><p>Search, filters and rules need JavaScript; the picture works without.</p></noscript>
<script type="application/json" id="data">{script_data(page_data(graph, behind, seen))}</script>
<script>{script}</script>
</body>
</html>
"""


def policy_of(style: str, script: str = "") -> str:
    """Return the Content-Security-Policy of a page that allows only this style and this script."""
    return f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
