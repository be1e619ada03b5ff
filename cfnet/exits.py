"""The exit codes of cfnet, with the meanings shown in the reference.

The three commands that mirror `cf`, and the session commands, exit `DONE` or `FINDING` (1) for every failure, as `cf`
does. All others use the whole table.
"""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    """Done; nothing found."""
    FINDING = 1
    """Something was found: `validate` found faults, `lint` found errors, `test` found failures, `diff` found changes,
    `trace` found a denied call, `verify` found drift (0 with `--exit-zero`)."""
    USAGE = 2
    """Wrong usage or configuration; an unreadable or invalid file (even with `--exit-zero`); output that cannot be
    written."""
    REFUSED = 3
    """Refused by a safety guard, a stale plan, or not confirmed; nothing was sent."""
    DENIED = 4
    """Not logged in, or not allowed."""
    PARTIAL = 5
    """Partly applied: the message says what was done; run the command again to do the rest."""
    TROUBLE = 7
    """The server or the network failed."""
    FAULT = 70
    """An internal error of cfnet; `--debug` shows the traceback."""
    INTERRUPTED = 130
    """Interrupted."""
    READER_GONE = 141
    """The reader of the output has closed the pipe, as in `cfnet … | head`."""
