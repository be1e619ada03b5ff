"""Options that say where a command reads a foundation's state from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def placement_options(function: Command) -> Command:
    """Let a click command take the options that say where containers run: arguments `agent`, `lrps`, `stores`."""
    for option in (
        click.option(
            "--agent",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Settings of the cells' agents, as in agent.json",
        ),
        click.option(
            "--store",
            "stores",
            metavar="CELL=FILE",
            multiple=True,
            type=click.Path(),
            help="A cell's store.json, believed before all else; may be repeated",
        ),
        click.option(
            "--lrps",
            metavar="FILE",
            type=click.Path(),
            help="What 'cfdot actual-lrps' prints (-: stdin), instead of process stats",
        ),
    ):
        function = option(function)
    return function


def state_options(function: Command) -> Command:
    """Let a click command take `--from` (argument `folder`), too."""
    return snapshot_option(placement_options(function))


def snapshot_option(function: Command) -> Command:
    """Let a click command take `--from` alone."""
    option = click.option(
        "--from", "folder", metavar="DIR", type=click.Path(path_type=Path), help="A snapshot, not the live foundation"
    )
    return option(function)
