"""The names used for completion, stored as JSON; they include no secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_VERSION: Final = 1


class Link(NamedTuple):
    """A policy by names; `org` and `space` are those of the destination, `ports` is like `8080` or `5000-5010`."""

    source: str
    org: str
    space: str
    destination: str
    protocol: str
    ports: str


class KnownNames(NamedTuple):
    """The names in a foundation that are visible to a user.

    Attributes:
        org: the targeted org.
        space: the targeted space.
        apps: the names of apps, by org and space, including orgs and spaces without apps.
        links: the policies whose source is in the targeted space.
        cells: the names of the Diego cells; known only for the sandbox.
    """

    org: str
    space: str
    apps: Mapping[str, Mapping[str, Sequence[str]]]
    links: Sequence[Link]
    cells: Sequence[str]

    def as_json(self) -> str:
        """Return the JSON text."""
        return json.dumps({"version": _VERSION, **self._asdict()}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> KnownNames | None:
        """Parse the text of `as_json`; return None for anything else."""
        try:
            told: object = json.loads(text)
            match told:
                case {
                    "version": 1,
                    "org": str(org),
                    "space": str(space),
                    "apps": dict(apps),
                    "links": list(links),
                    "cells": list(cells),
                }:
                    by_place = {
                        str(org): {str(space): [str(name) for name in names] for space, names in spaces.items()}
                        for org, spaces in apps.items()
                    }
                    return cls(org, space, by_place, [Link(*map(str, link)) for link in links], [str(c) for c in cells])
        except (AttributeError, RecursionError, TypeError, ValueError):
            pass
        return None
