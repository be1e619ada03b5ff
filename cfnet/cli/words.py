"""Words of a command line that make no sense wherever they stand, and what was meant by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    Choice = click.Choice[str]
else:
    Choice = click.Choice

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""What Python makes of a byte that is none of a character (PEP 383)."""


def is_text(word: str) -> bool:
    """Whether `word` came as characters, in the encoding of the terminal."""
    return word.isascii() or not _SURROGATE.search(word)


def require_text(words: Iterable[str]) -> None:
    """Check that `words`, which are no paths, are text.

    Raises:
        UsageFault: one has bytes that are no characters.
    """
    for word in words:
        if not is_text(word):
            raise UsageFault(f"'{word}' is not text in this terminal's encoding.")


def stdin_once(files: Iterable[str | None]) -> None:
    """Check that at most one of `files` is `-`.

    Raises:
        UsageFault: several are.
    """
    if sum(file == "-" for file in files) > 1:
        raise UsageFault("stdin can be read only once: only one file can be '-'.")


def near(word: str, words: Collection[str], *, most: int = 3) -> str:
    """A question after those of `words` that look like `word`; empty where none does."""
    from cfnet.policy import naming  # only where something is wrong

    return did_you_mean(naming.near(word, words, most=most))


def did_you_mean(words: Iterable[str]) -> str:
    """The question whether one of `words` was meant; empty where there are none."""
    asked = " or ".join(f"'{word}'" for word in words)
    return f"Did you mean {asked}?" if asked else ""


class OneOf(Choice):
    """A choice of words that says of another one what it looks like."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        """The word.

        Raises:
            BadParameter: it is none of them.
        """
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            question = near(str(value), [str(choice) for choice in self.choices])
            raise click.BadParameter(f"{error.message} {question}".rstrip(), ctx, param) from error
