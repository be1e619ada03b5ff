"""Suggestions for mistyped names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def near(word: str, words: Collection[str], *, most: int = 3) -> str:
    """Suggest those of `words` that are similar to `word`; empty if there are none."""
    from cfnet.policy import naming  # needed only for errors

    return did_you_mean(naming.near(word, words, most=most))


def did_you_mean(words: Iterable[str]) -> str:
    """Return the suggestion of `words`; empty if there are none."""
    asked = " or ".join(f"'{word}'" for word in words)
    return f"Did you mean {asked}?" if asked else ""
