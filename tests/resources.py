"""Responses of the Cloud Controller (v3) as JSON, as sent and as stored in a snapshot."""

from collections.abc import Mapping
from typing import Any


def related(kind: str, guid: str) -> dict[str, Any]:
    """Relationships of a resource."""
    return {"relationships": {kind: {"data": {"guid": guid}}}}


def apps_of_a_space(
    apps: Mapping[str, str], space: str = "dev", org: str = "shop", *, space_guid: str = "s1"
) -> dict[str, Any]:
    """The list of the apps of one space, names by GUID, with that space and its org."""
    return {
        "resources": [{"guid": guid, "name": name, **related("space", space_guid)} for guid, name in apps.items()],
        "included": {
            "spaces": [{"guid": space_guid, "name": space, **related("organization", "o1")}],
            "organizations": [{"guid": "o1", "name": org}],
        },
    }
