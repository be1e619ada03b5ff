"""Options that select the source of a foundation's state."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from cfnet.operations.inventory import InventorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")

SNAPSHOT: Final = "Read from a snapshot instead of the live foundation"


def inventory_options(function: Command) -> Command:
    """Add `--from`, `--agent`, `--store` and `--lrps` to a click command: parameter `origin`, `InventorySource`."""
    return _snapshot_option(_placement_options(function))


def snapshot_option(summary: str = SNAPSHOT) -> Callable[[Command], Command]:
    """Add `--from` to a click command: parameter `origin`, `InventorySource`."""
    return lambda function: _snapshot_option(_collected(function), summary)


def _placement_options(function: Command) -> Command:
    """Add `--agent`, `--store` and `--lrps` to a click command: parameter `origin`, `InventorySource`."""
    function = _collected(function)
    for option in (
        click.option(
            "--agent",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Settings of the agents on the cells, in the format of agent.json",
        ),
        click.option(
            "--store",
            "stores",
            metavar="CELL=FILE",
            multiple=True,
            type=click.Path(),
            help="store.json of a cell; takes precedence over other sources; repeatable",
        ),
        click.option(
            "--lrps",
            metavar="FILE",
            type=click.Path(),
            help="Output of 'cfdot actual-lrps' to use instead of process stats (-: stdin)",
        ),
    ):
        function = option(function)
    return function


def _snapshot_option(function: Command, summary: str = SNAPSHOT) -> Command:
    return click.option("--from", "snapshot", metavar="DIR", type=click.Path(path_type=Path), help=summary)(function)


def _collected(function: Command) -> Command:
    @wraps(function)
    def collected(
        *arguments: object,
        snapshot: Path | None = None,
        agent: Path | None = None,
        lrps: str | None = None,
        stores: Sequence[str] = (),
        **options: object,
    ) -> object:
        return function(*arguments, origin=InventorySource(snapshot, agent, lrps, stores), **options)

    return cast("Command", collected)
