"""Whose is it: the names of apps and instances behind the GUIDs, addresses, handles and marks of a rule."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cfnet.cell.model.tags import INGRESS_ROUTER

_SHARED: Final = 8
"""The shortest beginning of a GUID or handle that is looked up: log prefixes and chain names are cut."""


class Instance(NamedTuple):
    """What runs in a container: an instance of an app; a task or a staging container has no number."""

    app: str
    """The app's GUID; empty where the container has none."""
    number: int | None = None
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What is known by name. Each of these may lack anything.

    Attributes:
        apps: the name to show, by the app's GUID.
        instances: what runs there, by overlay IP.
        marks: the app's GUID (or `INGRESS_ROUTER`), by the mark of its packets.
    """

    apps: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    marks: Mapping[int, str] = field(default_factory=dict)
    _guids: Sequence[str] = field(init=False, repr=False, compare=False)
    _handles: Sequence[str] = field(init=False, repr=False, compare=False)
    _in_order: Sequence[Instance] = field(init=False, repr=False, compare=False)
    _marked: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort what is looked up by its beginning: a rule in three asks for one."""
        object.__setattr__(self, "_guids", sorted(self.apps))
        in_order = sorted(self.instances.values(), key=_without_dashes)
        object.__setattr__(self, "_in_order", in_order)
        object.__setattr__(self, "_handles", [_without_dashes(each) for each in in_order])
        object.__setattr__(self, "_marked", frozenset(self.marks.values()))

    def has_mark(self, guid: str) -> bool:
        """Whether a mark of this app is known."""
        return guid in self._marked

    def app(self, guid: str) -> str:
        """The app with this GUID, or with one that begins so: its name, several names, or the GUID itself."""
        if guid == INGRESS_ROUTER:
            return "an ingress router"
        if guid in self.apps:
            return self.apps[guid]
        found = self.apps_like(guid)
        if not found:
            return f"app {guid}"
        return found[0] if len(found) == 1 else f"{' or '.join(found)} (their GUIDs begin alike)"

    def apps_like(self, beginning: str) -> list[str]:
        """The names of the apps whose GUIDs begin so, sorted."""
        return sorted(self.apps[guid] for guid in self.guids_like(beginning))

    def guids_like(self, beginning: str) -> list[str]:
        """The GUIDs of known apps that begin so; none for too short a beginning."""
        if len(beginning) < _SHARED:
            return []
        return [self._guids[place] for place in _beginning(beginning, self._guids)]

    def containers_like(self, handle: str) -> list[Instance]:
        """What runs in the containers whose handles begin so (dashes may be missing); none for too short a one."""
        wanted = handle.replace("-", "")
        if len(wanted) < _SHARED:
            return []
        return [self._in_order[place] for place in _beginning(wanted, self._handles)]

    def at(self, ip: str) -> str:
        """`appB, instance 0`; `container HANDLE` where it has no app; empty where nothing is known to run there."""
        found = self.instances.get(ip)
        if not found:
            return ""
        if not found.app:
            return f"container {found.handle}"
        return self.app(found.app) + ("" if found.number is None else f", instance {found.number}")

    def container(self, handle: str) -> str:
        """`instance 0 of appB`: what runs in the container whose handle begins so (dashes may be missing).

        Where that is unknown: `container` and the beginning of its handle. Where it has no app: its whole handle.
        """
        found = sorted(map(self._instance, self.containers_like(handle)))
        if not found:
            return f"container {handle}"
        return found[0] if len(found) == 1 else f"{' or '.join(found)} (their handles begin alike)"

    def _instance(self, instance: Instance) -> str:
        if not instance.app:
            return f"container {instance.handle}"
        app = self.app(instance.app)
        return app if instance.number is None else f"instance {instance.number} of {app}"


def _without_dashes(instance: Instance) -> str:
    return instance.handle.replace("-", "")


def _beginning(text: str, keys: Sequence[str]) -> range:
    """The places of sorted `keys` that begin so."""
    first = bisect_left(keys, text)
    return range(first, bisect_left(keys, f"{text}\U0010ffff", lo=first))
