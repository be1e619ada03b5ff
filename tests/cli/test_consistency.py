"""Options are the same in all commands: this table lists which command has which, and the tests walk all commands."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.completion.grammar import CommandGrammar, spell
from cfnet.cli.main import cfnet as root
from cfnet.cli.parsing.mirrored_command import MirroredCommand
from cfnet.sandbox import Foundation
from tests.conftest import Cfnet
from tests.house.package_build import ROOT

TABLE = {
    "login": "",
    "auth": "",
    "logout": "",
    "target": "",
    "whoami": "--json",
    "api": "",
    "network-policies": "--from --json",
    "add-network-policy": "",
    "remove-network-policy": "",
    "copy-network-policies": "",
    "validate": "FILE --json --exit-zero",
    "test": "FILE --allow-missing --prune --json --exit-zero --from --lrps",
    "lint": "FILE --allow-missing --json --exit-zero --from",
    "diff": "FILE --allow-missing --prune --json --exit-zero --from --lrps",
    "apply": "FILE --allow-missing --prune",
    "export": "--space --from",
    "schema": "",
    "render": "--app --cell --json --from --lrps",
    "report": "FILE --prune --format --from --lrps",
    "graph": "FILE --prune --app --space --json --from --lrps",
    "snapshot": "--app --space --from --lrps",
    "explain": "--json --from",
    "advise": "--json --from --lrps",
    "trace": "FILE --prune --json --exit-zero --from --lrps",
    "verify": "--cell --json --exit-zero --from --lrps",
    "capacity": "FILE --prune --json --from --lrps",
    "sandbox": "",
    "tour": "",
    "completion": "",
    "man": "",
}
"""The shared options of each command: FILE stands for documents, `--json` also for `--format json`.

