"""Separate lines from the prefix of `bosh ssh -c`, which names the instance: `diego-cell/GUID: stdout | …`."""

import re
from typing import Final, NamedTuple

_PREFIX: Final = re.compile(r"([\w.-]{1,100}/[\w-]{1,64}): std(?:out|err) \|(?: |$)")
"""The lengths are bounded so that long lines take no more time than short ones."""


class Printed(NamedTuple):
    """A line printed by an instance.

    Attributes:
        instance: `diego-cell/GUID`; empty if the line has no prefix.
        text: the line without the prefix.
    """

    instance: str
    text: str


def without_bosh_prefix(line: str) -> Printed:
    """Separate a line from the prefix of `bosh ssh -c`."""
    found = _PREFIX.match(line)
    return Printed(found[1], line[found.end() :]) if found else Printed("", line)
