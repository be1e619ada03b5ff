"""A graph as text: every format, and how each one keeps names from being markup."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App
from cfnet.show.graph.diagrams import dot, mermaid
from cfnet.show.graph.graph import Arrow, Change, Graph, graph_of
from cfnet.show.graph.groups import NodeLevel, collapse
from cfnet.show.graph.listing import listing
from cfnet.show.graph.matrix import matrix
from cfnet.show.graph.tables import HEADER, graph_csv, graph_json
from cfnet.show.printable import printable
from tests.show.graph.shop import ARROWS, EMPTY, FRONT_BACK, GONE, GRAPH, WEB


def test_a_matrix_has_one_line_per_source() -> None:
    """And one column per destination, with the same numbers."""
    assert matrix(GRAPH, colour=False) == (
        "    from \\ to                               2            3         5\n"
        f"1   {GONE}                           -8080\n"
        "2   pay & co/cash/ledger\n"
        "3   shop/ops/logs\n"
        "4   shop/web/<img src=x onerror=alert(1)>                udp 514\n"
        "5   shop/web/backend                        +9000-9010\n"
        "6   shop/web/frontend                                              8080, +8443\n"
        "\n"
        "6 apps, 5 policies: 2 added, 1 removed, 2 kept.\n"
    )


def test_colours_do_not_move_columns() -> None:
    """Added policies are green, removed ones red."""
    coloured = matrix(GRAPH, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == matrix(GRAPH, colour=False)
    assert re.findall(r"\x1b\[(\d+)m(.*?)\x1b\[0m", coloured) == [
        ("31", "-8080"),
        ("32", "+9000-9010"),
        ("32", "+8443"),
    ]


def test_an_empty_matrix_has_a_message() -> None:
    """Instead of a header without lines."""
    assert matrix(EMPTY, colour=False) == "0 apps, 0 policies.\n"


def test_a_list_has_one_line_per_edge() -> None:
    """Sources, destinations and ports are aligned."""
    assert listing(GRAPH, colour=False) == (
        f"{GONE}  → shop/web/backend       -8080\n"
        "shop/web/<img src=x onerror=alert(1)> → shop/ops/logs          udp 514\n"
        "shop/web/backend                      → pay & co/cash/ledger   +9000-9010\n"
        "shop/web/frontend                     → shop/web/backend       8080, +8443\n"
        "\n"
        "6 apps, 5 policies: 2 added, 1 removed, 2 kept.\n"
    )
    assert re.sub(r"\x1b\[\d+m", "", listing(GRAPH, colour=True)) == listing(GRAPH, colour=False)
    assert listing(EMPTY, colour=True) == "0 apps, 0 policies.\n"


def test_spaces_have_the_numbers_of_policies_between_them() -> None:
    """Those within a space, too; apps of unknown spaces are one node."""
    assert listing(collapse(GRAPH, NodeLevel.SPACE), colour=False) == (
        "shop/web                → pay & co/cash   +1\n"
        "shop/web                → shop/ops        1\n"
        "shop/web                → shop/web        1, +1\n"
        "deleted, or not visible → shop/web        -1\n"
        "\n"
        "4 spaces, 6 apps, 5 policies: 2 added, 1 removed, 2 kept.\n"
    )
    assert listing(collapse(GRAPH, NodeLevel.ORG), colour=False) == (
        "shop                    → pay & co   +1\n"
        "shop                    → shop       2, +1\n"
        "deleted, or not visible → shop       -1\n"
        "\n"
        "3 orgs, 6 apps, 5 policies: 2 added, 1 removed, 2 kept.\n"
    )
    assert collapse(GRAPH, NodeLevel.APP) is GRAPH
    assert listing(collapse(EMPTY, NodeLevel.SPACE), colour=False) == "0 spaces, 0 apps, 0 policies.\n"


def test_mermaid() -> None:
    """A flowchart; all but plain characters are character references."""
    assert mermaid(GRAPH) == (
        "flowchart LR\n"
        '  subgraph org0["pay #38; co"]\n'
        '  subgraph space1["cash"]\n'
        '    app2["ledger"]\n'
        "  end\n"
        "  end\n"
        '  subgraph org1["shop"]\n'
        '  subgraph space2["ops"]\n'
        '    app3["logs"]\n'
        "  end\n"
        '  subgraph space3["web"]\n'
        '    app4["#60;img src#61;x onerror#61;alert#40;1#41;#62;"]\n'
        '    app5["backend"]\n'
        '    app6["frontend"]\n'
        "  end\n"
        "  end\n"
        '  subgraph space4["deleted, or not visible"]\n'
        f'    app1["{GONE}"]\n'
        "  end\n"
        '  app1 -->|"-tcp 8080"| app5\n'
        '  app4 -->|"udp 514"| app3\n'
        '  app5 -->|"+tcp 9000-9010"| app2\n'
        '  app6 -->|"tcp 8080, +tcp 8443"| app5\n'
        "  linkStyle 2 stroke:#1a7f37,stroke-width:2px,color:#1a7f37\n"
        "  linkStyle 0 stroke:#cf222e,stroke-width:2px,color:#cf222e,stroke-dasharray:5 4\n"
    )


def test_dot() -> None:
    """A digraph with orgs and spaces as clusters."""
    assert dot(GRAPH) == (
        "digraph policies {\n"
        "  rankdir=LR; compound=true;\n"
        '  node [shape=box, style="rounded", fontname="sans-serif"];\n'
        '  edge [fontname="sans-serif", fontsize=10];\n'
        '  subgraph "cluster_org0" { label="pay &amp; co"; style="rounded,dotted";\n'
        '  subgraph "cluster_space1" { label="cash"; style="rounded";\n'
        '    app2 [label="ledger"];\n'
        "  }\n"
        "  }\n"
        '  subgraph "cluster_org1" { label="shop"; style="rounded,dotted";\n'
        '  subgraph "cluster_space2" { label="ops"; style="rounded";\n'
        '    app3 [label="logs"];\n'
        "  }\n"
        '  subgraph "cluster_space3" { label="web"; style="rounded";\n'
        '    app4 [label="<img src=x onerror=alert(1)>"];\n'
        '    app5 [label="backend"];\n'
        '    app6 [label="frontend"];\n'
        "  }\n"
        "  }\n"
        '  subgraph "cluster_space4" { label="deleted, or not visible"; style="rounded";\n'
        f'    app1 [label="{GONE}"];\n'
        "  }\n"
        '  app1 -> app5 [label="-tcp 8080", color="#cf222e", fontcolor="#cf222e", style=dashed];\n'
        '  app4 -> app3 [label="udp 514"];\n'
        '  app5 -> app2 [label="+tcp 9000-9010", color="#1a7f37", fontcolor="#1a7f37"];\n'
        '  app6 -> app5 [label="tcp 8080, +tcp 8443"];\n'
        "}\n"
    )


def test_csv() -> None:
    """One line per policy, with the line ends of all file formats."""
    lines = graph_csv(GRAPH).split("\n")
    assert lines == [
        ",".join(HEADER),
        f"removed,,,,{GONE},shop,web,backend,back,tcp,8080,8080",
        "kept,shop,web,<img src=x onerror=alert(1)>,evil,shop,ops,logs,logs,udp,514,514",
        "added,shop,web,backend,back,pay & co,cash,ledger,ledger,tcp,9000,9010",
        "kept,shop,web,frontend,front,shop,web,backend,back,tcp,8080,8080",
        "added,shop,web,frontend,front,shop,web,backend,back,tcp,8443,8443",
        "",
    ]


def test_json() -> None:
    """Apps once, policies by GUIDs."""
    graph = graph_of((ARROWS[1],), GRAPH.apps, compares=True)
    place = {"space": "web", "org": "shop"}
    assert json.loads(graph_json(graph, complete=False, notes=["There may be more."])) == {
        "format_version": 1,
        "compares": True,
        "complete": False,
        "notes": ["There may be more."],
        "apps": [{"guid": "back", "name": "backend", **place}, {"guid": "front", "name": "frontend", **place}],
        "policies": [
            {
                "source": "front",
                "destination": "back",
                "protocol": "tcp",
                "ports": {"start": 8443, "end": 8443},
                "change": "added",
            }
        ],
    }


def called(name: str) -> Graph:
    """A graph of one app with this name and a policy to itself."""
    itself = FRONT_BACK._replace(destination="front")
    return graph_of([Arrow(itself, Change.KEPT)], {"front": App("front", name, WEB)})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "  @", "\uff1d", "\uff0b", "\uff0d", "\uff20"], ids=ascii)
def test_no_name_is_a_formula_in_a_spreadsheet(start: str) -> None:
    """A leading apostrophe makes it text."""
    row = list(csv.reader(io.StringIO(graph_csv(called(f'{start}HYPERLINK("http://x")')))))[1]
    assert row[3].startswith("'")


NAMES = st.text(max_size=40) | st.text("\"'`#;|[]{}<>&\\\n\r=+-@,%_*~()", max_size=20)


@given(NAMES)
def test_no_name_breaks_a_csv_cell(name: str) -> None:
    """It reads back as shown, except for the apostrophe."""
    rows = list(csv.reader(io.StringIO(graph_csv(called(name)), newline="")))
    assert [len(row) for row in rows] == [len(HEADER)] * 2
    assert rows[1][3].removeprefix("'") == printable(name).removeprefix("'")


@given(NAMES)
def test_no_name_breaks_out_of_its_quotes_in_mermaid(name: str) -> None:
    """Quoted texts have only plain characters and references, which read back as the name."""
    graph = mermaid(called(name))
    line = next(line for line in graph.splitlines() if line.startswith('    app1["'))
    shown = line.removeprefix('    app1["').removesuffix('"]')
    assert re.fullmatch(r"(?:[\w ./,+:-]|#\d+;)*", shown, re.ASCII)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), shown) == printable(name)
    assert len(graph.splitlines()) == 7


@given(NAMES)
def test_no_name_breaks_out_of_its_quotes_in_dot(name: str) -> None:
    """Every quote and backslash within the label is escaped, and it reads back as the name."""
    graph = dot(called(name))
    line = next(line for line in graph.splitlines() if line.startswith("    app1 ["))
    found = re.fullmatch(r'    app1 \[label="((?:[^"\\]|\\["\\])*)"\];', line)
    assert found
    assert re.sub(r"\\(.)", r"\1", found[1]).replace("&amp;", "&") == printable(name)
    assert len(graph.splitlines()) == 11
