"""What the cells of the embedded foundation are to enforce, as of now."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cfnet.cell.state import Cell, State
from cfnet.cell.tags import Tags
from cfnet.cli.embedded import use_sandbox
from cfnet.cli.live import live
from cfnet.foundation import cell_files
from cfnet.foundation.shapes import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.agent import AgentSettings
    from cfnet.cli.environment import Environment


@contextmanager
def sandbox_state(environment: Environment, settings: AgentSettings | None = None) -> Iterator[State]:
    """What the cells of the embedded foundation enforce: its API tells the policies, its cells the containers.

    `settings` replace those of its cells' agents.
    """
    with use_sandbox(environment) as sandbox:
        inside = environment._replace(sandbox=True, embedded=sandbox)
        with live(inside, check=lambda: None, talk=environment.stderr) as foundation:
            yield State(
                policies=foundation.policy_server.policies(),
                tags=Tags(foundation.policy_server.tags()),
                settings=settings or cell_files.agent(parse(sandbox.agent().encode())),
                cell_names=sandbox.cells(),
                read_cell=lambda name: Cell(name, cell_files.store(parse(sandbox.store(name).encode())), name),
                read_security_groups=foundation.cloud_controller.security_groups,
                read_apps=lambda: {app.guid: app for app in foundation.cloud_controller.apps()},
                target=foundation.target.space,
            )
