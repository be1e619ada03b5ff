"""The words of a line as iptables prints it, and how it quotes a text that is not one plain word."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from cfnet.cell.model.kernel_text import escaped, unescaped

_WORD = re.compile(r'(?:"(?:\\.|[^"\\])*+(?:"|\\?\Z)|[^\s"])++', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*+)(?:"|\\?\Z)', re.DOTALL)
_CLOSED = re.compile(r'(?:[^"]++|"(?:\\.|[^"\\])*+")*+', re.DOTALL)
"""Nothing is tried twice: a quote that is not closed reaches to the end."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class NotIptables(ValueError):
    """Text that neither `iptables -S` nor `iptables-save` can have printed.

    Attributes:
        line: the number of the line, from 1.
        expected: what could have stood there.
    """

    def __init__(self, expected: str, line: int = 1) -> None:
        super().__init__(f"line {line}: expected {expected}")
        self.line = line
        self.expected = expected


class Word(NamedTuple):
    """One word of a line."""

    text: str
    """What it means, quotes and escapes removed."""
    raw: str
    """How it was written."""


def split(line: str) -> tuple[Word, ...]:
    """The words of a line.

    Raises:
        NotIptables: a quote is not closed.
    """
    if '"' not in line:
        return tuple([Word(word, word) for word in line.split()])
    if (line.count('"') % 2 or "\\" in line) and not _CLOSED.fullmatch(line):
        raise NotIptables("a closing quote")
    return tuple([Word(_unquoted(raw) if '"' in raw else raw, raw) for raw in _WORD.findall(line)])


def quoted(text: str) -> str:
    r"""A text as iptables prints it (`xtables_save_string` in libxtables): `plain`, `"two words"`, `"it\'s"`."""
    return text if _PLAIN.fullmatch(text) else f'"{escaped(text)}"'


def verbatim(words: Iterable[Word]) -> str:
    """The words as they were written."""
    return " ".join(word.raw for word in words)


def _unquoted(raw: str) -> str:
    return "".join(unescaped(part) if place % 2 else part for place, part in enumerate(_parts(raw)))


def _parts(raw: str) -> list[str]:
    """Outside, inside, outside, … the quotes of a word."""
    return _QUOTED.split(raw)
