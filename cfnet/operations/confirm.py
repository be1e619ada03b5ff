"""Add or remove a policy: it is done if the policy server confirms it, or lists the expected policies afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.change.planning import Action
from cfnet.errors import CfnetError, Forbidden, ServerTrouble, Unconfirmed
from cfnet.policy import by_guid
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection

    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment
    from cfnet.policy import Policy

INACCESSIBLE: Final = "one or more applications cannot be found or accessed"
"""The policy server's message if the user is not a developer in the spaces of all apps."""

_NAMED: Final = 10
_DONE: Final = {Action.ADD: "created", Action.REMOVE: "removed"}
_MAY_BE: Final = {Action.ADD: "The policy may exist", Action.REMOVE: "The policy may be removed"}
_CHECK: Final = "Check with 'cfnet network-policies' before retrying."


def carry_out(action: Action, policy: Policy, foundation: LiveFoundation, environment: Environment) -> None:
    """Add or remove `policy`; without a confirmation, find out whether it was done.

    Raises:
        CfnetError: it was not done, or this is unknown; the hint says which.
    """
    server = foundation.policy_server
    try:
        if action is Action.ADD:
            server.add([policy])
        else:
            server.remove([policy])
    except Unconfirmed as cause:
        is_done = _is_done(action, policy, foundation)
        if is_done:
            environment.say(f"{printable(cause.message)}\nThe policy server lists the expected policies: it was done.")
            return
        hint = (
            f"It is unknown whether the policy was {_DONE[action]}. {_CHECK}"
            if is_done is None
            else f"The policy was not {_DONE[action]}. Try again."
        )
        raise ServerTrouble(str(cause), hint=hint) from cause
    except Forbidden as error:
        if error.message != INACCESSIBLE:
            raise
        hint = inaccessible(foundation, (policy.source, policy.destination))
        raise Forbidden(error.message, hint=hint) from error
    except KeyboardInterrupt:
        environment.say(f"\n{_MAY_BE[action]}: the request was sent. {_CHECK}")
        raise


def _is_done(action: Action, policy: Policy, foundation: LiveFoundation) -> bool | None:
    """Whether the policy server lists the expected policies after `action`; None if this is unknown.

    A policy that was listed before a removal would still be listed. An added policy is listed only for users who can
    see both of its apps.
    """
    try:
        is_there = policy in foundation.policy_server.policies(
            sources=[policy.source], destinations=[policy.destination]
        )
        if is_there or action is Action.REMOVE:
            return is_there is (action is Action.ADD)
        return False if foundation.sees_all or not _outside(foundation, {policy.source, policy.destination}) else None
    except CfnetError:
        return None


def inaccessible(foundation: LiveFoundation, guids: Collection[str]) -> str:
    """Explain for which of the apps `guids` the user is not a developer, and what to do; empty if this is unknown."""
    try:
        outside = _outside(foundation, guids)
    except CfnetError:
        return ""
    if not outside:
        return ""
    named = ", ".join(outside[:_NAMED])
    more = f" and {len(outside) - _NAMED:,} more" if len(outside) > _NAMED else ""
    return (
        f"You are not a developer in the space of {counted(len(outside), 'app')}: {named}{more}."
        " Ask a manager of the space for the role SpaceDeveloper."
    )


def _outside(foundation: LiveFoundation, guids: Collection[str]) -> list[str]:
    """Return the apps in spaces where the user is not a developer: paths, or GUIDs of apps that are not visible."""
    found = by_guid(foundation.cloud_controller.apps(guids=guids))
    spaces = frozenset(foundation.cloud_controller.developed_spaces(foundation.connection.bearer.guid))
    return [
        found[guid].path if guid in found else guid
        for guid in dict.fromkeys(guids)
        if guid not in found or found[guid].space.guid not in spaces
    ]
