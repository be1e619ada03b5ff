"""`cfnet --help` and `cfnet --version`, which need no parsing: they are printed without loading click."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from cfnet import __version__
from cfnet.cli.command_table import COMMANDS, GLOBAL_OPTIONS, HEADLINE, Audience
from cfnet.show.help_text import help_text
from cfnet.show.page import HelpSection, Lines, Terms
from cfnet.show.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HELP: Final = ((), ("-h",), ("--help",), ("help",))
_VERSION: Final = (("--version",), ("version",))
_ROOT_OPTIONS: Final = ((("--version",), "Show the version"), (("-h", "--help"), "Show this help"))
_EXITS: Final = (
    ("0", "Success"),
    ("1", "Findings, or failure of a command that mirrors cf"),
    ("2", "Wrong usage, or a file that cannot be read or written"),
    ("3", "Refused by a safety check; nothing was sent"),
    ("4", "Not logged in, or not authorized"),
    ("5", "Partly applied; run the same command again to finish"),
    ("7", "Server or network error"),
    ("70", "Internal error"),
    ("130", "Interrupted"),
    ("141", "Output pipe closed"),
)


def front_page() -> Iterator[HelpSection]:
    """The sections of `cfnet --help`."""
    yield HelpSection("NAME", [f"cfnet - {HEADLINE}"])
    yield HelpSection("USAGE", [Lines(("cfnet [GLOBAL OPTIONS] COMMAND [ARGUMENTS] [OPTIONS]",))])
    column = max(map(len, COMMANDS)) + 3
    for audience in Audience:
        rows = ((name, entry.summary) for name, entry in COMMANDS.items() if entry.audience is audience)
        yield HelpSection(audience, [Terms(tuple(rows), column)])
    options = (*GLOBAL_OPTIONS.values(), *_ROOT_OPTIONS)
    yield HelpSection("GLOBAL OPTIONS", [Terms(tuple((", ".join(names), text) for names, text in options))])
    yield HelpSection("EXIT CODES", [Terms(_EXITS)])
    yield HelpSection("HELP TOPICS", [", ".join(TOPICS)])
    see = "'cfnet help NAME' for a command, a topic, or an ID such as E201; 'cfnet tour' for an introduction"
    yield HelpSection("SEE ALSO", [see])


def version() -> str:
    """The text of `cfnet --version`."""
    return f"cfnet {__version__} (Python {'.'.join(map(str, sys.version_info[:3]))})\n"


def page_for(words: Sequence[str], width: int) -> str:
    """The answer to a command line that only asks for help or the version; empty for any other."""
    if tuple(words) in _HELP:
        return help_text(front_page(), width)
    return version() if tuple(words) in _VERSION else ""
