"""Regenerate the pictures of the documentation: `python -m tests.pictures`. Needs Chromium and its driver."""

import tempfile
from pathlib import Path

from tests.browser import open_browser
from tests.pictures.pages import DIGESTS, digests, pages
from tests.pictures.shop import FOLDER, GLANCE, GRAPH, PAGE, REPORT, RULES, open_shop

_SIZES = {GLANCE: (1080, 830), PAGE: (1280, 780), REPORT: (1100, 1240), RULES: (1200, 590)}


def main() -> None:
    """Write all pictures, and the digests of their pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        (FOLDER / GRAPH).write_text(shop.graph(), encoding="utf-8")
        photographed = pages(shop)
        for name, page in photographed.items():
            file = Path(folder) / f"{name}.html"
            file.write_text(page, encoding="utf-8")
            with open_browser(Path(folder) / f"{name}-profile", size=_SIZES[name]) as browser:
                browser.driver.get(f"{file.as_uri()}#{shop.chosen}")
                for summary in browser.driver.find_elements("css selector", "aside summary")[:2]:
                    summary.click()
                browser.driver.execute_script("document.documentElement.style.overflow = 'hidden'")
                browser.driver.get_screenshot_as_file(str(FOLDER / name))
        DIGESTS.write_text(digests(photographed), encoding="utf-8")


if __name__ == "__main__":
    main()
