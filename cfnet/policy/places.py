"""Where an app lives: its space, and that space's org."""

from typing import NamedTuple


class Org(NamedTuple):
    """An org."""

    guid: str
    name: str


class Space(NamedTuple):
    """A space of an org."""

    guid: str
    name: str
    org: Org


class App(NamedTuple):
    """An app of a space."""

    guid: str
    name: str
    space: Space

    @property
    def path(self) -> str:
        """`ORG/SPACE/APP`, the name that is unique in a foundation."""
        return f"{self.space.org.name}/{self.space.name}/{self.name}"

    @property
    def known_path(self) -> str:
        """The path; where it is not known which space and org these are, the name alone."""
        return self.path if self.space.name and self.space.org.name else self.name
