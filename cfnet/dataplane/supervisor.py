"""The supervisor of a data plane: starts and stops containers, keeps agents and apps running, answers requests.

It is the first process of its PID namespace, with one thread, and waits for events: a request, a process that has
ended, a report of an agent, a change of the database.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cfnet.dataplane.cell_host import CellHost
from cfnet.dataplane.container_calls import start_call
from cfnet.dataplane.forked import ContainerProcess
from cfnet.dataplane.http_call import CallTarget
from cfnet.dataplane.line_stream import LineReader
from cfnet.dataplane.name_service import NameService
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.refusals import start_refusals
from cfnet.dataplane.wiring import WiredCells
from cfnet.errors import CfnetError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.model.container import Container
    from cfnet.dataplane.state_source import PlaneSettings
    from cfnet.policy import App

_WATCH_SECONDS: Final = 0.25
"""How often the database is checked for changes that nobody has announced."""
_OTHER_CELLS: Final = "The sandbox now has other cells: run 'cfnet sandbox down', then 'cfnet sandbox up'."
_RETRY_SECONDS: Final = 5.0
"""When containers that could not be started are tried again."""
_CLIENT_SECONDS: Final = 5.0
"""How long a client may take to read its answer."""
_RESTART_SECONDS: Final = 1.0
"""How long a process must have run to be started again at once."""


class SupervisorIdentity(NamedTuple):
    """The supervisor as seen from outside: its process id on the host, and whether it has a user namespace."""

    pid: int
    user: bool


class _Waiting(NamedTuple):
    """A request that is answered when the agents have carried out these orders, by cell."""

    orders: Mapping[str, int]
    answer: Callable[[], None]


class Supervisor:
    """Runs the cells of a data plane until it is told to stop."""

    def __init__(
        self,
        settings: PlaneSettings,
        folder: Path,
        server: socket.socket,
        identity: SupervisorIdentity,
        lives: Sequence[int],
    ) -> None:
        """Prepare the cells; stop when one of the pipes `lives` is closed.

        Args:
            settings: how to run the data plane.
            folder: a directory for the locks of cells, private to the data plane.
            server: the control socket.
            identity: the supervisor as seen from outside.
            lives: pipes that processes outside hold open.

        Raises:
            CfnetError: the state cannot be read.
            ProgramFailed: the kernel refuses.
            OSError: the kernel refuses.
        """
        self._settings = settings
        self._server = server
        self._identity = identity
        self._lives = lives
        self._source = settings.open_source()
        self._version: object = None
        self._failure = ""
        self._wired = WiredCells(self._source.leases())
        self._cells = {name: CellHost(wired, settings, folder) for name, wired in self._wired.cells.items()}
        self._selector = selectors.DefaultSelector()
        self._names = NameService()
        self._waiting: list[_Waiting] = []
        self._again: dict[tuple[str, str], float] = {}
        self._born: dict[tuple[str, str], float] = {}
        self._retry_at = 0.0
        self._running = True
        self._told: Mapping[str, Callable[[], dict[str, Any]]] = {
            "status": self.status,
            "listings": partial(self.status, listings=True),
            "places": self.places,
            "counters": self.counters,
        }

    def run(self, ready: Callable[[], None]) -> None:
        """Start everything, call `ready` when all agents have enforced their policies, and run until the end."""
        wake, woken = os.pipe()
        for descriptor in (wake, woken):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        self._selector.register(wake, selectors.EVENT_READ, lambda: self._reap(wake))
        for life in self._lives:
            self._selector.register(life, selectors.EVENT_READ, self._stop)
        self._selector.register(self._server, selectors.EVENT_READ, self._accept)
        self._names.listen((cell.namespace for cell in self._wired.cells.values()), self._selector)
        for cell in self._cells.values():
            self._start(cell, "cell")
            self._start(cell, "agent")
        self.refresh()
        self._when_settled(ready)
        while self._running:
            self._wait()

    def _wait(self) -> None:
        due = min(self._again.values(), default=float("inf")) - time.monotonic()
        for key, _ in self._selector.select(max(0.0, min(_WATCH_SECONDS, due))):
            key.data()
        self._restart_due()
        self._watch()
        still = [each for each in self._waiting if not self._settled(each.orders)]
        settled = [each for each in self._waiting if each not in still]
        self._waiting = still
        for each in settled:
            each.answer()

    def _watch(self) -> None:
        """Refresh if the database has changed, or the last time has failed."""
        failed = self._failure or any(cell.failure for cell in self._cells.values())
        if failed and time.monotonic() < self._retry_at:
            return
        try:
            changed = self._source.version() != self._version
        except CfnetError as error:
            self._failure, changed = str(error), True
        if failed or changed:
            self.refresh()

    def refresh(self) -> None:
        """Start and stop containers as the database says."""
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        try:
            version = self._source.version()
            state = self._source.state()
            apps = state.read_apps()
            for name, cell in self._cells.items():
                containers = {each.handle: each for each in state.read_cell(name).containers}
                wanted = [_place(each, name, apps) for each in sorted(containers.values())]
                before = dict(cell.pids)
                cell.update(wanted, containers, state.settings)
                now = time.monotonic()
                self._born |= {(name, role): now for role in cell.pids if role not in before}
            self._names.update((each.place for cell in self._cells.values() for each in cell.containers.values()), apps)
        except CfnetError as error:
            self._failure = str(error)
        else:
            self._version, self._failure = version, "" if list(state.cell_names) == list(self._cells) else _OTHER_CELLS

    def _settled(self, orders: Mapping[str, int]) -> bool:
        return all(self._cells[name].report.number >= number for name, number in orders.items())

    def _when_settled(self, answer: Callable[[], None]) -> None:
        self._waiting.append(_Waiting({name: cell.ordered for name, cell in self._cells.items()}, answer))

    def _stop(self, *_: object) -> None:
        self._running = False

    def _start(self, cell: CellHost, role: str) -> None:
        if role == "agent" and cell.reports >= 0:
            self._unregister(cell.reports)
        self._born[cell.name, role] = time.monotonic()
        cell.run(role)
        if role == "agent":
            self._selector.register(cell.reports, selectors.EVENT_READ, partial(self._hear, cell, cell.reports))

    def _hear(self, cell: CellHost, reports: int) -> None:
        if not cell.receive():
            self._unregister(reports)

    def _unregister(self, descriptor: int) -> None:
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def _reap(self, wake: int) -> None:
        """Learn which processes have ended, and start them again: at once, or later if they end all the time."""
        os.read(wake, 4096)
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for cell in self._cells.values():
                for role in [role for role, running in cell.pids.items() if running == pid]:
                    del cell.pids[role]
                    lived = time.monotonic() - self._born.get((cell.name, role), 0.0)
                    self._again[cell.name, role] = time.monotonic() + (
                        0.0 if lived > _RESTART_SECONDS else _RESTART_SECONDS
                    )

    def _restart_due(self) -> None:
        now = time.monotonic()
        for name, role in [each for each, due in self._again.items() if due <= now]:
            del self._again[name, role]
            cell = self._cells[name]
            if role in ("cell", "agent") or role in cell.containers:
                self._start(cell, role)

    def _accept(self) -> None:
        client, _ = self._server.accept()
        client.settimeout(_CLIENT_SECONDS)
        lines = LineReader(client.fileno())

        def receive() -> None:
            try:
                received = lines.receive()
            except OSError:  # it has gone without reading its answer
                received = None
            if received is None:
                self._close(client)
            for line in received or ():
                if client.fileno() >= 0:  # else another process answers it, and it may ask no more
                    self._answer(client, line)

        self._selector.register(client, selectors.EVENT_READ, receive)

    def _close(self, client: socket.socket) -> None:
        if client.fileno() >= 0:
            self._unregister(client.fileno())
            client.close()

    def _answer(self, client: socket.socket, line: bytes) -> None:
        try:
            asked = json.loads(line)
            do = str(asked["do"])
        except (ValueError, KeyError, TypeError, RecursionError):
            _send(client, {"failed": "invalid request"})
            return
        if do == "refresh":
            self.refresh()
            self._when_settled(lambda: _send(client, self.status()))
        elif do == "down":
            self._stop()
            _send(client, {})
        elif do == "call":
            self._call(client, asked)
        elif do == "refusals":
            self._hand_over(client, partial(start_refusals, [cell.namespace for cell in self._wired.cells.values()]))
        elif do in self._told:
            _send(client, self._told[do]())
        else:
            _send(client, {"failed": f"unknown request: {do}"})

    def _call(self, client: socket.socket, asked: Mapping[str, Any]) -> None:
        cell = self._cells.get(str(asked.get("cell")))
        container = cell.containers.get(str(asked.get("handle"))) if cell else None
        if container is None:
            _send(client, {"failed": "The container has been stopped."})
            return
        self._hand_over(client, partial(start_call, container.namespace, CallTarget.read(asked.get("target"))))

    def _hand_over(self, client: socket.socket, start: Callable[[socket.socket], object]) -> None:
        """Let a new process answer the client."""
        try:
            start(client)
        except OSError as error:  # too many processes
            _send(client, {"failed": f"No process can be started: {error.strerror}."})
        self._close(client)

    def counters(self) -> dict[str, Any]:
        """Return the counters of each cell's rules."""
        try:
            return {"cells": {name: cell.counted() for name, cell in self._cells.items()}}
        except ProgramFailed as error:
            return {"failed": str(error)}

    def status(self, *, listings: bool = False) -> dict[str, Any]:
        """Return the state of the cells; with `listings`, also what `iptables -S` prints on each."""
        return {
            "backend": str(self._settings.backend),
            "poll": self._settings.policy_seconds,
            "failure": self._failure,
            "cells": [cell.told(listings=listings) for cell in self._cells.values()],
        }

    def places(self) -> dict[str, Any]:
        """Return where cells and containers run."""
        cells = self._cells.values()
        return {
            "supervisor": self._identity.pid,
            "user": self._identity.user,
            "cells": [{"name": cell.name, "pid": cell.pids.get("cell", 0)} for cell in cells],
            "containers": [
                {**each.place._asdict(), "pid": cell.pids.get(handle, 0)}
                for cell in cells
                for handle, each in sorted(cell.containers.items())
            ],
        }


def _send(client: socket.socket, answer: Mapping[str, Any]) -> None:
    try:
        client.sendall(json.dumps(answer).encode() + b"\n")
    except OSError:  # it no longer waits for the answer, and its end is read next
        return


def _place(container: Container, cell: str, apps: Mapping[str, App]) -> ContainerProcess:
    app = apps.get(container.app)
    ports: Sequence[str] = container.ports.replace(",", " ").split()
    return ContainerProcess(
        container.handle,
        app.name if app else container.app,
        container.app,
        container.number or 0,
        cell,
        container.ip,
        tuple(int(port) for port in ports if port.isdigit()),
    )
