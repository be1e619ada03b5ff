"""The prefix of `bosh ssh -c`: which instance printed a line, as in `diego-cell/GUID: stdout | …`."""

import re
from typing import Final, NamedTuple

_PREFIX: Final = re.compile(r"([\w.-]{1,100}/[\w-]{1,64}): std(?:out|err) \|(?: |$)")
"""Its lengths are limited, so that a long line costs no more than a short one."""


class Printed(NamedTuple):
    """A line of an instance.

    Attributes:
        instance: `diego-cell/GUID`; empty where the line has no prefix.
        text: the line without the prefix.
    """

    instance: str
    text: str


def without_bosh_prefix(line: str) -> Printed:
    """Separate a line from the prefix that `bosh ssh -c` puts before it."""
    found = _PREFIX.match(line)
    return Printed(found[1], line[found.end() :]) if found else Printed("", line)
