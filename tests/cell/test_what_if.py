"""A hypothetical foundation."""

import pytest

from cfnet.cell.change.tag_changes import HandedOn, TagStep
from cfnet.cell.change.what_if import scaled, with_policies
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.errors import InputFault
from cfnet.policy import Policy, Ports, Protocol

WEB = Policy("web", "api", Protocol.TCP, Ports(80, 80))
CELLS = {
    "one": Cell("one", [Container("w1", "10.255.0.1", "web", "s", "80", "app"), Container("x", "10.255.0.9", "api")]),
    "two": Cell("two", [Container("w2", "10.255.0.2", "web", "s", "80", "app")]),
    "three": Cell("three", [Container("t", "10.255.0.3", "web", "s", "", "task")]),
}


def state(*networks: str) -> State:
    """Three cells, an app on two of them, and a task of it on the third."""
    settings = AgentSettings(overlay_networks=networks or ("10.255.0.0/16",))
    return State([WEB], Tags({"web": "0001", "api": "0002"}), settings, list(CELLS), CELLS.__getitem__)


SCALES = {
    "unchanged": (2, {"one": ["w1", "x"], "two": ["w2"], "three": ["t"]}),
    "scaling down removes from the fullest cell": (1, {"one": ["x"], "two": ["w2"], "three": ["t"]}),
    "none": (0, {"one": ["x"], "two": [], "three": ["t"]}),
    "scaling up adds to the emptiest cell": (
        4,
        {"one": ["w1", "x"], "two": ["w2", "what-if-00000000-web"], "three": ["t", "what-if-00000001-web"]},
    ),
}


@pytest.mark.parametrize(("instances", "expected"), SCALES.values(), ids=SCALES)
def test_scaled_instances(instances: int, expected: dict[str, list[str]]) -> None:
    """Tasks stay, and are not counted."""
    after = scaled(state(), "web", instances)
    assert {cell.name: [each.handle for each in cell.containers] for cell in after.cells()} == expected


def test_new_instances_look_like_the_others() -> None:
    """They have new IPs."""
    new = scaled(state(), "web", 3).read_cell("two").containers[-1]
    assert new == Container("what-if-00000000-web", "10.255.255.254", "web", "s", "80", "app")
    new = scaled(state(), "nowhere", 1).read_cell("two").containers[-1]
    assert new == Container("what-if-00000000-nowhere", "10.255.255.254", "nowhere", workload="app")


def test_a_full_overlay_network_is_an_error() -> None:
    """4 of 14 IPs are in use."""
    with pytest.raises(InputFault, match=r"the overlay network 10.255.0.0/28 has no IPs left"):
        scaled(state("10.255.0.0/28"), "web", 13)


def test_new_instances_use_all_overlay_networks() -> None:
    """The last network first: it has two addresses, the first one has the rest."""
    after = scaled(state("10.255.0.0/28", "10.254.0.0/30"), "web", 5)
    new = [each.ip for cell in after.cells() for each in cell.containers if each.handle.startswith("what-if")]
    assert sorted(new) == ["10.254.0.1", "10.254.0.2", "10.255.0.14"]
    with pytest.raises(InputFault, match=r"the overlay network 10.255.0.0/28, 10.254.0.0/30 has no IPs left"):
        scaled(state("10.255.0.0/28", "10.254.0.0/30"), "web", 15)


def test_changed_policies() -> None:
    """Added and removed, with the effect on tags."""
    other = Policy("cron", "api", Protocol.TCP, Ports(80, 80))
    after, change = with_policies(state(), [TagStep([WEB], adds=False), TagStep([other], adds=True)])
    assert (after.policies, after.tags.by_app) == ([other], {"cron": "0001", "api": "0002"})
    assert change.handed_on == [HandedOn("0001", "web", "cron")]
