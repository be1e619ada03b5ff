"""Makes the README's pictures anew: `python -m tests.pictures`. It needs Chromium and its driver."""

import html
import re
import tempfile
from pathlib import Path

from tests.browser import open_browser
from tests.pictures.shop import FOLDER, GLANCE, GRAPH, PAGE, REPORT, RULES, Shop, glance, open_shop

_SIZES = {GLANCE: (1080, 830), PAGE: (1280, 780), REPORT: (1100, 1240), RULES: (1200, 590)}
_ANSI = re.compile(r"\x1b\[(\d+)(?:;1)?m(.*?)\x1b\[0(?:;22)?m", re.DOTALL)
_INK = {"2": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#d29922", "36": "#79c0ff"}
_DARK = "margin: 0; background: #0d1117"
_TERMINAL = "margin: 0; padding: 18px 20px; color: #e6edf3; font: 13px/1.5 'DejaVu Sans Mono', mono"


def terminal(text: str) -> str:
    """A page that looks as a terminal does when `text` was printed there; long lines are cut as by `less -S`."""
    shown = _ANSI.sub(lambda found: f'<span style="color:{_INK[found[1]]}">{found[2]}</span>', html.escape(text))
    return f'<!DOCTYPE html><meta charset="utf-8"><body style="{_DARK}"><pre style="{_TERMINAL}">{shown}</pre>'


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        (FOLDER / GRAPH).write_text(shop.graph(), encoding="utf-8")
        for name, page in pages(shop).items():
            file = Path(folder) / f"{name}.html"
            file.write_text(page, encoding="utf-8")
            with open_browser(Path(folder) / f"{name}-profile", size=_SIZES[name]) as browser:
                browser.driver.get(f"{file.as_uri()}#{shop.chosen}")
                for summary in browser.driver.find_elements("css selector", "aside summary")[:2]:
                    summary.click()
                browser.driver.execute_script("document.documentElement.style.overflow = 'hidden'")
                browser.driver.get_screenshot_as_file(str(FOLDER / name))


def pages(shop: Shop) -> dict[str, str]:
    """What there is to be photographed."""
    prompt = "$ cfnet diff --rules --prune policies.yml\n"
    return {
        PAGE: shop.page(),
        REPORT: shop.report(),
        RULES: terminal(prompt + shop.rules()),
        GLANCE: terminal(glance()),
    }


if __name__ == "__main__":
    main()
