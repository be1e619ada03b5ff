"""A foundation's state as it would be after an `apply` of policy documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cfnet.cell.tags import with_new_apps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment
    from cfnet.document import SpaceName

Command = TypeVar("Command", bound="Callable[..., Any]")


class Wanted(NamedTuple):
    """What the options say: document files, values of their variables, and files with such values."""

    files: Sequence[str]
    given: Sequence[str]
    value_files: Sequence[str]


def wanted_options(function: Command) -> Command:
    """Let a click command take documents behind `-f`: `files`, `given` and `value_files`."""
    for option in (
        click.option("--vars-file", "value_files", metavar="FILE", multiple=True, help="YAML of values for ((name))"),
        click.option("--var", "given", metavar="NAME=VALUE", multiple=True, help="A value for ((NAME))"),
        click.option(
            "-f", "--file", "files", metavar="FILE", multiple=True, help="As it would be after 'apply' of this document"
        ),
    ):
        function = option(function)
    return function


def as_wanted(state: State, wanted: Wanted, environment: Environment, targeted: SpaceName | None) -> State:
    """`state`, with the policies that the documents declare beside those there are, and tags for new apps.

    Nothing is removed: `apply` removes only with `--prune`.

    Raises:
        DocumentFault: the documents have faults, or name apps that are not there; all of that is told on stderr.
    """
    from cfnet.cli.documents import read_documents, refuse_faults
    from cfnet.document import resolve

    loaded = read_documents(wanted.files, wanted.given, wanted.value_files, environment).load(targeted)
    refuse_faults(loaded.faults, environment)
    apps = state.read_apps().values()
    resolved = resolve(loaded, apps, {app.space for app in apps})
    refuse_faults(resolved.faults, environment)
    there = set(state.policies)
    policies = [*state.policies, *(policy for policy in resolved.wanted if policy not in there)]
    return replace(
        state,
        policies=policies,
        tags=with_new_apps(state.tags, policies),
        notes=[*state.notes, f"As it would be after 'apply' of {', '.join(wanted.files)}."],
    )
