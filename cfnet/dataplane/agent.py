"""The policy agent of a cell: polls policies and security groups, and replaces the chains whose rules have changed.

It runs in a process of its own in the cell's namespace. It is told which containers run on the cell, as the CNI wrapper
records them in the cell's store, and asked for a cycle when one starts. It remembers only what it has enforced itself:
a restarted agent enforces everything in its first cycle.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.state import Cell
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.dataplane.line_stream import LineReader
from cfnet.dataplane.policy_swap import PolicySwap
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.security_group_swap import SecurityGroupSwap
from cfnet.errors import CfnetError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.dataplane.programs import Iptables
    from cfnet.dataplane.state_source import PlaneSettings, StateSource


class AgentOrder(NamedTuple):
    """What the agent is asked: a number, and the handles of the containers that run on the cell now."""

    number: int
    handles: frozenset[str]

    def line(self) -> bytes:
        """Format the order as a line of JSON."""
        return json.dumps({"number": self.number, "handles": sorted(self.handles)}).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> AgentOrder:
        """Parse such a line."""
        told = json.loads(line)
        return cls(int(told["number"]), frozenset(map(str, told["handles"])))


class AgentReport(NamedTuple):
    """What the agent has done.

    Attributes:
        number: of the last order that it has carried out.
        polled: when it polled last, in seconds since the epoch.
        chain: the name of its policy chain; empty if it has none yet.
        failure: why the last cycle failed; empty if it did not.
    """

    number: int = 0
    polled: float = 0.0
    chain: str = ""
    failure: str = ""

    def line(self) -> bytes:
        """Format the report as a line of JSON."""
        return json.dumps(self._asdict()).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> AgentReport:
        """Parse such a line."""
        told = json.loads(line)
        return cls(int(told["number"]), float(told["polled"]), str(told["chain"]), str(told["failure"]))


@contextmanager
def rules_lock(path: Path) -> Iterator[None]:
    """Keep other processes of the same cell from editing its rules: positions in chains must not shift meanwhile."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Agent:
    """The agent of one cell."""

    def __init__(self, cell: str, source: StateSource, iptables: Iptables, lock: Path) -> None:
        self._cell = cell
        self._source = source
        self._iptables = iptables
        self._lock = lock
        self._policies = PolicySwap(iptables, lambda: time.time_ns() // 1000)
        self._groups: SecurityGroupSwap | None = None
        self._version: object = None
        self._order = AgentOrder(0, frozenset())
        self._failure = ""
        self._polled = 0.0

    def take(self, order: AgentOrder) -> None:
        """Carry out an order: run a cycle if a container has started, with the security groups of that container."""
        started = order.handles - self._order.handles
        self._order = order
        if started or self._version is None:
            self._cycle(started)

    def poll(self, *, policies: bool, groups: bool) -> None:
        """Run a cycle for what is due: each has its own interval.

        Policies are compared if something may have changed since the last cycle, or that one failed; security groups,
        of all containers, always.
        """
        if groups:
            self._cycle(self._order.handles, policies=policies)
        elif policies:
            self._cycle(frozenset(), only_changes=not self._failure)

    def _cycle(self, handles: Collection[str], *, policies: bool = True, only_changes: bool = False) -> None:
        """Read the state, plan, and enforce `policies`, and the security groups of the containers `handles`."""
        if policies:
            self._polled = time.time()
        try:
            version = self._source.version()
            if only_changes and version == self._version:
                return
            planned = self._plan()
            with rules_lock(self._lock):
                if policies:
                    self._policies.enforce([rule.text for rule in planned.policy])
                self._enforce_groups(planned, handles)
        except (CfnetError, ProgramFailed) as error:
            self._failure = str(error)
        else:
            self._version, self._failure = version if policies else self._version, ""

    def _plan(self) -> PlannedCell:
        state = self._source.state()
        cell = state.read_cell(self._cell)
        running = [each for each in cell.containers if each.handle in self._order.handles]
        return CellPlanner(state).plan(Cell(cell.name, running, cell.origin))

    def _enforce_groups(self, planned: PlannedCell, handles: Collection[str]) -> None:
        if not handles:
            return
        if self._groups is None:
            survives = planned.settings.silk.candidate_survives
            self._groups = SecurityGroupSwap(self._iptables, candidate_survives=survives)
        self._groups.enforce([each for each in planned.own if each.container.handle in handles])

    def report(self) -> AgentReport:
        """Return what it has done so far."""
        return AgentReport(self._order.number, self._polled, self._policies.chain, self._failure)


def run_agent(agent: Agent, settings: PlaneSettings, orders: int, reports: int) -> None:
    """Run an agent until the pipe of its `orders` is closed; write its reports to the pipe `reports`."""
    lines = LineReader(orders)
    begun = time.monotonic()
    policies_at, groups_at = begun + settings.policy_seconds, begun + settings.security_group_seconds
    while True:
        wait = max(0.0, min(policies_at, groups_at) - time.monotonic())
        if select.select([orders], [], [], wait)[0]:
            received = lines.receive()
            if received is None:
                return
            for line in received:
                agent.take(AgentOrder.read(line))
        now = time.monotonic()
        policies, groups = now >= policies_at, now >= groups_at
        agent.poll(policies=policies, groups=groups)
        if policies:
            policies_at = now + settings.policy_seconds
        if groups:
            groups_at = now + settings.security_group_seconds
        os.write(reports, agent.report().line())
