"""Tags: the marks that the policy server assigns to apps in policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault
from cfnet.policy.limits import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.policy import Policy

INGRESS_ROUTER: Final = "INGRESS_ROUTER"
"""The id under which the policy server stores the tag of the routers."""


class Tags(NamedTuple):
    """The tags of apps.

    Attributes:
        by_app: tags by app GUID, in the format of the API (`00FF`).
        allotted: whether cfnet allotted them itself, like a policy server that has never released a tag.
    """

    by_app: Mapping[str, str]
    allotted: bool = False

    def mark(self, app: str) -> int:
        """Return the mark of packets from `app`.

        Raises:
            KeyError: the app has no tag.
        """
        return int(self.by_app[app], 16)

    def without(self, policies: Iterable[Policy]) -> tuple[str, str] | None:
        """Return the first app in `policies` without a tag and where it is, such as `policies[3].source.id`."""
        by_app = self.by_app
        for position, policy in enumerate(policies):
            if policy.source not in by_app:
                return policy.source, f"policies[{position}].source.id"
            if policy.destination not in by_app:
                return policy.destination, f"policies[{position}].destination.id"
        return None


def allot(policies: Iterable[Policy], *, reserved: str = "") -> Tags:
    """Allot a tag to each app in `policies`, like an empty policy server to which they are added in this order.

    Tags ascend; the source comes before the destination (policy-server's store, `groups` table). `reserved` is a tag
    that is already in use: that of the routers.

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
                raise InputFault(f"more than {TAGS:,} apps have policies, but there are only {TAGS:,} tags")
            by_app[app] = f"{number:04X}"
    return Tags(by_app, allotted=True)


def ingress_tag(tags: Tags, settings: AgentSettings) -> str:
    """Return the tag of the routers, or an empty string if overlay ingress is disabled.

    Raises:
        InputFault: overlay ingress is enabled, but the tag is unknown.
    """
    if not settings.enable_overlay_ingress_rules:
        return ""
    found = settings.overlay_ingress_tag or tags.by_app.get(INGRESS_ROUTER, "")
    if not found:
        raise InputFault(
            f"overlay ingress is enabled, but neither overlay_ingress_tag nor the tag of {INGRESS_ROUTER} is given",
            hint="Set overlay_ingress_tag in agent.json, or add tags.json (requires network.admin).",
        )
    return found
