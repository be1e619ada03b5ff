"""Per-container chains: the golden cells, and settings and containers that they do not cover."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.iptables.listing import listing, parse, save
from cfnet.cell.model.agent_settings import AgentSettings, DenyNetworks, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.cell.model.state import Cell
from cfnet.cell.planning import chain_text
from cfnet.cell.planning.chain_text import PREVIEW
from cfnet.cell.planning.container_chain import ChainKind, ContainerChain
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import Planner
from cfnet.errors import InputFault
from cfnet.foundation.snapshot.reader import open_snapshot
from tests.golden import GOLDEN_CELLS, TIMESTAMP, GoldenCell

HANDLE = "00000001-e8cf-4ca5-5a0a-838e"
APP = Container(HANDLE, "10.255.0.3", "app", "space", "8080", "app")
REJECT = "-j REJECT --reject-with icmp-port-unreachable"
HEAD = ("-m state --state RELATED,ESTABLISHED -j ACCEPT", "-p tcp -m state --state INVALID -j DROP")


def plan(
    settings: AgentSettings, *containers: Container, groups: Sequence[SecurityGroup] = ()
) -> dict[ChainKind, ContainerChain]:
    """The chains of one container (the last one, if there are more), by kind."""
    chains = ContainerChainsPlanner(groups, settings).plan(
        Cell("cell-1", containers or [APP], "cells/cell-1/store.json")
    )
    return {chain.kind: chain for chain in chains}


@pytest.mark.parametrize("golden", [each for each in GOLDEN_CELLS if each.whole], ids=str)
def test_each_golden_cell_is_reproduced_byte_for_byte(golden: GoldenCell) -> None:
    """Both forms read back as the same chains with cfnet's own parser."""
    state = open_snapshot(golden.snapshot)
    cell = state.read_cell(golden.cell)
    own = ContainerChainsPlanner(state.read_security_groups() or [], state.settings).plan(cell)
    chain = f"vpa--{TIMESTAMP}"
    lines = b"".join(Planner.of(state).lines(cell, chain_text.start_of(chain))).decode()
    golden.check(chain_text.listing(chain, own).around(lines))
    assert listing(parse(golden.expected).filter) == golden.expected
    saved = chain_text.save(chain, own).around(lines)
    assert save(parse(saved)) == saved


def test_names_are_truncated_and_suffixes_kept() -> None:
    """Names have 28 characters; `asg-` chains lose the dashes, health checks their `check-`."""
    settings = AgentSettings(outbound_connections=OutboundConnections(limit=True, logging=True))
    container = APP._replace(handle=f"check-{HANDLE}")
    assert {chain.name for chain in plan(settings, container).values()} == {
        "input--check-00000001-e8cf-4",
        "netout--check-00000001-e8cf-",
        "overlay--check-00000001-e8cf",
        "netout--check-00000001---log",
        "netout--check-000000--rl-log",
        "asg-00000001e8cf4ca55a0a",
    }


GROUPS = [
    SecurityGroup(
        "everybody", (GroupRule("all", "1.0.0.0/8"),), running=True, staging=True, running_spaces=frozenset({"space"})
    ),
    SecurityGroup(
        "ours", (GroupRule("all", "2.0.0.0/8"), GroupRule("all", "1.0.0.0/8")), running_spaces=frozenset({"space"})
    ),
    SecurityGroup("staging", (GroupRule("all", "3.0.0.0/8", log=True),), staging_spaces=frozenset({"space"})),
    SecurityGroup("theirs", (GroupRule("all", "4.0.0.0/8"),), running_spaces=frozenset({"other"})),
    SecurityGroup("late", (GroupRule("all", "5.0.0.0/8"),), running=True),
]
LOG = "-g netout--00000001-e8cf-4--log"

WORKLOADS = {
    "an app": (APP, [(2, "-j ACCEPT"), (5, "-j ACCEPT"), (1, "-j ACCEPT")]),
    "a task": (APP._replace(workload="task"), [(2, "-j ACCEPT"), (5, "-j ACCEPT"), (1, "-j ACCEPT")]),
    "staging": (APP._replace(workload="staging"), [(3, LOG), (1, "-j ACCEPT")]),
    "an app of a space without groups": (APP._replace(space="third"), [(5, "-j ACCEPT"), (1, "-j ACCEPT")]),
    "an unknown workload": (APP._replace(workload=""), []),
}


