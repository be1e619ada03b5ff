"""Selection of live values for the word at the cursor, given the words before it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.operations.completion_names import KnownNames


class LiveValues(StrEnum):
    """Kinds of values, by the names that the scripts use."""

    APP = "app"
    """An app in the space given by --space, or in the targeted space."""
    DESTINATION = "destination"
    """An app in the space and org given by -s and -o, or in the targeted ones."""
    SPACE = "space"
    """A space in the org given by -o, or in the targeted org."""
    ORG = "org"
    PLACE = "place"
    """ORG/SPACE."""
    CELL = "cell"
    INSIDE = "inside"
    """A cell, or an app in the targeted space."""
    PORT = "port"
    """The ports of a policy between the two apps."""


_VALUED: Final = frozenset({"--port", "--protocol", "-s", "-o", "--from", "--space"})
"""Options whose values are needed here, or that may occur between arguments that name apps."""

_TWO_APPS: Final = 2


class Words(NamedTuple):
    """The words before the cursor: options with their values (empty for flags), and arguments."""

    options: Mapping[str, str]
    arguments: Sequence[str]

    def option(self, name: str, default: str) -> str:
        """Return the value of an option, or `default` if it is missing or empty."""
        return self.options.get(name) or default

    @classmethod
    def read(cls, words: Iterable[str]) -> Words:
        """Parse words that may be invalid or incomplete."""
        options: dict[str, str] = {}
        arguments = []
        rest = iter(words)
        for word in rest:
            name, equals, value = word.partition("=")
            if word in _VALUED:
                options[word] = next(rest, "")
            elif word.startswith("--"):
                options[name] = value if equals else ""
            elif word[:2] in _VALUED:
                options[word[:2]] = word[2:].removeprefix("=")
            elif word.startswith("-"):
                options[word] = ""
            else:
                arguments.append(word)
        return cls(options, arguments)


def candidates(live: LiveValues, words: Words, known: KnownNames) -> list[str]:
    """Return the values of kind `live` in order, without those that a terminal cannot show."""
    return [word for word in dict.fromkeys(sorted(_all(live, words, known))) if word and word.isprintable()]


def _all(live: LiveValues, words: Words, known: KnownNames) -> Iterable[str]:
    found: Iterable[str]
    org = words.option("-o", known.org)
    match live:
        case LiveValues.APP:
            found = _apps_of(known, words.option("--space", known.space))
        case LiveValues.DESTINATION:
            found = _apps(known, org, words.option("-s", known.space))
        case LiveValues.SPACE:
            found = _at(known.apps, org)
        case LiveValues.ORG:
            found = known.apps
        case LiveValues.PLACE:
            found = _places(known)
        case LiveValues.CELL:
            found = known.cells
        case LiveValues.INSIDE:
            found = [*known.cells, *_apps_of(known, known.space)]
        case LiveValues.PORT:
            found = _ports(words, known)
        case _:
            assert_never(live)
    return found


def _places(known: KnownNames) -> Iterable[str]:
    return (f"{org}/{space}" for org, spaces in known.apps.items() for space in spaces)


def _apps_of(known: KnownNames, place: str) -> Sequence[str]:
    """Return the apps of SPACE (in the targeted org) or ORG/SPACE."""
    org, _, space = place.rpartition("/")
    return _apps(known, org or known.org, space)


def _apps(known: KnownNames, org: str, space: str) -> Sequence[str]:
    return next((names for name, names in _at(known.apps, org).items() if _same(name, space)), ())


def _at(places: Mapping[str, Mapping[str, Sequence[str]]], org: str) -> Mapping[str, Sequence[str]]:
    return next((spaces for name, spaces in places.items() if _same(name, org)), {})


def _ports(words: Words, known: KnownNames) -> Iterable[str]:
    _command, *apps = words.arguments or [""]
    if len(apps) != _TWO_APPS:
        return ()
    options = words.options
    wanted = (apps[0], words.option("-o", known.org), words.option("-s", known.space), apps[1])
    protocol = options.get("--protocol", "")
    return (
        link.ports
        for link in known.links
        if all(map(_same, wanted, link)) and (not protocol or _same(protocol, link.protocol))
    )


def _same(one: str, other: str) -> bool:
    """Compare names like the filters of the Cloud Controller: case-insensitively."""
    return one.lower() == other.lower()
