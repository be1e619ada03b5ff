"""Plan a container's log chains, the targets of security group rules that log (silk-release, `netrules`)."""

from cfnet.cell.model import kernel_text
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.planning.container_chain import REJECT, ChainKind, ContainerChain, log, name_of, with_suffix


def log_name(container: Container) -> str:
    """Return the name of the chain that logs and accepts."""
    return with_suffix(name_of("netout", container.handle), "log")


def rate_limit_log_name(container: Container) -> str:
    """Return the name of the chain for connections over the rate limit."""
    return with_suffix(name_of("netout", container.handle), "rl-log")


def log_chain(container: Container, settings: AgentSettings) -> ContainerChain:
    """Plan the chain that logs and accepts; every container has it, even if nothing jumps to it."""
    rate = settings.iptables_accepted_udp_logs_per_sec
    rules = (
        log(f"! -p udp {kernel_text.NEW_ONLY}", "OK", container.handle),
        log(f"-p udp {kernel_text.limit(rate, burst=rate)}", "OK", container.handle),
        "-j ACCEPT",
    )
    return ContainerChain(ChainKind.LOG, log_name(container), container, (), rules)


def rate_limit_log_chain(container: Container, settings: AgentSettings) -> ContainerChain | None:
    """Plan the chain for connections over the rate limit; None if they are not logged. A dry run only logs."""
    limit = settings.outbound_connections
    if not (limit.dry_run or (limit.limit and limit.logging)):
        return None
    rate = settings.iptables_denied_logs_per_sec
    logged = log(kernel_text.limit(rate, burst=rate), "DENY_ORL", container.handle)
    rules = (logged,) if limit.dry_run else (logged, REJECT)
    return ContainerChain(ChainKind.RATE_LIMIT_LOG, rate_limit_log_name(container), container, (), rules)
