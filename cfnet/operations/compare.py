"""Compare documents with a foundation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.change import diff, refusal
from cfnet.document import SpaceName, ignored, needed, resolve
from cfnet.document.ignoring import names_of
from cfnet.errors import Refused
from cfnet.operations.documents import refuse_faults
from cfnet.operations.inventory import elsewhere
from cfnet.policy import by_guid
from cfnet.policy.ports import HIGHEST, LOWEST
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.change import Difference
    from cfnet.document import Loaded, Named, Needed, Place
    from cfnet.document.document import Expectation
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import App, Policy, Space


_NAMED = 10
_ABSENT: Final = {
    (True, True): "does not exist yet",
    (True, False): "does not exist yet, or is not visible",
    (False, True): "do not exist yet",
    (False, False): "do not exist yet, or are not visible",
}
"""What is said about apps that were not found: by whether it is one, and whether all apps are visible."""


class Compared(NamedTuple):
    """Documents compared with a foundation.

    Attributes:
        difference: the difference.
        apps: the visible apps that are named, owned, or in one of their policies, by GUID.
        places: where the wanted policies are declared.
        scope: the GUIDs of the apps whose outgoing policies were compared: the owned and the declared ones.
        live: the policies of these apps.
        incomplete: the files of documents with `complete: false`.
        pending: policies that are skipped because one of their apps was not found.
        all_apps: whether the user sees all apps, so that those that were not found do not exist.
        expectations: what the documents expect.
    """

    difference: Difference
    apps: Mapping[str, App]
    places: Mapping[Policy, Place]
    scope: frozenset[str]
    live: Sequence[Policy]
    incomplete: Sequence[str] = ()
    pending: Sequence[Named] = ()
    expectations: Sequence[Expectation] = ()
    all_apps: bool = False

    @property
    def notes(self) -> Sequence[str]:
        """The skipped policies, in a sentence."""
        return [pending_note(self.pending, self.apps.values(), all_apps=self.all_apps)] if self.pending else []

    def refusal(self) -> str:
        """Why `--prune` is refused without `--force`; empty if it is not."""
        if self.incomplete and self.difference.removed:
            files = ", ".join(self.incomplete)
            return f"Pruning with {files} could remove policies that its author could not see (complete: false)."
        return refusal(self.difference)


def load_sound(documents: Documents, environment: Environment, *, as_annotations: bool = False) -> Loaded:
    """Load `documents`, before any request.

    Raises:
        DocumentFault: they have faults, which have been reported.
    """
    loaded = documents.load()
    refuse_faults(loaded.faults, documents, environment, as_annotations=as_annotations)
    return loaded


def compare(
    documents: Documents,
    loaded: Loaded,
    inventory: Inventory,
    environment: Environment,
    *,
    as_annotations: bool = False,
) -> Compared:
    """Compare `documents`, `loaded` before the targeted space was known, with a foundation.

    Raises:
        DocumentFault: they name unknown apps or spaces, or declare a policy twice; all faults have been reported.
        CfnetError: the foundation cannot be read.
    """
    loaded = load_targeted(documents, loaded, inventory, environment, as_annotations=as_annotations)
    spaces, apps = _named(needed(loaded), inventory)
    found = resolve(loaded, apps.values(), spaces, allow_missing=documents.allow_missing)
    refuse_faults(found.faults, documents, environment, as_annotations=as_annotations)
    visible = inventory.visible(apps.values())
    scope = found.owned | {policy.source for policy in found.wanted}
    live = inventory.policies(scope)
    apps |= by_guid(elsewhere(inventory, [*live, *found.wanted], apps))
    spared = ignored(loaded.documents, live, apps.values())
    spared |= undeclarable(live) | _perhaps_pending(live, found.pending)
    difference = diff(found.wanted.keys(), live, owned=found.owned, ignored=spared, visible=visible)
    incomplete = [document.file for document in loaded.documents if not document.complete]
    return Compared(
        difference,
        apps,
        found.wanted,
        scope,
        live,
        incomplete,
        list(found.pending),
        expectations_of(loaded),
        all_apps=bool(found.pending) and inventory.seen_spaces() is None,
    )


def expectations_of(loaded: Loaded) -> list[Expectation]:
    """Return the expectations of all documents."""
    return [each for document in loaded.documents for each in document.expectations]


def load_targeted(
    documents: Documents,
    loaded: Loaded,
    inventory: Inventory,
    environment: Environment,
    *,
    as_annotations: bool = False,
) -> Loaded:
    """Load `documents` again if names in them need the targeted space, which was not known before.

    Raises:
        DocumentFault: they now have faults, which have been reported.
    """
    if not needed(loaded).targeted or inventory.target is None:
        return loaded
    again = documents.load(_name(inventory.target))
    refuse_faults(again.faults, documents, environment, as_annotations=as_annotations)
    return again


def _perhaps_pending(
    live: Iterable[Policy], pending: Mapping[Named, tuple[str | None, str | None]]
) -> frozenset[Policy]:
    """Return the policies that a pending one may refer to: one of its apps may be mistyped, or not visible."""
    ends = {(policy.protocol, policy.ports, *guids) for policy, guids in pending.items()}
    return frozenset(
        policy
        for policy in live
        if {
            (policy.protocol, policy.ports, source, destination)
            for source in (policy.source, None)
            for destination in (policy.destination, None)
        }
        & ends
    )


def pending_note(pending: Sequence[Named], apps: Iterable[App], *, all_apps: bool) -> str:
    """Return a note about the apps that skipped policies wait for; without `all_apps`, they may be invisible."""
    there = {str(name).lower() for name in names_of(apps).values()}
    ends = dict.fromkeys(str(app) for policy in pending for app in (policy.source, policy.destination))
    missing = [name for name in ends if name.lower() not in there]
    named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else "")
    are = "is" if len(pending) == 1 else "are"
    lacks = _ABSENT[len(missing) == 1, all_apps]
    return f"{counted(len(pending), 'policy', 'policies')} {are} skipped because {named} {lacks}."


def refuse_pruning(compared: Compared) -> None:
    """Refuse to prune with incomplete documents.

    Raises:
        Refused: they are incomplete, and something would be removed.
    """
    if compared.incomplete and compared.difference.removed:
        raise Refused(
            compared.refusal(),
            hint="Ask a user with network.admin to export it again, or use --force if this is intended.",
        )


def undeclarable(policies: Iterable[Policy]) -> frozenset[Policy]:
    """Return policies of version 0 clients: their ports cannot be declared, nor removed by version 1 of the API."""
    return frozenset(policy for policy in policies if not LOWEST <= policy.ports.start <= policy.ports.end <= HIGHEST)


def _named(asked: Needed, inventory: Inventory) -> tuple[Sequence[Space], dict[str, App]]:
    """Return the existing spaces and apps that documents name, and spaces with the same names, for suggestions."""
    target = inventory.target
    if target is not None and asked.spaces <= {_name(target)}:
        spaces: Sequence[Space] = [target]
    else:
        spaces = inventory.spaces(sorted({space.space for space in asked.spaces}))
    folded = {space.folded for space in asked.spaces}
    named = [space for space in spaces if _name(space).folded in folded]
    apps = by_guid(inventory.apps_in(named)) if named else {}
    apps |= by_guid(inventory.apps(sorted(asked.guids - apps.keys())))
    return spaces, apps


def _name(space: Space) -> SpaceName:
    return SpaceName(space.org.name, space.name)
