"""Load rendered chains into a kernel and read them back."""

import pytest

from cfnet.cell.model.agent_settings import AgentSettings, DenyNetworks, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.kernel_text import kept_ports
from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.cell.model.state import Cell
from cfnet.cell.model.tags import allot
from cfnet.cell.planning import chain_text
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import Planner
from cfnet.dataplane.programs import ProgramFailed
from cfnet.errors import InputFault
from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.policy import Policy, Ports, Protocol
from tests.cell.test_kernel_text import PORTS
from tests.golden import GOLDEN_CELLS, TIMESTAMP, GoldenCell
from tests.kernel.conftest import Firewall

pytestmark = pytest.mark.kernel

CHAIN = f"vpa--{TIMESTAMP}"
START = chain_text.start_of(CHAIN)


def listed(planner: Planner, cell: Cell) -> str:
    """The policy chain of a cell."""
    lines = b"".join(planner.lines(cell, START)).decode("utf-8", "surrogateescape")
    return chain_text.listing(CHAIN).around(lines)


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_reads_back_as_rendered(golden: GoldenCell, firewall: Firewall) -> None:
    """Both formats equal the output of the tools."""
    state = open_snapshot(golden.snapshot)
    cell = state.read_cell(golden.cell)
    lines = b"".join(Planner.of(state).lines(cell, START)).decode()
    planner = ContainerChainsPlanner(state.read_security_groups() or [], state.settings)
    own = planner.plan(cell) if state.settings.whole_cell else []
    saved = chain_text.save(CHAIN, own).around(lines)
    firewall.restore(saved)
    assert firewall.listing() == golden.expected
    assert firewall.save() == saved


ODD_GROUPS = [
    GroupRule("tcp", "10.0.0.0/8,1.2.3.4,9.0.0.0-1.0.0.0", "0-65535,0,65535"),
    GroupRule("udp", "10.0.0.0/8", "0-65535,0,65535,90-80"),
    GroupRule("icmp", "0.0.0.0/0", icmp_type=-1, icmp_code=-1),
    GroupRule("icmp", "0.0.0.0/0", icmp_type=8, icmp_code=-1, log=True),
    GroupRule("all", "0.0.0.0/0", log=True),
]
TRIED = OutboundConnections(limit=True, logging=True, burst=5, rate_per_sec=5, dry_run=True)
ODD_CELLS = {
    "all logging enabled": AgentSettings(
        iptables_asg_logging=True,
        iptables_c2c_logging=True,
        iptables_denied_logs_per_sec=300,
        underlay_interface_names=("eth0", "en+"),
        deny_networks=DenyNetworks(always=("0.0.0.0/0", "1.2.3.4/32")),
        disable_container_network_policy=True,
    ),
    "connection limit": AgentSettings(outbound_connections=OutboundConnections(limit=True)),
    "dry run of a connection limit": AgentSettings(outbound_connections=TRIED),
    "a connection limit that the kernel rounds": AgentSettings(
        outbound_connections=OutboundConnections(limit=True, burst=1_000_000, rate_per_sec=3000)
    ),
    "services on the cell": AgentSettings(
        dns_servers=("169.254.0.2",), host_tcp_services=("169.254.0.3:0",), host_udp_services=("10.0.0.1:65535",)
    ),
}


@pytest.mark.parametrize("settings", ODD_CELLS.values(), ids=ODD_CELLS)
def test_unusual_cells_read_back_as_rendered(settings: AgentSettings, firewall: Firewall) -> None:
    """Settings and security groups that no golden case has."""
    groups = [SecurityGroup("all", tuple(ODD_GROUPS), running=True)]
    containers = [Container(f"{number}-handle", f"10.255.0.{number}", "app", "space", "", "app") for number in range(3)]
    own = ContainerChainsPlanner(groups, settings).plan(Cell("cell-1", containers))
    saved = "".join(chain_text.save(CHAIN, own))
    firewall.restore(saved)
    assert firewall.listing() == "".join(chain_text.listing(CHAIN, own))
    assert firewall.save() == saved


ODD = [
    ("an id with odd characters", "it's \\ odd\\", AgentSettings()),
    ("an id of plain letters", "app", AgentSettings(iptables_logging=True)),
    ("an id with letters of two bytes", "äöü", AgentSettings(iptables_logging=True)),
    (
        "the whole internet as overlay",
        "app",
        AgentSettings(disable_container_network_policy=True, overlay_networks=("0.0.0.0/0",)),
    ),
    (
        "one address as overlay",
        "app",
        AgentSettings(disable_container_network_policy=True, overlay_networks=("10.0.0.1/32",)),
    ),
    (
        "several overlay networks",
        "app",
        AgentSettings(disable_container_network_policy=True, overlay_networks=("10.0.0.0/24", "10.1.0.1/32")),
    ),
    ("all ports", "app", AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="ffffffff")),
]


