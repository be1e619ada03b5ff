"""Where a command that renders gets the state of the foundation from: a snapshot, the sandbox, or a live foundation."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cfnet.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cfnet.cell.agent import AgentSettings
    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment

Command = TypeVar("Command", bound="Callable[..., Any]")


class Source(NamedTuple):
    """What the options say.

    Attributes:
        folder: the snapshot to read.
        agent: the file with the agent's settings, where they are not to be those of the snapshot.
    """

    folder: Path | None
    agent: Path | None


def state_options(function: Command) -> Command:
    """Let a click command take the options that say where the state comes from: arguments `folder` and `agent`."""
    for option in (
        click.option(
            "--agent",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="The agent's settings (default: agent.json)",
        ),
        click.option("--from", "folder", metavar="DIR", type=click.Path(path_type=Path), help="A snapshot to read"),
    ):
        function = option(function)
    return function


@contextmanager
def open_state(source: Source, environment: Environment) -> Iterator[State]:
    """What is known of the foundation that the command is about.

    Raises:
        CfnetError: it cannot be read.
    """
    settings = _settings(source.agent)
    if source.folder is not None:
        if environment.sandbox:
            raise UsageFault("--from cannot be combined with --sandbox")
        from cfnet.foundation.snapshot import open_snapshot

        yield open_snapshot(source.folder, settings)
        return
    if environment.uses_sandbox:
        from cfnet.cli.sandbox_state import sandbox_state

        with sandbox_state(environment, settings) as state:
            yield state
        return
    raise UsageFault("render needs --from DIR, or --sandbox", hint="'cfnet render --help' says what DIR has.")


def _settings(file: Path | None) -> AgentSettings | None:
    if file is None:
        return None
    from cfnet.foundation import cell_files
    from cfnet.foundation.shapes import WrongShape, parse

    try:
        return cell_files.agent(parse(file.read_bytes()))
    except OSError as fault:
        raise InputFault(f"cannot be read: {fault.strerror}", where=str(file)) from fault
    except WrongShape as fault:
        raise InputFault(str(fault), where=str(file)) from fault