@pytest.mark.parametrize(("container", "expected"), WORKLOADS.values(), ids=WORKLOADS)
def test_which_groups_apply_to_a_container(container: Container, expected: list[tuple[int, str]]) -> None:
    """The groups of all spaces, then those of the space, each once; reversed as a whole."""
    chain = plan(AgentSettings(), container, groups=GROUPS)[ChainKind.SECURITY_GROUPS]
    rules = [f"-m iprange --dst-range {net}.0.0.0-{net}.255.255.255 {target}" for net, target in expected]
    assert chain.rules == (*HEAD, *rules, REJECT)


ICMP = "-p icmp -m iprange --dst-range 1.2.3.4-1.2.3.4 -m icmp --icmp-type"
ICMP_RULES = {
    "a duplicate": ([(8, 0), (8, 0)], ["8/0"]),
    "any type with two codes": ([(-1, 0), (-1, -1)], ["any", "any"]),
    "255 and -1, which are one byte": ([(-1, -1), (255, 255)], ["any"]),
}


@pytest.mark.parametrize(("asked", "printed"), ICMP_RULES.values(), ids=ICMP_RULES)
def test_equal_rules_as_the_agent_sees_them_are_merged(asked: list[tuple[int, int]], printed: list[str]) -> None:
    """The kernel prints fewer differences, so merging by its output would remove too much.

    Source: silk-release, `netrules/rule_converter.go` (DeduplicateRules).
    """
    rules = tuple(GroupRule("icmp", "1.2.3.4", icmp_type=kind, icmp_code=code) for kind, code in asked)
    chain = plan(AgentSettings(), groups=[SecurityGroup("icmp", rules, running=True)])[ChainKind.SECURITY_GROUPS]
    assert chain.rules == (*HEAD, *(f"{ICMP} {words} -j ACCEPT" for words in printed), REJECT)


WITHOUT = {
    "without an app": (AgentSettings(), APP._replace(app="")),
    "without a space": (AgentSettings(), APP._replace(space="")),
    "without syncing": (AgentSettings(enable_asg_syncing=False), APP),
}


@pytest.mark.parametrize(("settings", "container"), WITHOUT.values(), ids=WITHOUT)
def test_containers_without_a_chain_for_security_groups(settings: AgentSettings, container: Container) -> None:
    """Nothing jumps to one, and their outbound packets are rejected."""
    chains = plan(settings, container, groups=GROUPS)
    assert ChainKind.SECURITY_GROUPS not in chains
    assert chains[ChainKind.NETOUT].rules == (REJECT,)


def test_an_unreadable_group_leaves_its_containers_without_a_chain() -> None:
    """Only the containers to which it applies."""
    groups = [*GROUPS, SecurityGroup("v6", (GroupRule("all", "::/0"),), running_spaces=frozenset({"space"}))]
    old = AgentSettings(silk_release="3.53")
    assert ChainKind.SECURITY_GROUPS not in plan(old, APP, groups=groups)
    assert ChainKind.SECURITY_GROUPS in plan(old, APP._replace(space="third"), groups=groups)


def test_ipv6_destinations_do_not_change_ipv4_rules() -> None:
    """The rules of all groups keep their order."""
    ipv6 = (GroupRule("all", "2000::/3"), GroupRule("icmpv6", "::/0"))
    groups = [GROUPS[0], SecurityGroup("v6", ipv6, running=True), *GROUPS[1:]]
    assert plan(AgentSettings(), APP, groups=groups) == plan(AgentSettings(), APP, groups=GROUPS)


def test_deny_networks_come_in_reverse_order() -> None:
    """Those for all workloads, and those for this kind."""
    denied = DenyNetworks(("10.0.0.0/8", "0.0.0.0/0"), ("11.0.0.0/8",), ("12.0.0.0/8",))
    running = (*HEAD, f"-d 11.0.0.0/8 {REJECT}", REJECT, f"-d 10.0.0.0/8 {REJECT}", REJECT)
    assert plan(AgentSettings(deny_networks=denied))[ChainKind.SECURITY_GROUPS].rules == running
    container = APP._replace(workload="staging")
    staging = (*HEAD, f"-d 12.0.0.0/8 {REJECT}", REJECT, f"-d 10.0.0.0/8 {REJECT}", REJECT)
    assert plan(AgentSettings(deny_networks=denied), container)[ChainKind.SECURITY_GROUPS].rules == staging


