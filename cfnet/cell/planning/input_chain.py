"""Plan a container's input chain: its traffic to the cell itself (silk-release, `netrules`)."""

from ipaddress import IPv4Address, ip_address

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import (
    ESTABLISHED,
    INPUT,
    REJECT,
    ChainKind,
    ContainerChain,
    PlannedJump,
    name_of,
)


def input_chain(container: Container, settings: AgentSettings) -> ContainerChain:
    """Plan the input chain: accept replies, link-local DNS servers and host services; reject the rest."""
    name = name_of("input", container.handle)
    rules = [ESTABLISHED]
    # Other DNS servers are reached through the cell's interfaces, or belong to ip6tables.
    for server in filter(_is_link_local, settings.dns_servers):
        rules += [_accept("tcp", server, "53"), _accept("udp", server, "53")]
    for protocol, services in (("tcp", settings.host_tcp_services), ("udp", settings.host_udp_services)):
        for service in services:
            host, _, port = service.rpartition(":")
            rules.append(_accept(protocol, host, port))
    rules.append(REJECT)
    jump = PlannedJump(INPUT, f"-s {container.ip}/32 -j {name}")
    return ContainerChain(ChainKind.INPUT, name, container, (jump,), tuple(rules))


def _is_link_local(server: str) -> bool:
    address = ip_address(server)
    return isinstance(address, IPv4Address) and address.is_link_local


def _accept(protocol: str, host: str, port: str) -> str:
    return f"-d {host}/32 -p {protocol} -m {protocol} --dport {port} -j ACCEPT"
