"""Find the lines of Cloud Foundry in large logs without decoding the others.

A cell's kernel log is mostly about other things. Searching bytes for a few words takes a small part of the time that
parsing every line would take.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORDS: Final = (b"OK_", b"DENY_")
"""A line of a LOG rule has one of these."""
_WORDS_OF_JSON: Final = {
    b"gress-": (b"gress-allowed", b"gress-denied"),
    b'"MESSAGE"': (b'"MESSAGE":[', b'"MESSAGE": [', b'"MESSAGE" : ['),
}
"""A line of iptables-logger has one of the first two. With the others, the journal begins messages that it writes as
numbers because of unprintable characters. Most blocks do not even have the key, so the rest need not be searched."""

_CUT: Final = re.compile(rb" (?:SRC|DST|DPT)=\S{0,64}\Z")
"""The end of a line that was being written when the file was copied: an address or port of which digits may lack."""

LONGEST: Final = 1 << 20
"""Maximum bytes of a line; longer ones are not log lines, and are skipped."""


def lines_of_interest(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines that may be Cloud Foundry's, in order and without line ends, from the pieces of a file."""
    for block in whole_lines(chunks):
        yield from _found_in(block if block.endswith(b"\n") else _CUT.sub(b"", block))


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in blocks that end with a line; lines longer than `LONGEST` are left out."""
    rest = b""
    skipping = False
    for chunk in chunks:
        begun = 0
        if skipping:
            begun = chunk.find(b"\n") + 1
            skipping = not begun
            if skipping:
                continue
        end = chunk.rfind(b"\n") + 1
        if end > begun:
            yield rest + chunk[begun:end]
            rest = chunk[end:]
        else:
            rest += chunk[begun:]
        if len(rest) > LONGEST:
            rest, skipping = b"", True
    if rest:
        yield rest


def _words_for(block: bytes) -> Iterator[bytes]:
    yield from _WORDS
    for common, words in _WORDS_OF_JSON.items():
        if common in block:
            yield from words


def _found_in(block: bytes) -> Iterator[bytes]:
    found: set[tuple[int, int]] = set()
    for word in _words_for(block):
        at = block.find(word)
        while at >= 0:
            end = block.find(b"\n", at)
            end = len(block) if end < 0 else end
            found.add((block.rfind(b"\n", 0, at) + 1, end))
            at = block.find(word, end)
    for start, end in sorted(found):
        yield block[start:end]
