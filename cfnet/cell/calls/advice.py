"""What follows from logged calls: the policies that are needed, unused, or wider than needed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.calls.grouped_calls import GroupedCall, grouped_calls
from cfnet.cell.calls.log_coverage import CellFacts, LogCoverage, log_coverage
from cfnet.cell.calls.needed_policies import NeededPolicies, needed_policies
from cfnet.cell.calls.policy_usage import PolicyUse, UsageFacts, UsageVerdict, policy_uses
from cfnet.cell.explain.kernel_log import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cfnet.cell.calls.call_log import CallLog
    from cfnet.cell.calls.rule_counters import CounterEvidence
    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.names import Names
    from cfnet.policy import App, Policy


class AdviceChoices(NamedTuple):
    """How calls are judged.

    Attributes:
        min_count: how many refused calls to a port a policy requires.
        unused_after: the shortest period without calls, in seconds, after which a policy counts as unused.
    """

    min_count: int = 3
    unused_after: float = 0.0


class CallContext(NamedTuple):
    """What calls are compared with.

    Attributes:
        names: the apps by address, mark and GUID.
        apps: the apps whose names are known, by GUID.
        policies: the existing policies.
        complete: whether these are all.
        cells: the cells.
        cells_of: the cells where each app runs, by GUID.
        settings: the agents' settings; None if they are unknown.
        tags: whether tags are known.
    """

    names: Names
    apps: Mapping[str, App]
    policies: Sequence[Policy]
    complete: bool
    cells: CellFacts
    cells_of: Mapping[str, Collection[str]]
    settings: AgentSettings | None
    tags: bool


class Advice(NamedTuple):
    """What follows from logged calls.

    Attributes:
        choices: how they were judged.
        context: what they were compared with.
        log: the calls in logs.
        calls: these, grouped by source, destination, protocol and port.
        needed: the policies that refused calls need.
        uses: the use of each existing policy.
        coverage: what the logs cover.
        counters: what the counters of rules say, by cell.
        end: the latest date in the logs, in seconds since the epoch; None if no line has a date.
    """

    choices: AdviceChoices
    context: CallContext
    log: CallLog
    calls: Sequence[GroupedCall]
    needed: NeededPolicies
    uses: Sequence[PolicyUse]
    coverage: LogCoverage
    counters: Mapping[str, CounterEvidence]
    end: float | None

    @property
    def unused(self) -> Sequence[PolicyUse]:
        """The policies that no call used."""
        return [each for each in self.uses if each.usage is UsageVerdict.UNUSED]

    @property
    def wide(self) -> Sequence[PolicyUse]:
        """The policies for ranges of which few ports were used."""
        return [each for each in self.uses if each.is_wide]

    @property
    def unknown(self) -> Sequence[PolicyUse]:
        """The policies whose use is unknown."""
        return [each for each in self.uses if each.usage is UsageVerdict.UNKNOWN]


def advise(
    log: CallLog,
    context: CallContext,
    choices: AdviceChoices,
    counters: Mapping[str, CounterEvidence] = MappingProxyType({}),
) -> Advice:
    """Compare counted calls, and the counters of rules by cell, with the existing policies."""
    coverage = log_coverage(log.streams, context.cells)
    if context.settings and context.settings.disable_container_network_policy:
        counters = MappingProxyType({})  # the chain accepts all calls before they reach the rules of policies
    facts = UsageFacts(
        coverage.cells,
        context.cells_of,
        choices.unused_after,
        uncounted=bool(log.uncounted[Event.ALLOWED]),
        counters=counters,
    )
    return Advice(
        choices,
        context,
        log,
        grouped_calls(log, context.names, context.policies),
        needed_policies(log.refused, context.policies, choices.min_count),
        policy_uses(context.policies, log.accepted, facts),
        coverage,
        counters,
        _end(log),
    )


def _end(log: CallLog) -> float | None:
    ends = (record.period.last for record in log.streams.values())
    return max((each for each in ends if each is not None), default=None)
