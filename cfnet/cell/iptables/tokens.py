"""Split lines into words and quote text, like iptables."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from cfnet.cell.model.kernel_text import escaped, unescaped

_WORD = re.compile(r'(?:"(?:\\.|[^"\\])*+(?:"|\\?\Z)|[^\s"])++', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*+)(?:"|\\?\Z)', re.DOTALL)
_CLOSED = re.compile(r'(?:[^"]++|"(?:\\.|[^"\\])*+")*+', re.DOTALL)
"""Matches without backtracking; an unclosed quote extends to the end."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class NotIptables(ValueError):
    """The text was printed by neither `iptables -S` nor `iptables-save`.

    Attributes:
        line: the number of the line, starting at 1.
        expected: what would be valid there.
    """

    def __init__(self, expected: str, line: int = 1) -> None:
        super().__init__(f"line {line}: expected {expected}")
        self.line = line
        self.expected = expected


class Word(NamedTuple):
    """A word of a line."""

    text: str
    """The word without quotes and escapes."""
    raw: str
    """The word, verbatim."""


def split(line: str) -> tuple[Word, ...]:
    """Split a line into words.

    Raises:
        NotIptables: a quote is not closed.
    """
    if '"' not in line:
        return tuple([Word(word, word) for word in line.split()])
    if (line.count('"') % 2 or "\\" in line) and not _CLOSED.fullmatch(line):
        raise NotIptables("a closing quote")
    return tuple([Word(_unquoted(raw) if '"' in raw else raw, raw) for raw in _WORD.findall(line)])


def quoted(text: str) -> str:
    r"""Quote a text like iptables (`xtables_save_string` in libxtables): `plain`, `"two words"`, `"it\'s"`."""
    return text if _PLAIN.fullmatch(text) else f'"{escaped(text)}"'


def verbatim(words: Iterable[Word]) -> str:
    """Return the words verbatim."""
    return " ".join(word.raw for word in words)


def _unquoted(raw: str) -> str:
    return "".join(unescaped(part) if place % 2 else part for place, part in enumerate(_parts(raw)))


def _parts(raw: str) -> list[str]:
    """Split a word at its quotes: texts outside and inside quotes alternate."""
    return _QUOTED.split(raw)
