"""The manual documents JSON: every command that prints it, and every key."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand
from cfnet.sandbox import Foundation
from tests.conftest import Cfnet

POLICIES = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB, ports: 8443}\n"
EXPECTATIONS = POLICIES + "expect:\n  - denied: {source: appA, destination: appB}\n"
WRONG = POLICIES + "  - {source: appA, destinaton: appB}\n"
WIDE = POLICIES.replace("8443", "1-65535") + "lint: {ignore: [L302]}\n"
REFUSED = "DENY_C2C_94871941-aed0-585f-9 IN=silk-vtep SRC=10.255.78.3 DST=10.255.77.4 PROTO=TCP SPT=4 DPT=8081 MARK=0x2"
COMMAND_LINES = [
    "whoami --json",
    "network-policies --json",
    "validate --format json wrong.yml",
    "test --json expectations.yml",
    "lint --json wide.yml",
    "lint --list --json",
    "diff --json policies.yml",
    "diff --rules --json policies.yml",
    "render --json --whole-cell",
    "graph --json -f policies.yml",
    "graph --json --level org",
    "explain --json",
    "explain --summary --json",
    "advise - --min-count 1 --json",
    "trace appA appB --port 8081 --json",
    "verify --cell cell-1 cell-1.rules --json",
    "capacity --what-if scale=appB:3 --json",
]


def prints_json(command: click.Command | CfCommand) -> bool:
    """Whether the command has the option."""
    if isinstance(command, CfCommand):
        return any(flag.name == "--json" for flag in command.flags)
    return any("--json" in param.opts for param in command.params)


def shapes(page: str) -> str:
    """The part of a page about JSON, with roff's escapes undone for keys."""
    return page.partition('.SH "JSON"\n')[2].replace(r"\-", "-").replace(r"\(dq", '"')


def keys(value: object) -> Iterator[str]:
    """The keys of all objects in a JSON value."""
    match value:
        case dict():
            yield from value
            for each in value.values():
                yield from keys(each)
        case list():
            for each in value:
                yield from keys(each)


def test_every_command_with_json_is_covered() -> None:
    """Otherwise a command line is missing here."""
    having = {
        name
        for name, entry in COMMANDS.items()
        if prints_json(import_module(f"cfnet.cli.commands.{entry.module}").command)
    }
    assert having <= {line.partition(" ")[0] for line in COMMAND_LINES}


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_every_key_is_documented(line: str, cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the command's own page, or on one that it refers to."""
    monkeypatch.chdir(tmp_path)
    Path("policies.yml").write_text(POLICIES, encoding="utf-8")
    Path("wrong.yml").write_text(WRONG, encoding="utf-8")
    Path("expectations.yml").write_text(EXPECTATIONS, encoding="utf-8")
    Path("wide.yml").write_text(WIDE, encoding="utf-8")
    with Foundation.open(None) as foundation:

        def run(words: str) -> str:
            return cfnet(*words.split(), variables={"CFNET_SANDBOX": "1"}, embedded=foundation, stdin=REFUSED).stdout

        run("add-network-policy appA appB")
        Path("cell-1.rules").write_text(run("render --cell cell-1").replace("0x2", "0x7"), encoding="utf-8")
        printed = set(keys(json.loads(run(line))))
        page = shapes(run(f"man {line.partition(' ')[0]}"))
        named = [shapes(run(f"man {name}")) for name in re.findall(r"([a-z-]+) --json", page)]
    known = set(re.findall(r"[a-z_]+", " ".join([page, *named])))
    assert len(printed) > 3
    assert printed - known == set()
