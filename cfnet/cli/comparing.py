"""Documents compared with a foundation: where the rooms document and change meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.change import diff, refusal
from cfnet.cli.documents import refuse_faults
from cfnet.cli.ground import elsewhere
from cfnet.document import SpaceName, ignored, needed, resolve
from cfnet.errors import Refused
from cfnet.policy.ports import HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.change import Difference
    from cfnet.cli.documents import Documents
    from cfnet.cli.environment import Environment
    from cfnet.cli.ground import Ground
    from cfnet.document import Loaded, Needed, Place
    from cfnet.policy import App, Policy, Space


class Compared(NamedTuple):
    """What documents say, held against a foundation.

    Attributes:
        difference: between the two.
        apps: the apps that are named, owned, or in a policy of those, by GUID, as far as the user sees them.
        places: where the policies that are wanted are declared.
        scope: the GUIDs of the apps whose outgoing policies were looked at: those owned, and those declared.
        live: the policies of these apps.
        incomplete: the files of the documents that say that they are not complete.
    """

    difference: Difference
    apps: Mapping[str, App]
    places: Mapping[Policy, Place]
    scope: frozenset[str]
    live: Sequence[Policy]
    incomplete: Sequence[str] = ()

    def refusal(self) -> str:
        """Why `--prune` is refused without `--force`, in a sentence; empty where it is not."""
        if self.incomplete and self.difference.removed:
            files = ", ".join(self.incomplete)
            return f"Pruning by {files} could remove policies that its author could not see (complete: false)."
        return refusal(self.difference)


def load_sound(documents: Documents, environment: Environment, *, as_annotations: bool = False) -> Loaded:
    """Load `documents`, before any foundation is asked.

    Raises:
        DocumentFault: they have faults, which are told.
    """
    loaded = documents.load()
    refuse_faults(loaded.faults, environment, as_annotations=as_annotations)
    return loaded


def compare(
    documents: Documents, loaded: Loaded, ground: Ground, environment: Environment, *, as_annotations: bool = False
) -> Compared:
    """Compare `documents`, `loaded` before it was known which space is targeted, with a foundation.

    Raises:
        DocumentFault: they name what is not there, or mean one policy twice; all of that is told.
        CfnetError: the foundation cannot be asked.
    """
    asked = needed(loaded)
    if asked.targeted and ground.target is not None:
        loaded = documents.load(_name(ground.target))
        refuse_faults(loaded.faults, environment, as_annotations=as_annotations)
        asked = needed(loaded)
    spaces, apps = _named(asked, ground)
    found = resolve(loaded, apps.values(), spaces)
    refuse_faults(found.faults, environment, as_annotations=as_annotations)
    visible = ground.visible(apps.values())
    scope = found.owned | {policy.source for policy in found.wanted}
    live = ground.policies(scope)
    apps |= {app.guid: app for app in elsewhere(ground, [*live, *found.wanted], apps)}
    spared = ignored(loaded.documents, live, apps.values()) | undeclarable(live)
    difference = diff(found.wanted.keys(), live, owned=found.owned, ignored=spared, visible=visible)
    incomplete = [document.file for document in loaded.documents if not document.complete]
    return Compared(difference, apps, found.wanted, scope, live, incomplete)


def refuse_pruning(compared: Compared) -> None:
    """Refuse to prune by documents that are not complete.

    Raises:
        Refused: they are not, and something would be removed.
    """
    if compared.incomplete and compared.difference.removed:
        raise Refused(
            compared.refusal(),
            hint="Ask a user with network.admin to export it again, or use --force if this is intended.",
        )


def undeclarable(policies: Iterable[Policy]) -> frozenset[Policy]:
    """Those whose ports no document can say, and version 1 of the server's API cannot remove: a version 0 client's."""
    return frozenset(policy for policy in policies if not LOWEST <= policy.ports.start <= policy.ports.end <= HIGHEST)


def _named(asked: Needed, ground: Ground) -> tuple[Sequence[Space], dict[str, App]]:
    """The spaces and apps that documents name, as far as they are there; and the spaces' namesakes, for guesses."""
    target = ground.target
    if target is not None and asked.spaces <= {_name(target)}:
        spaces: Sequence[Space] = [target]
    else:
        spaces = ground.spaces(sorted({space.space for space in asked.spaces}))
    folded = {space.folded for space in asked.spaces}
    named = [space for space in spaces if _name(space).folded in folded]
    apps = {app.guid: app for app in ground.apps_in(named)} if named else {}
    apps |= {app.guid: app for app in ground.apps(sorted(asked.guids - apps.keys()))}
    return spaces, apps


def _name(space: Space) -> SpaceName:
    return SpaceName(space.org.name, space.name)
