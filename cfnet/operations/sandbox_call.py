"""Call from a container of the sandbox: `cfnet sandbox curl`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane import control
from cfnet.dataplane.container_calls import read_outcome
from cfnet.dataplane.http_call import CallResult, CallTarget
from cfnet.dataplane.places import Places
from cfnet.errors import CommandLineFault, UsageFault
from cfnet.operations.embedded_sandbox import use_sandbox
from cfnet.operations.find_container import container
from cfnet.operations.refresh_cells import cells_folder
from cfnet.operations.sandbox_source import SandboxSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfnet.cell.model.state import State
    from cfnet.dataplane.http_call import CallOutcome
    from cfnet.dataplane.places import PlacedContainer
    from cfnet.operations.environment import Environment
    from cfnet.operations.failed_call import FailedCall

NOT_UP = "The cells are not up."
START = "Start them with 'cfnet sandbox up'."

ENDED: Final = "The cells ended during the call."
_PATIENCE: Final = 5.0
"""Seconds that a poll may take."""
_STEP: Final = 0.05
_RETRIES: Final = 2


class Attempt(NamedTuple):
    """A call that got no answer: from which container, to what, how it ended, and the ports of the called app."""

    source: PlacedContainer
    target: CallTarget
    outcome: CallOutcome
    ports: Sequence[int]


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

    If a policy allows the call that the cells do not enforce yet, wait for the agents' next poll, and call again.

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
    for _ in range(_RETRIES):
        called = _call(source, parsed, folder, environment)
        failed = called.failed
        if failed is None or environment.no_wait or not (failed.pending or failed.stale):
            return called
        if failed.pending:
            environment.tell_notes([failed.text, "Waiting for the agents to poll…"])
            wait_for_poll(folder, environment)
    return _call(source, parsed, folder, environment)


def wait_for_poll(folder: Path, environment: Environment) -> None:
    """Wait until every agent has polled again, but not for longer than that should take.

    Raises:
        UsageFault: the cells do not answer.
    """
    begun = environment.now()
    while (answer := control.request(folder, "status")) is not None:
        if all(cell["polled"] > begun for cell in answer["cells"]):
            return
        if environment.now() > begun + answer["poll"] + _PATIENCE:
            return
        time.sleep(_STEP)  # not that of `environment`: the agents poll in real time


def _call(source: str, target: CallTarget, folder: Path, environment: Environment) -> Called:
    places = places_of(folder)
    state = sandbox_state(environment)
    here = container(source, places, state.read_apps())
    answer = control.request(folder, "call", handle=here.handle, cell=here.cell, target=target)
    if answer is None:
        raise UsageFault(ENDED, hint=START)
    outcome = read_outcome(answer)
    if outcome.result is CallResult.ANSWERED:
        return Called(outcome.body)
    from cfnet.operations.call_evidence import explained

    ports = next((each.ports for each in places.containers if each.ip == outcome.address), ())
    return explained(Attempt(here, target, outcome, ports), state, folder)