@pytest.mark.parametrize(("app", "settings"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_unusual_chains_read_back_as_rendered(app: str, settings: AgentSettings, firewall: Firewall) -> None:
    """Policies and containers that no golden case has."""
    policies = [Policy(app, app, protocol, Ports(low, 65535)) for protocol in Protocol for low in (0, 1)]
    planner = Planner(policies, allot(policies), settings)
    cell = Cell("cell-1", [Container("handle", "10.255.0.1", app, ports="0,65535")])
    lines = b"".join(planner.lines(cell, START)).decode()
    firewall.restore(chain_text.save(CHAIN).around(lines))
    assert firewall.listing() == chain_text.listing(CHAIN).around(lines)


def as_the_agent_loads(app: str, address: str, tag: str) -> str:
    """The agent's own rules for a policy from an app to itself (silk-release, `lib/rules/rules.go`)."""
    comment = app.replace(" ", "_")
    prefix = f"OK_{tag}_{app}".encode()[:28].decode(errors="surrogateescape")
    match = f"-d {address} -p tcp --dport 0:65535 -m mark --mark 0x{tag}"
    return "".join(
        f"-A {CHAIN} {rule}\n"
        for rule in (
            f"--source {address} --jump MARK --set-xmark 0x{tag} -m comment --comment src:{comment}",
            f'{match} -m conntrack --ctstate INVALID,NEW,UNTRACKED --jump LOG --log-prefix "{prefix} "',
            f"{match} --jump ACCEPT -m comment --comment src:{comment}_dst:{comment}",
        )
    )


def loaded(rules: str) -> str:
    """The input of iptables-restore."""
    return f"*filter\n:{CHAIN} - [0:0]\n-A FORWARD -j {CHAIN}\n{rules}COMMIT\n"


@pytest.mark.parametrize(
    "app",
    [
        "my app",
        "it's",
        "a\\b\\\\c",
        "ends\\",
        "äöü",
        "back\\slashes in a long name",
        "-x",
        "#!",
        "a\v\f\r\x01\x1b\x7f\x85\u2028\u200b",
        "a zero\0byte",
        "zero.\0byte",
        "a" * 123,
        "a" * 124,
        "a" * 500,
        "é" * 123,
        "é" * 11,
        "aé" * 80,
        f"{'a' * 123}'\\'\\'\\",
    ],
    ids=lambda app: ascii(app[:40]),
)
def test_odd_ids_read_back_as_the_agents_rules(app: str, firewall: Firewall) -> None:
    """The agent passes its rules to iptables-restore without escaping."""
    policies = [Policy(app, app, Protocol.TCP, Ports(0, 65535))]
    cell = Cell("cell-1", [Container("handle", "10.255.0.1", app)])
    planner = Planner(policies, allot(policies), AgentSettings(iptables_logging=True))
    firewall.restore(loaded(as_the_agent_loads(app, "10.255.0.1", "0001")))
    assert firewall.listing() == listed(planner, cell)


@pytest.mark.parametrize("app", ['a"b', '"a"', "a\tb", "a\nb"])
def test_ids_with_iptables_syntax_cannot_be_loaded(app: str, firewall: Firewall) -> None:
    """So their output need not be known."""
    with pytest.raises(ProgramFailed, match="iptables-"):
        firewall.restore(loaded(as_the_agent_loads(app, "10.255.0.1", "0001")))


@pytest.mark.parametrize("app", ["a" * 508, "a" * 1020, "é" * 254])
def test_words_that_are_too_long_cannot_be_loaded(app: str, firewall: Firewall) -> None:
    """They cannot be planned either: the limit is 1,023 bytes."""
    policies = [Policy(app, app, Protocol.TCP, Ports(0, 65535))]
    with pytest.raises(InputFault, match="expected ids that give a comment of at most 1,023 bytes"):
        Planner(policies, allot(policies), AgentSettings()).plan(
            Cell("cell-1", [Container("handle", "10.255.0.1", app)])
        )
    with pytest.raises(ProgramFailed, match="Parameter too long!"):
        firewall.restore(loaded(as_the_agent_loads(app, "10.255.0.1", "0001")))


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("ports", [case[0] for case in PORTS.values()], ids=PORTS)
def test_the_kernel_stores_the_planned_ports(protocol: Protocol, ports: Ports, firewall: Firewall) -> None:
    """Or iptables refuses them, and so does the plan."""
    policies = [Policy("app", "app", protocol, ports)]
    planner = Planner(policies, allot(policies), AgentSettings())
    cell = Cell("cell-1", [Container("handle", "10.255.0.1", "app")])
    asked = (
        f"-A {CHAIN} --source 10.255.0.1 --jump MARK --set-xmark 0x0001 -m comment --comment src:app\n"
        f"-A {CHAIN} -d 10.255.0.1 -p {protocol} --dport {ports.start}:{ports.end} -m mark --mark 0x0001"
        " --jump ACCEPT -m comment --comment src:app_dst:app\n"
    )
    if kept_ports(protocol, ports) is None:
        with pytest.raises(InputFault, match=r"policies\[0\]\.destination\.ports: expected ports from 0 to 65535"):
            planner.plan(cell)
        with pytest.raises(ProgramFailed, match="iptables-"):
            firewall.restore(loaded(asked))
        return
    firewall.restore(loaded(asked))
    assert firewall.listing() == listed(planner, cell)
