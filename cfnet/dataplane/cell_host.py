"""A running cell: its containers, its agent, and what keeps its namespaces open."""

from __future__ import annotations

import os
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cfnet.dataplane.agent import Agent, AgentOrder, AgentReport, rules_lock, run_agent
from cfnet.dataplane.app_server import serve_app
from cfnet.dataplane.forked import ContainerProcess, fork
from cfnet.dataplane.line_stream import LineReader
from cfnet.dataplane.namespace import NEW_HOSTNAME, NEW_MOUNTS, unshare
from cfnet.dataplane.programs import Iptables, ProgramFailed
from cfnet.dataplane.start_chains import added_chains, removed_chains, rules_by_chain, started_chains

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.dataplane.namespace import Namespace
    from cfnet.dataplane.state_source import PlaneSettings
    from cfnet.dataplane.wiring import WiredCell

_HOSTNAME_BYTES: Final = 64


class RunningContainer(NamedTuple):
    """A container that has been started, its chains, and its namespace."""

    place: ContainerProcess
    chains: Sequence[ContainerChain]
    namespace: Namespace


class CellHost:
    """One cell.

    Attributes:
        containers: its containers, by handle.
        pids: its processes by what they are: `cell`, `agent`, or the handle of a container.
        report: what its agent has reported last.
        failure: why containers could not be started or stopped; empty if they could.
        reports: the pipe of the agent's reports.
    """

    def __init__(self, wired: WiredCell, settings: PlaneSettings, folder: Path) -> None:
        self.name = wired.lease.name
        self.containers: dict[str, RunningContainer] = {}
        self.pids: dict[str, int] = {}
        self.report = AgentReport()
        self.failure = ""
        self.reports = -1
        self.ordered = 0
        self._wired = wired
        self._settings = settings
        self._lock = folder / f"{wired.lease.port}.lock"
        self._iptables = Iptables(settings.backend, wired.namespace.run)
        self._orders = -1
        self._reader: LineReader | None = None

    def listing(self) -> str:
        """Return the output of `iptables -S` on the cell.

        Raises:
            ProgramFailed: it cannot be read.
        """
        return self._iptables.listing()

    def counted(self) -> str:
        """Return the output of `iptables-save -c` on the cell.

        Raises:
            ProgramFailed: it cannot be read.
        """
        return self._iptables.counted()

    def told(self, *, listings: bool) -> dict[str, Any]:
        """Return the state of the cell for an answer; with `listings`, also what `iptables -S` prints."""
        failure = self.failure or self.report.failure
        told = {
            "name": self.name,
            "agent": self.pids.get("agent", 0),
            "polled": self.report.polled,
            "chain": self.report.chain,
            "failure": failure,
            "containers": sorted(self.containers),
        }
        if listings:
            try:
                told["listing"] = self.listing()
            except ProgramFailed as error:
                told |= {"listing": "", "failure": failure or str(error)}
        return told

    def run(self, role: str) -> None:
        """Start one of its processes, or start it again: `cell`, `agent`, or a container by its handle."""
        if role == "agent":
            self._run_agent()
        elif role == "cell":
            self.pids[role] = fork(self.name, self._hold, [self._wired.namespace.descriptor])
        else:
            container = self.containers[role]
            name = f"{container.place.name}/{container.place.instance}"
            self.pids[role] = fork(name, partial(_serve, container), [container.namespace.descriptor])

    def update(
        self, wanted: Sequence[ContainerProcess], containers: Mapping[str, Container], settings: AgentSettings
    ) -> bool:
        """Stop containers that are not `wanted`, start those that are missing, and tell the agent.

        `containers` are those of the cell's store, by handle. Return whether anything has changed.
        """
        handles = {each.handle for each in wanted}
        gone = [handle for handle in self.containers if handle not in handles]
        fresh = [each for each in wanted if each.handle not in self.containers]
        self.failure = ""  # containers that could not be started may no longer be wanted
        if not (gone or fresh):
            return False
        chains = started_chains([containers[each.handle] for each in fresh], settings)
        try:
            with rules_lock(self._lock):
                self._stop(gone)
                self._start(fresh, chains)
        except (ProgramFailed, OSError) as error:
            self.failure = str(error)
        self.tell_agent()
        return True

    def _stop(self, handles: Sequence[str]) -> None:
        if not handles:
            return
        for handle in handles:
            if pid := self.pids.pop(handle, 0):
                os.kill(pid, signal.SIGKILL)
        stopped = [self.containers.pop(handle) for handle in handles]
        try:
            listing = self._iptables.listing()
            names = [name for each in stopped for name in _names(each, listing)]
            self._iptables.edit(removed_chains(names, listing))
        finally:
            self._wired.unplug([each.place.ip for each in stopped])

    def _start(self, places: Sequence[ContainerProcess], chains: Sequence[ContainerChain]) -> None:
        if not places:
            return
        namespaces = self._wired.plug_in([each.ip for each in places])
        present = [chain for each in self.containers.values() for chain in each.chains]
        try:
            self._iptables.edit(added_chains(chains, present, self._iptables.listing()))
        except ProgramFailed:
            self._wired.unplug([each.ip for each in places])
            raise
        for place in places:
            own = [chain for chain in chains if chain.container.handle == place.handle]
            self.containers[place.handle] = RunningContainer(place, own, namespaces[place.ip])
            self.run(place.handle)

    def tell_agent(self) -> None:
        """Tell the agent which containers run on the cell, and ask it for a cycle if they have changed."""
        self.ordered += 1
        try:
            os.write(self._orders, AgentOrder(self.ordered, frozenset(self.containers)).line())
        except BrokenPipeError:
            return  # it is told when it has been started again

    def receive(self) -> bool:
        """Take the agent's reports; return whether there will be more."""
        lines = self._reader.receive() if self._reader else None
        for line in lines or ():
            self.report = AgentReport.read(line)
        return lines is not None

    @property
    def settled(self) -> bool:
        """Whether the agent has carried out all that it was told."""
        return self.report.number == self.ordered

    def _run_agent(self) -> None:
        for descriptor in (self._orders, self.reports):
            if descriptor >= 0:
                os.close(descriptor)
        orders, self._orders = os.pipe()
        self.reports, reports = os.pipe()
        self._reader = LineReader(self.reports)
        keep = [orders, reports, self._wired.namespace.descriptor]
        self.pids["agent"] = fork(f"agent {self.name}", partial(self._poll, orders, reports), keep)
        os.close(orders)
        os.close(reports)
        self.tell_agent()

    def _poll(self, orders: int, reports: int) -> None:
        self._wired.namespace.enter()
        agent = Agent(self.name, self._settings.open_source(), Iptables(self._settings.backend), self._lock)
        run_agent(agent, self._settings, orders, reports)

    def _hold(self) -> None:
        self._wired.namespace.enter()
        _settle(self.name)
        while True:
            signal.pause()


def _serve(container: RunningContainer) -> None:
    place = container.place
    container.namespace.enter()
    _settle(place.handle)
    serve_app(place.name, place.instance, place.cell, place.ip, place.ports)


def _settle(hostname: str) -> None:
    """Give this process mounts and a host name of its own."""
    unshare(NEW_MOUNTS | NEW_HOSTNAME)
    socket.sethostname(hostname[:_HOSTNAME_BYTES])


def _names(container: RunningContainer, listing: str) -> Iterator[str]:
    """Return the names of the container's chains, with those of the agent: the netout chain jumps to these."""
    own = [chain.name for chain in container.chains]
    yield from own
    rules = rules_by_chain(listing)
    for name in own:
        for rule in rules.get(name, ()):
            target = rule.removeprefix("-j ")
            if target.startswith(("asg-", "casg-")):
                yield target
