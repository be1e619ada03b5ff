"""Escapes foreign text for HTML, SVG, JSON in scripts, and Markdown."""

from __future__ import annotations

import html
import json
import re
from typing import Final

from cfnet.show.printable import printable

LONGEST_COMMENT: Final = 60_000
"""The maximum length of a Markdown comment, in characters: GitHub accepts up to 65,536."""

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#!|~<>&$@]|:(?=/)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]", re.IGNORECASE)


def markup(text: str) -> str:
    """Escape `text` for an element or attribute of HTML or SVG, and make invisible characters visible."""
    return html.escape(printable(text), quote=True)


def script_data(document: object) -> str:
    """Format `document` as JSON for an HTML script element: nothing in it can end the element or start another."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def markdown(text: str) -> str:
    """Escape `text` for a line or table cell of Markdown: no emphasis, link, mention, list or HTML.

    In CommonMark a backslash makes punctuation literal; GitHub looks for mentions after that, so `@` needs an entity.
    """
    return _MARKDOWN.sub(lambda found: "&#64;" if found[0] == "@" else f"\\{found[0]}", printable(text))


def fenced(text: str, language: str = "") -> str:
    """Format `text`, whose lines end with newlines, as a fenced code block of Markdown that no line can end."""
    # A block ends at the first fence of at least its own length: use one longer than any run of backticks in `text`.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}{fence}\n"
