"""The pictures of the documentation: complete and current. To update them: `python -m tests.pictures`."""

import re
from pathlib import Path

from tests.docs import EVERYTHING
from tests.pictures.pages import DIGESTS, digests, pages
from tests.pictures.shop import FOLDER, GRAPH, open_shop


def test_the_graph_is_current(tmp_path: Path) -> None:
    """It is text, stored as cfnet draws it."""
    with open_shop(tmp_path) as shop:
        assert (FOLDER / GRAPH).read_text(encoding="utf-8") == shop.graph()


def test_the_pictures_are_current(tmp_path: Path) -> None:
    """The digest of each page equals that of the page that was photographed."""
    with open_shop(tmp_path) as shop:
        assert DIGESTS.read_text(encoding="utf-8") == digests(pages(shop))


def test_the_pictures_are_complete(tmp_path: Path) -> None:
    """Exactly those that the script makes, including all in the documentation."""
    with open_shop(tmp_path) as shop:
        made = {GRAPH, *pages(shop)}
    assert {file.name for file in FOLDER.iterdir()} == {*made, DIGESTS.name}
    shown = {name for text in EVERYTHING.values() for name in re.findall(r"/pictures/([\w.-]+)", text)}
    assert shown == made
