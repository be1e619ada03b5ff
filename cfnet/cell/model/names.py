"""Names of apps and instances, looked up by the GUIDs, addresses, handles and marks in rules."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cfnet.cell.model.tags import INGRESS_ROUTER

_SHARED: Final = 8
"""Minimum length of GUID and handle prefixes to look up; log prefixes and chain names are truncated."""


class Instance(NamedTuple):
    """What runs in a container: an app instance; tasks and staging containers have no number."""

    app: str
    """The app's GUID; empty if the container has no app."""
    number: int | None = None
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Known names. Any of the mappings may be incomplete.

    Attributes:
        apps: the name to show, by app GUID.
        instances: what runs in a container, by overlay IP.
        marks: the app's GUID (or `INGRESS_ROUTER`), by the mark of its packets.
    """

    apps: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    marks: Mapping[int, str] = field(default_factory=dict)
    _guids: Sequence[str] = field(init=False, repr=False, compare=False)
    _handles: Sequence[str] = field(init=False, repr=False, compare=False)
    _in_order: Sequence[Instance] = field(init=False, repr=False, compare=False)
    _marked: frozenset[str] = field(init=False, repr=False, compare=False)
    _running: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort for prefix lookups, which every third rule needs."""
        object.__setattr__(self, "_guids", sorted(self.apps))
        in_order = sorted(self.instances.values(), key=_without_dashes)
        object.__setattr__(self, "_in_order", in_order)
        object.__setattr__(self, "_handles", [_without_dashes(each) for each in in_order])
        object.__setattr__(self, "_marked", frozenset(self.marks.values()))
        object.__setattr__(self, "_running", frozenset(each.app for each in in_order))

    def exists(self, guid: str) -> bool:
        """Whether there is such an app, as far as known: it has a name or runs."""
        return guid in self.apps or guid in self._running

    def has_mark(self, guid: str) -> bool:
        """Whether the mark of this app is known."""
        return guid in self._marked

    def app(self, guid: str) -> str:
        """Describe the app with this GUID or GUID prefix: its name, several names, or the GUID itself."""
        if guid == INGRESS_ROUTER:
            return "an ingress router"
        if guid in self.apps:
            return self.apps[guid]
        found = self.apps_like(guid)
        if not found:
            return f"app {guid}"
        return found[0] if len(found) == 1 else f"{' or '.join(found)} (same GUID prefix)"

    def apps_like(self, beginning: str) -> list[str]:
        """Return the sorted names of the apps whose GUIDs start with `beginning`."""
        return sorted(self.apps[guid] for guid in self.guids_like(beginning))

    def guids_like(self, beginning: str) -> list[str]:
        """Return the GUIDs of known apps that start with `beginning`; empty if it is too short."""
        if len(beginning) < _SHARED:
            return []
        return [self._guids[place] for place in _beginning(beginning, self._guids)]

    def containers_like(self, handle: str) -> list[Instance]:
        """Return what runs in containers whose handles start with `handle`, ignoring dashes; empty if too short."""
        wanted = handle.replace("-", "")
        if len(wanted) < _SHARED:
            return []
        return [self._in_order[place] for place in _beginning(wanted, self._handles)]

    def at(self, ip: str) -> str:
        """Return `appB, instance 0`, or `container HANDLE` if it has no app; empty if nothing is known at this IP."""
        found = self.instances.get(ip)
        if not found:
            return ""
        if not found.app:
            return f"container {found.handle}"
        return self.app(found.app) + ("" if found.number is None else f", instance {found.number}")

    def container(self, handle: str) -> str:
        """Return `instance 0 of appB` for the container whose handle starts with `handle`, ignoring dashes.

        For an unknown container return `container` and the given handle; for one without an app, its whole handle.
        """
        found = sorted(map(self._instance, self.containers_like(handle)))
        if not found:
            return f"container {handle}"
        return found[0] if len(found) == 1 else f"{' or '.join(found)} (same handle prefix)"

    def _instance(self, instance: Instance) -> str:
        if not instance.app:
            return f"container {instance.handle}"
        app = self.app(instance.app)
        return app if instance.number is None else f"instance {instance.number} of {app}"


def _without_dashes(instance: Instance) -> str:
    return instance.handle.replace("-", "")


def _beginning(text: str, keys: Sequence[str]) -> range:
    """Return the indices of the sorted `keys` that start with `text`."""
    first = bisect_left(keys, text)
    return range(first, bisect_left(keys, f"{text}\U0010ffff", lo=first))
