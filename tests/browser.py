"""Pages in a real browser: headless Chromium with its driver, without network access."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.skipping import skip_or_fail

_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    # Every host name resolves to "not found".
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-proxy-server"),
)


_OF_THE_BROWSER = ("file:", "data:", "about:", "chrome:", "chrome-untrusted:")
"""URL schemes without network access; a browser's start page makes many such requests."""


class Page(NamedTuple):
    """An open page."""

    driver: webdriver.Chrome

    def one(self, selector: str) -> WebElement:
        """The only element for a CSS selector."""
        (found,) = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def texts(self, selector: str) -> list[str]:
        """The texts of the visible elements for a CSS selector."""
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return [each.text for each in found if each.is_displayed()]

    def click_corner(self, selector: str) -> None:
        """Click just inside the upper left corner of the only element for a CSS selector."""
        found = self.one(selector)
        width, height = found.size["width"], found.size["height"]
        corner = -int(width) // 2 + 3, -int(height) // 2 + 3
        ActionChains(self.driver).move_to_element_with_offset(found, *corner).click().perform()

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    @property
    def focused(self) -> str:
        """The text, or else the id, of the focused element."""
        active = self.driver.switch_to.active_element
        return active.text or active.get_attribute("id") or ""

    @property
    def shown(self) -> list[str]:
        """The names in the list of apps."""
        return self.texts("#apps div button")

    @property
    def standing(self) -> list[str]:
        """The names in the picture that are not faded."""
        return self.texts("#graph .app:not(.faded) > text")

    def check_quiet(self) -> None:
        """Check that the console has no errors and that only the page itself was requested."""
        assert self.driver.get_log("browser") == []  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
        assert [url for url in asked if not url.startswith(_OF_THE_BROWSER)] == []


@contextmanager
def open_browser(folder: Path, *, dark: bool = False, size: tuple[int, int] = (1400, 800)) -> Iterator[Page]:
    """A new browser with its profile in `folder`."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        skip_or_fail("there is no chromium with its chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (*_QUIET, f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(argument)
    if dark:
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options, Service(driver)) as opened:
        yield Page(opened)


__all__ = ["Keys", "Page", "open_browser"]
