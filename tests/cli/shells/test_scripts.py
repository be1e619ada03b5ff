"""The completion scripts: equal to what generates them, and at work in their shells."""

from pathlib import Path

import pytest

from cfnet.cli.command_table import COMMANDS
from tests.cli.shells.typists import COMPLETIONS, Typist
from tests.conftest import Cfnet, Ran


@pytest.mark.parametrize(("shell", "file"), [("bash", "cfnet.bash"), ("zsh", "_cfnet"), ("fish", "cfnet.fish")])
def test_the_files_are_what_the_command_prints(shell: str, file: str, cfnet: Cfnet) -> None:
    """`cfnet completion SHELL >completions/FILE` makes them anew."""
    assert cfnet("completion", shell) == Ran(0, (COMPLETIONS / file).read_text(encoding="utf-8"), "")


def test_nothing_else_is_in_the_folder() -> None:
    """A file for each shell, and the manual."""
    assert {path.name for path in COMPLETIONS.iterdir()} == {"cfnet.bash", "_cfnet", "cfnet.fish", "man"}


def test_all_commands(typist: Typist) -> None:
    """Those of the table, and `help`."""
    assert sorted(typist.words("cfnet ")) == sorted([*COMMANDS, "help"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("cfnet sandbox ", "delete push reset scale serve", id="commands below a command"),
        pytest.param("cfnet --sandbox sandbox s", "scale serve", id="behind an option of cfnet's own"),
        pytest.param("cfnet bogus ", "", id="nothing behind a command that is none"),
        pytest.param(
            "cfnet network-policies --", "--all --destination --help --json --no-wait --sandbox --source", id="options"
        ),
        pytest.param("cfnet add-network-policy a b --p", "--port --protocol", id="options behind arguments"),
        pytest.param("cfnet add-network-policy a b --protocol ", "tcp udp", id="protocols"),
        pytest.param("cfnet add-network-policy --port 80 -s s a b --protocol ", "tcp udp", id="among other options"),
        pytest.param("cfnet render --format ", "rules save", id="a choice"),
        pytest.param("cfnet render --cell sandbox --format ", "rules save", id="an option's value is no command"),
        pytest.param("cfnet completion ", "bash fish zsh", id="an argument's choice"),
        pytest.param("cfnet help re", "remove-network-policy render report", id="commands behind help"),
    ],
)
def test_what_a_word_may_become(typed: str, words: str, typist: Typist) -> None:
    """The same in every shell, but for the order."""
    assert sorted(typist.words(typed)) == words.split()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        pytest.param("cfnet rend", "cfnet render ", id="a command"),
        pytest.param("cfnet re", "cfnet re", id="two that begin so"),
        pytest.param("cfnet --ver", "cfnet --ver", id="two options that begin so"),
        pytest.param("cfnet --vers", "cfnet --version ", id="an option"),
        pytest.param(
            "cfnet add-network-policy a b --protocol u", "cfnet add-network-policy a b --protocol udp ", id="udp"
        ),
        pytest.param("cfnet add-network-policy --protocol=u", "cfnet add-network-policy --protocol=udp ", id="=udp"),
        pytest.param("cfnet completion 'ba", "cfnet completion 'bash' ", id="in a quote"),
        pytest.param('cfnet help "rend', 'cfnet help "render" ', id="in another"),
    ],
)
def test_what_tab_makes_of_a_line(typed: str, line: str, typist: Typist) -> None:
    """The same in every shell."""
    assert typist.line(typed) == line


@pytest.mark.parametrize("option", ["--from ", "--from="])
def test_folders(option: str, typist: Typist, folder: Path) -> None:
    """Behind --from, and no files."""
    line = typist.line(f"cfnet render {option}{folder}/snap")
    assert line.rstrip() == f"cfnet render {option}{folder}/snapshot/"
