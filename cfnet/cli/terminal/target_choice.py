"""Selection of an org and a space after a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cfnet.cli.terminal.prompts import choose
from cfnet.errors import UnknownName
from cfnet.operations.resolve_policy import same_name
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.foundation.api.cloud_controller import CloudController
    from cfnet.operations.environment import Environment
    from cfnet.policy import Org, Space

_Place = TypeVar("_Place", "Org", "Space")


def org_named(cloud_controller: CloudController, name: str) -> Org:
    """Return the org called `name`.

    Raises:
        UnknownName: it does not exist, or is not visible to the user.
    """
    for org in cloud_controller.orgs(names=[name]):
        if same_name(org.name, name):
            return org
    raise UnknownName(f"Organization '{name}' not found.")


def space_named(cloud_controller: CloudController, org: Org, name: str) -> Space:
    """Return the space called `name` in `org`.

    Raises:
        UnknownName: it does not exist, or is not visible to the user.
    """
    for space in cloud_controller.spaces(names=[name], orgs=[org.guid]):
        if same_name(space.name, name):
            return space._replace(org=org)
    raise UnknownName(f"Space '{name}' not found.")


def only_space(cloud_controller: CloudController, org: Org) -> Space | None:
    """Return the space of `org` if there is only one."""
    spaces = cloud_controller.spaces(orgs=[org.guid])
    return spaces[0]._replace(org=org) if len(spaces) == 1 else None


def pick_org(
    environment: Environment, cloud_controller: CloudController, name: str, *, holding: str = ""
) -> Org | None:
    """Return the org called `name`; without a name, the only org or the one that the user selects. Print which it is.

    `holding` is the name of a space: without `name`, only orgs with such a space are considered.

    Raises:
        UnknownName: there is no such org, or none with such a space.
    """
    if name:
        org: Org | None = org_named(cloud_controller, name)
    else:
        orgs = sorted(cloud_controller.orgs(), key=lambda org: org.name.lower())
        if holding:
            orgs = [org for org in orgs if cloud_controller.spaces(names=[holding], orgs=[org.guid])]
            if not orgs:
                raise UnknownName(f"Space '{holding}' not found.")
        org = _pick(environment, "Org", orgs, holding=holding)
    if org is not None:
        _tell(environment, "org", org.name)
    return org


def pick_space(environment: Environment, cloud_controller: CloudController, org: Org, name: str) -> Space | None:
    """Return the space of `org` called `name`; without a name, the only one or the one that the user selects. Print it.

    Raises:
        UnknownName: there is no such space.
    """
    if name:
        space: Space | None = space_named(cloud_controller, org, name)
    else:
        spaces = sorted(cloud_controller.spaces(orgs=[org.guid]), key=lambda space: space.name.lower())
        space = _pick(environment, "Space", spaces)
    if space is None:
        return None
    _tell(environment, "space", space.name)
    return space._replace(org=org)


def _pick(environment: Environment, kind: str, listed: Sequence[_Place], *, holding: str = "") -> _Place | None:
    """Return the only item of `listed`, or the one that the user selects; None if they select nothing."""
    if len(listed) == 1:
        return listed[0]
    picked = choose(environment, kind, [each.name for each in listed], holding=holding) if listed else ""
    return next((each for each in listed if each.name == picked), None)


def _tell(environment: Environment, kind: str, name: str) -> None:
    line = CfMessages(environment.colour()).sentence(f"Targeted {kind} {{}}.", name)
    environment.stdout.write(f"{line}\n\n")
