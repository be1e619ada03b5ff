"""The README's commands are run, its files are written and used, and what it says they print is what they print."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from cfnet.sandbox import Foundation
from tests.conftest import Cfnet, Served
from tests.pipelines import Checkout, checkout_of

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?:(console)|[a-z]+ (\S+))\n(.*?)^```$", re.DOTALL | re.MULTILINE)
"""A block of commands, or a file: what stands behind the language is its name."""
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ cfnet (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
FILES = {name: text for _, name, text in BLOCK.findall(README) if name}
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STEP = re.compile(r"^ +- run: (.*)$", re.MULTILINE)


def test_every_command_of_the_readme_prints_what_it_says(
    cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page, on one fresh sandbox, in a folder with the files so far; stderr stands with stdout."""
    monkeypatch.chdir(tmp_path)
    ran_so_far = 0
    with Foundation.open(None) as foundation:
        for console, name, text in BLOCK.findall(README):
            if not console:
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_text(text, encoding="utf-8")
                continue
            for words, output in COMMAND.findall(text):
                ran = cfnet(*shlex.split(words), variables={"CFNET_SANDBOX": "1"}, embedded=foundation)
                printed = ran.stdout + ran.stderr if ran.exit == 0 else ran.stderr + ran.stdout
                assert printed.rstrip("\n") == output.rstrip("\n"), words
                ran_so_far += 1
    assert ran_so_far > 8


def test_every_console_block_is_commands_and_their_output() -> None:
    """Nothing stands in one that would not be run."""
    for block in CONSOLE.findall(README):
        assert block == "".join(f"$ cfnet {words}\n{output}" for words, output in COMMAND.findall(block))


@pytest.mark.parametrize("text", PYTHON.findall(README), ids=["a document", "a cell"])
def test_the_examples_of_library_use_print_what_they_say(text: str) -> None:
    """Each by itself, as typed at Python's prompt."""
    example = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    told: list[str] = []
    results = doctest.DocTestRunner().run(example, out=told.append)
    assert (results.failed, told) == (0, [])
    assert results.attempted > 5


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A pipeline's, of the README's files."""
    return checkout_of(FILES, tmp_path, served)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(".github/")])
def test_the_workflow_can_be_pasted(name: str, checkout: Checkout) -> None:
    """Each step of the one job comments, each of the other applies; a second time nothing is left to change."""
    review, apply = FILES[name].split("\n  apply:\n")
    for job in (review, apply, review):
        for step in STEP.findall(job):
            checkout.sh(step, CFNET_PACKAGE="cfnet.whl", PULL_REQUEST="7")
    comment = checkout.kept("comment")
    assert comment == "### Network policies\n\nNothing would change. 0 to add, 0 to remove, 3 as declared.\n"
    assert checkout.kept("installed") == "-m pip install cfnet.whl\n" * 3


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".sh")])
def test_the_script_can_be_pasted(name: str, checkout: Checkout) -> None:
    """It reviews, and applies what was reviewed."""
    assert "3 to add, 0 to remove, 0 as declared." in checkout.sh(f"sh {name} review")
    assert checkout.sh(f"sh {name} apply").endswith("Applied 3 of 3 changes: 3 added, 0 removed.\n")
    assert "Nothing would change." in checkout.sh(f"sh {name} review")
