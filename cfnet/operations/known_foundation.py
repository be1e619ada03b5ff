"""What `explain` knows of a foundation: names, tags, policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.instances import names_of, without_marks
from cfnet.cell.model.names import Names
from cfnet.errors import CfnetError, NotLoggedIn, UsageFault
from cfnet.operations.inventory import InventorySource, open_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.operations.environment import Environment
    from cfnet.policy import App, Policy


_NO_NAMES: Final = "Apps are shown by GUID: without --from, --sandbox or a session, their names are unknown."
_NO_TAGS: Final = (
    "Tags are unknown (reading them requires network.admin): apps are identified by addresses and comments, "
    "not by marks."
)


class KnownFoundation(NamedTuple):
    """What is known of a foundation; `complete`: all names, tags and policies."""

    names: Names
    apps: Mapping[str, App]
    policies: Sequence[Policy] = ()
    notes: Sequence[str] = ()
    complete: bool = False


def known_foundation(origin: InventorySource, environment: Environment) -> KnownFoundation:
    """Return what the snapshot, the sandbox or the session provides; the session is optional unless requested."""
    try:
        with open_state(environment, origin) as state:
            names, notes = names_of(state), []
            if state.tags.allotted:
                names, notes = without_marks(names), [_NO_TAGS]
            return KnownFoundation(
                names, state.read_apps(), state.policies, notes, complete=state.complete and not notes
            )
    except CfnetError as error:
        if origin.snapshot is not None or environment.uses_sandbox:
            raise
        trouble = "" if isinstance(error, NotLoggedIn | UsageFault) else f" {error}"
        return KnownFoundation(Names(), {}, notes=[f"{_NO_NAMES}{trouble}"])
