"""The pages for the screenshots in the documentation."""

import hashlib
import html
import re
from collections.abc import Mapping
from typing import Final

from tests.pictures.shop import FOLDER, GLANCE, PAGE, REPORT, RULES, Shop, glance

DIGESTS: Final = FOLDER / "pages.sha256"
"""The digests of the pages in `sha256sum` format: the pictures themselves differ between machines."""

_ANSI = re.compile(r"\x1b\[(\d+)(?:;1)?m(.*?)\x1b\[0(?:;22)?m", re.DOTALL)
_INK = {"2": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#d29922", "36": "#79c0ff"}
_DARK = "margin: 0; background: #0d1117"
_TERMINAL = "margin: 0; padding: 18px 20px; color: #e6edf3; font: 13px/1.5 'DejaVu Sans Mono', mono"


def pages(shop: Shop) -> dict[str, str]:
    """The pages, by the name of the picture."""
    prompt = "$ cfnet diff --rules --prune policies.yml\n"
    return {
        PAGE: shop.page(),
        REPORT: shop.report(),
        RULES: terminal(prompt + shop.rules()),
        GLANCE: terminal(glance()),
    }


def digests(photographed: Mapping[str, str]) -> str:
    """The content of `DIGESTS` for these pages."""
    return "".join(f"{hashlib.sha256(page.encode()).hexdigest()}  {name}\n" for name, page in photographed.items())


def terminal(text: str) -> str:
    """A page that looks like a terminal with `text`; long lines are truncated like by `less -S`."""
    shown = _ANSI.sub(lambda found: f'<span style="color:{_INK[found[1]]}">{found[2]}</span>', html.escape(text))
    return f'<!DOCTYPE html><meta charset="utf-8"><body style="{_DARK}"><pre style="{_TERMINAL}">{shown}</pre>'
