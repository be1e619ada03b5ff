"""A container's overlay chain, under settings that no golden cell covers."""

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import ChainKind, ContainerChain, PlannedJump
from cfnet.cell.planning.overlay_chain import overlay_chain

CONTAINER = Container("00000001-e8cf-4ca5-5a0a-838e", "10.255.77.4", "c7de6123-d906-4c65-9717-c5d040568c76")


def test_custom_interface_tag_and_limit() -> None:
    """A rate of 300 reads back as 303, the value that the kernel stores."""
    settings = AgentSettings(
        vtep_name="vtep0", ingress_tag="00FF0000", iptables_c2c_logging=True, iptables_denied_logs_per_sec=300
    )

    assert overlay_chain(CONTAINER, settings) == ContainerChain(
        ChainKind.OVERLAY,
        "overlay--00000001-e8cf-4ca5-",
        CONTAINER,
        (PlannedJump("FORWARD", "-j overlay--00000001-e8cf-4ca5-"),),
        (
            "-s 10.255.77.4/32 -o vtep0 -m mark ! --mark 0x0 -j ACCEPT",
            "-d 10.255.77.4/32 -m state --state RELATED,ESTABLISHED -j ACCEPT",
            "-d 10.255.77.4/32 -m mark --mark 0xff0000 -j ACCEPT",
            (
                "-d 10.255.77.4/32 -m limit --limit 303/sec --limit-burst 300 "
                '-j LOG --log-prefix "DENY_C2C_00000001-e8cf-4ca5- "'
            ),
            "-d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
        ),
    )
