"""Tables in `cf`'s layout."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.show.columns import columns, width


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """Wide characters take two columns; all but the last column are padded, even if the next cells are empty."""
    rows = [("名前", "x", "last"), ("a", "longest cell", ""), ("", "", "")]
    assert columns(("name", "b", "c"), rows, colour=False) == (
        "name   b              c\n名前   x              last\na      longest cell   \n                      \n"
    )


def test_the_header_is_bold_if_colour_is_wanted() -> None:
    """The padding is outside the escape sequences."""
    assert columns(("a", "b"), [("xx", "y")], colour=True) == "\x1b[1ma\x1b[22m    \x1b[1mb\x1b[22m\nxx   y\n"


def test_a_table_without_rows_has_a_header() -> None:
    """Like `cf`'s."""
    assert columns(("a", "b"), [], colour=False) == "a   b\n"


def test_combining_marks_have_no_width() -> None:
    """A combining accent is drawn over the preceding letter."""
    assert (width("é"), width("e\u0301"), width("名"), width("")) == (1, 1, 2, 0)


@pytest.mark.parametrize(
    ("text", "columns_taken"),
    [("กำแพง", 5), ("हिन्दी", 3), ("日本", 4), ("👩\u200d💻", 2), ("🇩🇪", 2), ("❤️", 2)],
    ids=["Thai", "Hindi", "Japanese", "a joined emoji", "a flag", "an emoji variant"],
)
def test_names_in_any_script(text: str, columns_taken: int) -> None:
    """Marks of a script are drawn above, below or as part of its letters; emoji are pairs of columns."""
    assert width(text) == columns_taken


def test_rich_is_loaded_only_for_other_names() -> None:
    """It takes as long as everything else that prints a table."""
    script = "import sys; from cfnet.show.columns import width; width('web'); print('rich' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )


@given(st.lists(st.tuples(st.text(), st.text())))
def test_each_row_is_one_line(rows: list[tuple[str, str]]) -> None:
    """Whatever its cells contain."""
    assert columns(("a", "b"), rows, colour=False).count("\n") == len(rows) + 1