def test_with_enforcement_off_overlay_traffic_is_accepted_first() -> None:
    """In every chain that the agent creates."""
    settings = AgentSettings(disable_container_network_policy=True)
    assert plan(settings)[ChainKind.SECURITY_GROUPS].rules[0] == "-s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT"


LIMIT = (
    "-p tcp -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 3/sec --hashlimit-burst 7"
    f" --hashlimit-mode dstip,dstport --hashlimit-name {HANDLE} --hashlimit-htable-expire 3000 "
)
TO_LOG = "-j netout--00000001-e8c--rl-log"
LOGGED = '-m limit --limit 1/sec --limit-burst 1 -j LOG --log-prefix "DENY_ORL_00000001-e8cf-4ca5- "'
LIMITS = {
    "off": (OutboundConnections(logging=True), None, None),
    "on": (OutboundConnections(limit=True, burst=7, rate_per_sec=3), REJECT, None),
    "logged": (OutboundConnections(limit=True, logging=True, burst=7, rate_per_sec=3), TO_LOG, (LOGGED, REJECT)),
    "a dry run of no limit": (OutboundConnections(dry_run=True, burst=7, rate_per_sec=3), None, (LOGGED,)),
    "a dry run of a logged limit": (OutboundConnections(True, True, 7, 3, True), TO_LOG, (LOGGED,)),  # noqa: FBT003 - a column of the table
}


@pytest.mark.parametrize(("limit", "target", "logs"), LIMITS.values(), ids=LIMITS)
def test_connection_limits(limit: OutboundConnections, target: str | None, logs: tuple[str, ...] | None) -> None:
    """The rule in the `asg-` chain, and the target of connections beyond the limit."""
    chains = plan(AgentSettings(outbound_connections=limit))
    rules = [f"{LIMIT}{target}"] if target else []
    assert chains[ChainKind.SECURITY_GROUPS].rules == (*HEAD, *rules, REJECT)
    logged = chains.get(ChainKind.RATE_LIMIT_LOG)
    assert (logged and logged.rules) == logs


def test_with_security_group_logging() -> None:
    """Accepted packets go to the log chain; rejected ones are logged in the `asg-` chain."""
    denied = f'-m limit --limit 2/sec --limit-burst 2 -j LOG --log-prefix "DENY_{HANDLE[:23]} "'
    settings = AgentSettings(iptables_asg_logging=True, iptables_denied_logs_per_sec=2)
    chains = plan(settings, groups=GROUPS[:1])
    accepted = f"-m iprange --dst-range 1.0.0.0-1.255.255.255 {LOG}"
    assert chains[ChainKind.SECURITY_GROUPS].rules == (*HEAD, accepted, denied, REJECT)
    assert chains[ChainKind.NETOUT].rules == ("-j asg-00000001e8cf4ca55a0a", REJECT)
    assert plan(settings, APP._replace(app=""))[ChainKind.NETOUT].rules == (denied, REJECT)


def test_dns_servers_and_host_services() -> None:
    """Only link-local DNS servers have rules: the others are not on the cell."""
    settings = AgentSettings(
        dns_servers=("8.8.8.8", "169.254.0.2", "2001:db8::1"),
        host_tcp_services=("169.254.0.2:9001", "10.0.0.1:80"),
        host_udp_services=("169.254.0.2:53",),
    )
    assert plan(settings)[ChainKind.INPUT].rules == (
        "-m state --state RELATED,ESTABLISHED -j ACCEPT",
        "-d 169.254.0.2/32 -p tcp -m tcp --dport 53 -j ACCEPT",
        "-d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
        "-d 169.254.0.2/32 -p tcp -m tcp --dport 9001 -j ACCEPT",
        "-d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j ACCEPT",
        "-d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
        REJECT,
    )