Without `--from` are the commands that change something, which a snapshot cannot, and those that read no foundation.
"""

IMPLIED = {
    "FILE": {"--file", "-f", "--var", "--vars-file"},
    "--json": {"--format"},
    "--lrps": {"--store", "--agent"},
}
"""Options that belong to those of the table."""

REPEATABLE = {"--file", "--var", "--vars-file", "--app", "--space", "--org", "--cell", "--store"}

SHARED = {*REPEATABLE, *IMPLIED["FILE"], "--json", "--format", "--from", "--lrps", "--agent", "--prune"} | {
    "--exit-zero",
    "--allow-missing",
}


GRAMMAR = spell(root)
ENDLESS = {"cfnet sandbox serve", "cfnet sandbox up", "cfnet sandbox watch", "cfnet tour"}
"""Commands that do not end, start cells, or take a while."""


def every_command() -> Iterator[tuple[str, click.Command]]:
    """All commands, and those below them."""
    ctx = click.Context(root, info_name="cfnet")
    for name in root.list_commands(ctx):
        command = root.get_command(ctx, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in command.commands.items())


def options_of(command: click.Command) -> set[str]:
    """The names of its options."""
    if isinstance(command, MirroredCommand):
        return {flag.name for flag in command.flags}
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts}


def test_the_table_has_all_commands() -> None:
    """A new command must be added to it."""
    assert set(TABLE) == set(COMMANDS)


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in every_command()])
def test_each_command_has_the_shared_options_of_the_table(name: str, command: click.Command) -> None:
    """And none of the others."""
    if name.startswith("sandbox "):
        return  # its --space is the place of one app, not a selection
    listed = set(TABLE[name].split())
    expected = {option for each in listed for option in {each, *IMPLIED.get(each, ())}} - {"FILE"}
    assert options_of(command) & SHARED - {"--org"} == expected
    has_files = any(isinstance(param, click.Argument) and param.name == "files" for param in command.params)
    assert has_files is ("FILE" in listed)


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in every_command()])
def test_shared_options_mean_the_same_everywhere(name: str, command: click.Command) -> None:
    """Selections can be repeated, and `--json` is `--format json`."""
    if isinstance(command, MirroredCommand):
        return
    for param in command.params:
        if (
            isinstance(param, click.Option)
            and not name.startswith("sandbox ")
            and not REPEATABLE.isdisjoint(param.opts)
        ):
            assert param.multiple, f"{name} {param.opts}"
            assert "repeatable" in (param.help or ""), f"{name} {param.opts}"
        if "--format" in param.opts:
            assert isinstance(param.type, click.Choice)
            assert ("json" in param.type.choices) is ("--json" in options_of(command))
            assert param.help is not None
            assert param.help.startswith("Output format: ")
        if "--json" in param.opts:
            assert param.help == "Same as --format json"


@pytest.mark.parametrize("name", [name for name, words in TABLE.items() if "--json" in words.split()])
def test_json_cannot_be_combined_with_another_format(name: str, cfnet: Cfnet) -> None:
    """The message is the same everywhere."""
    ends = {"trace": ["a", "b"], "verify": ["x"], "validate": ["x"], "test": ["x"], "explain": ["-"], "advise": ["x"]}
    form = {"render": "save", "graph": "dot"}.get(name, "text")
    ran = cfnet(name, "--json", "--format", form, *ends.get(name, []))
    assert f"--json cannot be combined with --format {form}" in ran.stderr
    assert ran.exit == (1 if name == "network-policies" else 2)


@pytest.mark.parametrize("command", list(GRAMMAR.walk()), ids=lambda command: " ".join(command.path))
def test_two_dashes_end_the_options(command: CommandGrammar, cfnet: Cfnet) -> None:
    """A word after them that looks like an unknown option is an argument."""
    if " ".join(command.path) in {"cfnet", "cfnet help", *ENDLESS} or command.commands:
        return
    required = ["--protocol", "tcp", "--port", "80"] if command.path[1] == "remove-network-policy" else []
    ran = cfnet(*command.path[1:], *required, "--", *["--wrong"] * len(command.arguments))
    assert "No such option" not in ran.stderr
    assert "unknown flag" not in ran.stderr


DOCUMENT = "version: 1\nspace: demo/dev\npolicies:\n  - source: appA\n    destination: appB\n"


@pytest.mark.parametrize("name", [name for name, words in TABLE.items() if "FILE" in words.split()])
def test_documents_are_arguments_or_options(name: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Both at once, too: the result is the same."""
    (tmp_path / "one.yml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "two.yml").write_text(DOCUMENT.replace("appA", "appB", 1) + "owns: []\n", encoding="utf-8")
    one, two = str(tmp_path / "one.yml"), str(tmp_path / "two.yml")
    ends = {"trace": ["appA", "appB"], "apply": ["--dry-run"]}.get(name, [])
    ways = [[one, two], ["-f", one, "-f", two], [one, "--file", two], ["-f", two, one]]
    ran = []
    for way in ways:
        with Foundation.open(None) as sandbox:
            sandbox_variables = {} if name == "validate" else {"CFNET_SANDBOX": "1"}
            ran.append(cfnet(name, *ends, *way, embedded=sandbox, variables=sandbox_variables))
    assert ran[0].exit in (0, 1)
    assert "Cannot" not in ran[0].stderr
    assert ran[1:3] == [ran[0]] * 2
    assert ran[3].exit == ran[0].exit


def test_the_documentation_names_the_same_commands() -> None:
    """In the rows of its table that list commands one by one."""
    page = (ROOT / ".github" / "docs" / "reference.md").read_text("utf-8")
    section = page.partition("## Options that commands share\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(FILE|--[a-z-]+).*?` \| (`.*?`) \| ", section, re.MULTILINE)
    assert len(rows) == 4
    for option, commands in rows:
        having = [name for name, words in TABLE.items() if option in words.split()]
        assert sorted(re.findall("`(.*?)`", commands)) == sorted(having), option
