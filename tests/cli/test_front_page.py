"""Help and version, printed without click."""

import click
import pytest

from cfnet.cli.front_page import front_page, page_for
from cfnet.cli.main import cfnet as root
from cfnet.show.page import Terms
from tests.conftest import Cfnet
from tests.processes import modules_of, start


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"], ["--version"]], ids=" ".join)
def test_click_prints_the_same(words: list[str], cfnet: Cfnet) -> None:
    """For longer command lines, such as with `--debug` before."""
    assert page_for(words, 80) == cfnet(*words).stdout == cfnet("--debug", *words).stdout


def test_it_lists_the_options_of_the_command_line() -> None:
    terms = [term for section in front_page() if section.title == "GLOBAL OPTIONS" for term in section.blocks]
    assert isinstance(terms[0], Terms)
    parsed = root.get_params(click.Context(root))
    assert [term for term, _ in terms[0].rows] == [", ".join(sorted(each.opts, key=len)) for each in parsed]


@pytest.mark.parametrize("words", [["help", "render"], ["--help", "render"], ["-v"], ["renderr"]], ids=" ".join)
def test_it_leaves_other_command_lines_to_click(words: list[str]) -> None:
    assert page_for(words, 80) == ""


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["help"], []], ids=" ".join)
def test_it_loads_neither_click_nor_pathlib(words: list[str]) -> None:
    assert modules_of(words, {}) & {"click", "pathlib", "inspect", "datetime", "unicodedata", "cfnet.policy"} == set()


def test_it_has_the_exit_code_of_success() -> None:
    with start("--version") as process:
        stdout, stderr = process.communicate()
    assert (stdout.startswith("cfnet "), stderr, process.returncode) == (True, "", 0)
