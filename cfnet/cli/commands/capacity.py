"""`cfnet capacity`: how full a foundation is, and would be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import click

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.change.what_if import scaled, with_policies
from cfnet.cell.planning.capacity import measure
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import values
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.operations.choose_app import choose_app
from cfnet.operations.compare import compare, load_sound
from cfnet.operations.documents import read_documents, read_values
from cfnet.operations.environment import whole_number
from cfnet.operations.inventory import InventorySource, open_inventory, state_of
from cfnet.operations.typed_words import stdin_once
from cfnet.policy import ends
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.capacity import Filling, capacity_json, capacity_text, tag_warnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cell.change.tag_changes import TagChange
    from cfnet.cell.model.state import State
    from cfnet.document import Loaded
    from cfnet.operations.documents import DocumentFiles, Documents, GivenValues
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory

_MOST_INSTANCES: Final = 1_000_000
_STEPS: Final = ("add", "remove")


@click.command(
    "capacity",
    cls=CfnetCommand,
    examples=("", "--from snapshot", "--what-if scale=appA:20 --what-if add=policies.yml"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("graph", "render", "report"),
)
@click.option(
    "--what-if",
    "changes",
    metavar="CHANGE",
    multiple=True,
    type=click.Path(),
    help="Also show the usage after a change: scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml; repeatable",
)
@values
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(min=1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Policies per source app that the server allows (max_policies_per_app_source)",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="Include per-container chains (Default: as set in agent.json)"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    origin: InventorySource,
    changes: Sequence[str],
    written: DocumentFiles,
    quota: int,
    whole_cell: bool | None,
    as_json: bool,
) -> None:
    """Show the usage of tags, quotas and cells.

    The output lists the number of tags in use (of 65,535), the policies of each source app compared with its quota, and
    the rules and their size on each cell, highest usage first.

    Changes given by --what-if are applied in order. Additional instances are placed on the cells with the fewest
    containers and get placeholder IPs; new apps get tags the way the policy server assigns them.
    """
    environment: Environment = ctx.obj
    what_if = _read(changes, written, origin, environment)
    with open_inventory(environment, origin) as inventory:
        state = state_of(inventory)
        named = state.read_apps()
        after, tag_change = _after(state, what_if, inventory, environment)
        warnings = tag_warnings(tag_change, named)
        own = None
        if state.settings.whole_cell if whole_cell is None else whole_cell:
            own = ContainerChainsPlanner(state.read_security_groups() or [], state.settings)
        filling = Filling(
            measure(state, own),
            measure(after, own) if changes else None,
            quota,
            named,
            warnings,
            after.notes,
            all_tags=not state.tags.allotted and state.read_visible() is None,
        )
        environment.output(as_file=as_json).write(
            capacity_json(filling) if as_json else capacity_text(filling, colour=environment.colour())
        )
        environment.tell_notes((*after.notes, *(f"Warning: {warning}" for warning in warnings)))


class _Scale(NamedTuple):
    """An app, as it is named, in so many instances."""

    app: str
    instances: int


class _Policies(NamedTuple):
    """Documents whose policies are added, or removed."""

    documents: Documents
    loaded: Loaded
    adds: bool


def _read(
    changes: Sequence[str],
    written: DocumentFiles,
    origin: InventorySource,
    environment: Environment,
) -> list[_Scale | _Policies]:
    """What is to be changed, before any foundation is asked.

    Raises:
        UsageFault: a change is none.
        DocumentFault: a document has faults, which are told.
    """
    files = [file for change in changes for kind, _, file in (change.partition("="),) if kind in _STEPS]
    if written.has_values and not files:
        raise CommandLineFault("--var and --vars-file require --what-if add= or remove=")
    stdin_once((*files, *written.value_files, origin.lrps))
    values = read_values(written.assignments, written.value_files, environment)
    return [_change(each, values, environment) for each in changes]


def _change(text: str, values: GivenValues, environment: Environment) -> _Scale | _Policies:
    kind, _, value = text.partition("=")
    if kind == "scale":
        app, _, count = value.rpartition(":")
        instances = whole_number(count, _MOST_INSTANCES)
        if not app or instances is None:
            raise CommandLineFault(
                f"--what-if scale requires APP:N, not '{value}'", hint="Example: --what-if scale=web:20"
            )
        return _Scale(app, instances)
    if kind in _STEPS and value:
        documents = read_documents([value], values, environment)
        return _Policies(documents, load_sound(documents, environment), adds=kind == "add")
    raise CommandLineFault(
        f"--what-if requires scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{text}'",
        hint="Example: --what-if scale=web:20",
    )


def _after(
    state: State, changes: Sequence[_Scale | _Policies], inventory: Inventory, environment: Environment
) -> tuple[State, TagChange]:
    """The state after all changes, and what became of the tags."""
    steps: list[TagStep] = []
    guids = set(ends(state.policies))
    for change in changes:
        match change:
            case _Scale():
                state = scaled(state, choose_app(change.app, state.read_apps(), guids, state.target), change.instances)
            case _Policies():
                compared = compare(change.documents, change.loaded, inventory, environment)
                steps.append(TagStep(list(compared.places), adds=change.adds))
                state = replace(state, notes=[*state.notes, *compared.notes])
            case _ as never:
                assert_never(never)
    return with_policies(state, steps)
