"""Tables as `cf` prints them."""

from hypothesis import given
from hypothesis import strategies as st

from cfnet.show.columns import columns, width


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    """Wide characters take two columns; the last column is not padded, the others are, also when nothing follows."""
    rows = [("名前", "x", "last"), ("a", "longest cell", ""), ("", "", "")]
    assert columns(("name", "b", "c"), rows, colour=False) == (
        "name   b              c\n名前   x              last\na      longest cell   \n                      \n"
    )


def test_the_header_is_bold_where_colour_is_wanted() -> None:
    """The padding is outside of the codes."""
    assert columns(("a", "b"), [("xx", "y")], colour=True) == "\x1b[1ma\x1b[22m    \x1b[1mb\x1b[22m\nxx   y\n"


def test_a_table_without_rows_is_its_header() -> None:
    """As `cf` prints it."""
    assert columns(("a", "b"), [], colour=False) == "a   b\n"


def test_combining_marks_take_no_room() -> None:
    """An accent of its own stands above the letter before it."""
    assert (width("é"), width("e\u0301"), width("名"), width("")) == (1, 1, 2, 0)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_each_row_is_one_line(rows: list[tuple[str, str]]) -> None:
    """Whatever the cells hold."""
    assert columns(("a", "b"), rows, colour=False).count("\n") == len(rows) + 1
