"""Requirements judged by rules, and by packets one by one."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import count, product

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.instances import Running, running
from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.packet.packet_paths import Call, packet_paths
from cfnet.cell.packet.rule_requirements import RuleView
from cfnet.change.requirements import PolicyView, RequirementOutcome
from cfnet.errors import InputFault
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.requirement import EVERY_PORT, Requirement, RequirementKind, merge_ports

ALLOWED, DENIED = RequirementKind
TCP, UDP = Protocol
FRONT_TO_BACK = Policy("front", "back", TCP, Ports(8080, 8090))
OFF = AgentSettings(disable_container_network_policy=True)


def state(settings: AgentSettings | None = None, *policies: Policy) -> State:
    """Front and back on one cell, back on another one, too, and idle nowhere."""
    cells = {
        "cell-1": Cell("cell-1", [Container("h1", "10.255.1.3", "front"), Container("h2", "10.255.1.4", "back")]),
        "cell-2": Cell("cell-2", [Container("h3", "10.255.2.3", "back"), Container("h4", "10.255.2.4", "")]),
    }
    return State(
        policies=policies,
        tags=Tags({"front": "0002", "back": "0003", "idle": "0004"}),
        settings=settings or AgentSettings(),
        cell_names=list(cells),
        read_cell=cells.__getitem__,
    )


def calls(
    kind: RequirementKind, source: str, destination: str, ports: Ports = EVERY_PORT, *protocols: Protocol
) -> Requirement:
    """Between two apps."""
    return Requirement(kind, frozenset({source}), frozenset({destination}), protocols or (TCP, UDP), (ports,))


HOLDS = {
    "what a policy allows is accepted": (None, calls(ALLOWED, "front", "back", Ports(8080, 8090), TCP), 0),
    "one port below is not": (None, calls(ALLOWED, "front", "back", Ports(8079, 8090), TCP), 1),
    "one port above is not": (None, calls(ALLOWED, "front", "back", Ports(8080, 8091), TCP), 1),
    "nor is the other protocol": (None, calls(ALLOWED, "front", "back", Ports(8080, 8090), UDP), 1),
    "what is denied but allowed": (None, calls(DENIED, "front", "back"), 1),
    "what is denied below and above": (None, calls(DENIED, "front", "back", Ports(0, 8079)), 0),
    "the other direction": (None, calls(DENIED, "back", "front"), 0),
    "instances of one app": (None, calls(DENIED, "back", "back"), 0),
    "with enforcement off, everything is accepted": (OFF, calls(DENIED, "back", "front"), 1),
    "and allowed": (OFF, calls(ALLOWED, "back", "front"), 0),
    "an instance and itself": (OFF, calls(DENIED, "front", "front"), 0),
}


@pytest.mark.parametrize(("settings", "requirement", "breaches"), HOLDS.values(), ids=HOLDS)
def test_is_judged(settings: AgentSettings | None, requirement: Requirement, breaches: int) -> None:
    """By packets between all instances, on one cell and between two."""
    judged = RuleView(state(settings, FRONT_TO_BACK)).judge(requirement)
    assert (judged.breaches, judged.idle, judged.unsure) == (breaches, frozenset(), False)


def test_the_rule_that_breaks_it_is_named() -> None:
    """With the instances, the ports and the cell that decides."""
    (breach,) = RuleView(state(None, FRONT_TO_BACK)).judge(calls(DENIED, "front", "back")).listed
    assert (breach.source.container.handle, breach.destination.container.handle) == ("h1", "h2")
    assert (breach.protocol, breach.ports, breach.accepted, breach.cell) == (TCP, (Ports(8080, 8090),), True, "cell-1")
    assert breach.rule == (
        "-A vpa--preview -d 10.255.1.4/32 -p tcp -m tcp --dport 8080:8090 -m mark --mark 0x2 -m comment "
        '--comment "src:front_dst:back" -j ACCEPT'
    )


def test_two_apps_with_one_mark_are_one_to_the_rules() -> None:
    """What one may, the other may, too: policies cannot tell that."""
    shared = replace(state(None, FRONT_TO_BACK), tags=Tags({"front": "0002", "back": "0002"}))
    policies = [FRONT_TO_BACK, Policy("back", "front", UDP, Ports(1, 1))]
    assert RuleView(replace(shared, policies=policies)).judge(calls(DENIED, "back", "back")).breaches == 1


def test_rules_show_nothing_about_apps_without_instances() -> None:
    """Calls that must be allowed are not shown to be; none that must be denied is possible."""
    view = RuleView(state(None, FRONT_TO_BACK))
    assert view.judge(calls(ALLOWED, "front", "idle")).idle == {"idle"}
    assert view.judge(calls(DENIED, "front", "idle")).idle == frozenset()


def test_an_agent_that_would_fail() -> None:
    """What is on the cell then, nobody knows."""
    broken = replace(
        state(replace(AgentSettings(), enable_overlay_ingress_rules=True, overlay_ingress_tag="ffff"), FRONT_TO_BACK),
        read_cell=lambda name: Cell(name, [Container(f"h-{name}", "10.255.1.9", "front", ports="x")]),
        cell_names=["cell-1"],
    )
    with pytest.raises(InputFault, match="expected ports"):
        RuleView(broken)


APPS = ("a", "b", "c", "d")
_ports = st.tuples(st.integers(0, 4), st.integers(0, 2)).map(lambda pair: Ports(pair[0], min(5, sum(pair))))
_policies = st.lists(
    st.builds(Policy, st.sampled_from(APPS), st.sampled_from(APPS), st.sampled_from(Protocol), _ports),
    max_size=6,
    unique=True,
)
_settings = st.builds(
    AgentSettings,
    disable_container_network_policy=st.booleans(),
    enable_overlay_ingress_rules=st.booleans(),
    overlay_ingress_tag=st.sampled_from(["ffff", "0002"]),
    iptables_logging=st.booleans(),
    overlay_networks=st.sampled_from([("10.255.0.0/16",), ("10.255.1.0/24",), ("10.255.1.0/24", "10.255.2.0/24")]),
    underlay_interface_names=st.sampled_from([("eth0",), ("silk-vtep",)]),
)
_requirements = st.builds(
    Requirement,
    st.sampled_from(RequirementKind),
    st.frozensets(st.sampled_from(APPS), min_size=1),
    st.frozensets(st.sampled_from(APPS), min_size=1),
    st.sampled_from([(TCP,), (UDP,), (TCP, UDP)]),
    st.lists(_ports, min_size=1, max_size=2).map(merge_ports),
    st.just(()),
)


_spaces, _port_lists = st.sampled_from(["s1", "s2"]), st.sampled_from(["", "1", "2,3"])
_groups = st.sampled_from(
    [
        None,
        [SecurityGroup("all", (GroupRule("all", "10.255.0.0/16"),), running=True)],
        [SecurityGroup("some", (GroupRule("tcp", "10.255.1.0/24", "2-4"),), running_spaces=frozenset({"s1"}))],
        [SecurityGroup("one", (GroupRule("udp", "10.255.2.3-10.255.2.6", "0,3"),), running=True)],
    ]
)


def _given(groups: Sequence[SecurityGroup] | None) -> Sequence[SecurityGroup] | None:
    return groups


@st.composite
def _states(draw: st.DrawFn) -> State:
    """A few instances on two or three cells; tags that may be shared, or be the routers'."""
    numbers = count(3)
    cells = {}
    for cell in ("cell-1", "cell-2", "cell-3"):
        apps = draw(st.lists(st.sampled_from(("", *APPS)), max_size=3))
        network = draw(st.sampled_from([1, 2]))
        cells[cell] = Cell(
            cell,
            [
                Container(f"h{number}", f"10.255.{network}.{number}", app, draw(_spaces), draw(_port_lists), "app")
                for app, number in zip(apps, numbers, strict=False)
            ],
        )
    tags = {app: draw(st.sampled_from(["0000", "0002", "0003", "0004", "ABCD"])) for app in APPS}
    return State(
        policies=draw(_policies),
        tags=Tags(tags),
        settings=draw(_settings),
        cell_names=list(cells),
        read_cell=cells.__getitem__,
        read_security_groups=partial(_given, draw(_groups)),
    )