BAD = {
    "two handles with the same prefix": (
        [APP, APP._replace(handle=f"{HANDLE}0", ip="10.255.0.4")],
        (
            "cells/cell-1/store.json: the handles 00000001-e8cf-4ca5-5a0a-838e and 00000001-e8cf-4ca5-5a0a-838e0"
            " are too similar: both need a chain input--00000001-e8cf-4ca5-5a"
        ),
    ),
    "a handle that makes no chain name": (
        [APP._replace(handle="a b")],
        "cells/cell-1/store.json: expected a handle of visible ASCII characters without quotes, found 'a b'",
    ),
}


@pytest.mark.parametrize(("containers", "message"), BAD.values(), ids=BAD)
def test_containers_that_could_not_start(containers: list[Container], message: str) -> None:
    """Their chains cannot be named."""
    with pytest.raises(InputFault) as caught:
        plan(AgentSettings(), *containers)
    assert str(caught.value) == message


ADDRESSES = st.sampled_from(["0.0.0.0/0", "10.0.11.0/24", "1.2.3.4", "1.2.3.4-1.2.9.9", "10.1.0.0/16,10.9.9.9"])
GROUP_RULES = st.builds(
    GroupRule,
    st.sampled_from(["tcp", "udp", "icmp", "all", "icmpv6"]),
    ADDRESSES,
    st.sampled_from(["", "443", "80,443", "53,100-200", "0-65535"]),
    st.integers(-1, 300),
    st.integers(-1, 300),
    st.booleans(),
)
SECURITY_GROUPS = st.builds(
    SecurityGroup,
    st.just("group"),
    st.lists(GROUP_RULES, max_size=5).map(tuple),
    st.booleans(),
    st.booleans(),
    st.sampled_from([frozenset(), frozenset({"space"})]),
    st.sampled_from([frozenset(), frozenset({"space"})]),
)
SETTINGS = st.builds(
    AgentSettings,
    iptables_denied_logs_per_sec=st.integers(1, 10_000),
    disable_container_network_policy=st.booleans(),
    enable_asg_syncing=st.booleans(),
    iptables_c2c_logging=st.booleans(),
    iptables_asg_logging=st.booleans(),
    dns_servers=st.sampled_from([(), ("169.254.0.2",)]),
    host_udp_services=st.sampled_from([(), ("169.254.0.2:9001",)]),
    underlay_interface_names=st.sampled_from([(), ("eth0", "eth1")]),
    deny_networks=st.just(DenyNetworks(("172.16.0.0/12",), ("192.168.7.0/24",), ("0.0.0.0/0",))),
    outbound_connections=st.builds(
        OutboundConnections,
        st.booleans(),
        st.booleans(),
        st.integers(1, 1_000_000),
        st.integers(1, 1_000_000),
        st.booleans(),
    ),
)
CONTAINERS = st.builds(APP._replace, workload=st.sampled_from(["app", "task", "staging", ""]))


@given(st.lists(SECURITY_GROUPS, max_size=4), SETTINGS, CONTAINERS)
def test_all_chains_read_back_as_the_same_rules(
    groups: list[SecurityGroup], settings: AgentSettings, container: Container
) -> None:
    """In both forms, without unknown parts."""
    own = ContainerChainsPlanner(groups, settings).plan(Cell("c", [container]))
    listed, saved = "".join(chain_text.listing(PREVIEW, own)), "".join(chain_text.save(PREVIEW, own))
    assert listing(parse(listed).filter) == listed
    assert save(parse(saved)) == saved
    assert [rule.unknown for rule in parse(listed).rules if rule.unknown] == []


@given(st.permutations(range(6)))
def test_the_order_of_containers_in_a_store_does_not_matter(order: list[int]) -> None:
    """Chains and jumps are the same."""
    containers = [APP._replace(handle=f"{number}-{HANDLE}", ip=f"10.255.0.{9 - number}") for number in range(6)]
    planner = ContainerChainsPlanner(GROUPS, AgentSettings(underlay_interface_names=("eth0",)))
    one = chain_text.listing(PREVIEW, planner.plan(Cell("c", containers)))
    assert chain_text.listing(PREVIEW, planner.plan(Cell("c", [containers[place] for place in order]))) == one
