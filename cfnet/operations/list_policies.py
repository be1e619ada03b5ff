"""List policies and their apps, with as few sequential requests as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.operations.resolve_policy import same_name
from cfnet.policy import by_guid, ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import App, Policy


class PolicyListing(NamedTuple):
    """Policies in the server's order.

    Attributes:
        apps: the visible apps of the policies, by GUID.
        wide: whether sources may be outside the targeted space.
        complete: whether the user can see every policy (`network.admin`).
        all_apps: whether the user can see every app, so that an app without a name was deleted.
    """

    policies: Sequence[Policy]
    apps: Mapping[str, App]
    wide: bool
    complete: bool
    all_apps: bool = False


def list_space(foundation: LiveFoundation, *, source: str, destination: str) -> PolicyListing:
    """List the policies with sources in the targeted space, or only those of the app `source` if it is not empty.

    With `destination`: those to the app with that name in the targeted space, with sources in any space.

    Raises:
        UnknownName: there is no such app in the targeted space.
    """
    here = by_guid(foundation.cloud_controller.apps(spaces=[foundation.target.guid]))
    sources = [_app(foundation, here.values(), source)] if source else None
    destinations = [_app(foundation, here.values(), destination)] if destination else None
    if sources is None and destinations is None:
        sources = list(here)
    policies = foundation.policy_server.policies(sources=sources, destinations=destinations)
    wide = sources is None
    return PolicyListing(policies, here | _elsewhere(foundation, policies, here), wide, foundation.sees_all)


def list_everything(foundation: LiveFoundation) -> PolicyListing:
    """List all policies visible to the user."""
    policies = foundation.policy_server.policies()
    return PolicyListing(
        policies,
        _elsewhere(foundation, policies, {}),
        wide=True,
        complete=foundation.sees_all,
        all_apps=foundation.sees_all_apps,
    )


def list_inventory(inventory: Inventory, *, source: str, destination: str) -> PolicyListing:
    """List all policies of `inventory`, or only those of the app `source` or to the app `destination`.

    Raises:
        UnknownName: there is no such app.
        UsageFault: a name is ambiguous.
    """
    from cfnet.operations.choose_app import choose_app

    policies, apps = inventory.policies(), inventory.every_app()
    for name, at in ((source, 0), (destination, 1)):
        if name:
            guid = choose_app(name, apps, set(ends(policies)), inventory.target)
            policies = [policy for policy in policies if (policy.source, policy.destination)[at] == guid]
    return PolicyListing(policies, apps, wide=True, complete=inventory.complete)


def _elsewhere(foundation: LiveFoundation, policies: Iterable[Policy], here: Mapping[str, App]) -> dict[str, App]:
    """Return the visible apps of `policies` that are not in `here`."""
    guids = dict.fromkeys(ends(policies))
    unknown = [guid for guid in guids if guid not in here]
    return by_guid(foundation.cloud_controller.apps(guids=unknown)) if unknown else {}


def _app(foundation: LiveFoundation, apps: Iterable[App], name: str) -> str:
    """Return the GUID of the app in `apps` with that name; other forms refer to apps elsewhere, or deleted ones."""
    for app in apps:
        if same_name(app.name, name):
            return app.guid
    from cfnet.operations.find_apps import by_another_form

    return by_another_form(foundation, name, deleted=True)
