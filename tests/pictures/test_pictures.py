"""The README's pictures: all there, and of what cfnet shows today. Else: `python -m tests.pictures`."""

import re
from pathlib import Path

from tests.pictures.pages import DIGESTS, digests, pages
from tests.pictures.shop import FOLDER, GRAPH, open_shop

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_graph_is_what_cfnet_draws(tmp_path: Path) -> None:
    """It is text, and kept as it is."""
    with open_shop(tmp_path) as shop:
        assert (FOLDER / GRAPH).read_text(encoding="utf-8") == shop.graph()


def test_the_pictures_are_of_the_pages_that_cfnet_makes(tmp_path: Path) -> None:
    """What was photographed is known by its digest."""
    with open_shop(tmp_path) as shop:
        assert DIGESTS.read_text(encoding="utf-8") == digests(pages(shop))


def test_every_picture_is_there(tmp_path: Path) -> None:
    """Those that the script makes, no other; and those that the README shows are among them."""
    with open_shop(tmp_path) as shop:
        made = {GRAPH, *pages(shop)}
    assert {file.name for file in FOLDER.iterdir()} == {*made, DIGESTS.name}
    assert set(re.findall(r"\.github/pictures/([\w.-]+)", README)) <= made
