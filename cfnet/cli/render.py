"""`cfnet render`: the policy chain that each cell would get."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click

from cfnet.cell.chain_text import chain_name
from cfnet.cell.policy_chain import Planner
from cfnet.cli.app_choice import choose_app, near
from cfnet.cli.options import shared
from cfnet.errors import UnknownName, UsageFault
from cfnet.show.rules import CellRules, listings, rules_json, saves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment


class Format(StrEnum):
    """The text that comes out."""

    RULES = "rules"
    SAVE = "save"
    JSON = "json"


@click.command("render", short_help="Show the iptables rules that each cell would get")
@click.option("--from", "folder", metavar="DIR", type=click.Path(path_type=Path), help="A snapshot to read (see below)")
@click.option("--cell", "cells", metavar="NAME", multiple=True, help="Only this cell; may be repeated")
@click.option(
    "--app", "apps", metavar="APP", multiple=True, help="Only rules about this app: name, ORG/SPACE/APP or GUID"
)
@click.option("--timestamp", metavar="N", type=int, help="Name the chain vpa--N; without it, vpa--preview")
@click.option(
    "--format",
    "text_format",
    type=click.Choice([Format.RULES.value, Format.SAVE.value]),
    help="As 'iptables -S' prints them (rules), or as iptables-restore loads them (save)  [default: rules]",
)
@click.option("--json", "as_json", is_flag=True, help="Each rule taken apart, as JSON, for programs")
@shared
@click.pass_context
def command(  # noqa: PLR0913 - an argument for each option
    ctx: click.Context,
    *,
    folder: Path | None,
    cells: Sequence[str],
    apps: Sequence[str],
    timestamp: int | None,
    text_format: str | None,
    as_json: bool,
) -> None:
    """Show the policy chain that each Diego cell would get.

    Each cell's block begins with a # line that names it, and then has what 'iptables -S' prints on that cell.

    \b
    A snapshot is a folder with
      policies.json          cf curl /networking/v1/external/policies
      tags.json              cf curl /networking/v1/external/tags (network.admin; else marks are allotted)
      cells/NAME/store.json  each cell's /var/vcap/data/container-metadata/store.json
      agent.json             settings of the policy agent (else its defaults)
      apps.json, spaces.json, organizations.json
                             cf curl /v3/apps and so on, for names (optional)
    """  # noqa: D301 - click reads the backspace
    environment: Environment = ctx.obj
    if as_json and text_format:
        raise UsageFault("--json cannot be combined with --format")
    chosen = Format.JSON if as_json else Format(text_format or Format.RULES)
    if apps and chosen is Format.SAVE:
        raise UsageFault("--app cannot be combined with --format save", hint="A part of a chain must not be loaded.")
    try:
        chain = chain_name(timestamp)
    except ValueError as error:
        raise UsageFault(f"{error}", hint="It is the time in microseconds since 1970: 16 digits.") from error
    with _state(folder, environment) as state:
        names = _cells(cells, state)
        only = _apps(apps, state) if apps else None
        for note in state.notes:
            environment.say(note)
        empty = True
        for piece in _text(_planned(state, names, only), chain, chosen, state):
            environment.stdout.write(piece)
            empty = False
        if empty:
            environment.say("No cell has a container of that app, or a rule about it.")


@contextmanager
def _state(folder: Path | None, environment: Environment) -> Iterator[State]:
    """What is known of the foundation that the command is about."""
    if folder is not None and environment.sandbox:
        raise UsageFault("--from cannot be combined with --sandbox")
    if folder is not None:
        from cfnet.foundation.snapshot import open_snapshot

        yield open_snapshot(folder)
    elif environment.uses_sandbox:
        from cfnet.cli.sandbox_state import sandbox_state

        with sandbox_state(environment) as state:
            yield state
    else:
        raise UsageFault("render needs --from DIR, or --sandbox", hint="'cfnet render --help' says what DIR has.")


def _cells(wanted: Sequence[str], state: State) -> Sequence[str]:
    if not wanted:
        return state.cell_names
    for name in wanted:
        if name not in state.cell_names:
            some = ", ".join(state.cell_names[:10]) + (", …" if len(state.cell_names) > 10 else "")  # noqa: PLR2004 - a line of names
            raise UnknownName(f"There is no cell '{name}'.", hint=near(name, state.cell_names) or f"There are: {some}.")
    return list(dict.fromkeys(wanted))


def _apps(wanted: Sequence[str], state: State) -> frozenset[str]:
    named = state.read_apps()
    guids = {app for policy in state.policies for app in (policy.source, policy.destination)}
    return frozenset(choose_app(text, named, guids) for text in wanted)


def _planned(state: State, names: Sequence[str], only: Collection[str] | None) -> Iterator[CellRules]:
    """The rules of each cell; with `only`, those about these apps, on the cells that have anything to do with them."""
    planner = Planner.of(state)
    for cell in state.cells(names):
        rules = planner.plan(cell)
        if only is None:
            yield CellRules(cell.name, rules, range(1, len(rules) + 1))
            continue
        about = [(rule, at) for at, rule in enumerate(rules, 1) if any(map(rule.concerns, only))]
        if about or any(container.app in only for container in cell.containers):
            yield CellRules(cell.name, [rule for rule, _ in about], [at for _, at in about])


def _text(cells: Iterator[CellRules], chain: str, chosen: Format, state: State) -> Iterator[str]:
    match chosen:
        case Format.RULES:
            return listings(cells, chain)
        case Format.SAVE:
            return saves(cells, chain)
        case Format.JSON:
            return rules_json(cells, chain, state)
        case _:
            assert_never(chosen)
