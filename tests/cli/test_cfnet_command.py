"""The help of all commands: one layout, examples that work, and complete lists of options."""

import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import APPS_OF_CF
from cfnet.cli.parsing.command import CfnetCommand, Documented
from cfnet.sandbox import DEFAULT, Foundation, WorldApp
from tests.conftest import Cfnet, Ran

POLICIES = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB}\n"
EXPECTATIONS = "version: 1\nexpect:\n  - allowed: {source: demo/dev/appA, destination: demo/dev/appB}\n"
EXAMPLE = POLICIES + "  - {source: appB, destination: appA, protocol: udp, ports: ((dns-port))}\n"


def examples() -> Iterator[str]:
    """The command lines of all examples, without the program's name."""
    for name, entry in COMMANDS.items():
        if entry.mirrors_cf:
            continue
        command = import_module(f"cfnet.cli.commands.{entry.module}").command
        below = command.commands.items() if isinstance(command, click.Group) else ()
        for under, each in (("", command), *below):
            if isinstance(each, Documented):
                yield from (f"{name} {under} {example}".replace("  ", " ").strip() for example in each.examples)


@pytest.mark.parametrize("words", [[], ["render"], ["sandbox"], ["network-policies"]], ids=" ".join)
def test_help_is_printed(words: list[str], cfnet: Cfnet) -> None:
    """With either option."""
    short, long = cfnet(*words, "-h"), cfnet(*words, "--help")
    assert short == long
    assert (long.exit, long.stderr) == (0, "")
    assert " ".join(["cfnet", *words]) in long.stdout


OF_RUNNING_CELLS = ("sandbox curl", "sandbox run", "sandbox watch")
"""Commands that need the data plane: 'sandbox up' requires root."""

AS_CF = {"network-policies", "add-network-policy", "remove-network-policy", "api", "auth", "login", "logout", "target"}
"""The commands in which the last of several values applies, as in `cf`."""

PUSH = """\
NAME:
   sandbox push - Deploy a new app

USAGE:
   cfnet sandbox push NAME [--instances N] [--port N]... [--space ORG/SPACE]

EXAMPLES:
   cfnet sandbox push appC
   cfnet sandbox push appC --instances 3
   cfnet sandbox push appC --port 8443

DESCRIPTION:
   If the cells are up, each instance is a small HTTP server on port 8080, and
   on those of --port: it says who it is, and on GET /proxy/HOST:PORT it calls
   another one.

OPTIONS:
   -i, --instances N   Number of containers (Default: 1)
   --port N            Listen on this port, too; repeatable
   --space ORG/SPACE   Space of the app (Default: demo/dev)

GLOBAL OPTIONS:
   --debug      Show tracebacks of internal errors
   -h, --help   Show this help

EXIT CODES:
   0   Success
   2   Wrong usage, or a file that cannot be read or written

SEE ALSO:
   sandbox
"""


@pytest.mark.parametrize("words", [["sandbox", "push", "--help"], ["help", "sandbox", "push"]], ids=" ".join)
def test_help_has_the_sections_of_cf(words: list[str], cfnet: Cfnet) -> None:
    """The whole text, with both forms of the command."""
    assert cfnet(*words).stdout == PUSH


NAMES = [
    *COMMANDS,
    *(f"sandbox {under}" for under in import_module("cfnet.cli.commands.sandbox").command.commands),
]
SECTIONS = [
    "NAME",
    "USAGE",
    "EXAMPLES",
    "DESCRIPTION",
    "COMMANDS",
    "OPTIONS",
    "GLOBAL OPTIONS",
    "EXIT CODES",
    "SEE ALSO",
]
"""In this order; the commands of `cf` have more between USAGE and EXAMPLES."""
OF_CF_ALONE = {"ENVIRONMENT VARIABLES", "WARNING"}


