"""Guess the intended word, for the hint of a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def closest(word: str, words: Iterable[str]) -> str:
    """Return the most similar of `words`; empty if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - for faults only

    return next(iter(get_close_matches(word, words, n=1)), "")
