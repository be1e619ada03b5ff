"""Escape sequences that a program wrote for a terminal (`dmesg --color=always`): removed before a line is read."""

import re
from typing import Final

_SEQUENCES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-Za-z])")
"""Colours and other control sequences, and the choice of a character set (ECMA-48)."""


def without_escapes(line: str) -> str:
    """The line without escape sequences."""
    return _SEQUENCES.sub("", line) if "\x1b" in line else line
