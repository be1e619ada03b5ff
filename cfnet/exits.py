"""The exit codes of cfnet, a line of meaning each: the table of the README.

The three commands that mirror `cf`, and the session commands, exit `DONE` or `FINDING` (1) for every failure, as `cf`
does. All others use the whole table.
"""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    """Done; nothing found."""
    FINDING = 1
    """A finding: `validate` found faults, `diff` would change something, `trace` ends denied, `verify` found drift
    (`--exit-zero` makes it 0)."""
    USAGE = 2
    """Wrong usage or configuration; a file that cannot be read as what it should be (`--exit-zero` or not); output
    that cannot be written."""
    REFUSED = 3
    """Refused by a safety guard, a stale plan, or not agreed to; nothing was sent."""
    DENIED = 4
    """Not logged in, or not allowed."""
    PARTIAL = 5
    """Partly applied: the message says what is done; running the same again does the rest."""
    TROUBLE = 7
    """The server or the network failed."""
    FAULT = 70
    """A fault of cfnet's own; `--debug` shows more."""
    INTERRUPTED = 130
    """Interrupted."""
    READER_GONE = 141
    """Whoever was to read the output has gone, as with `cfnet … | head`."""
