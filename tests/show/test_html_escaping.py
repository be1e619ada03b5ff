"""Escape names for pages."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.show.html_escaping import fenced, markdown, markup, script_data


@given(st.text())
def test_escaped_names_have_no_markup(text: str) -> None:
    """Neither an element nor the end of an attribute."""
    assert not set(markup(text)) & set("<>\"'\n\x00")


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_script_data_cannot_end_its_script(document: object) -> None:
    """It reads back as the same data."""
    text = script_data(document)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == document


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain-name.of/an (app), tcp 8080: 3", "plain-name.of/an (app), tcp 8080: 3"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("a|b", "a\\|b"),
        ("**b** _i_ `c` ~s~", "\\*\\*b\\*\\* \\_i\\_ \\`c\\` \\~s\\~"),
        ("[x](http://y)", "\\[x\\](http\\://y)"),
        ("www.example.org", "www\\.example.org"),
        ("@everyone #12 !x &amp;", "&#64;everyone \\#12 \\!x \\&amp;"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("two\nlines", "two\\\\nlines"),
    ],
    ids=ascii,
)
def test_escaped_markdown_is_one_line_of_text(text: str, shown: str) -> None:
    """Only characters with a meaning in CommonMark or on GitHub are escaped."""
    assert markdown(text) == shown


@given(st.lists(st.text("`x \t", max_size=12), min_size=1))
def test_no_line_ends_its_code_block(lines: list[str]) -> None:
    """The fence is longer than any run of backticks in the block."""
    block = fenced("".join(f"{line}\n" for line in lines), "diff")
    fence = re.match("`+", block)
    assert fence
    assert all(not line.lstrip().startswith(fence[0]) for line in lines)
    assert block == f"{fence[0]}diff\n" + "".join(f"{line}\n" for line in lines) + f"{fence[0]}\n"
