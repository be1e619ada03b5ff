"""The README's pictures: all there, and the one that is text is what cfnet draws today."""

import re
from pathlib import Path

from tests.pictures.shop import FOLDER, GLANCE, GRAPH, PAGE, REPORT, RULES, open_shop

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_graph_is_what_cfnet_draws(tmp_path: Path) -> None:
    """Else it is to be made anew: `python -m tests.pictures`."""
    with open_shop(tmp_path) as shop:
        assert (FOLDER / GRAPH).read_text(encoding="utf-8") == shop.graph()


def test_every_picture_is_there() -> None:
    """Those that the script makes, no other; and those that the README shows are among them."""
    assert {file.name for file in FOLDER.iterdir()} == {GLANCE, GRAPH, PAGE, REPORT, RULES}
    assert set(re.findall(r"\.github/pictures/([\w.-]+)", README)) <= {GLANCE, GRAPH, PAGE, REPORT, RULES}
