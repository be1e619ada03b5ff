"""Random foundations on the two cells of the data plane, and random packets between their containers."""

import random
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from cfnet.cell.model.agent_settings import AgentSettings, DenyNetworks, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.dataplane.addressing import UNDERLAY, VTEP
from cfnet.policy import Policy, Ports, Protocol
from tests.kernel.data_plane import PLACES

PORTS = (1, 53, 80, 443, 5000, 8079, 8080, 8081, 8090, 8091, 65535)
RANGES = (Ports(8080, 8080), Ports(8080, 8090), Ports(80, 80), Ports(1, 65535), Ports(53, 53), Ports(5000, 8080))
GROUPS = (
    SecurityGroup("public", (GroupRule("all", "0.0.0.0-9.255.255.255"),), running=True),
    SecurityGroup("logged", (GroupRule("tcp", "10.0.11.0/24", "443", log=True),), running_spaces=frozenset({"space"})),
    SecurityGroup("theirs", (GroupRule("udp", "10.0.12.0/24", "53"),), running_spaces=frozenset({"other-space"})),
    SecurityGroup("buildpacks", (GroupRule("tcp", "0.0.0.0/0", "443"),), staging=True),
    SecurityGroup("mirror", (GroupRule("all", "10.0.13.7"),), staging_spaces=frozenset({"other-space"})),
)
SPACES = ("space", "space", "other-space", "")


class Wanted(NamedTuple):
    """A packet that opens a connection."""

    source: Container
    destination: Container
    protocol: str
    port: int


def foundation(seed: int) -> State:
    """A random foundation: apps on all eight containers, with policies, tags and settings."""
    dice = random.Random(seed)
    apps = [str(UUID(int=dice.getrandbits(128))) for _ in range(dice.randint(2, 6))]
    cells = {
        name: Cell(name, [_container(dice, ip, apps) for ip in dice.sample(ips, len(ips))])
        for name, ips in PLACES.items()
    }
    policies = {
        Policy(dice.choice(apps), dice.choice(apps), dice.choice(list(Protocol)), dice.choice(RANGES))
        for _ in range(dice.randint(0, 12))
    }
    tags = dice.sample(range(1, 0x10000), len(apps))
    return State(
        policies=sorted(policies),
        tags=Tags({app: f"{tag:04X}" for app, tag in zip(apps, tags, strict=True)}),
        settings=_settings(dice),
        cell_names=list(cells),
        read_cell=cells.__getitem__,
        read_security_groups=lambda: GROUPS,
    )


def packets(seed: int, state: State, number: int) -> list[Wanted]:
    """Packets between its containers, half of them allowed or almost allowed by a policy."""
    dice = random.Random(-seed)
    everything = [container for cell in state.cells() for container in cell.containers]
    found: list[Wanted] = []
    while len(found) < number:
        policy = dice.choice(state.policies) if state.policies and dice.random() < 0.5 else None
        source = _of(dice, everything, policy.source if policy else None)
        destination = _of(dice, everything, policy.destination if policy else None)
        port = dice.choice(PORTS)
        if policy:
            port = dice.choice([policy.ports.start, policy.ports.end, policy.ports.end % 65535 + 1])
        protocol = policy.protocol.value if policy and dice.random() < 0.9 else dice.choice(["tcp", "udp"])
        if source and destination and source != destination:
            found.append(Wanted(source, destination, protocol, port))
    return found


def _of(dice: random.Random, containers: Sequence[Container], app: str | None) -> Container | None:
    fits = [each for each in containers if app in (None, each.app)]
    return dice.choice(fits) if fits else None


def _container(dice: random.Random, ip: str, apps: Sequence[str]) -> Container:
    app = dice.choice([*apps, *apps, ""])
    workload = dice.choice(["app", "app", "task", "staging", ""])
    handle = str(UUID(int=dice.getrandbits(128)))
    return Container(handle, ip, app, dice.choice(SPACES), dice.choice(["8080", "8080, 80", ""]), workload)


def _settings(dice: random.Random) -> AgentSettings:
    def sometimes(chance: float = 0.5) -> bool:
        return dice.random() < chance

    return AgentSettings(
        iptables_logging=sometimes(),
        iptables_accepted_udp_logs_per_sec=10_000,  # a limit that is never reached: each packet is evaluated on its own
        iptables_denied_logs_per_sec=10_000,
        enable_overlay_ingress_rules=sometimes(),
        overlay_ingress_tag=f"{dice.randint(1, 0xFFFF):04X}",
        disable_container_network_policy=sometimes(0.1),
        enable_asg_syncing=sometimes(),
        iptables_c2c_logging=sometimes(),
        iptables_asg_logging=sometimes(),
        dns_servers=("169.254.0.2",),
        host_tcp_services=("10.0.0.1:8301",),
        underlay_interface_names=(UNDERLAY,),
        deny_networks=DenyNetworks(always=("172.16.0.0/16",)),
        vtep_name=VTEP,
        outbound_connections=OutboundConnections(limit=sometimes(), logging=sometimes()),
    )
