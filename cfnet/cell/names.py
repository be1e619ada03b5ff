"""Whose is it: the names of apps and instances behind the GUIDs, addresses, handles and marks of a rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cfnet.cell.tags import INGRESS_ROUTER

SHARED: Final = 8
"""The shortest beginning of a GUID or handle that is looked up: log prefixes and chain names are cut."""


class Instance(NamedTuple):
    """What runs in a container: an instance of an app; a task or a staging container has no number."""

    app: str
    """The app's GUID."""
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
        if len(beginning) < SHARED:
            return []
        return sorted(name for guid, name in self.apps.items() if guid.startswith(beginning))

    def at(self, ip: str) -> str:
        """`appB, instance 0`; empty where nothing is known to run there."""
        found = self.instances.get(ip)
        if not found:
            return ""
        return self.app(found.app) + ("" if found.number is None else f", instance {found.number}")

    def container(self, handle: str) -> str:
        """`instance 0 of appB`: what runs in the container whose handle begins so (dashes may be missing).

        Where that is unknown: `container` and the beginning of its handle.
        """
        wanted = handle.replace("-", "")
        fits = [each for each in self.instances.values() if each.handle.replace("-", "").startswith(wanted)]
        found = sorted(map(self._instance, fits)) if len(wanted) >= SHARED else []
        if not found:
            return f"container {handle}"
        return found[0] if len(found) == 1 else f"{' or '.join(found)} (their handles begin alike)"

    def _instance(self, instance: Instance) -> str:
        app = self.app(instance.app)
        return app if instance.number is None else f"instance {instance.number} of {app}"
