"""Explain a failed call: read the rules that the cells have, and find the command that would allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.model.instances import names_of, running
from cfnet.dataplane import control
from cfnet.dataplane.addressing import UNDERLAY
from cfnet.errors import UsageFault
from cfnet.operations.failed_call import CallEvidence, failed_call
from cfnet.operations.sandbox_call import ENDED, START, Called
from cfnet.policy import Policy, Ports, Protocol
from cfnet.show.remedy import remedy

if TYPE_CHECKING:
    from pathlib import Path

    from cfnet.cell.model.state import State
    from cfnet.operations.sandbox_call import Attempt

_DEFAULT_PORT: Final = " --protocol tcp --port 8080"


def explained(attempt: Attempt, state: State, folder: Path) -> Called:
    """Say why a call failed, and which command would allow it.

    Raises:
        UsageFault: the cells or the container have ended.
    """
    evidence = _with_rules(_evidence(attempt, state), folder)
    failed = failed_call(evidence)
    there = evidence.destination
    if not failed.missing or there is None:
        return Called(failed=failed)
    port = evidence.target.port
    wanted = Policy(evidence.source.container.app, there.container.app, Protocol("tcp"), Ports(port, port))
    command = remedy(wanted, state.read_apps()).command or ""
    command = command.removesuffix(_DEFAULT_PORT).replace("cfnet ", "cfnet --sandbox ", 1)
    return Called(failed=failed, allow=command)


def _evidence(attempt: Attempt, state: State) -> CallEvidence:
    here, target, outcome, ports = attempt
    by_ip = {each.container.ip: each for each in running(state.cells())}
    if here.ip not in by_ip:
        raise UsageFault(f"The container of {here.name} has been stopped during the call.")
    return CallEvidence(
        by_ip[here.ip],
        by_ip.get(outcome.address),
        target,
        outcome,
        {},
        state.policies,
        state.settings.overlay_networks,
        state.settings.vtep_name,
        UNDERLAY,
        ports,
        0,
        names_of(state),
    )


def _with_rules(evidence: CallEvidence, folder: Path) -> CallEvidence:
    """Add what `iptables -S` prints on the cells of both ends, and how often their agents poll."""
    cells = {each.cell for each in (evidence.source, evidence.destination) if each}
    answer = control.request(folder, "listings")
    if answer is None:
        raise UsageFault(ENDED, hint=START)
    found = {each["name"]: each["listing"] for each in answer["cells"] if each["name"] in cells}
    return evidence._replace(listings=found, poll=answer["poll"])
