"""Call from a container of the sandbox: `cfnet sandbox curl`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.instances import names_of, running
from cfnet.dataplane import control
from cfnet.dataplane.addressing import UNDERLAY
from cfnet.dataplane.http_call import CallOutcome, CallResult, CallTarget
from cfnet.dataplane.places import Places
from cfnet.errors import CommandLineFault, UsageFault
from cfnet.operations.embedded_sandbox import use_sandbox
from cfnet.operations.failed_call import CallEvidence, FailedCall, failed_call
from cfnet.operations.find_container import container
from cfnet.operations.refresh_cells import cells_folder
from cfnet.operations.sandbox_cells import SandboxSource
from cfnet.policy import Policy, Ports, Protocol
from cfnet.show.remedy import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cfnet.cell.model.state import State
    from cfnet.dataplane.places import ContainerProcess
    from cfnet.operations.environment import Environment

NOT_UP = "The cells are not up."
START = "Start them with 'cfnet sandbox up'."


class Called(NamedTuple):
    """What became of a call: the body of the answer, or why there is none and the command that would allow it."""

    body: bytes = b""
    failed: FailedCall | None = None
    allow: str = ""


def places_of(folder: Path) -> Places:
    """Return where the cells and containers run.

    Raises:
        UsageFault: the cells are not up, or do not answer.
    """
    answer = control.request(folder, "places")
    if answer is None:
        raise UsageFault(NOT_UP, hint=START)
    return Places.read(answer)


def sandbox_state(environment: Environment) -> State:
    """Return the state of the sandbox.

    Raises:
        InputFault: it cannot be used.
    """
    with use_sandbox(environment) as foundation:
        return SandboxSource(foundation).state()


def call_from(source: str, target: str, environment: Environment) -> Called:
    """Call `HOST:PORT[/PATH]` from a container of the app `source`.

    Raises:
        CommandLineFault: the target does not have this form.
        UsageFault: the cells are not up.
        UnknownName: there is no such app or container.
    """
    try:
        parsed = CallTarget.parse(target)
    except ValueError as error:
        raise CommandLineFault(
            f"'{target}' is not HOST:PORT or HOST:PORT/PATH.", hint="Example: appB.apps.internal:8080"
        ) from error
    folder = cells_folder(environment)
    places = places_of(folder)
    state = sandbox_state(environment)
    here = container(source, places, state.read_apps())
    outcome = _called(folder, here, parsed)
    if outcome.result is CallResult.ANSWERED:
        return Called(outcome.body)
    return _explained(_evidence(here, parsed, outcome, places, state, folder), state)


def _called(folder: Path, here: ContainerProcess, target: CallTarget) -> CallOutcome:
    answer = control.request(folder, "call", handle=here.handle, cell=here.cell, target=target)
    if answer is None:
        raise UsageFault("The cells ended during the call.", hint=START)
    return outcome_of(answer)


def outcome_of(answer: Mapping[str, object]) -> CallOutcome:
    """Read the outcome of a call in an answer of the supervisor."""
    return CallOutcome(
        CallResult(str(answer["result"])),
        str(answer["address"]),
        int(str(answer["status"])),
        base64.b64decode(str(answer["body"])),
        str(answer["detail"]),
    )


def _evidence(  # noqa: PLR0917 - all of them are needed once
    here: ContainerProcess, target: CallTarget, outcome: CallOutcome, places: Places, state: State, folder: Path
) -> CallEvidence:
    by_ip = {each.container.ip: each for each in running(state.cells())}
    there = by_ip.get(outcome.address)
    cells = {here.cell, there.cell if there else here.cell}
    listings = control.request(folder, "listings") or {"cells": []}
    return CallEvidence(
        by_ip[here.ip],
        there,
        target,
        outcome,
        {each["name"]: each["listing"] for each in listings["cells"] if each["name"] in cells},
        state.policies,
        state.settings.overlay_networks,
        state.settings.vtep_name,
        UNDERLAY,
        next((each.ports for each in places.containers if each.ip == outcome.address), ()),
        names_of(state),
    )


def _explained(evidence: CallEvidence, state: State) -> Called:
    failed = failed_call(evidence)
    there = evidence.destination
    if not failed.missing or there is None:
        return Called(failed=failed)
    port = evidence.target.port
    wanted = Policy(evidence.source.container.app, there.container.app, Protocol("tcp"), Ports(port, port))
    return Called(failed=failed, allow=remedy(wanted, state.read_apps()).command or "")
