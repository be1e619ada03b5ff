"""Names like one that was mistyped, as a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def near(word: str, words: Collection[str], *, most: int = 3) -> str:
    """A question after those of `words` that look like `word`; empty where none does."""
    from cfnet.policy import naming  # only where something is wrong

    return did_you_mean(naming.near(word, words, most=most))


def did_you_mean(words: Iterable[str]) -> str:
    """The question whether one of `words` was meant; empty where there are none."""
    asked = " or ".join(f"'{word}'" for word in words)
    return f"Did you mean {asked}?" if asked else ""
