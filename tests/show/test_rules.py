"""Policy chains as text for people and iptables, and as JSON."""

import json
from collections.abc import Callable, Iterable

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.planning.policy_chain import PlannedRule, Planner, RuleKind
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.rules import CellLines, CellRules, cell_json, cell_listing, cell_save, rules_json

SPACE = Space("s1", "dev", Org("o1", "demo"))
STATE = State(
    policies=[Policy("front", "back", Protocol.UDP, Ports(53, 54))],
    tags=Tags({"front": "000A", "back": "000B"}),
    settings=AgentSettings(
        iptables_logging=True,
        iptables_accepted_udp_logs_per_sec=5,
        enable_overlay_ingress_rules=True,
        overlay_ingress_tag="0001",
        disable_container_network_policy=True,
    ),
    cell_names=["cell-1"],
    read_cell=lambda name: Cell(
        name, [Container("h1", "10.255.0.3", "front"), Container("h2", "10.255.0.4", "back", ports="8080")]
    ),
    read_apps=lambda: {"front": App("front", "frontend", SPACE)},
    notes=["There is no agent.json."],
)


def whole(state: State) -> list[CellRules]:
    """All rules of all cells."""
    planner = Planner.of(state)
    planned = [(cell, planner.plan(cell)) for cell in state.cells()]
    return [CellRules(cell.name, rules, range(1, len(rules) + 1)) for cell, rules in planned]


def json_of(cells: Iterable[CellRules], state: State) -> str:
    """The output of `render --json`."""
    return "".join(rules_json((cell_json(cell, state.read_apps()) for cell in cells), "c", state))


def test_each_block_begins_with_the_name_of_its_cell() -> None:
    """Without blank lines between blocks."""
    cells = [CellLines("a", [b"-A c ", b"-j ACCEPT\n"]), CellLines("b", [])]
    head = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N c\n-A FORWARD -j c\n"
    assert (
        b"".join(cell_listing(cell, "c", on_terminal=True) for cell in cells).decode()
        == f"# a\n{head}-A c -j ACCEPT\n# b\n{head}"
    )
    head = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:c - [0:0]\n-A FORWARD -j c\n"
    assert (
        b"".join(cell_save(cell, "c", on_terminal=True) for cell in cells).decode()
        == f"# a\n{head}-A c -j ACCEPT\nCOMMIT\n# b\n{head}COMMIT\n"
    )


@pytest.mark.parametrize("form", [cell_listing, cell_save])
def test_control_characters_are_escaped(form: Callable[..., bytes]) -> None:
    """In names of cells and in ids; no line break gets through, and letters of all scripts are kept."""
    rules = [
        PlannedRule(RuleKind.MARK, "--comment é"),
        PlannedRule(RuleKind.MARK, "--comment \x1b[2J\r-A INPUT -j ACCEPT"),
    ]
    cell = CellRules("c\x1b\n*filter", rules, [1, 2]).lines("chain")
    lines = form(cell, "chain", on_terminal=True).decode().splitlines()
    assert lines[0] == r"# c\x1b\n*filter"
    assert [line for line in lines if "comment" in line] == [
        "-A chain --comment é",
        r"-A chain --comment \x1b[2J\r-A INPUT -j ACCEPT",
    ]


@pytest.mark.parametrize("form", [cell_listing, cell_save])
def test_other_formats_have_the_bytes_that_the_kernel_stores(form: Callable[..., bytes]) -> None:
    """Only names of cells are escaped."""
    rules = [PlannedRule(RuleKind.MARK, "--comment \x1b[2J\r\v\u2028")]
    cell = CellRules("c\x1b\n*filter", rules, [1]).lines("chain")
    lines = form(cell, "chain", on_terminal=False).decode().split("\n")
    assert lines[0] == r"# c\x1b\n*filter"
    assert [line for line in lines if "comment" in line] == ["-A chain --comment \x1b[2J\r\v\u2028"]


FRONT = {"guid": "front", "name": "frontend", "space": "dev", "org": "demo"}
BACK = {"guid": "back", "name": None, "space": None, "org": None}
PORTS = {"start": 53, "end": 54}
OF_POLICY = {
    "container": "h2",
    "ip": "10.255.0.4",
    "mark": "0xa",
    "protocol": "udp",
    "ports": PORTS,
    "source": FRONT,
    "destination": BACK,
    "policy": {"source": "front", "destination": "back", "protocol": "udp", "ports": PORTS},
}
NOTHING = dict.fromkeys(["container", "ip", "mark", "protocol", "ports", "source", "destination", "policy"])


def test_json_has_the_parts_of_each_rule() -> None:
    """Every field is always present; inapplicable ones are null."""
    document = json.loads(json_of(whole(STATE), STATE))
    assert document == {
        "format_version": 1,
        "chain": "c",
        "tags": "given",
        "notes": ["There is no agent.json."],
        "complete": True,
        "cells": [
            {
                "cell": "cell-1",
                "rules": [
                    {
                        **NOTHING,
                        "position": 1,
                        "kind": "overlay-accept",
                        "text": "-s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT",
                    },
                    {
                        **NOTHING,
                        "position": 2,
                        "kind": "mark",
                        "text": '-s 10.255.0.3/32 -m comment --comment "src:front" -j MARK --set-xmark 0xa/0xffffffff',
                        "container": "h1",
                        "ip": "10.255.0.3",
                        "mark": "0xa",
                        "source": FRONT,
                    },
                    {
                        **OF_POLICY,
                        "position": 3,
                        "kind": "log",
                        "text": "-d 10.255.0.4/32 -p udp -m udp --dport 53:54 -m mark --mark 0xa "
                        '-m limit --limit 5/sec -j LOG --log-prefix "OK_000A_back "',
                    },
                    {
                        **OF_POLICY,
                        "position": 4,
                        "kind": "allow",
                        "text": "-d 10.255.0.4/32 -p udp -m udp --dport 53:54 -m mark --mark 0xa "
                        '-m comment --comment "src:front_dst:back" -j ACCEPT',
                    },
                    {
                        **NOTHING,
                        "position": 5,
                        "kind": "ingress",
                        "text": "-d 10.255.0.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x1 -j ACCEPT",
                        "container": "h2",
                        "ip": "10.255.0.4",
                        "mark": "0x1",
                        "protocol": "tcp",
                        "ports": {"start": 8080, "end": 8080},
                        "destination": BACK,
                    },
                ],
            }
        ],
    }


def test_json_is_one_document_for_any_number_of_cells() -> None:
    """One line per rule; positions are as given; allotted tags are marked."""
    state = State([], Tags({}, allotted=True), AgentSettings(), [], STATE.read_cell)
    empty = json_of([], state)
    assert (
        empty
        == '{"format_version": 1, "chain": "c", "tags": "allotted", "notes": [], "complete": true, "cells": [\n]}\n'
    )
    cells = [CellRules("a", [], []), *(cell._replace(positions=range(11, 16)) for cell in whole(STATE))]
    text = json_of(cells, state)
    assert [cell["cell"] for cell in json.loads(text)["cells"]] == ["a", "cell-1"]
    assert [line[:16] for line in text.splitlines() if "position" in line] == [
        f'{{"position": {at},' for at in range(11, 16)
    ]