def sections(text: str) -> dict[str, list[str]]:
    """The lines of each section."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            found[line[:-1]] = []
        elif line:
            found[next(reversed(found))].append(line)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_all_helps_have_the_same_layout(name: str, cfnet: Cfnet) -> None:
    """The same sections in the same order; `cfnet help NAME` prints what `cfnet NAME --help` prints."""
    ran = cfnet("help", *name.split())
    assert ran == cfnet(*name.split(), "--help")
    titles = [title for title in sections(ran.stdout) if title not in OF_CF_ALONE]
    assert titles == [title for title in SECTIONS if title in titles]
    assert {"NAME", "USAGE", "GLOBAL OPTIONS", "EXIT CODES"} <= {*titles}


@pytest.mark.parametrize("name", NAMES)
def test_see_also_lists_other_commands(name: str, cfnet: Cfnet) -> None:
    """All of them exist; the help of `cf` also lists `apps`, which is marked as a command of its own."""
    lines = sections(cfnet("help", *name.split()).stdout).get("SEE ALSO", [])
    listed = ", ".join(line for line in lines if APPS_OF_CF not in line)
    assert ("apps" in listed.replace(" ", "").split(",")) == (listed != ", ".join(lines))
    names = [each for each in listed.replace("   ", "").split(", ") if each]
    assert {*names} - {"apps"} <= {*COMMANDS} - {name}
    assert ("apps" in names) == name.endswith(("-network-policy", "network-policies")) or "copy" in name


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("name", [*NAMES, ""])
def test_no_word_is_broken_across_lines(name: str, columns: int, cfnet: Cfnet) -> None:
    """The words are the same at any width, and lines are only too long if a word is."""
    wide, shown = (cfnet("help", *name.split(), variables={"COLUMNS": str(each)}).stdout for each in (120, columns))
    assert shown.split() == wide.split()
    if name not in AS_CF:
        assert max(map(len, shown.splitlines())) <= min(columns, 120)


OWN = [
    name
    for name, entry in COMMANDS.items()
    if isinstance(import_module(f"cfnet.cli.commands.{entry.module}").command, CfnetCommand)
]
TALKING = ["--sandbox", "-q, --quiet", "-v, --verbose", "--no-wait"]
OFFLINE = {"validate", "schema", "completion", "man"}


@pytest.mark.parametrize("name", OWN)
def test_the_docstring_begins_with_the_summary(name: str) -> None:
    """The help shows the summary under NAME, and only the other paragraphs under DESCRIPTION."""
    command = import_module(f"cfnet.cli.commands.{COMMANDS[name].module}").command
    assert (command.help or "").partition("\n\n")[0].strip() == f"{COMMANDS[name].summary}."


def test_a_missing_value_is_reported_with_the_help_of_the_command(cfnet: Cfnet) -> None:
    """Even if click does not know the command."""
    ran = cfnet("render", "--cell")
    assert ran == Ran(2, "", "Option '--cell' requires an argument.\nSee 'cfnet help render'.\n")


@pytest.mark.parametrize("name", OWN)
def test_help_shows_each_option_that_has_an_effect(name: str, cfnet: Cfnet) -> None:
    """`--debug` for all commands; those that contact a foundation also have options for the requests."""
    lines = sections(cfnet(name, "--help").stdout)["GLOBAL OPTIONS"]
    talks = ["-v, --verbose"] if name == "tour" else [] if name in OFFLINE else TALKING
    assert [line.split("  ")[1].strip() for line in lines] == [*talks, "--debug", "-h, --help"]


@pytest.mark.parametrize("name", OWN)
def test_help_shows_the_exit_codes(name: str, cfnet: Cfnet) -> None:
    """Those of sessions and servers only for commands that contact a foundation; `explain` works without one."""
    lines = sections(cfnet(name, "--help").stdout)["EXIT CODES"]
    codes = {line.split()[0] for line in lines}
    assert {"0", "2"} <= codes
    assert ({"4", "7"} & codes == set()) == (name in {*OFFLINE, "tour", "explain"})


@pytest.mark.parametrize("name", OWN)
def test_usage_lists_every_option_of_the_command(name: str, cfnet: Cfnet) -> None:
    """Including options added in the future."""
    shown = sections(cfnet(name, "--help").stdout)
    usage = " ".join(shown["USAGE"])
    listed = [line for line in shown.get("OPTIONS", []) if line.startswith(("   -",))]
    assert [line for line in listed if line.split("  ")[1].split(", ")[-1].split()[0] not in usage] == []


@pytest.mark.parametrize(
    "example", [line for line in examples() if not line.startswith(("sandbox serve", "sandbox up", *OF_RUNNING_CELLS))]
)
def test_every_example_works(example: str, cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory with the files that they name: success, a finding, or an unanswered prompt; never wrong usage."""
    monkeypatch.chdir(tmp_path)
    Path("policies.yml").write_text(POLICIES, encoding="utf-8")
    Path("example.yml").write_text(EXAMPLE, encoding="utf-8")
    Path("platform.yml").write_text(EXPECTATIONS, encoding="utf-8")
    for log in ("kern.log", "kern.log.1.gz"):
        Path(log).write_text("", encoding="utf-8")
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
    asked = "Cannot prompt: not a terminal." in ran.stderr
    assert ran.exit == 3 if asked else ran.exit in (0, 1), ran.stderr


def options_of_one_value() -> Iterator[tuple[str, str]]:
    """The options of all commands that take a single value, each with the command's path."""
    for name, entry in COMMANDS.items():
        if entry.mirrors_cf:
            continue
        command = import_module(f"cfnet.cli.commands.{entry.module}").command
        below = command.commands.items() if isinstance(command, click.Group) else ()
        for under, each in (("", command), *below):
            for param in each.params:
                if isinstance(param, click.Option) and not (param.is_flag or param.multiple):
                    yield f"{name} {under}".strip(), param.opts[-1]


@pytest.mark.parametrize(("command", "option"), list(options_of_one_value()))
def test_no_option_silently_keeps_its_last_value(command: str, option: str, cfnet: Cfnet) -> None:
    """Two values are wrong usage, before anything else is checked."""
    ran = cfnet(*command.split(), option, "1", f"{option}=2")
    assert ran == Ran(2, "", f"{option} takes one value, not 2\nSee 'cfnet help {command}'.\n")


def test_exclusive_flags(cfnet: Cfnet) -> None:
    """They are refused; a repeated flag is harmless."""
    ran = cfnet("render", "--sandbox", "--whole-cell", "--no-whole-cell")
    assert ran == Ran(2, "", "--whole-cell and --no-whole-cell cannot be used together\nSee 'cfnet help render'.\n")
    assert cfnet("render", "--sandbox", "--whole-cell", "--whole-cell").exit == 0
