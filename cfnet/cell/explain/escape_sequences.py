"""Remove terminal escape sequences (from `dmesg --color=always`) before a line is parsed."""

import re
from typing import Final

_SEQUENCES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-Za-z])")
"""Colours and other control sequences, and character set selection (ECMA-48)."""


def without_escapes(line: str) -> str:
    """Remove escape sequences from a line."""
    return _SEQUENCES.sub("", line) if "\x1b" in line else line
