"""Hostile names of orgs, spaces, apps, files and options: no command prints control characters."""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cfnet.cli.completion.grammar import CommandGrammar, spell
from cfnet.cli.main import cfnet as root
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT, Foundation, WorldApp, WorldOrg, WorldSpace
from tests.conftest import Cfnet, Served

EVIL = "ev\x1b[2J\u202eil\x9b31m\r"
APP = Policy("evil-app", "evil-app", Protocol.TCP, Ports(8080, 8080))
WORLD = DEFAULT._replace(
    orgs=(*DEFAULT.orgs, WorldOrg(EVIL, "evil-org")),
    spaces=(*DEFAULT.spaces, WorldSpace(EVIL, EVIL, "evil-space")),
    apps=(*DEFAULT.apps, WorldApp(EVIL, f"{EVIL}/{EVIL}", "evil-app"), WorldApp("other", f"{EVIL}/{EVIL}", "other")),
    policies=(APP, APP._replace(destination="other")),
)
TARGETED = {
    "OrganizationFields": {"GUID": "evil-org", "Name": EVIL},
    "SpaceFields": {"GUID": "evil-space", "Name": EVIL},
}
DOCUMENT = """\
version: 1
policies:
  - source: {guid: evil-app}
    destination: {guid: other}
    ports: 9
"""
FAULTY = f"{DOCUMENT}space: {json.dumps(EVIL)}\n{json.dumps(EVIL)}: {json.dumps(EVIL)}\n"
# A name that a document accepts may contain bidirectional controls, but no others.
UNKNOWN = DOCUMENT.replace("{guid: evil-app}", '"\\u202eno"').replace("{guid: other}", '"\\u202eno/no/no"')
EXPECTING = DOCUMENT + (
    "expect:\n  - denied: {source: any, destination: any}\n"
    "  - allowed: {source: '*', destination: {guid: evil-app}}\n    because: a reason\n"
)
NO_YAML = f'"{EVIL}": [\n'


def obeyed(printed: str) -> list[str]:
    """The characters that a terminal would execute or not show, except for line ends."""
    return [each for each in printed if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with files with such names."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        (EVIL, DOCUMENT),
        (f"faulty{EVIL}", FAULTY),
        (f"un{EVIL}", UNKNOWN),
        (f"no{EVIL}", NO_YAML),
        (f"wants{EVIL}", EXPECTING),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    return tmp_path


@pytest.fixture
def foundation() -> Iterator[Foundation]:
    """A foundation with hostile names."""
    with Foundation.open(None) as opened:
        opened.load(WORLD)
        yield opened


ENDLESS = {"cfnet sandbox serve", "cfnet sandbox up", "cfnet tour"}
COMMANDS = [command for command in spell(root).walk() if " ".join(command.path) not in ENDLESS]


def lines(command: CommandGrammar) -> Iterator[list[str]]:
    """Command lines of a command with such a word in every possible position."""
    words, arguments = list(command.path[1:]), [EVIL] * len(command.arguments)
    for name in (EVIL, f"no{EVIL}"):
        yield [*words, *([name] * len(command.arguments))]
        yield [*words, *arguments, name]
        yield [*words, *arguments, f"--{name}"]
        yield [*words, *arguments, f"-{name}"]
        for option in command.options:
            if option.value is None:
                yield [*words, *arguments, f"{option.names[-1]}={name}"]
            else:
                yield [*words, *arguments, option.names[-1], name]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.path))
def test_hostile_words_in_every_position(command: CommandGrammar, cfnet: Cfnet, foundation: Foundation) -> None:
    """As an argument, an option, or a value: both streams show it escaped."""
    for words in lines(command):
        for variables in ({"CFNET_SANDBOX": "1"}, {}):
            ran = cfnet(*words, variables=variables, embedded=foundation)
            assert (ran.exit == 70, obeyed(ran.stdout + ran.stderr)) == (False, []), words


