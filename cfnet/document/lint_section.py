"""The key `lint` of a document: which findings of `cfnet lint` it ignores, and the limits that it sets."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cfnet.document.place import Place


class LintId(Enum):
    """The id of a rule of `cfnet lint`, and its title. Ids are stable and never reused."""

    WIDE_RANGE = ("L301", "wide port range")
    ALL_PORTS = ("L302", "all ports")
    BETWEEN_ORGS = ("L303", "policy between orgs")
    INTO_PRODUCTION = ("L304", "policy from development to production")
    MANY_CALLERS = ("L305", "app with many callers")
    DELETED_APP = ("L306", "policy of a deleted app")
    REDUNDANT = ("L307", "redundant policy")
    ADJACENT_RANGES = ("L308", "adjacent port ranges")
    BOTH_PROTOCOLS = ("L309", "same ports for both protocols")
    QUOTA = ("L310", "quota nearly used up")
    TAGS = ("L311", "tags nearly used up")
    OPEN_OVERLAY = ("L312", "security group opens the overlay")
    OPEN_CELLS = ("L313", "security group opens the cells")
    OPEN_EVERYTHING = ("L314", "security group opens everything")
    MANY_SPACES = ("L315", "security group with many spaces")
    NO_EFFECT = ("L316", "expectation without effect")
    UNUSED_IGNORE = ("L317", "ignored rule that finds nothing")

    def __init__(self, id_: str, title: str) -> None:
        self.id = id_
        self.title = title


class Suppression(NamedTuple):
    """A rule whose findings a document ignores, the reason as written, empty if none is given, and the place."""

    rule: LintId
    because: str = ""
    place: Place | None = None


class LintSection(NamedTuple):
    """What a document says under `lint`; None means the default.

    Attributes:
        place: where it is written.
        ignored: the rules whose findings it ignores.
        max_range: the most ports of a range.
        max_callers: the most apps that may call one app.
        max_usage: the most percent of a limit that may be used.
        quota: the policies per source app that the server allows.
        development: patterns of the names of spaces for development.
        production: patterns of the names of spaces for production.
        underlay: the networks (CIDR) of the cells.
    """

    place: Place
    ignored: tuple[Suppression, ...] = ()
    max_range: int | None = None
    max_callers: int | None = None
    max_usage: int | None = None
    quota: int | None = None
    development: tuple[str, ...] | None = None
    production: tuple[str, ...] | None = None
    underlay: tuple[str, ...] | None = None

    @property
    def settings(self) -> dict[str, object]:
        """The settings other than `ignored` that are given, by name."""
        given = self._asdict()
        return {name: given[name] for name in self._fields[2:] if given[name] is not None}
