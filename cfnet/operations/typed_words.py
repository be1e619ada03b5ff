"""Checks of arguments: whether they are text, and whether stdin is named twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cfnet.errors import CommandLineFault

if TYPE_CHECKING:
    from collections.abc import Iterable

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Python's representation of bytes that are not text (PEP 383)."""


def is_text(word: str) -> bool:
    """Whether `word` is text in the encoding of the terminal."""
    return word.isascii() or not _SURROGATE.search(word)


def require_text(words: Iterable[str]) -> None:
    """Check that `words`, which are not paths, are text.

    Raises:
        CommandLineFault: a word is not text.
    """
    for word in words:
        if not is_text(word):
            raise CommandLineFault(f"'{word}' is not text in this terminal's encoding.")


def stdin_once(files: Iterable[str | None]) -> None:
    """Check that at most one of `files` is `-`.

    Raises:
        CommandLineFault: several are `-`.
    """
    if sum(file == "-" for file in files) > 1:
        raise CommandLineFault("stdin can be read only once: only one file can be '-'.")
