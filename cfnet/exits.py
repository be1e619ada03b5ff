"""The exit codes of cfnet, a line of meaning each.

The three commands that mirror `cf`, and the session commands, exit `DONE` or `FINDING` (1) for every failure, as `cf`
does. All others use the whole table.
"""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    """Done; nothing found."""
    FINDING = 1
    """A finding, or any failure of a command that mirrors `cf`."""
    USAGE = 2
    """Wrong usage or configuration, or input that cannot be read."""
    REFUSED = 3
    """Refused by a safety guard, or a stale plan; nothing was sent."""
    DENIED = 4
    """Not logged in, or not allowed."""
    PARTIAL = 5
    """Partly applied."""
    TROUBLE = 7
    """The server or the network failed."""
    FAULT = 70
    """A fault of cfnet's own: no crash looks like a finding."""
    INTERRUPTED = 130
    """Interrupted by the user."""
    READER_GONE = 141
    """Nobody reads what is printed any more: what a shell reports of a program that wrote into a closed pipe."""
