"""The sandbox's cells on this computer: start, stop and check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cfnet.cell.drift.cell_drift import cell_drift
from cfnet.cell.iptables.listing import parse as parse_rules
from cfnet.cell.iptables.tokens import NotIptables
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.dataplane import control
from cfnet.dataplane.launch import AlreadyUp, Launch, end, wait_for_end
from cfnet.dataplane.state_source import PlaneSettings
from cfnet.errors import InputFault, UsageFault
from cfnet.operations.cell_requirements import require_cells
from cfnet.operations.embedded_sandbox import use_sandbox
from cfnet.operations.refresh_cells import cells_folder, warn_of_failures
from cfnet.operations.sandbox_source import SandboxSource
from cfnet.show.cell_status import CellStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cfnet.cell.model.state import State
    from cfnet.dataplane.programs import Backend
    from cfnet.operations.environment import Environment


class CellsUp(NamedTuple):
    """The cells after `up`.

    Attributes:
        cells: their names.
        containers: the number of their containers.
        poll: how often their agents poll, in seconds.
        already: whether they were up before.
        backend: the implementation of iptables that they use.
    """

    cells: Sequence[str]
    containers: int
    poll: float
    already: bool
    backend: str


def bring_up(environment: Environment, backend: Backend, poll_seconds: float, *, tied: bool = False) -> CellsUp:
    """Start the sandbox's cells in the background, unless they are up; if `tied`, they end with this process.

    Raises:
        UsageFault: they cannot run here.
        InputFault: the sandbox cannot be used.
    """
    launch = _launch(environment, backend, poll_seconds, tied=tied)
    if launch is not None:
        launch.in_background()
    return _up(environment, already=launch is None)


def run_in_foreground(
    environment: Environment, backend: Backend, poll_seconds: float, say: Callable[[CellsUp], object]
) -> None:
    """Start the sandbox's cells, call `say`, and stop them when interrupted.

    Raises:
        UsageFault: they cannot run here.
        InputFault: the sandbox cannot be used.
    """
    launch = _launch(environment, backend, poll_seconds, tied=True)
    if launch is None:
        say(_up(environment, already=True))
        return
    launch.in_background()
    try:
        say(_up(environment, already=False))
        wait_for_end(launch.folder)
    finally:
        bring_down(environment)


def _launch(environment: Environment, backend: Backend, poll_seconds: float, *, tied: bool = False) -> Launch | None:
    with use_sandbox(environment):
        path = environment.data_folder / "sandbox.db"
    settings = PlaneSettings(lambda: SandboxSource.open(path), backend, poll_seconds)
    folder = cells_folder(environment)
    if control.request(folder, "status") is not None:
        return None
    require_cells(environment, backend)
    while True:
        try:
            return Launch(settings, folder, [environment.data_folder], tied=tied)
        except AlreadyUp:
            if control.request(folder, "status") is not None:
                return None
            wait_for_end(folder)


def _up(environment: Environment, *, already: bool) -> CellsUp:
    answer = control.request(cells_folder(environment), "status")
    if answer is None:
        raise UsageFault("The cells have ended.", hint="Try again.")
    warn_of_failures(environment, answer)
    cells = answer["cells"]
    return CellsUp(
        [cell["name"] for cell in cells],
        sum(len(cell["containers"]) for cell in cells),
        answer["poll"],
        already,
        answer["backend"],
    )


def bring_down(environment: Environment) -> bool:
    """Stop the cells, even if they do not answer; return whether they were up.

    Raises:
        UsageFault: the directory of their socket cannot be used.
    """
    return end(cells_folder(environment))


def cells_status(environment: Environment) -> Sequence[CellStatus] | None:
    """Return the state of the cells; None if they are not up.

    Raises:
        UsageFault: they do not answer.
        InputFault: the sandbox cannot be used.
    """
    answer = control.request(cells_folder(environment), "listings")
    if answer is None:
        return None
    with use_sandbox(environment) as foundation:
        state = SandboxSource(foundation).state()
    planner = CellPlanner(state)
    return [
        CellStatus(
            told["name"],
            len(told["containers"]),
            told["polled"],
            told["chain"],
            told["failure"] or answer["failure"],
            _deviations(planner, state, told),
        )
        for told in answer["cells"]
    ]


def _deviations(planner: CellPlanner, state: State, told: Mapping[str, Any]) -> int | None:
    """Compare the rules of a cell with the expected ones, as `verify` does."""
    if not told["listing"] or told["name"] not in state.cell_names:
        return None
    try:
        planned = planner.plan(state.read_cell(told["name"]))
        actual = parse_rules(told["listing"])
    except (InputFault, NotIptables):
        return None
    return len(cell_drift(planned, actual, whole_cell=True, security_groups=True))
