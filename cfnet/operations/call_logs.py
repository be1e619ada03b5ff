"""Read logged calls, and what they are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cell.calls.advice import CallContext
from cfnet.cell.calls.call_log import CallLog
from cfnet.cell.calls.log_coverage import CellFacts
from cfnet.cell.calls.log_reader import read_calls, read_packets
from cfnet.cell.model.instances import names_of, running, without_marks
from cfnet.operations.inventory import state_of
from cfnet.operations.log_files import PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from cfnet.cell.explain.kernel_log import LogLine
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.operations.log_files import LogFile


def call_context(inventory: Inventory) -> CallContext:
    """Read what calls are compared with.

    Raises:
        CfnetError: it cannot be read.
    """
    state = state_of(inventory)
    containers = list(running(state.cells()))
    names = names_of(state, containers)
    if state.tags.allotted:
        names = without_marks(names)
    cells_of: dict[str, set[str]] = {}
    for each in containers:
        if each.container.app:
            cells_of.setdefault(each.container.app, set()).add(each.cell)
    settings = None if "agent.json" in state.missing else state.settings
    facts = CellFacts(
        state.cell_names,
        {each.container.ip: each.cell for each in containers},
        # Without network policies, the chain accepts all calls before it logs any.
        settings.iptables_logging and not settings.disable_container_network_policy if settings else None,
    )
    return CallContext(
        names,
        state.read_apps(),
        state.policies,
        state.complete and state.read_visible() is None,
        facts,
        cells_of,
        settings,
        not state.tags.allotted,
    )


def empty_log(context: CallContext) -> CallLog:
    """Return a log without calls."""
    return CallLog(context.names, {policy.source for policy in context.policies})


def read_logs(files: Sequence[LogFile], log: CallLog, environment: Environment) -> None:
    """Count the calls in files, with a bar on a terminal.

    Raises:
        InputFault: a file cannot be read.
    """
    with _progress(files, environment) as step:
        for file in files:
            with environment.status.waiting(f"Reading {file.name}"):
                read_calls(file.pieces(step), file.name, file.written, log)


def packets_in(files: Sequence[LogFile], environment: Environment) -> Iterator[tuple[LogLine, float]]:
    """Yield the packets that lines report, with the time when their file was last written; with a bar on a terminal.

    Raises:
        InputFault: a file cannot be read.
    """
    with _progress(files, environment) as step:
        for file in files:
            with environment.status.waiting(f"Reading {file.name}"):
                for line in read_packets(file.pieces(step)):
                    yield line, file.written


def _progress(files: Sequence[LogFile], environment: Environment) -> AbstractContextManager[Callable[[], None]]:
    return environment.status.bar("Reading logs", sum(-(-file.size // PIECE) for file in files))
