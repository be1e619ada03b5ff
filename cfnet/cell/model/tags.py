"""Tags: the mark that the policy server gives each app that is in a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault
from cfnet.policy.limits import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.policy import Policy

INGRESS_ROUTER: Final = "INGRESS_ROUTER"
"""The id under which the policy server keeps the tag of the routers."""


class Tags(NamedTuple):
    """The tag of each app.

    Attributes:
        by_app: app GUID to tag text as the API shows it, as in `00FF`.
        allotted: whether cfnet allotted them itself, as a policy server that has never forgotten an app would.
    """

    by_app: Mapping[str, str]
    allotted: bool = False

    def mark(self, app: str) -> int:
        """The mark that packets of `app` carry.

        Raises:
            KeyError: it has no tag.
        """
        return int(self.by_app[app], 16)

    def without(self, policies: Iterable[Policy]) -> tuple[str, str] | None:
        """The first app of `policies` without a tag, and its place, as in `policies[3].source.id`."""
        by_app = self.by_app
        for position, policy in enumerate(policies):
            if policy.source not in by_app:
                return policy.source, f"policies[{position}].source.id"
            if policy.destination not in by_app:
                return policy.destination, f"policies[{position}].destination.id"
        return None


def allot(policies: Iterable[Policy], *, reserved: str = "") -> Tags:
    """Give each app of `policies` a tag as an empty policy server would, were they added in this order.

    Lowest first, the source before the destination (policy-server's store, `groups` table). `reserved` is a tag
    that is taken: that of the routers.

    Raises:
        InputFault: there are more apps than tags.
    """
    taken = int(reserved, 16) if reserved else 0
    by_app: dict[str, str] = {}
    number = 0
    for policy in policies:
        for app in (policy.source, policy.destination):
            if app in by_app:
                continue
            number += 2 if number + 1 == taken else 1
            if number > TAGS:
                raise InputFault(f"more than {TAGS:,} apps are in policies, and there are no more tags than that")
            by_app[app] = f"{number:04X}"
    return Tags(by_app, allotted=True)


def ingress_tag(tags: Tags, settings: AgentSettings) -> str:
    """The tag of the routers; empty where they do not come in by the overlay network.

    Raises:
        InputFault: it is wanted, and nobody says which it is.
    """
    if not settings.enable_overlay_ingress_rules:
        return ""
    found = settings.overlay_ingress_tag or tags.by_app.get(INGRESS_ROUTER, "")
    if not found:
        raise InputFault(
            f"overlay ingress is on, and neither overlay_ingress_tag nor the tag of {INGRESS_ROUTER} is given",
            hint="Set overlay_ingress_tag in agent.json, or add tags.json (for network.admin).",
        )
    return found
