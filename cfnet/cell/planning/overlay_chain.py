"""Plan a container's overlay chain: its traffic over the overlay network, in both directions.

It decides on packets that no rule of the policy chain accepts (silk-release, `netrules`).
"""

from cfnet.cell.model import kernel_text
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import (
    ESTABLISHED,
    FORWARD,
    REJECT,
    ChainKind,
    ContainerChain,
    PlannedJump,
    log,
    name_of,
)


def overlay_chain(container: Container, settings: AgentSettings) -> ContainerChain:
    """Plan the overlay chain of a container."""
    name = name_of("overlay", container.handle)
    to = f"-d {container.ip}/32"
    rules = [
        f"-s {container.ip}/32 -o {settings.vtep_name} -m mark ! --mark 0x0 -j ACCEPT",
        f"{to} {ESTABLISHED}",
        f"{to} -m mark --mark {int(settings.ingress_tag, 16):#x} -j ACCEPT",
    ]
    if settings.iptables_c2c_logging:
        rate = settings.iptables_denied_logs_per_sec
        rules.append(log(f"{to} {kernel_text.limit(rate, burst=rate)}", "DENY_C2C", container.handle))
    rules.append(f"{to} {REJECT}")
    return ContainerChain(ChainKind.OVERLAY, name, container, (PlannedJump(FORWARD, f"-j {name}"),), tuple(rules))
