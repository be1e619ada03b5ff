"""Help pages as text: the layout of `cf`, wrapped between words."""

import pytest

from cfnet.show.help_text import help_text
from cfnet.show.page import HelpSection, Lines, Synopsis, Terms

WORDS = (
    "The quick brown fox jumps over the lazy dog, and 'cfnet network-policies --all' lists everything (Default: tcp)"
)


def test_sections_without_content_are_omitted() -> None:
    """The others are separated by one blank line."""
    sections = [HelpSection("NAME", ["x - Do it"]), HelpSection("EXAMPLES", []), HelpSection("SEE ALSO", ["y"])]
    assert help_text(sections, 80) == "NAME:\n   x - Do it\n\nSEE ALSO:\n   y\n"


@pytest.mark.parametrize(("width", "widest"), [(1, 40), (80, 80), (200, 120)])
def test_text_follows_the_width_within_limits(width: int, widest: int) -> None:
    """Very narrow and very wide text is hard to read."""
    lines = help_text([HelpSection("DESCRIPTION", [WORDS * 3])], width).splitlines()
    assert widest - 20 < max(map(len, lines)) <= widest


@pytest.mark.parametrize("width", range(40, 121))
def test_commands_and_defaults_are_not_broken(width: int) -> None:
    """At any width, so that a command can be copied and a default recognized."""
    text = help_text([HelpSection("OPTIONS", [Terms((("--all", WORDS),))])], width)
    assert "'cfnet network-policies --all'" in text
    assert "(Default: tcp)" in text


def test_a_synopsis_is_wrapped_between_its_parts() -> None:
    """Continued lines are indented."""
    synopsis = Synopsis("cfnet x", ("FILE...", "[--format (text | json)]", "[--out PLAN]"))
    assert help_text([HelpSection("USAGE", [synopsis])], 46) == (
        "USAGE:\n   cfnet x FILE... [--format (text | json)]\n      [--out PLAN]\n"
    )


def test_a_long_term_has_its_description_on_the_next_line() -> None:
    """The column is that of the other terms."""
    terms = Terms((("-a", "one"), ("--a-very-long-option VALUE", "two")))
    assert help_text([HelpSection("OPTIONS", [terms])], 80) == (
        "OPTIONS:\n   -a   one\n   --a-very-long-option VALUE\n        two\n"
    )


def test_lines_and_terms_of_cf_are_not_wrapped() -> None:
    """They are the same at any width."""
    sections = [
        HelpSection("USAGE", [Lines((WORDS,))]),
        HelpSection("OPTIONS", [Terms((("-a", WORDS),), 8, wrap=False)]),
    ]
    assert help_text(sections, 40) == f"USAGE:\n   {WORDS}\n\nOPTIONS:\n   -a      {WORDS}\n"
