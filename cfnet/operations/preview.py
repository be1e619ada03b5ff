"""Preview a change: the state of a foundation before and after documents are applied."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.change.tag_changes import TagChange, TagStep
from cfnet.cell.change.what_if import with_policies
from cfnet.change import Difference
from cfnet.operations.compare import compare, load_sound
from cfnet.operations.expectations import CheckOptions, Outlook, check_policies
from cfnet.operations.inventory import open_inventory
from cfnet.operations.provenance import provenance_of
from cfnet.show.difference import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.model.state import State
    from cfnet.document import Loaded
    from cfnet.operations.compare import Compared
    from cfnet.operations.documents import DocumentFiles, Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource
    from cfnet.policy.provenance import Provenance


class Wanted(NamedTuple):
    """The wanted policies.

    Attributes:
        loaded: the documents, without faults.
        base: documents assumed to be applied before; None: the current state.
        prune: whether owned policies that are not declared are removed.
    """

    documents: Documents
    loaded: Loaded
    base: tuple[Documents, Loaded] | None = None
    prune: bool = False


def wanted_change(written: DocumentFiles, origin: InventorySource, environment: Environment, *, prune: bool) -> Wanted:
    """Read the documents of a change, before any request.

    Raises:
        CfnetError: they cannot be read, or have faults.
    """
    read = written.read(environment, origin.lrps)
    return Wanted(read, load_sound(read, environment), prune=prune)


class Preview(NamedTuple):
    """A foundation before and after a change.

    Attributes:
        shown: the changes of policies.
        tags: the changes of tags.
        api: the address of the foundation's API; empty for a snapshot.
        made: when and by whom the preview was made, of which foundation.
        snapshot: what the snapshot was made from; None for a foundation, or if the snapshot does not say.
    """

    before: State
    after: State
    shown: Shown
    tags: TagChange
    api: str
    made: Provenance | None = None
    snapshot: Provenance | None = None


@contextmanager
def open_preview(wanted: Wanted, origin: InventorySource, environment: Environment) -> Iterator[Preview]:
    """Yield the foundation of `origin`, with `wanted` applied to a copy of its state.

    Raises:
        CfnetError: it cannot be read, or the documents have faults.
    """
    with open_inventory(environment, origin) as inventory:
        # First, so that comparing finds all apps and policies.
        state = inventory.unplaced()
        compared = compare(wanted.documents, wanted.loaded, inventory, environment)
        base = compare(*wanted.base, inventory, environment) if wanted.base else None
        state = inventory.placed(state, None)
        state = replace(state, notes=[*state.notes, *compared.notes])
        seen = preview(state, compared, base, prune=wanted.prune)
        if compared.expectations:
            present, later = frozenset(inventory.policies()), frozenset(seen.after.policies)
            outlook = Outlook(sorted(later - present), sorted(present - later), seen.shown.apps, seen.shown.places)
            results = check_policies(compared.expectations, outlook, inventory, CheckOptions(allow_unknown=True))
            seen = seen._replace(shown=seen.shown._replace(expectations=results))
        yield seen._replace(api=inventory.api, made=provenance_of(inventory, environment), snapshot=inventory.made)


def preview(state: State, compared: Compared, base: Compared | None, *, prune: bool) -> Preview:
    """Return `state` before and after the change; with `base`, from its policies to those of `compared`."""
    if base is not None:
        compared = _between(base, compared)
        steps = [TagStep(list(base.places), adds=True), TagStep(compared.difference.added, adds=False)]
        state, _ = with_policies(state, steps)
        prune = True
    difference = compared.difference
    # Like apply: additions before removals.
    steps = [TagStep(difference.added, adds=True), TagStep(difference.removed if prune else (), adds=False)]
    after, tags = with_policies(state, steps)
    return Preview(state, after, Shown(difference, prune, compared.apps, compared.places), tags, "")


def _between(base: Compared, compared: Compared) -> Compared:
    """Return the difference of two documents; policies declared by neither are ignored."""
    old, new = frozenset(base.places), frozenset(compared.places)
    difference = Difference(
        added=tuple(sorted(new - old)),
        kept=tuple(sorted(new & old)),
        removed=tuple(sorted(old - new)),
        left=(),
        unknown=(),
        owned=len(old),
    )
    live = (frozenset(compared.live) | frozenset(base.live) | old) - (new - old)
    return compared._replace(difference=difference, apps={**base.apps, **compared.apps}, live=sorted(live))
