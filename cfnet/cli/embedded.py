"""The embedded foundation, in this process: where it is kept, a session with it, and what its cells hold."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation import environment_session
from cfnet.sandbox import Foundation, SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.agent import AgentSettings
    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment
    from cfnet.foundation.session import Session
    from cfnet.foundation.wire import Wire

_VARIABLES: Final = {
    "CF_API_URL": "http://sandbox",
    "CF_USERNAME": "admin",
    "CF_PASSWORD": "admin",
    "CF_ORG": "demo",
    "CF_SPACE": "dev",
}


@contextmanager
def use_sandbox(environment: Environment) -> Iterator[Foundation]:
    """The embedded foundation: the one that `environment` brings, else the one kept in the user's data folder.

    Raises:
        InputFault: its file cannot be opened.
        UsageFault: it refuses what it is asked.
    """
    path = environment.data_folder / "sandbox.db"
    try:
        if environment.embedded is not None:
            yield environment.embedded
        else:
            with Foundation.open(path) as foundation:
                yield foundation
    except SandboxError as error:
        raise UsageFault(str(error), hint=error.hint) from error
    except PermissionError as error:
        raise InputFault(f"cannot be opened ({error.strerror})", where=str(path)) from error


def sandbox_session(wire: Wire) -> Session:
    """A session of the sandbox's administrator, in its first space."""
    return environment_session.log_in(_VARIABLES, wire)


@contextmanager
def sandbox_state(environment: Environment, settings: AgentSettings | None = None) -> Iterator[State]:
    """What the cells of the embedded foundation enforce: its API tells the policies, its cells the containers.

    `settings` replace those of its cells' agents.
    """
    from cfnet.cell.state import Cell, State
    from cfnet.cell.tags import Tags
    from cfnet.cli.live import live
    from cfnet.foundation import cell_files
    from cfnet.foundation.shapes import parse

    with use_sandbox(environment) as sandbox:
        inside = dataclasses.replace(environment, sandbox=True, embedded=sandbox)
        with live(inside, check=lambda: None, talk=environment.stderr) as foundation:
            yield State(
                policies=foundation.policy_server.policies(),
                tags=Tags(foundation.policy_server.tags()),
                settings=settings or cell_files.agent(parse(sandbox.agent().encode())),
                cell_names=sandbox.cells(),
                read_cell=lambda name: Cell(name, cell_files.store(parse(sandbox.store(name).encode())), name),
                read_security_groups=foundation.cloud_controller.security_groups,
                read_apps=lambda: {app.guid: app for app in foundation.cloud_controller.apps()},
            )
