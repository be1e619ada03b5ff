"""A foundation's state as it would be after an `apply` of policy documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cfnet.cell.tags import with_new_apps
from cfnet.cli.comparing import compare, load_sound
from cfnet.cli.ground import open_ground

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from cfnet.cell.state import State
    from cfnet.cli.comparing import Compared
    from cfnet.cli.documents import Documents
    from cfnet.cli.environment import Environment


def compared_with(folder: Path | None, documents: Documents, environment: Environment) -> Compared:
    """What `documents` say, held against the snapshot in `folder`, else against the foundation of the session.

    Raises:
        DocumentFault: they have faults, or name what is not there; all of that is told on stderr.
        CfnetError: nothing can be asked.
    """
    loaded = load_sound(documents, environment)
    with open_ground(environment, folder) as ground:
        return compare(documents, loaded, ground, environment)


def as_wanted(state: State, compared: Compared, files: Collection[str], about: Collection[str] | None) -> State:
    """`state`, with the policies that documents declare beside those there are, and tags for new apps.

    Nothing is removed: `apply` removes only with `--prune`.

    Args:
        state: the foundation's, or a part of it.
        compared: what the documents say.
        files: what these are called.
        about: the apps (GUIDs) that `state` is about, where it is a part; None where it is everything.
    """
    there = set(state.policies)
    more = [
        policy
        for policy in compared.places
        if policy not in there and (about is None or policy.source in about or policy.destination in about)
    ]
    ends = {guid for policy in more for guid in (policy.source, policy.destination)}
    policies = [*state.policies, *more]
    return replace(
        state,
        policies=policies,
        tags=with_new_apps(state.tags, policies),
        read_apps=lambda: {
            **{guid: app for guid, app in compared.apps.items() if guid in ends},
            **state.read_apps(),
        },
        notes=[*state.notes, f"As it would be after 'apply' of {', '.join(files)}."],
    )
