"""Narrow a foundation's state to some apps."""

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.narrowing import NARROWED, narrowed
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import INGRESS_ROUTER, Tags
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

SPACE = Space("s", "dev", Org("o", "demo"))
APPS = {guid: App(guid, guid, SPACE) for guid in ("a", "b", "c", "d")}
A_TO_B, C_TO_A, C_TO_D = (
    Policy(source, destination, Protocol.TCP, Ports(80, 80)) for source, destination in ("ab", "ca", "cd")
)
CELLS = {
    "one": Cell("one", [Container("1", "10.0.0.1", "a"), Container("2", "10.0.0.2", "d")]),
    "two": Cell("two", [Container("3", "10.0.0.3", "d")]),
    "three": Cell("three", [Container("4", "10.0.0.4", "b"), Container("5", "10.0.0.5", "")]),
}


def test_an_app_and_its_policy_peers_are_kept() -> None:
    """In either direction; policies among the peers or with other apps are dropped."""
    tags = {"a": "0002", "b": "0003", "c": "0004", "d": "0005", INGRESS_ROUTER: "0001"}
    names = ["one", "two", "three"]
    state = State(
        [A_TO_B, C_TO_A, C_TO_D], Tags(tags), AgentSettings(), names, CELLS.__getitem__, lambda: APPS, notes=["x"]
    )
    part = narrowed(state, {"a"})
    assert part.policies == [A_TO_B, C_TO_A]
    assert part.tags.by_app == {"a": "0002", "b": "0003", "c": "0004", INGRESS_ROUTER: "0001"}
    cells = {cell.name: [container.handle for container in cell.containers] for cell in part.cells()}
    assert cells == {"one": ["1"], "three": ["4"]}
    assert set(part.read_apps()) == {"a", "b", "c"}
    assert part.notes == ["x", NARROWED]
