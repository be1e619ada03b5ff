"""The help of cfnet's own commands: working examples and distinct options."""

import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.command import CfnetCommand, WithExamples
from cfnet.sandbox import DEFAULT, Foundation, WorldApp
from tests.conftest import Cfnet, Ran

POLICIES = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB}\n"
EXAMPLE = POLICIES + "  - {source: appB, destination: appA, protocol: udp, ports: ((dns-port))}\n"


def examples() -> Iterator[str]:
    """The command lines of all examples, without the program's name."""
    for name, entry in COMMANDS.items():
        command = import_module(f"cfnet.cli.commands.{entry.module}").command
        below = command.commands.items() if isinstance(command, click.Group) else ()
        for under, each in (("", command), *below):
            if isinstance(each, WithExamples):
                yield from (f"{name} {under} {example}".replace("  ", " ").strip() for example in each.examples)


@pytest.mark.parametrize("words", [[], ["render"], ["sandbox"], ["network-policies"]], ids=" ".join)
def test_help_is_printed(words: list[str], cfnet: Cfnet) -> None:
    """With either option."""
    short, long = cfnet(*words, "-h"), cfnet(*words, "--help")
    assert short == long
    assert (long.exit, long.stderr) == (0, "")
    assert " ".join(["cfnet", *words]) in long.stdout


def test_help_has_examples_first_and_global_options_last(cfnet: Cfnet) -> None:
    """The whole text, for one command."""
    assert (
        cfnet("sandbox", "push", "--help").stdout
        == """\
Usage: cfnet sandbox push [OPTIONS] NAME

Examples:
  cfnet sandbox push appC
  cfnet sandbox push appC --instances 3

  Deploy a new app NAME.

Options:
  -i, --instances N  How many containers  [default: 1]
  --space ORG/SPACE  The app's space  [default: demo/dev]

As with every command:
  --debug     Show a fault of cfnet's own with its traceback
  -h, --help  Show this message and exit.
"""
    )


OWN = [
    name
    for name, entry in COMMANDS.items()
    if isinstance(import_module(f"cfnet.cli.commands.{entry.module}").command, CfnetCommand)
]
TALKING = ["--sandbox", "-q, --quiet", "-v, --verbose", "--no-wait"]
OFFLINE = {"validate", "schema", "completion", "man"}


@pytest.mark.parametrize("name", OWN)
def test_help_lists_the_options_that_apply(name: str, cfnet: Cfnet) -> None:
    """`--debug` for all commands; for commands that use a foundation, the options that choose or trace it."""
    ran = cfnet(name, "--help")
    shared = [line.split("  ")[1] for line in ran.stdout.partition("As with every command:\n")[2].splitlines()]
    talks = ["-v, --verbose"] if name == "tour" else [] if name in OFFLINE else TALKING
    assert shared == [*talks, "--debug", "-h, --help"]


@pytest.mark.parametrize("name", [name for name in OWN if name not in {*OFFLINE, "tour"} | {"validate"}])
def test_help_lists_the_exit_codes(name: str, cfnet: Cfnet) -> None:
    """Including those for a missing session and server errors; `explain` needs neither."""
    told = " ".join(cfnet(name, "--help").stdout.split()).partition("Exit codes: 0 ")[2].partition("Options:")[0]
    assert " 2 wrong usage" in told
    assert (" 4 not logged in" in told, " 7 trouble" in told) == ((False, False) if name == "explain" else (True, True))


@pytest.mark.parametrize("words", [[name] for name in OWN], ids=" ".join)
def test_no_example_is_broken_across_lines(words: list[str], cfnet: Cfnet) -> None:
    """A name hyphenated at the end of a line cannot be copied."""
    told = cfnet(*words, "--help").stdout.partition("Options:")[0]
    assert not [line for line in told.splitlines() if line.endswith("-")]


@pytest.mark.parametrize("example", [line for line in examples() if not line.startswith("sandbox serve")])
def test_every_example_works(example: str, cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory with the files that they name: success, a finding, or an unanswered prompt; never wrong usage."""
    monkeypatch.chdir(tmp_path)
    Path("policies.yml").write_text(POLICIES, encoding="utf-8")
    Path("example.yml").write_text(EXAMPLE, encoding="utf-8")
    Path("policies").mkdir()
    Path("policies/policies.yml").write_text(POLICIES, encoding="utf-8")
    apps = [WorldApp(name, "demo/dev") for name in ("appB-green", *(["appC"] if "delete" in example else []))]
    with Foundation.open(None) as foundation:
        foundation.load(DEFAULT._replace(apps=(*DEFAULT.apps, *apps)))

        def run(*words: str) -> Ran:
            return cfnet(*words, variables={"CFNET_SANDBOX": "1"}, embedded=foundation)

        assert run("snapshot", "snapshot").exit == 0
        Path("rules").mkdir()
        for rules in ("cell-1.rules", "rules/cell-1.rules"):
            Path(rules).write_text(run("render", "--cell", "cell-1").stdout, encoding="utf-8")
        assert run("diff", "policies.yml", "--exit-zero", "--out", "plan.json").exit == 0
        if example.startswith("graph"):
            assert run("add-network-policy", "appA", "appB").exit == 0
        ran = run(*shlex.split(example.partition(" > ")[0]))
    asked = "There is no terminal to ask at." in ran.stderr
    assert ran.exit == 3 if asked else ran.exit in (0, 1), ran.stderr


AS_CF = {"network-policies", "add-network-policy", "remove-network-policy", "api", "auth", "login", "logout", "target"}
"""The commands where the last of several values wins, as in `cf`."""


def options_of_one_value() -> Iterator[tuple[str, str]]:
    """The options of all commands that take a single value, each with the command's path."""
    for name, entry in COMMANDS.items():
        command = import_module(f"cfnet.cli.commands.{entry.module}").command
        below = command.commands.items() if isinstance(command, click.Group) else ()
        for under, each in (("", command), *below):
            for param in each.params:
                if isinstance(param, click.Option) and not (param.is_flag or param.multiple) and name not in AS_CF:
                    yield f"{name} {under}".strip(), param.opts[-1]


@pytest.mark.parametrize(("command", "option"), list(options_of_one_value()))
def test_no_option_silently_keeps_its_last_value(command: str, option: str, cfnet: Cfnet) -> None:
    """Two values are wrong usage, before anything else is checked."""
    ran = cfnet(*command.split(), option, "1", f"{option}=2")
    assert ran == Ran(2, "", f"{option} takes one value, not 2\n")


def test_exclusive_flags(cfnet: Cfnet) -> None:
    """They are refused; a repeated flag is harmless."""
    ran = cfnet("render", "--sandbox", "--whole-cell", "--no-whole-cell")
    assert ran == Ran(2, "", "--whole-cell and --no-whole-cell cannot be used together\n")
    assert cfnet("render", "--sandbox", "--whole-cell", "--whole-cell").exit == 0
