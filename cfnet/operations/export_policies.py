"""Export existing policies as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.errors import NotTargeted, UnknownName
from cfnet.operations.inventory import elsewhere
from cfnet.policy import by_guid
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from cfnet.document import SpaceName
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import App, Policy, Space


class Export(NamedTuple):
    """What is exported.

    Attributes:
        home: the space of bare names; None if there are several spaces.
        spaces: the spaces whose outgoing policies are exported.
        policies: these policies.
        apps: their apps, by GUID, if their names are known.
        complete: whether these are all policies.
    """

    home: Space | None
    spaces: Sequence[Space]
    policies: Sequence[Policy]
    apps: Mapping[str, App]
    complete: bool


def choose_export(inventory: Inventory, typed: Sequence[str], orgs: Sequence[str], *, everything: bool) -> Export:
    """Return the policies to export: all, those of the given spaces and orgs, or those of the targeted space.

    Raises:
        CfnetError: one of them does not exist, or nothing is targeted.
    """
    return _everything(inventory) if everything else _of_spaces(inventory, *_named(inventory, typed, orgs))


def _named(inventory: Inventory, typed: Sequence[str], orgs: Sequence[str]) -> tuple[Space | None, Sequence[Space]]:
    """Return the spaces of `orgs`, the typed ones or the targeted one; and the only one, unless it is given by org."""
    if orgs:
        every = inventory.spaces()
        return None, list(dict.fromkeys(space for org in orgs for space in _spaces_of(every, org)))
    spaces = list(dict.fromkeys(_space(inventory, each) for each in typed or (None,)))
    return (spaces[0] if len(spaces) == 1 else None), spaces


def write_split(chosen: Export, folder: Path, environment: Environment, *, replace: bool) -> None:
    """Write one document for each space, and print their number.

    Raises:
        CfnetError: they cannot be written.
    """
    from cfnet.operations.split_export import file_names, write_documents

    by_space: dict[str, list[Policy]] = {space.guid: [] for space in chosen.spaces}
    homeless = 0
    for policy in chosen.policies:
        app = chosen.apps.get(policy.source)
        if app is not None and app.space.guid in by_space:
            by_space[app.space.guid].append(policy)
        else:
            homeless += 1
    documents = {
        name: document_of(Export(space, [space], by_space[space.guid], chosen.apps, chosen.complete), environment)
        for space, name in file_names(chosen.spaces).items()
    }
    write_documents(folder, documents, replace=replace)
    environment.say(printable(f"Wrote {counted(len(documents), 'document')} to {folder}."))
    if homeless:
        environment.say(f"Omitted: {counted(homeless, 'policy', 'policies')} of apps whose space is unknown.")


def document_of(chosen: Export, environment: Environment) -> str:
    """Return the document with the exported policies; report what it cannot express on stderr."""
    from cfnet.document import write
    from cfnet.operations.compare import undeclarable

    left_out = undeclarable(chosen.policies)
    for policy in sorted(left_out):
        environment.say(printable(f"Omitted: {policy.source} to {policy.destination}: invalid ports {policy.ports}."))
    owns = _owned(chosen.spaces, environment)
    home = owns[0] if chosen.home is not None and owns else None
    return write(
        [policy for policy in chosen.policies if policy not in left_out],
        chosen.apps,
        space=home,
        owns=None if home else owns,
        complete=chosen.complete,
    )


def _owned(spaces: Iterable[Space], environment: Environment) -> list[SpaceName]:
    """Return the spaces that a document can own; report the others."""
    from cfnet.document import SpaceName, can_say

    names = sorted({SpaceName(space.org.name, space.name) for space in spaces})
    for name in names:
        if not can_say(name):
            environment.say(printable(f"Not owned by the document: {name}: its name cannot be written in a document."))
    return list(filter(can_say, names))


def _of_spaces(inventory: Inventory, home: Space | None, spaces: Sequence[Space]) -> Export:
    here = by_guid(inventory.apps_in(spaces))
    policies = inventory.policies(here.keys())
    there = by_guid(elsewhere(inventory, policies, here))
    return Export(home, spaces, policies, here | there, inventory.complete)


def _everything(inventory: Inventory) -> Export:
    policies = inventory.policies()
    apps = by_guid(elsewhere(inventory, policies, ()))
    return Export(None, inventory.spaces(), policies, apps, inventory.complete)


def _spaces_of(every: Sequence[Space], org: str) -> Sequence[Space]:
    found = [space for space in every if space.org.name == org]
    if not found:
        raise _unknown(f"Org '{org}' not found or empty", org, {space.org.name for space in every})
    return found


def _space(inventory: Inventory, typed: str | None) -> Space:
    if typed is None:
        if inventory.target is None:
            raise NotTargeted("No space is targeted.", hint="Use --space ORG/SPACE, --org ORG or --all.")
        return inventory.target
    from cfnet.operations.choose_app import choose_space

    try:
        return choose_space(typed, inventory.spaces([typed.rpartition("/")[2]]), inventory.target)
    except UnknownName:
        # It may be a GUID; and similar names can be suggested only if all are known.
        return choose_space(typed, inventory.spaces(), inventory.target)


def _unknown(message: str, typed: str, names: set[str]) -> UnknownName:
    from cfnet.operations.suggestions import near

    return UnknownName(f"{message}, or you cannot see it.", hint=near(typed, names))
