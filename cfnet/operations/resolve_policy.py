"""Resolve typed names to a policy, with as few requests as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.errors import UnknownName
from cfnet.policy import App, Policy
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from cfnet.operations.connect import LiveFoundation
    from cfnet.policy import Ports, Protocol


class TypedPolicy(NamedTuple):
    """A policy as typed: two app names, the space of the destination, and the allowed traffic.

    `space` and `org` are empty if they were not given: then the targeted ones are used.
    """

    source: str
    destination: str
    space: str
    org: str
    protocol: Protocol
    ports: Ports


def resolve(
    foundation: LiveFoundation, wanted: TypedPolicy, doing: str, out: TextIO, *, deleted: bool = False
) -> Policy:
    """Return the policy that `wanted` refers to; print the action to `out` (`doing` is `Adding` or `Removing`).

    As in `cf`, the line is printed before apps are looked up, but after a given space was found. With `deleted`, a
    deleted app may be named by its GUID.

    Raises:
        UnknownName: org, space, source or destination does not exist, in the order of `cf`.
    """
    messages = CfMessages(foundation.colour)
    apps = []
    if wanted.space:
        apps = _find_apps(foundation, wanted)
        _require_destination_space(foundation, wanted, apps)
    template, values = _announcement(foundation, wanted, doing)
    out.write(messages.line(template, *values))
    if not wanted.space:
        apps = _find_apps(foundation, wanted)
    source, destination = _pick(foundation, wanted, apps, deleted=deleted)
    return Policy(source, destination, wanted.protocol, wanted.ports)


def _announcement(foundation: LiveFoundation, wanted: TypedPolicy, doing: str) -> tuple[str, tuple[str, ...]]:
    here = (foundation.target.org.name, foundation.target.name)
    if not wanted.space:
        template = f"{doing} network policy from app {{}} to app {{}} in org {{}} / space {{}} as {{}}"
        return template, (wanted.source, wanted.destination, *here, foundation.user)
    template = (
        f"{doing} network policy from app {{}} in org {{}} / space {{}} to app {{}} in org {{}} / space {{}} as {{}}"
    )
    there = (wanted.org or here[0], wanted.space)
    return template, (wanted.source, *here, wanted.destination, *there, foundation.user)


def _find_apps(foundation: LiveFoundation, wanted: TypedPolicy) -> list[App]:
    """Return all apps with the two names in the targeted space or the possible destination spaces: one request.

    If a space is given, the result may include apps of other spaces.
    """
    names = list(dict.fromkeys([wanted.source, wanted.destination]))
    if not wanted.space:
        return foundation.cloud_controller.apps(names=names, spaces=[foundation.target.guid])
    if not wanted.org:
        return foundation.cloud_controller.apps(names=names, orgs=[foundation.target.org.guid])
    return foundation.cloud_controller.apps(names=names)


def _require_destination_space(foundation: LiveFoundation, wanted: TypedPolicy, apps: Sequence[App]) -> None:
    """Check that the given space (and org) exists; send a request only if `apps` do not show it.

    Raises:
        UnknownName: in the order and words of `cf`.
    """
    if _destination(foundation, wanted, apps) is not None:
        return
    org_guid = foundation.target.org.guid
    if wanted.org:
        org_guid = _org_guid(foundation, wanted.org)
    spaces = foundation.cloud_controller.spaces(names=[wanted.space], orgs=[org_guid])
    if not any(same_name(space.name, wanted.space) for space in spaces):
        raise UnknownName(f"Space '{wanted.space}' not found.")


def _pick(foundation: LiveFoundation, wanted: TypedPolicy, apps: Sequence[App], *, deleted: bool) -> tuple[str, str]:
    """Return the GUIDs of source and destination, usually found in `apps`.

    Raises:
        UnknownName: the first that does not exist.
    """
    target = foundation.target.guid
    source = next((app for app in apps if app.space.guid == target and same_name(app.name, wanted.source)), None)
    destination = _destination(foundation, wanted, apps)
    if source is not None and destination is not None:
        return source.guid, destination.guid
    from cfnet.operations.find_apps import by_another_form

    return (
        source.guid if source else by_another_form(foundation, wanted.source, deleted=deleted),
        destination.guid
        if destination
        else by_another_form(foundation, wanted.destination, space=wanted.space, org=wanted.org, deleted=deleted),
    )


def app_not_found(name: str, hint: str = "") -> UnknownName:
    """Return the error for an app that does not exist, in the words of `cf`."""
    return UnknownName(f"App '{name}' not found." if name else "Application not found", hint=hint)


def _destination(foundation: LiveFoundation, wanted: TypedPolicy, apps: Sequence[App]) -> App | None:
    return next(
        (app for app in apps if same_name(app.name, wanted.destination) and _is_there(foundation, wanted, app)), None
    )


def _is_there(foundation: LiveFoundation, wanted: TypedPolicy, app: App) -> bool:
    if not wanted.space:
        return app.space.guid == foundation.target.guid
    if not same_name(app.space.name, wanted.space):
        return False
    return same_name(app.space.org.name, wanted.org) if wanted.org else app.space.org.guid == foundation.target.org.guid


def _org_guid(foundation: LiveFoundation, name: str) -> str:
    for org in foundation.cloud_controller.orgs(names=[name]):
        if same_name(org.name, name):
            return org.guid
    raise UnknownName(f"Organization '{name}' not found.")


def same_name(name: str, typed: str) -> bool:
    """Compare names like the filters of the Cloud Controller: case-insensitively."""
    return name.lower() == typed.lower()
