"""Settings of a cell's policy agent and CNI wrapper, with the defaults of their BOSH jobs.

Source: the job specs `vxlan-policy-agent` and `silk-cni` of silk-release; the overlay network is cf-deployment's.
"""

from dataclasses import dataclass

from cfnet.cell.model.silk_release import SilkRelease, silk_release

NETWORK = "10.255.0.0/16"
"""The overlay network of cf-deployment."""


@dataclass(frozen=True, slots=True)
class DenyNetworks:
    """Networks (CIDR) that no container may call, by workload: `always` for all, `running` for apps and tasks."""

    always: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    staging: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundConnections:
    """The limit on new connections of one container to one destination, where it is on.

    `dry_run` is known to the CNI wrapper alone: it makes the log chain, and leaves its REJECT out.
    """

    limit: bool = False
    logging: bool = False
    burst: int = 1000
    rate_per_sec: int = 100
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What the operator has set for every cell of a foundation.

    Attributes:
        iptables_logging: whether each allow of the policy chain is preceded by its LOG rule.
        iptables_accepted_udp_logs_per_sec: the limit of those LOG rules for udp, 1 to 10,000.
        iptables_denied_logs_per_sec: the limit of the LOG rules for what is denied, 1 to 10,000.
        enable_overlay_ingress_rules: whether the routers reach containers by the overlay network.
        overlay_ingress_tag: the tag (hexadecimal digits) of the routers; empty: the one in the list of tags.
        disable_container_network_policy: whether everything on the overlay network may talk to everything.
        overlay_networks: the CIDRs of the overlay network, as the kernel prints them (host bits zero); one, or several
            that do not overlap.
        whole_cell: whether the containers' own chains are rendered too, unless the command line says otherwise.
        enable_asg_syncing: whether security groups reach running containers.
        iptables_c2c_logging: whether what the overlay chain denies is logged.
        iptables_asg_logging: whether what security groups deny, and accept, is logged.
        dns_servers: DNS servers given to containers.
        host_tcp_services: `IP:PORT` on the cell that containers may call by tcp.
        host_udp_services: the same for udp.
        underlay_interface_names: the cell's own network interfaces.
        deny_networks: networks that no container may call.
        ingress_tag: the mark (hexadecimal digits) of packets that come in through the cell's own ports.
        vtep_name: the VXLAN interface.
        outbound_connections: the limit on new connections.
        ipv6: whether containers have IPv6 addresses, and the cell ip6tables rules, which are not planned.
        silk_release: the version of silk-release on the cells; empty: a current one.
    """

    iptables_logging: bool = False
    iptables_accepted_udp_logs_per_sec: int = 100
    iptables_denied_logs_per_sec: int = 1
    enable_overlay_ingress_rules: bool = False
    overlay_ingress_tag: str = ""
    disable_container_network_policy: bool = False
    overlay_networks: tuple[str, ...] = (NETWORK,)
    whole_cell: bool = False
    enable_asg_syncing: bool = True
    iptables_c2c_logging: bool = False
    iptables_asg_logging: bool = False
    dns_servers: tuple[str, ...] = ()
    host_tcp_services: tuple[str, ...] = ()
    host_udp_services: tuple[str, ...] = ()
    underlay_interface_names: tuple[str, ...] = ()
    deny_networks: DenyNetworks = DenyNetworks()
    ingress_tag: str = "ffff0000"
    vtep_name: str = "silk-vtep"
    outbound_connections: OutboundConnections = OutboundConnections()
    ipv6: bool = False
    silk_release: str = ""

    @property
    def silk(self) -> SilkRelease:
        """What that release does."""
        return silk_release(self.silk_release)
