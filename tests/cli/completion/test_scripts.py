"""The completion scripts: up to date, and working in their shells."""

from pathlib import Path

import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.completion.grammar import ValueKind, spell
from cfnet.cli.main import cfnet as root
from tests.cli.completion.typists import COMPLETIONS, Typist
from tests.conftest import Cfnet, Ran


@pytest.mark.parametrize(("shell", "file"), [("bash", "cfnet.bash"), ("zsh", "_cfnet"), ("fish", "cfnet.fish")])
def test_the_files_are_current(shell: str, file: str, cfnet: Cfnet) -> None:
    """`cfnet completion SHELL >completions/FILE` regenerates them."""
    assert cfnet("completion", shell) == Ran(0, (COMPLETIONS / file).read_text(encoding="utf-8"), "")


def test_the_directory_has_no_other_files() -> None:
    """One file for each shell, and the manual pages."""
    assert {path.name for path in COMPLETIONS.iterdir()} == {"cfnet.bash", "_cfnet", "cfnet.fish", "man"}


def test_files_are_offered_where_a_command_reads_them() -> None:
    """Also for words such as LOG and FILE|RULE."""
    named = [value for grammar in spell(root).walk() for value in grammar.arguments]
    files = [value for value in named if "FILE" in value.name or "LOG" in value.name]
    assert {value.name for value in files if value.kind is not ValueKind.FILE} == set()


def test_all_commands(typist: Typist) -> None:
    """The commands of the table, and `help`."""
    assert sorted(typist.words("cfnet ")) == sorted([*COMMANDS, "help"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param(
            "cfnet sandbox ",
            "curl delete down push reset run scale serve status up watch",
            id="commands below a command",
        ),
        pytest.param("cfnet --sandbox sandbox s", "scale serve status", id="after a global option"),
        pytest.param("cfnet bogus ", "", id="nothing after an unknown command"),
        pytest.param(
            "cfnet network-policies --",
            "--all --debug --destination --format --from --help --json --no-wait --quiet --sandbox --source --verbose",
            id="options",
        ),
        pytest.param("cfnet add-network-policy a b --p", "--port --protocol", id="options after arguments"),
        pytest.param("cfnet add-network-policy a b --protocol ", "tcp udp", id="protocols"),
        pytest.param("cfnet add-network-policy --port 80 -s s a b --protocol ", "tcp udp", id="among other options"),
        pytest.param("cfnet render --format ", "json rules save", id="a choice"),
        pytest.param("cfnet network-policies --format ", "json text", id="a choice of a mirrored command"),
        pytest.param(
            "cfnet render --cell sandbox --format ", "json rules save", id="the value of an option is not a command"
        ),
        pytest.param("cfnet completion ", "bash fish zsh", id="an argument's choice"),
        pytest.param("cfnet help re", "reference remove-network-policy render report", id="names after help"),
    ],
)
def test_completions_of_a_word(typed: str, words: str, typist: Typist) -> None:
    """The same in every shell, in any order."""
    assert sorted(typist.words(typed)) == words.split()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        pytest.param("cfnet rend", "cfnet render ", id="a command"),
        pytest.param("cfnet re", "cfnet re", id="two with the prefix"),
        pytest.param("cfnet --ver", "cfnet --ver", id="two options with the prefix"),
        pytest.param("cfnet --vers", "cfnet --version ", id="an option"),
        pytest.param(
            "cfnet add-network-policy a b --protocol u", "cfnet add-network-policy a b --protocol udp ", id="udp"
        ),
        pytest.param("cfnet add-network-policy --protocol=u", "cfnet add-network-policy --protocol=udp ", id="=udp"),
        pytest.param("cfnet completion 'ba", "cfnet completion 'bash' ", id="in a quote"),
        pytest.param('cfnet help "rend', 'cfnet help "render" ', id="in another quote"),
    ],
)
def test_the_line_after_tab(typed: str, line: str, typist: Typist) -> None:
    """The same in every shell."""
    assert typist.line(typed) == line


@pytest.mark.parametrize("option", ["--from ", "--from="])
def test_directories(option: str, typist: Typist, folder: Path) -> None:
    """After --from, without files."""
    line = typist.line(f"cfnet render {option}{folder}/snap")
    assert line.rstrip() == f"cfnet render {option}{folder}/snapshot/"
