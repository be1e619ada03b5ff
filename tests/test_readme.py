"""The README's commands are run, and what it says they print is what they print."""

import re
import shlex
from pathlib import Path

from cfnet.sandbox import Foundation
from tests.conftest import Cfnet

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ cfnet (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def test_every_command_of_the_readme_prints_what_it_says(cfnet: Cfnet) -> None:
    """In the order of the page, on one fresh sandbox; stderr stands where stdout does."""
    shown = [found for block in CONSOLE.findall(README) for found in COMMAND.findall(block)]
    assert len(shown) > 8
    with Foundation.open(None) as foundation:
        for words, output in shown:
            ran = cfnet(*shlex.split(words), variables={"CFNET_SANDBOX": "1"}, embedded=foundation)
            printed = ran.stdout + ran.stderr if ran.exit == 0 else ran.stderr + ran.stdout
            assert printed.rstrip("\n") == output.rstrip("\n"), words


def test_every_console_block_is_commands_and_their_output() -> None:
    """Nothing stands in one that would not be run."""
    for block in CONSOLE.findall(README):
        assert block == "".join(f"$ cfnet {words}\n{output}" for words, output in COMMAND.findall(block))
