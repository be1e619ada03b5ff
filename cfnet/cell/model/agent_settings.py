"""Settings of a cell's policy agent and CNI wrapper, with the defaults of their BOSH jobs.

Source: the job specs `vxlan-policy-agent` and `silk-cni` of silk-release; the overlay network is cf-deployment's.
"""

from dataclasses import dataclass

from cfnet.cell.model.silk_release import SilkRelease, silk_release

NETWORK = "10.255.0.0/16"
"""The overlay network of cf-deployment."""


@dataclass(frozen=True, slots=True)
class DenyNetworks:
    """Networks (CIDR) that containers must not reach, by workload: `always` for all, `running` for apps and tasks."""

    always: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    staging: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundConnections:
    """The rate limit on new connections from one container to one destination.

    `dry_run` only affects the CNI wrapper, which then creates the log chain without its REJECT.
    """

    limit: bool = False
    logging: bool = False
    burst: int = 1000
    rate_per_sec: int = 100
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The settings that the operator has made for every cell of a foundation.

    Attributes:
        iptables_logging: whether each allow rule of the policy chain is preceded by a LOG rule.
        iptables_accepted_udp_logs_per_sec: the rate limit of these LOG rules for UDP, 1 to 10,000.
        iptables_denied_logs_per_sec: the rate limit of LOG rules for denied packets, 1 to 10,000.
        enable_overlay_ingress_rules: whether the routers reach containers through the overlay network.
        overlay_ingress_tag: the tag (hexadecimal digits) of the routers; if empty, it is taken from the list of tags.
        disable_container_network_policy: whether all traffic on the overlay network is allowed.
        overlay_networks: the CIDRs of the overlay network, as the kernel prints them (host bits zero); they must not
            overlap.
        whole_cell: whether per-container chains are rendered, too, unless the command line says otherwise.
        enable_asg_syncing: whether changes of security groups are applied to running containers.
        iptables_c2c_logging: whether packets denied by the overlay chain are logged.
        iptables_asg_logging: whether packets denied and accepted by security groups are logged.
        dns_servers: the DNS servers of containers.
        host_tcp_services: `IP:PORT` on the cell that containers may reach over TCP.
        host_udp_services: the same for UDP.
        underlay_interface_names: the cell's own network interfaces.
        deny_networks: networks that containers must not reach.
        ingress_tag: the mark (hexadecimal digits) of packets that arrive through the cell's own ports.
        vtep_name: the VXLAN interface.
        outbound_connections: the rate limit on new connections.
        ipv6: whether containers have IPv6 addresses and cells have ip6tables rules, which are not planned.
        silk_release: the version of silk-release on the cells; empty means a current one.
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
        """The behaviour of this release."""
        return silk_release(self.silk_release)
