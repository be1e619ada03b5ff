"""Topics of the help are shown with a pager if they are longer than the terminal."""

import pytest

from tests.conftest import Cfnet
from tests.terminal import Terminal, run


def test_a_long_topic_goes_through_the_pager() -> None:
    """With the user's choice of PAGER."""
    with Terminal("help", "operators", variables={"PAGER": "sed -n 1s/^/page:/p", "LINES": "24"}) as terminal:
        assert terminal.end() == (0, "page:FOR OPERATORS:\n")


@pytest.mark.parametrize(
    "variables",
    [
        {"PAGER": "no-such-program", "LINES": "24"},
        {"PAGER": "", "LINES": "24"},
        {"PAGER": "less '", "LINES": "24"},
        {"PAGER": "false", "LINES": "1000"},
        {"PAGER": "false", "LINES": "24", "TERM": "dumb"},
    ],
    ids=["a pager that does not exist", "no pager", "an unfinished quote", "a text that fits", "a dumb terminal"],
)
def test_otherwise_it_is_printed(variables: dict[str, str], cfnet: Cfnet) -> None:
    with Terminal("help", "operators", variables={"COLUMNS": "80", **variables}) as terminal:
        assert terminal.end() == (0, cfnet("help", "operators").stdout)


def test_output_to_a_pipe_is_not_paged(cfnet: Cfnet) -> None:
    ran = run("help", "operators", variables={"PAGER": "false", "LINES": "24", "COLUMNS": "80"})
    assert ran == cfnet("help", "operators")


def test_leaving_the_pager_early_is_no_error() -> None:
    with Terminal("help", "operators", variables={"PAGER": "true", "LINES": "24"}) as terminal:
        assert terminal.end() == (0, "")
