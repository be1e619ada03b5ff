"""A container's netout chain: what it may send out through the cell's own interfaces (silk-release, `netrules`)."""

from cfnet.cell.model import kernel_text
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import FORWARD, REJECT, ChainKind, ContainerChain, PlannedJump, log, name_of


def netout_chain(container: Container, settings: AgentSettings, security_groups: str = "") -> ContainerChain:
    """The netout chain of a container; `security_groups` is the name of its `asg-` chain, if it has one.

    The agent, when it puts the jump to the `asg-` chain in, leaves nothing else there but the last REJECT. In a chain
    without that jump more rules stand above these: `is_whole`.
    """
    name = name_of("netout", container.handle)
    rules = (f"-j {security_groups}", REJECT) if security_groups else last_rules(container, settings)
    jumps = tuple(
        PlannedJump(FORWARD, f"-s {container.ip}/32 -o {interface} -j {name}")
        for interface in settings.underlay_interface_names
    )
    return ContainerChain(ChainKind.NETOUT, name, container, jumps, rules)


def last_rules(container: Container, settings: AgentSettings) -> tuple[str, ...]:
    """What happens to whatever is not allowed: with logging of security groups it is logged, then rejected."""
    if not settings.iptables_asg_logging:
        return (REJECT,)
    rate = settings.iptables_denied_logs_per_sec
    return (log(kernel_text.limit(rate, burst=rate), "DENY", container.handle), REJECT)


def is_whole(chain: ContainerChain) -> bool:
    """Whether a planned netout chain has all rules that it has on the cell.

    Until the agent puts the jump to the `asg-` chain in, the rules that the container was started with stand above the
    planned ones: its net-out rules as Garden handed them over, denied networks, limits. No snapshot has them
    (silk-release: `cni-wrapper-plugin/main.go`, BulkInsertRules; `enforcer.go`, EnforceOnChain).
    """
    return chain.rules[0].startswith("-j asg-")
