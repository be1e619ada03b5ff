"""Extracts one short line from a response body, in linear time for any input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ_BYTES: Final = 16 * 1024
"""Only this part of a body is searched."""

_SHOWN: Final = 160
_UNSEEN: Final = ("script", "style")
"""Elements whose text is not shown to people."""


def excerpt(body: bytes) -> str:
    """Quote the title of the page in `body`, or else its text; return `(empty)` if there is none."""
    text = body[:_READ_BYTES].decode("utf-8", errors="replace")
    title = _title(text)
    line = " ".join((" ".join(_without_markup(text)) if title is None else title).split())
    if not line:
        return "(empty)"
    return f'"{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"}"'


def _title(page: str) -> str | None:
    """Return the first title of a page; None if it has none."""
    lower = _lower(page)
    start = lower.find("<title")
    begin = lower.find(">", start) if start >= 0 else -1
    end = lower.find("</title>", begin) if begin >= 0 else -1
    return page[begin + 1 : end] if end >= 0 else None


def _without_markup(page: str) -> Iterator[str]:
    """Yield the text between the tags of a page; a `<` that does not start a tag is text."""
    lower = _lower(page)
    at = 0
    while (start := page.find("<", at)) >= 0:
        yield page[at:start]
        end = page.find(">", start)
        if end < 0:
            at = start
            break
        at = end + 1
        for name in _UNSEEN:
            if lower.startswith(name, start + 1) and not lower[start + 1 + len(name)].isalnum():
                closing = lower.find(f"</{name}>", at)
                if closing < 0:
                    return
                at = closing + len(name) + 3
    yield page[at:]


def _lower(page: str) -> str:
    """Convert `page` to lower case without changing the positions of characters."""
    lower = page.lower()
    return lower if len(lower) == len(page) else "".join(c.lower() if c.isascii() else c for c in page)
