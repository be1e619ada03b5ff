"""`cfnet capacity`: how full a foundation is, and would be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import click

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.change.what_if import scaled, with_policies
from cfnet.cell.planning.capacity import measure
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.document_options import values
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import UsageFault
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
    short_help="Show how full tags, quotas and cells are",
    examples=("", "--from snapshot", "--what-if scale=appA:20 --what-if add=policies.yml"),
)
@click.option(
    "--what-if",
    "changes",
    metavar="CHANGE",
    multiple=True,
    type=click.Path(),
    help="Also show what it would be after scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml; may be repeated",
)
@values
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(min=1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="The policy server's max_policies_per_app_source",
)
@click.option("--whole-cell/--no-whole-cell", default=None, help="Count the containers' own chains, too")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs")
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
    """Show how full a foundation is, the fullest first.

    That is: tags used of 65,535, each source app's policies of its quota, rules and bytes on each cell.

    Changes come one after the other, as they are given. More instances are counted on the cells with the fewest
    containers, under IPs that stand for those they will get; new apps get tags as the policy server would give them.

    Exit codes: 0 done, 2 wrong usage, or a file that cannot be read, 4 not logged in or not allowed,
    7 trouble with the server.
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
        raise UsageFault("--var and --vars-file make no sense without --what-if add= or remove=")
    stdin_once((*files, *written.value_files, origin.lrps))
    values = read_values(written.assignments, written.value_files, environment)
    return [_change(each, values, environment) for each in changes]


def _change(text: str, values: GivenValues, environment: Environment) -> _Scale | _Policies:
    kind, _, value = text.partition("=")
    if kind == "scale":
        app, _, count = value.rpartition(":")
        instances = whole_number(count, _MOST_INSTANCES)
        if not app or instances is None:
            raise UsageFault(f"--what-if scale takes APP:N, not '{value}'", hint="As in --what-if scale=web:20")
        return _Scale(app, instances)
    if kind in _STEPS and value:
        documents = read_documents([value], values, environment)
        return _Policies(documents, load_sound(documents, environment), adds=kind == "add")
    raise UsageFault(
        f"--what-if takes scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{text}'",
        hint="As in --what-if scale=web:20",
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
