"""A foundation's state as it would be after an `apply` of policy documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cfnet.cell.tags import with_new_apps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment
    from cfnet.document import Fault, SpaceName

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
        click.exceptions.Exit: the documents have faults; they are told on stderr by then.
    """
    from cfnet.cli.documents import load_documents
    from cfnet.document import resolve

    loaded = load_documents(wanted.files, wanted.given, wanted.value_files, environment, targeted=targeted)
    _require_none(loaded.faults, wanted, environment)
    apps = state.read_apps().values()
    resolved = resolve(loaded, apps, {app.space for app in apps})
    _require_none(resolved.faults, wanted, environment)
    there = set(state.policies)
    policies = [*state.policies, *(policy for policy in resolved.wanted if policy not in there)]
    return replace(
        state,
        policies=policies,
        tags=with_new_apps(state.tags, policies),
        notes=[*state.notes, f"As it would be after 'apply' of {', '.join(wanted.files)}."],
    )


def _require_none(faults: Iterable[Fault], wanted: Wanted, environment: Environment) -> None:
    from cfnet.exits import Exit
    from cfnet.show.faults import FaultFormat, faults_as

    found = tuple(faults)
    if found:
        environment.stderr.write(faults_as(FaultFormat.TEXT, found, list(dict.fromkeys(wanted.files))))
        raise click.exceptions.Exit(Exit.USAGE)
