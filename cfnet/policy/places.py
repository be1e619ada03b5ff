"""Apps, spaces and orgs."""

from collections.abc import Iterable
from typing import Final, NamedTuple


class Org(NamedTuple):
    """An org."""

    guid: str
    name: str


class Space(NamedTuple):
    """A space in an org."""

    guid: str
    name: str
    org: Org


NOWHERE: Final = Space("", "", Org("", ""))
"""A placeholder for a space and org that are not targeted or unknown."""


class App(NamedTuple):
    """An app in a space."""

    guid: str
    name: str
    space: Space

    @property
    def path(self) -> str:
        """`ORG/SPACE/APP`, which is unique within a foundation."""
        return f"{self.space.org.name}/{self.space.name}/{self.name}"

    @property
    def known_path(self) -> str:
        """The path, or just the app's name if its space or org is unknown."""
        return self.path if self.space.name and self.space.org.name else self.name


def by_guid(apps: Iterable[App]) -> dict[str, App]:
    """Index `apps` by GUID."""
    return {app.guid: app for app in apps}
