"""Plan a container's netout chain: its traffic through the cell's own interfaces (silk-release, `netrules`)."""

from cfnet.cell.model import kernel_text
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import FORWARD, REJECT, ChainKind, ContainerChain, PlannedJump, log, name_of


def netout_chain(container: Container, settings: AgentSettings, security_groups: str = "") -> ContainerChain:
    """Plan the netout chain; `security_groups` is the name of the container's `asg-` chain, if it has one.

    When the agent inserts the jump to the `asg-` chain, it removes all other rules except the last REJECT. Without that
    jump there are more rules above the planned ones: see `is_whole`.
    """
    name = name_of("netout", container.handle)
    rules = (f"-j {security_groups}", REJECT) if security_groups else last_rules(container, settings)
    jumps = tuple(
        PlannedJump(FORWARD, f"-s {container.ip}/32 -o {interface} -j {name}")
        for interface in settings.underlay_interface_names
    )
    return ContainerChain(ChainKind.NETOUT, name, container, jumps, rules)


def last_rules(container: Container, settings: AgentSettings) -> tuple[str, ...]:
    """Return the rules for packets that are not allowed: log them if security group logging is enabled, then reject."""
    if not settings.iptables_asg_logging:
        return (REJECT,)
    rate = settings.iptables_denied_logs_per_sec
    return (log(kernel_text.limit(rate, burst=rate), "DENY", container.handle), REJECT)


def is_whole(chain: ContainerChain) -> bool:
    """Whether a planned netout chain includes all rules of the actual chain.

    Until the agent inserts the jump to the `asg-` chain, there are rules from the container's start above the planned
    ones: net-out rules passed by Garden, denied networks, limits. Snapshots do not contain them (silk-release:
    `cni-wrapper-plugin/main.go`, BulkInsertRules; `enforcer.go`, EnforceOnChain).
    """
    return chain.rules[0].startswith("-j asg-")
