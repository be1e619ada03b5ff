"""One short line of what the body of an answer says, found in one pass however the body is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ_BYTES: Final = 16 * 1024
"""Of a body, the part that is looked at."""

_SHOWN: Final = 160
_UNSEEN: Final = ("script", "style")
"""Elements whose text is not for people."""


def excerpt(body: bytes) -> str:
    """What `body` says, in quotes: a page's title, else its text; `nothing` where it is empty."""
    text = body[:_READ_BYTES].decode("utf-8", errors="replace")
    title = _title(text)
    line = " ".join((" ".join(_without_markup(text)) if title is None else title).split())
    if not line:
        return "nothing"
    return f'"{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"}"'


def _title(page: str) -> str | None:
    """What stands in the first title of a page; None where it has none."""
    lower = _lower(page)
    start = lower.find("<title")
    begin = lower.find(">", start) if start >= 0 else -1
    end = lower.find("</title>", begin) if begin >= 0 else -1
    return page[begin + 1 : end] if end >= 0 else None


def _without_markup(page: str) -> Iterator[str]:
    """The pieces of text between the tags of a page; a `<` that begins no tag is text."""
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
    """`page` in lower case, each character in its place."""
    lower = page.lower()
    return lower if len(lower) == len(page) else "".join(c.lower() if c.isascii() else c for c in page)