LIVE = {
    "the listing": ["network-policies"],
    "the whole listing": ["network-policies", "--all"],
    "its JSON": ["network-policies", "--json"],
    "one app's": ["network-policies", "--source", EVIL],
    "requests and answers": ["-v", "network-policies"],
    "adding": ["add-network-policy", EVIL, EVIL],
    "adding to another space": ["add-network-policy", EVIL, EVIL, "-s", EVIL, "-o", EVIL],
    "adding to an unknown space": ["add-network-policy", EVIL, EVIL, "-s", f"no{EVIL}"],
    "adding to an unknown org": ["add-network-policy", EVIL, EVIL, "-s", EVIL, "-o", f"no{EVIL}"],
    "removing": ["remove-network-policy", EVIL, EVIL, "--protocol", "tcp", "--port", "8080"],
    "copying": ["copy-network-policies", EVIL, "other"],
    "copying an unknown app": ["copy-network-policies", f"no{EVIL}", "other"],
    "the target": ["target"],
    "another target": ["target", "-o", EVIL, "-s", EVIL],
    "validating": ["validate", EVIL],
    "validating a document with faults": ["validate", f"faulty{EVIL}", f"no{EVIL}", f"none{EVIL}"],
    "faults for GitHub": ["validate", f"faulty{EVIL}", "--format", "github"],
    "faults as SARIF": ["validate", f"faulty{EVIL}", "--format", "sarif"],
    "faults as JUnit": ["validate", f"faulty{EVIL}", "--format", "junit"],
    "faults as JSON": ["validate", f"faulty{EVIL}", "--json"],
    "expectations": ["test", f"wants{EVIL}"],
    "expectations by rules": ["test", f"wants{EVIL}", "--rules"],
    "expectations for GitHub": ["test", f"wants{EVIL}", "--format", "github"],
    "expectations as SARIF": ["test", f"wants{EVIL}", "--format", "sarif"],
    "expectations as JUnit": ["test", f"wants{EVIL}", "--format", "junit"],
    "expectations in Markdown": ["test", f"wants{EVIL}", "--format", "markdown"],
    "expectations as JSON": ["test", f"wants{EVIL}", "--json"],
    "a difference with expectations": ["diff", f"wants{EVIL}"],
    "a difference": ["diff", EVIL],
    "a difference with unknown names": ["diff", f"un{EVIL}"],
    "a difference in Markdown": ["diff", EVIL, "--format", "markdown"],
    "a difference for GitHub": ["diff", EVIL, "--format", "github"],
    "a difference as JSON": ["diff", EVIL, "--json"],
    "changed rules": ["diff", EVIL, "--rules", "--prune"],
    "a plan": ["diff", EVIL, "--out", f"plan{EVIL}"],
    "applying": ["apply", EVIL, "--yes"],
    "applying without a terminal": ["apply", EVIL],
    "pruning": ["apply", EVIL, "--yes", "--prune", "--force"],
    "exporting": ["export"],
    "exporting a space": ["export", "--space", f"{EVIL}/{EVIL}"],
    "rendering": ["render", "--app", EVIL],
    "rendering as JSON": ["render", "--json"],
    "a report": ["report", EVIL],
    "a report in Markdown": ["report", EVIL, "--format", "markdown"],
    "a graph": ["graph"],
    "a graph in Mermaid": ["graph", "--format", "mermaid"],
    "a graph in DOT": ["graph", "--format", "dot"],
    "a graph as a picture": ["graph", "--format", "svg"],
    "a graph as a page": ["graph", "--format", "html"],
    "a graph of a change": ["graph", "--file", EVIL],
    "explaining": ["explain", f'-A vpa--1 -j LOG --log-prefix "{EVIL}"'],
    "a way": ["trace", EVIL, "other"],
    "a trace as JSON": ["trace", EVIL, "other", "--json"],
    "capacity": ["capacity"],
    "capacity after changes": ["capacity", "--what-if", f"scale={EVIL}:3"],
    "an invalid change": ["capacity", "--what-if", f"grow={EVIL}"],
    "a snapshot": ["snapshot", f"snapshot{EVIL}"],
    "logging in elsewhere": ["login", "-a", "URL", "-u", EVIL, "-p", EVIL],
    "another API": ["api", f"http://{EVIL}"],
}


@pytest.mark.parametrize("words", LIVE.values(), ids=LIVE)
def test_hostile_names_in_a_foundation(words: Sequence[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Neither live nor from a snapshot of it."""
    served.foundation.load(WORLD)
    variables = served.home(tmp_path, **TARGETED) | {"CFNET_KEYRING": "off"}
    ran = cfnet(*(word.replace("URL", served.url) for word in words), variables=variables)
    assert (ran.exit == 70, obeyed(ran.stdout + ran.stderr)) == (False, [])


SNAPSHOT = {
    "rendering": ["render"],
    "one cell": ["render", "--cell", EVIL],
    "an unknown cell": ["render", "--cell", f"no{EVIL}"],
    "explaining": ["explain", "RULES"],
    "verifying": ["verify", "--cell", EVIL, "RULES"],
    "verifying an unknown cell": ["verify", "--cell", f"no{EVIL}", "RULES"],
    "verifying other text than rules": ["verify", "--cell", EVIL, EVIL],
    "a way": ["trace", EVIL, "other"],
    "a graph as a page": ["graph", "--format", "html"],
    "capacity": ["capacity"],
    "exporting": ["export", "--all"],
    "a difference": ["diff", EVIL, "--rules"],
    "a difference to an invalid snapshot": ["diff", "--rules", "--to", f"no{EVIL}"],
}


@pytest.mark.parametrize("words", SNAPSHOT.values(), ids=SNAPSHOT)
def test_hostile_names_in_a_snapshot(
    words: Sequence[str], foundation: Foundation, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Of its directory, its cells, its apps."""
    folder = f"snapshot{EVIL}"
    assert cfnet("--sandbox", "snapshot", folder, embedded=foundation).exit == 0
    cells = tmp_path / folder / "cells"
    (cells / "cell-1").rename(cells / EVIL)
    (tmp_path / "RULES").write_text(cfnet("render", "--from", folder, "--cell", EVIL).stdout, encoding="utf-8")
    ran = cfnet(*words, "--from", folder)
    assert (ran.exit == 70, obeyed(ran.stdout + ran.stderr)) == (False, [])


def test_unescaped_output_would_be_detected() -> None:
    assert obeyed(f"{EVIL}\n") == ["\x1b", "\u202e", "\x9b", "\r"]
    assert obeyed("plain, 名前\n") == []
