"""Which live values fit where the cursor is: pure, from what is known and the words before."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.operations.completion_names import KnownNames


class LiveValues(StrEnum):
    """What is asked for: the scripts say it by these names."""

    APP = "app"
    """An app of the space that --space names, of the targeted one without it."""
    DESTINATION = "destination"
    """An app of the space and org that -s and -o name, of the targeted ones without them."""
    SPACE = "space"
    """A space of the org that -o names, of the targeted one without it."""
    ORG = "org"
    PLACE = "place"
    """ORG/SPACE."""
    CELL = "cell"
    PORT = "port"
    """The ports of a policy between the two apps."""


_VALUED: Final = frozenset({"--port", "--protocol", "-s", "-o", "--from", "--space"})
"""Options whose values matter here, or that stand between the apps of a command that has them."""

_TWO_APPS: Final = 2


class Words(NamedTuple):
    """The words before the cursor: options with their values (empty where they take none), and the others."""

    options: Mapping[str, str]
    arguments: Sequence[str]

    def option(self, name: str, default: str) -> str:
        """The value of an option; `default` where it is not given, or empty."""
        return self.options.get(name) or default

    @classmethod
    def read(cls, words: Iterable[str]) -> Words:
        """Take words apart that may be wrong or unfinished."""
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
    """The words that may stand where `live` is asked for, in order, as far as a terminal can show them."""
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
        case LiveValues.PORT:
            found = _ports(words, known)
        case _:
            assert_never(live)
    return found


def _places(known: KnownNames) -> Iterable[str]:
    return (f"{org}/{space}" for org, spaces in known.apps.items() for space in spaces)


def _apps_of(known: KnownNames, place: str) -> Sequence[str]:
    """The apps of SPACE, which is one of the targeted org, or of ORG/SPACE."""
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
    """Names are compared as the Cloud Controller's filters do: without regard to case."""
    return one.lower() == other.lower()
