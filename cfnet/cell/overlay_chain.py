"""A container's overlay chain: what it may send over the overlay network, and what may reach it by it.

The CNI wrapper (silk-release, `netrules`) makes it when the container starts; a packet that no rule of the policy
chain accepts ends here. Texts are as `iptables -S` prints them.
"""

from typing import Final, NamedTuple

from cfnet.cell import kernel_words
from cfnet.cell.agent import AgentSettings
from cfnet.cell.container import Container

_NAME_LENGTH: Final = 28
_PREFIX_LENGTH: Final = 28


class OverlayChain(NamedTuple):
    """The chain of one container."""

    name: str
    jump: str
    """The rule of FORWARD that leads to it."""
    rules: tuple[str, ...]


def overlay_chain(container: Container, settings: AgentSettings) -> OverlayChain:
    """The overlay chain of a container under these settings."""
    name = kernel_words.cut(f"overlay--{container.handle}", _NAME_LENGTH)
    to = f"-A {name} -d {container.ip}/32"
    rules = [
        f"-A {name} -s {container.ip}/32 -o {settings.vtep_name} -m mark ! --mark 0x0 -j ACCEPT",
        f"{to} -m state --state RELATED,ESTABLISHED -j ACCEPT",
        f"{to} -m mark --mark {int(settings.ingress_tag, 16):#x} -j ACCEPT",
        f"{to} -j REJECT --reject-with icmp-port-unreachable",
    ]
    if settings.iptables_c2c_logging:
        rate = settings.iptables_denied_logs_per_sec
        prefix = kernel_words.escaped(kernel_words.cut(f"DENY_C2C_{container.handle}", _PREFIX_LENGTH))
        rules.insert(-1, f'{to} {kernel_words.limit(rate, burst=rate)} -j LOG --log-prefix "{prefix} "')
    return OverlayChain(name, f"-A FORWARD -j {name}", tuple(rules))