@given(_states(), _requirements)
def test_agrees_with_packets_one_by_one(state: State, requirement: Requirement) -> None:
    """Each pair of instances, each port of each protocol, sent through the rules of whole cells."""
    instances = list(running(state.cells()))
    expected = {
        (source.container.handle, destination.container.handle)
        for source, destination in product(instances, instances)
        if source.container.app in requirement.sources and destination.container.app in requirement.destinations
        if source is not destination and _is_wrong(state, source, destination, requirement)
    }
    judged = RuleView(state).judge(requirement)
    event(f"{requirement.kind} {'broken' if expected else 'holds'}")
    assert bool(judged.breaches) is bool(expected)
    assert {(each.source.container.handle, each.destination.container.handle) for each in judged.listed} <= expected
    assert not judged.unsure
    if state.settings == replace(
        state.settings, enable_overlay_ingress_rules=False, overlay_networks=("10.255.0.0/16",)
    ) and state.settings.underlay_interface_names == ("eth0",):
        apps = {each.container.handle: each.container.app for each in instances}
        assert judged.breaches == len({(apps[source], apps[destination]) for source, destination in expected})


_unique_tags = {app: f"{number:04X}" for number, app in enumerate(APPS, 2)}


@given(_policies, _requirements, st.booleans())
def test_agrees_with_policies(policies: list[Policy], requirement: Requirement, beside: bool) -> None:  # noqa: FBT001 - drawn
    """Where every app has instances and its own tag, and enforcement is on, policies say what the rules do."""
    numbers = count(3)
    cells = {
        cell: Cell(cell, [Container(f"{cell}-{app}", f"10.255.0.{next(numbers)}", app) for app in apps])
        for cell, apps in {"cell-1": APPS * (1 + beside), "cell-2": APPS}.items()
    }
    cells["cell-1"] = Cell("cell-1", [each._replace(handle=f"h{each.ip}") for each in cells["cell-1"].containers])
    tags = Tags(_unique_tags)
    world = State(policies, tags, AgentSettings(), list(cells), cells.__getitem__)
    by_policies = PolicyView(policies, {}).judge(requirement).outcome
    by_rules = RuleView(world).judge(requirement)
    assert bool(by_rules.breaches) is (by_policies is RequirementOutcome.FAILED)


def _is_wrong(state: State, source: Running, destination: Running, requirement: Requirement) -> bool:
    return any(
        path.allowed is not (requirement.kind is ALLOWED)
        for protocol in requirement.protocols
        for start, end in requirement.ports
        for port in range(start, end + 1)
        for path in packet_paths(state, [source], [destination], Call(protocol.value, port))
    )
