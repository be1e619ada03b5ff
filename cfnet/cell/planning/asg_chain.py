"""Plan a container's `asg-` chain: the traffic out of the foundation that its security groups allow.

The policy agent creates it if syncing of security groups is enabled (silk-release: `vxlan-policy-agent/planner`,
`enforcer`, and `netrules`). The agent inserts the rules from last to first, so the code reads in reverse.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.model.agent_settings import AgentSettings, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.security_group import GroupMatch, NotUsable, SecurityGroup, Workload, ipv6_destinations, matches
from cfnet.cell.model.silk_release import SilkRelease
from cfnet.cell.planning.container_chain import ESTABLISHED, REJECT, ChainKind, ContainerChain
from cfnet.cell.planning.log_chains import log_name, rate_limit_log_name
from cfnet.cell.planning.netout_chain import last_rules

_NAME_LENGTH: Final = 20
_SECOND: Final = 1000


def _asg_name(handle: str) -> str:
    """Return the chain name: `asg-` and up to 20 characters of the handle, without dashes and a leading `check-`."""
    return "asg-" + go_text.cut(handle.removeprefix("check-").replace("-", ""), _NAME_LENGTH)


class AsgPlanner:
    """Plans the `asg-` chains of containers; results are cached per space and workload."""

    def __init__(self, groups: Sequence[SecurityGroup], settings: AgentSettings) -> None:
        """Use `groups`, in the order of the Cloud Controller's list, and `settings`."""
        self._settings = settings
        self._groups = groups
        self._known: dict[tuple[Workload | None, str], list[GroupMatch] | None] = {}

    def plan(self, container: Container) -> ContainerChain | None:
        """Plan the chain of a container.

        Return None if it has none: syncing is disabled, its metadata lacks app or space, or the agent fails on a rule
        of its security groups.
        """
        settings = self._settings
        if not (settings.enable_asg_syncing and container.app and container.space):
            return None
        workload = Workload(container.workload) if container.workload in list(Workload) else None
        found = self._matches(workload, container.space)
        if found is None:
            return None
        to_log = f"-g {log_name(container)}"
        # If enforcement of policies is disabled, the agent starts all its chains with the same rules.
        off = settings.disable_container_network_policy
        rules = [
            *(kernel_text.accept_within(settings.overlay_networks) if off else ()),
            ESTABLISHED,
            "-p tcp -m state --state INVALID -j DROP",
            *_rate_limit(container, settings.outbound_connections),
            *(_denied(each) for each in reversed(_denied_networks(workload, settings))),
            *(f"{match.text} {to_log if match.log else '-j ACCEPT'}" for match in reversed(found)),
            *last_rules(container, settings),
        ]
        return ContainerChain(ChainKind.SECURITY_GROUPS, _asg_name(container.handle), container, (), tuple(rules))

    def _matches(self, workload: Workload | None, space: str) -> list[GroupMatch] | None:
        key = (workload, space)
        if key not in self._known:
            try:
                self._known[key] = self._read(workload, space)
            except NotUsable:
                self._known[key] = None
        return self._known[key]

    def _read(self, workload: Workload | None, space: str) -> list[GroupMatch]:
        """Return the distinct matches of the groups that apply, in order, and whether each is logged."""
        logs_all = self._settings.iptables_asg_logging
        silk = self._settings.silk
        groups = _for_workload(self._groups, workload, space)
        found = (match for group in groups for rule in group.rules for match in matches(rule, silk))
        return list(dict.fromkeys(match._replace(log=match.log or logs_all) for match in found))


def not_usable(groups: Iterable[SecurityGroup], silk: SilkRelease) -> list[str]:
    """Return the security group rules that the agent fails on, such as `NAME, rules[3].destination: "10.0.0.0/33"`."""
    found = []
    for group in groups:
        for position, rule in enumerate(group.rules):
            try:
                matches(rule, silk)
            except NotUsable as fault:
                found.append(f"{group.name}, rules[{position}].{fault}")
    return found


def ip6tables_note(groups: Iterable[SecurityGroup], settings: AgentSettings) -> str:
    """Return a note on the ip6tables rules that are not rendered, or an empty string if there would be none."""
    if not settings.silk.by_ip_version:
        return ""
    left_out = sum(len(ipv6_destinations(rule)) for group in groups if group.applies for rule in group.rules)
    if left_out:
        some = "1 IPv6 destination" if left_out == 1 else f"{left_out:,} IPv6 destinations"
        return f"ip6tables rules are not rendered: {some} of security groups omitted."
    return "ip6tables rules are not rendered." if settings.ipv6 else ""


def _for_workload(groups: Sequence[SecurityGroup], workload: Workload | None, space: str) -> list[SecurityGroup]:
    """Return the groups that apply to the workload: first those for all spaces, then those of the space."""
    if workload is None:
        return []
    staging = workload is Workload.STAGING
    everywhere: list[SecurityGroup] = []
    here: list[SecurityGroup] = []
    for group in groups:
        if group.staging if staging else group.running:
            everywhere.append(group)
        elif space in (group.staging_spaces if staging else group.running_spaces):
            here.append(group)
    return everywhere + here


def _rate_limit(container: Container, limit: OutboundConnections) -> list[str]:
    """Return the rule that limits new connections, if enabled.

    A dry run has no effect here: the agent only passes limit, logging, burst and rate to `netrules`
    (vxlan-policy-agent/cmd/vxlan-policy-agent/main.go creates an OutConn without DryRun).
    """
    if not limit.limit:
        return []
    match = kernel_text.connection_limit(
        limit.rate_per_sec, limit.burst, container.handle, -(-limit.burst // limit.rate_per_sec) * _SECOND
    )
    target = f"-j {rate_limit_log_name(container)}" if limit.logging else REJECT
    return [f"-p tcp -m conntrack --ctstate NEW {match} {target}"]


def _denied_networks(workload: Workload | None, settings: AgentSettings) -> Sequence[str]:
    denied = settings.deny_networks
    match workload:
        case None:
            return denied.always
        case Workload.STAGING:
            return denied.always + denied.staging
        case Workload.APP | Workload.TASK:
            return denied.always + denied.running


def _denied(network: str) -> str:
    return REJECT if network == kernel_text.EVERYWHERE else f"-d {network} {REJECT}"
