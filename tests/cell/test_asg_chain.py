"""The `asg-` chains of many containers, planned one after another by one planner."""

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.cell.model.state import Cell
from cfnet.cell.planning.container_chain import ChainKind
from cfnet.cell.planning.container_chains import ContainerChainsPlanner

GROUPS = (
    SecurityGroup("everybody", (GroupRule("all", "1.0.0.0/8"),), running=True),
    SecurityGroup("here", (GroupRule("all", "2.0.0.0/8"),), running_spaces=frozenset({"here"})),
    SecurityGroup("there", (GroupRule("all", "3.0.0.0/8"),), running_spaces=frozenset({"there"})),
    SecurityGroup("staging", (GroupRule("all", "4.0.0.0/8"),), staging=True),
    SecurityGroup("staging there", (GroupRule("all", "5.0.0.0/8"),), staging_spaces=frozenset({"there"})),
)
CONTAINERS = {
    ("here", "app"): "12",
    ("there", "app"): "13",
    ("here", "task"): "12",
    ("here", "staging"): "4",
    ("there", "staging"): "45",
    ("here", ""): "",
    ("nowhere", "app"): "1",
}
"""The accepted networks, by space and workload."""


def test_each_container_has_the_rules_of_its_own_space_and_workload() -> None:
    """Plans do not affect each other: an app, the same in another space, its staging task, and all once more."""
    cell = Cell(
        "cell-1",
        [
            Container(f"{round_}{number}-0000", f"10.255.0.{round_}{number}", "app", space, "", workload)
            for round_ in (1, 2)
            for number, (space, workload) in enumerate(CONTAINERS)
        ],
    )
    chains = ContainerChainsPlanner(GROUPS, AgentSettings()).plan(cell)
    found = [
        ((chain.container.space, chain.container.workload), "".join(reversed(_networks(chain.rules))))
        for chain in chains
        if chain.kind is ChainKind.SECURITY_GROUPS
    ]
    assert found == [*CONTAINERS.items()] * 2


def _networks(rules: tuple[str, ...]) -> list[str]:
    """The first octet of each accepted network."""
    return [rule.split("--dst-range ")[1][0] for rule in rules if rule.endswith(".255 -j ACCEPT")]


TO_LOG, TO_ACCEPT = "-g netout--handle--log", "-j ACCEPT"
TWICE = {
    "neither is logged": (False, (False, False), [TO_ACCEPT]),
    "both are logged": (False, (True, True), [TO_LOG]),
    "one is logged": (False, (True, False), [TO_ACCEPT, TO_LOG]),
    "neither, with all logging on": (True, (False, False), [TO_LOG]),
    "one, with all logging on": (True, (True, False), [TO_LOG]),
}


@pytest.mark.parametrize(("logs_all", "logged", "targets"), TWICE.values(), ids=TWICE)
def test_duplicate_rules_are_merged(*, logs_all: bool, logged: tuple[bool, bool], targets: list[str]) -> None:
    """The effective logging counts, not the group's own setting."""
    rules = tuple(GroupRule("all", "1.0.0.0/8", log=each) for each in logged)
    planner = ContainerChainsPlanner(
        [SecurityGroup("group", rules, running=True)], AgentSettings(iptables_asg_logging=logs_all)
    )
    chains = planner.plan(Cell("cell-1", [Container("handle", "10.255.0.3", "app", "space", "", "app")]))
    (chain,) = (each for each in chains if each.kind is ChainKind.SECURITY_GROUPS)
    match = "-m iprange --dst-range 1.0.0.0-1.255.255.255 "
    assert [rule.removeprefix(match) for rule in chain.rules if rule.startswith(match)] == targets
