"""`cfnet graph`: show which apps may call each other, as text, image or web page."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, assert_never

import click

from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import documents
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, UsageFault
from cfnet.operations.graph_of_foundation import SelectedGraph, graph_of_policies, graph_with_rules
from cfnet.operations.inventory import InventorySource
from cfnet.operations.select_graph import Part
from cfnet.show.graph.graph import Direction, Graph
from cfnet.show.graph.groups import GroupedGraph, NodeLevel, collapse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment


LARGEST_MATRIX: Final = 500
"""The largest number of nodes in a matrix, which has as many rows and nearly as many columns."""


class Form(StrEnum):
    """The output formats."""

    MATRIX = "matrix"
    LIST = "list"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


@click.command(
    "graph",
    cls=CfnetCommand,
    examples=(
        "",
        "--app appA --direction in",
        "--level space",
        "--format html > graph.html",
        "policies.yml --prune --format svg > graph.svg",
    ),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("capacity", "network-policies", "render", "trace"),
)
@documents("[FILE...]", required=False)
@output_format(Form, "see DESCRIPTION", varying="matrix if it fits the terminal, otherwise list")
@click.option(
    "--level",
    type=OneOf([level.value for level in NodeLevel]),
    help="Collapse apps to spaces or orgs, with the numbers of policies between these (Default: app; a page of more "
    "than 60 apps starts with spaces)",
)
@click.option("--app", "apps", metavar="APP", multiple=True, help="Only policies of this app; repeatable")
@click.option(
    "--space",
    "spaces",
    metavar="SPACE",
    multiple=True,
    help="Only policies of apps in this space: NAME (preferably in the targeted org), ORG/SPACE or GUID; repeatable",
)
@click.option(
    "--direction",
    type=OneOf([Direction.IN.value, Direction.OUT.value]),
    help="Only policies to (in) or from (out) the selected apps",
)
@click.option(
    "--depth",
    metavar="N",
    type=click.IntRange(min=1),
    help="Include apps up to N policies away from the selected ones (Default: 1)",
)
@click.option("--prune", is_flag=True, help="With FILE: include what 'apply --prune' would remove")
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    form: Form | None,
    level: str | None,
    apps: Sequence[str],
    spaces: Sequence[str],
    direction: str | None,
    depth: int | None,
    written: DocumentFiles,
    prune: bool,
    origin: InventorySource,
) -> None:
    """Show which apps may call each other.

    The output is text, an image or a web page:

    \b
    matrix   a table with a row for each source and a column for each destination
    list     a line for each pair of source and destination
    mermaid  a Mermaid diagram for Markdown, as supported by GitHub and GitLab
    dot      a Graphviz diagram
    svg      an image
    html     a self-contained web page with search, filters and the rules of each policy
    csv      one row per policy, or per pair of spaces or orgs, for spreadsheets
    json     nodes and edges, for programs

    With FILE, the policies that applying the documents would add and remove are highlighted. '-' is a document on
    stdin.
    """
    environment: Environment = ctx.obj
    if prune and not written.files:
        raise CommandLineFault("--prune requires FILE")
    if form is not Form.HTML and origin != InventorySource(origin.snapshot):
        raise CommandLineFault(
            "--agent, --lrps and --store require --format html", hint="Other formats do not show rules."
        )
    part = Part.of(apps, spaces, direction, depth)
    wanted = None
    if written.files:
        from cfnet.operations.preview import wanted_change

        wanted = wanted_change(written, origin, environment, prune=prune)
    if form is Form.HTML:
        from cfnet.show.graph.page import page

        graph, rules, notes = graph_with_rules(part, wanted, origin, environment)
        text = page(graph, rules, notes=notes, level=NodeLevel(level) if level else None)
    else:
        seen = graph_of_policies(part, wanted, origin, environment)
        seen = seen._replace(graph=collapse(seen.graph, NodeLevel(level or NodeLevel.APP)))
        text, notes = _text(form or _fitting(seen.graph, environment), seen, environment), seen.notes
    environment.output(as_file=form not in (None, Form.MATRIX, Form.LIST)).write(text)
    environment.tell_notes(notes)


def _fitting(graph: Graph, environment: Environment) -> Form:
    from cfnet.show.graph.matrix import matrix_fits

    return Form.MATRIX if matrix_fits(graph, environment.width) else Form.LIST


def _text(form: Form, seen: SelectedGraph, environment: Environment) -> str:
    from cfnet.show.graph import diagrams
    from cfnet.show.graph.listing import listing
    from cfnet.show.graph.svg import svg

    graph = seen.graph
    match form:
        case Form.MATRIX:
            return _matrix(graph, environment)
        case Form.LIST:
            return listing(graph, colour=environment.colour())
        case Form.MERMAID:
            if len(graph.edges) > diagrams.MERMAID_EDGES:
                environment.say(
                    f"Mermaid draws at most {diagrams.MERMAID_EDGES} edges: select a part with --app or use --level."
                )
            return diagrams.mermaid(graph)
        case Form.DOT:
            return diagrams.dot(graph)
        case Form.SVG:
            return svg(graph)
        case Form.CSV | Form.JSON:
            return _table(form, seen)
        case Form.HTML:
            raise AssertionError("a page is made of more than the graph")
        case _:
            assert_never(form)


def _table(form: Literal[Form.CSV, Form.JSON], seen: SelectedGraph) -> str:
    from cfnet.show.graph import tables

    graph = seen.graph
    if isinstance(graph, GroupedGraph):
        if form is Form.CSV:
            return tables.groups_csv(graph)
        return tables.groups_json(graph, complete=seen.complete, notes=seen.notes)
    if form is Form.CSV:
        return tables.graph_csv(graph)
    return tables.graph_json(graph, complete=seen.complete, notes=seen.notes)


def _matrix(graph: Graph, environment: Environment) -> str:
    """The matrix of a graph.

    Raises:
        UsageFault: it would be too large to read.
    """
    from cfnet.show.graph.matrix import matrix

    if len(graph.nodes) > LARGEST_MATRIX:
        raise UsageFault(
            f"A matrix of {graph.node_count} would be unreadable.",
            hint="Select a part with --app or --space, use --level, or another --format.",
        )
    return matrix(graph, colour=environment.colour())
