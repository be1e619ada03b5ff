"""The paths of a call, step by step."""

from dataclasses import replace

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.instances import Running
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.packet.packet_paths import Call, PacketPath, packet_paths
from cfnet.policy import Policy, Ports, Protocol

FRONT = Running("cell-1", Container("00000001", "10.255.1.3", "front"), 0)
BACK = Running("cell-1", Container("00000002", "10.255.1.4", "back"), 0)
AWAY = Running("cell-2", Container("00000003", "10.255.2.3", "back"), 1)
ALONE = Running("cell-2", Container("00000004", "10.255.2.4", ""), None)
CALL = Call("tcp", 8080)


def state(settings: AgentSettings | None = None) -> State:
    """Front may call back on tcp 8080."""
    cells: dict[str, Cell] = {
        "cell-1": Cell("cell-1", [FRONT.container, BACK.container]),
        "cell-2": Cell("cell-2", [AWAY.container, ALONE.container]),
    }
    return State(
        policies=[Policy("front", "back", Protocol.TCP, Ports(8080, 8080))],
        tags=Tags({"front": "0002", "back": "0003"}),
        settings=settings or AgentSettings(),
        cell_names=list(cells),
        read_cell=cells.__getitem__,
    )


def path_steps(way: PacketPath) -> list[tuple[str, str]]:
    """Each stage: its cell, what happens."""
    return [(stage.cell, stage.text) for stage in way.stages]


@pytest.mark.parametrize(
    ("ports", "allowed"),
    [(Ports(70000, 70000), {4464}), (Ports(65536, 65537), {0, 1}), (Ports(9, 8), set())],
    ids=str,
)
def test_udp_ports_are_those_that_the_kernel_stores(ports: Ports, allowed: set[int]) -> None:
    """16 bits each; a reversed range certainly allows no port."""
    policies = [Policy("front", "back", Protocol.UDP, ports)]
    given = replace(state(), policies=policies)
    for port in (0, 1, 8, 9, 4464):
        (way,) = packet_paths(given, [FRONT], [BACK], Call("udp", port))
        assert (way.allowed, way.verdict.sure) == (port in allowed, True)


CASES = {
    "on one cell": (
        (FRONT, BACK, CALL),
        "accepted",
        [
            ("cell-1", "It leaves the container through s-010255001003."),
            ("cell-1", "It is marked 0x2 by rule 1 of vpa--preview:"),
            ("cell-1", "It is accepted by rule 2 of vpa--preview:"),
            ("cell-1", "It is delivered to the container."),
        ],
    ),
    "across two cells": (
        (FRONT, AWAY, CALL),
        "accepted",
        [
            ("cell-1", "It leaves the container through s-010255001003."),
            ("cell-1", "It is marked 0x2 by rule 1 of vpa--preview:"),
            ("cell-1", "It is accepted by rule 1 of overlay--00000001:"),
            ("cell-1", "It is encapsulated in a VXLAN packet to cell-2, and the header carries mark 0x2."),
            ("cell-1", "The VXLAN packet crosses the network between the cells."),
            ("cell-2", "It is decapsulated, with mark 0x2."),
            ("cell-2", "It is accepted by rule 1 of vpa--preview:"),
            ("cell-2", "It is delivered to the container."),
        ],
    ),
    "across two cells, denied": (
        (AWAY, FRONT, CALL),
        "rejected",
        [
            ("cell-2", "It leaves the container through s-010255002003."),
            ("cell-2", "It gets no mark: its app is not the source of any policy."),
            ("cell-2", "No rule decides, so the policy of FORWARD applies: accepted, on to silk-vtep."),
            ("cell-2", "It is encapsulated in a VXLAN packet to cell-1, and the header carries no mark."),
            ("cell-2", "The VXLAN packet crosses the network between the cells."),
            ("cell-1", "It is decapsulated, without a mark."),
            ("cell-1", "It is rejected by rule 4 of overlay--00000001:"),
        ],
    ),
    "to a container without an app": (
        (FRONT, ALONE, CALL),
        "rejected",
        [
            ("cell-1", "It leaves the container through s-010255001003."),
            ("cell-1", "It is marked 0x2 by rule 1 of vpa--preview:"),
            ("cell-1", "It is accepted by rule 1 of overlay--00000001:"),
            ("cell-1", "It is encapsulated in a VXLAN packet to cell-2, and the header carries mark 0x2."),
            ("cell-1", "The VXLAN packet crosses the network between the cells."),
            ("cell-2", "It is decapsulated, with mark 0x2."),
            ("cell-2", "It is rejected by rule 4 of overlay--00000004:"),
        ],
    ),
}


@pytest.mark.parametrize(("ends", "verdict", "stages"), CASES.values(), ids=CASES)
def test_each_step(ends: tuple[Running, Running, Call], verdict: str, stages: list[tuple[str, str]]) -> None:
    """As in the walkthrough."""
    source, destination, call = ends
    (way,) = packet_paths(state(), [source], [destination], call)
    assert (way.verdict.effect, way.allowed, path_steps(way)) == (verdict, verdict == "accepted", stages)


def test_log_rules_are_part_of_the_path() -> None:
    """Before the deciding rule."""
    (way,) = packet_paths(state(AgentSettings(iptables_logging=True)), [FRONT], [BACK], CALL)
    assert path_steps(way)[2:4] == [
        ("cell-1", "It is logged by rule 2 of vpa--preview:"),
        ("cell-1", "It is accepted by rule 3 of vpa--preview:"),
    ]


def test_rules_of_the_policy_chain_know_their_policy() -> None:
    (way,) = packet_paths(state(), [FRONT], [AWAY], CALL)
    policies = [stage.planned.policy for stage in way.stages if stage.planned]
    assert policies == [None, Policy("front", "back", Protocol.TCP, Ports(8080, 8080))]


def test_a_container_does_not_call_itself() -> None:
    """All other pairs are present."""
    found = list(packet_paths(state(), [FRONT, AWAY], [BACK, AWAY], CALL))
    assert [(way.source, way.destination) for way in found] == [(FRONT, BACK), (FRONT, AWAY), (AWAY, BACK)]


def test_paths_that_differ_only_in_positions_have_one_shape() -> None:
    """A path on one cell and one across two differ, and so do verdicts."""
    two = [Running("cell-2", each.container, each.number) for each in (AWAY, ALONE)]
    denied = [way.shape for way in packet_paths(state(), [FRONT], two, Call("udp", 1))]
    assert denied[0] == denied[1]
    assert len({way.shape for way in packet_paths(state(), [FRONT], [BACK, AWAY, ALONE], CALL)}) == 3
