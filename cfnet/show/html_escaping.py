"""Names and texts from outside, made safe for the places of a page they go to."""

from __future__ import annotations

import html
import json
import re
from typing import Final

from cfnet.show.printable import printable

LONGEST_COMMENT: Final = 60_000
"""Characters of a Markdown text for a comment: GitHub takes up to 65,536."""

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#!|~<>&$@]|:(?=/)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]", re.IGNORECASE)


def markup(text: str) -> str:
    """`text` as the content of an element or attribute of HTML or SVG, invisible characters shown."""
    return html.escape(printable(text), quote=True)


def script_data(document: object) -> str:
    """`document` as JSON that can stand within an HTML script element: nothing in it ends that, or begins another."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def markdown(text: str) -> str:
    """`text` within a line of Markdown, also of a table: no emphasis, link, mention, list or HTML.

    CommonMark takes a backslash before punctuation for that character alone; GitHub looks for mentions after that.
    """
    return _MARKDOWN.sub(lambda found: "&#64;" if found[0] == "@" else f"\\{found[0]}", printable(text))


def fenced(text: str, language: str = "") -> str:
    """`text`, lines that end with newlines, as a block of Markdown that none of them can end."""
    # A block ends at the first line of as many backticks as it began with: so it begins with more than it has in it.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}{fence}\n"
