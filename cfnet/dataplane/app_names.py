"""The names under `apps.internal`, as production's service discovery answers them.

`APP.apps.internal` has the overlay IPs of all instances, `N.APP.apps.internal` that of instance N. In production these
are routes, and a route belongs to one space: where several spaces have an app of that name, the oldest app has the
name, and the others keep theirs with space and org, `APP.SPACE.ORG.apps.internal`, which every app has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOMAIN: Final = "apps.internal"

_LONGEST_LABEL: Final = 63
_SPACES: Final = re.compile(r"[\s_]+")
_FOREIGN: Final = re.compile(r"[^a-z0-9-]+")


class NamedInstance(NamedTuple):
    """An app instance: its app's GUID, name, `SPACE` and `ORG`, its number and its overlay IP."""

    app: str
    name: str
    space: str
    org: str
    number: int
    ip: str


def label(name: str) -> str:
    """Turn a name into a label of a host name as `cf push` does for routes; empty if nothing is left of it."""
    return _FOREIGN.sub("", _SPACES.sub("-", name.strip().lower())).strip("-")[:_LONGEST_LABEL].rstrip("-")


def addresses(instances: Iterable[NamedInstance]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of each name, without the domain; of apps with one name, the first in `instances` has it."""
    owners: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for each in instances:
        for name in _names(each):
            if owners.setdefault(name, each.app) == each.app:
                found.setdefault(name, []).append(each.ip)
                found.setdefault(f"{each.number}.{name}", []).append(each.ip)
    return {name: tuple(ips) for name, ips in found.items()}


def _names(instance: NamedInstance) -> Iterable[str]:
    app = label(instance.name)
    if not app:
        return
    yield app
    space, org = label(instance.space), label(instance.org)
    if space and org:
        yield f"{app}.{space}.{org}"
