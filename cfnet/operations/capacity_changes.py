"""The changes that `capacity --what-if` applies to a foundation's state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.change.what_if import scaled, with_policies
from cfnet.errors import CommandLineFault
from cfnet.operations.choose_app import choose_app
from cfnet.operations.compare import compare, load_sound
from cfnet.operations.documents import read_documents, read_values
from cfnet.operations.environment import whole_number
from cfnet.operations.typed_words import stdin_once
from cfnet.policy import ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cell.change.tag_changes import TagChange
    from cfnet.cell.model.state import State
    from cfnet.document import Loaded
    from cfnet.operations.documents import DocumentFiles, Documents, GivenValues
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory, InventorySource


_MOST_INSTANCES: Final = 1_000_000
_STEPS: Final = ("add", "remove")


class _Scale(NamedTuple):
    """An app, as typed, and its number of instances."""

    app: str
    instances: int


class Applied(NamedTuple):
    """Documents to apply, and whether owned policies that they do not declare are removed."""

    written: DocumentFiles
    prune: bool


class _Policies(NamedTuple):
    """Documents whose policies are added or removed; with `prune`, owned policies that they lack are removed."""

    documents: Documents
    loaded: Loaded
    adds: bool
    prune: bool = False


def read_changes(
    changes: Sequence[str],
    applied: Applied,
    origin: InventorySource,
    environment: Environment,
) -> list[_Scale | _Policies]:
    """Parse the changes, before any request.

    Raises:
        UsageFault: a change is invalid.
        DocumentFault: a document has faults, which have been reported.
    """
    files = [file for change in changes for kind, _, file in (change.partition("="),) if kind in _STEPS]
    written = applied.written
    _require_files(applied, files)
    stdin_once((*dict.fromkeys(written.files), *files, *written.value_files, origin.lrps))
    values = read_values(written.assignments, written.value_files, environment)
    first = [_policies(written.files, values, environment, adds=True)._replace(prune=applied.prune)]
    return [*(first if written.files else ()), *(_change(each, values, environment) for each in changes)]


def _require_files(applied: Applied, files: Sequence[str]) -> None:
    """Refuse options about documents without documents: arguments, or the `files` of other changes.

    Raises:
        CommandLineFault: there are none.
    """
    if applied.prune and not applied.written.files:
        raise CommandLineFault("--prune requires FILE")
    if applied.written.has_values and not (files or applied.written.files):
        raise CommandLineFault("--var and --vars-file require FILE, or --what-if add= or remove=")


def _policies(files: Sequence[str], values: GivenValues, environment: Environment, *, adds: bool) -> _Policies:
    documents = read_documents(files, values, environment)
    return _Policies(documents, load_sound(documents, environment), adds)


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
        return _policies([value], values, environment, adds=kind == "add")
    raise CommandLineFault(
        f"--what-if requires scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{text}'",
        hint="Example: --what-if scale=web:20",
    )


def state_after(
    state: State, changes: Sequence[_Scale | _Policies], inventory: Inventory, environment: Environment
) -> tuple[State, TagChange]:
    """Return the state after all changes, and the changes of tags."""
    steps: list[TagStep] = []
    guids = set(ends(state.policies))
    for change in changes:
        match change:
            case _Scale():
                state = scaled(state, choose_app(change.app, state.read_apps(), guids, state.target), change.instances)
            case _Policies():
                compared = compare(change.documents, change.loaded, inventory, environment)
                steps.append(TagStep(list(compared.places), adds=change.adds))
                steps.append(TagStep(compared.difference.removed if change.prune else (), adds=False))
                state = replace(state, notes=[*state.notes, *compared.notes])
            case _ as never:
                assert_never(never)
    return with_policies(state, steps)
