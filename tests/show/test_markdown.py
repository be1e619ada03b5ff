"""Markdown as sections of a help page."""

import pytest

from cfnet.show.help_text import help_text
from cfnet.show.markdown import plain, section_of, sections_of

PAGE = """\
# A page

A paragraph of `code`, `two words` and **bold**
text over two lines.

- one
- two goes on
  here

## Section

```yaml file.yml
# no heading
key: value
```

| a | b |
| --- | --- |
| `x \\| y` | z |

### Below

1. first
2. second
"""

PRINTED = """\
A PAGE:
   A paragraph of code, 'two words' and bold text over two lines.

   - one
   - two goes on here

SECTION:
   file.yml:
      # no heading
      key: value

   a      b
   x | y  z

Below:
   1. first
   2. second
"""


def test_a_page_is_printed_as_help() -> None:
    assert help_text(sections_of(PAGE), 80) == PRINTED.replace("'x | y'  z", "x | y  z").replace(
        "a        b", "a      b"
    )


def test_a_wide_table_is_printed_row_by_row() -> None:
    """With the titles of the columns, unless there are only two."""
    wide = "word " * 15
    three = f"# T\n\n| a | b | c |\n| --- | --- | --- |\n| x | {wide} | z |\n| y | | z |\n"
    assert help_text(sections_of(three), 80) == (
        "T:\n"
        "   x\n"
        "     b   word word word word word word word word word word word word word word\n"
        "         word\n"
        "     c   z\n"
        "   y\n"
        "     c   z\n"
    )
    two = f"# T\n\n| a | b |\n| --- | --- |\n| x | {wide}{wide} |\n"
    assert help_text(sections_of(two), 80).startswith("T:\n   x   word word")


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    assert section_of(PAGE, "Section").startswith("## Section\n\n```yaml")
    assert section_of(PAGE, "Section").endswith("2. second\n")
    assert section_of(PAGE, "Below") == "### Below\n\n1. first\n2. second\n"
    assert section_of(PAGE, "no heading") == ""


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a `b c` d", "a 'b c' d"),
        ("`b c`", "b c"),
        ("`*/dev/appA` and *unknown*", "*/dev/appA and unknown"),
        ("see [this](x.md)", "see this (at x.md)"),
        ("(see [this](x.md))", "(see this (at x.md))"),
        ("([this](x.md))", "(this: at x.md)"),
        ("![a picture](y.png)", "[Picture: a picture]"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_marks_are_removed(markdown: str, text: str) -> None:
    assert plain(markdown, "at {}".format) == text
