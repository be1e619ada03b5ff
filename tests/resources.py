"""Answers of the Cloud Controller, version 3, as JSON: as it gives them, and as a snapshot keeps them."""

from collections.abc import Mapping
from typing import Any


def related(kind: str, guid: str) -> dict[str, Any]:
    """What a resource is part of."""
    return {"relationships": {kind: {"data": {"guid": guid}}}}


def apps_of_a_space(
    apps: Mapping[str, str], space: str = "dev", org: str = "shop", *, space_guid: str = "s1"
) -> dict[str, Any]:
    """The list of the apps of one space, their names by their GUIDs, with that space and its org."""
    return {
        "resources": [{"guid": guid, "name": name, **related("space", space_guid)} for guid, name in apps.items()],
        "included": {
            "spaces": [{"guid": space_guid, "name": space, **related("organization", "o1")}],
            "organizations": [{"guid": "o1", "name": org}],
        },
    }
