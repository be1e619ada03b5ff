"""Random command lines, variables, files and responses, reproducible by a seed."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import click

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand
from tests.golden import HERE
from tests.scripted_server import Reply

ODD: Final = (
    "",
    "0",
    "-1",
    "9" * 5000,
    "1e400",
    "0x" + "f" * 5000,
    "NaN",
    "[",
    "*",
    "a" * 5000,
    "%s{}",
    "\u202e\x1b[2J",
    "\udcff",
    "💥",
    " ",
    ".",
    "-",
    "--",
    "x=y",
    "scale=appA:" + "9" * 5000,
    "cell-1=-",
    "appA",
    "demo/dev/appB",
    "demo",
    "dev",
    "8080",
    "9-8",
    "tcp",
    "policies.yml",
    "snapshot",
    "rules",
    "true",
)
"""Values for arguments, options and variables; a few of them are valid."""

VARIABLES: Final = (
    "CF_API_URL",
    "CF_USERNAME",
    "CF_PASSWORD",
    "CF_CLIENT_ID",
    "CF_CLIENT_SECRET",
    "CF_ORG",
    "CF_SPACE",
    "CF_COLOR",
    "CF_TRACE",
    "CF_DIAL_TIMEOUT",
    "CFNET_KEYRING",
    "CFNET_KEYRING_TIMEOUT",
    "CFNET_SANDBOX",
    "CFNET_VAR_X",
    "COLUMNS",
    "NO_COLOR",
    "FORCE_COLOR",
    "TERM",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "https_proxy",
    "no_proxy",
    "LANG",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "CF_HOME",
)
SERVING: Final = {"serve", "up", "watch"}
"""Subcommands that do not terminate."""
NUMBERS: Final = (0, -1, 10**400, 1.5, "9" * 5000)
TEXTS: Final = ("", "\ud800", "x" * 300)
JSON: Final[tuple[object, ...]] = (None, True, *NUMBERS, *TEXTS, [], {}, [[]], {"guid": None}, {"data": {}})


class Random(NamedTuple):
    """A source of random choices."""

    source: random.Random

    def words(self) -> list[str]:
        """A command line: a command of the table, some of its options, and arguments."""
        name = self.source.choice(list(COMMANDS))
        command: click.Command | CfCommand = import_module(f"cfnet.cli.commands.{COMMANDS[name].module}").command
        words = [name]
        if isinstance(command, CfCommand):
            return [*words, *self._mirrored(command)]
        if isinstance(command, click.Group):
            inner = self.source.choice(sorted(command.commands.keys() - SERVING))
            command, words = command.commands[inner], [name, inner]
        parameters = list(command.params)
        for parameter in self.source.sample(parameters, min(len(parameters), self.source.randrange(5))):
            words += self._given(parameter)
        if self.source.random() < 0.5:
            words.append("--sandbox")
        return words

    def _mirrored(self, command: CfCommand) -> Iterator[str]:
        """Flags and arguments of a command of cf about policies; those about sessions could connect, and get none."""
        if "polic" not in command.name:
            return
        yield from (self.source.choice(ODD) for _argument in command.usage.arguments)
        for flag in self.source.sample(command.flags, self.source.randrange(4)):
            yield flag.name
            if flag.takes_value:
                yield self.source.choice(ODD)

    def _given(self, parameter: click.Parameter) -> Iterator[str]:
        if isinstance(parameter, click.Argument):
            yield self.source.choice(ODD)
            return
        yield self.source.choice([*parameter.opts, *parameter.secondary_opts])
        if not getattr(parameter, "is_flag", False):
            choices = getattr(parameter.type, "choices", ())
            yield self.source.choice([*choices, *ODD, *ODD][: 3 * len(choices) or None])

    def variables(self) -> dict[str, str]:
        """Random environment variables."""
        chosen = self.source.sample(VARIABLES, self.source.randrange(4))
        return {name: self.source.choice(ODD) for name in chosen}

    def spoilt(self, value: object) -> object:
        """A JSON value with one of its parts replaced."""
        if isinstance(value, dict) and value and self.source.random() < 0.9:
            key = self.source.choice(list(value))
            return {**value, key: self.spoilt(value[key])}
        if isinstance(value, list) and value and self.source.random() < 0.9:
            place = self.source.randrange(len(value))
            return [*value[:place], self.spoilt(value[place]), *value[place + 1 :]]
        return self.source.choice(JSON)

    def snapshot(self, folder: Path) -> None:
        """A golden snapshot with one corrupted file."""
        golden = self.source.choice([path for path in sorted(HERE.iterdir()) if (path / "policies.json").exists()])
        files = [file for file in sorted(golden.rglob("*.json")) if "expected" not in file.parts]
        bad = self.source.choice(files)
        for file in files:
            text = file.read_text(encoding="utf-8")
            if file is bad:
                text = json.dumps(self.spoilt(json.loads(text)))
                if self.source.random() < 0.2:
                    text = self._cut(text)
            target = folder / file.relative_to(golden)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def rules(self) -> str:
        """Rules of a golden cell, with one word replaced."""
        lines = self.source.choice(sorted(HERE.glob("*/expected/*.rules"))).read_text(encoding="utf-8").splitlines()
        place = self.source.randrange(len(lines))
        words = lines[place].split(" ")
        words[self.source.randrange(len(words))] = self.source.choice(ODD)
        lines[place] = " ".join(words)
        return "\n".join(lines).replace("\udcff", "\x1b") + "\n"

    def document(self) -> str:
        """A policy document with one value replaced."""
        policy: Mapping[str, object] = {"source": "appA", "destination": "appB", "protocol": "tcp", "ports": [8080]}
        document = {"version": 1, "space": "demo/dev", "policies": [policy], "ignore": [{"source": "x*"}]}
        text = json.dumps(self.spoilt(document))
        return self._cut(text) if self.source.random() < 0.2 else text

    def reply(self, method: str, path: str) -> Reply:
        """A server's response."""
        answers: Sequence[object] = (
            {"links": {"self": {"href": "http://x"}, "uaa": {"href": "http://127.0.0.1:1"}}},
            {"pagination": {"total_pages": 2, "next": {"href": path}}, "resources": [{"guid": "a", "name": "appA"}]},
            {"policies": [{"source": {"id": "a"}, "destination": {"id": "b", "protocol": "tcp", "ports": {}}}]},
            {"access_token": "x.e30.y", "refresh_token": "r", "token_type": "bearer"},
            {"error": "x", "error_description": "y"},
            {"errors": [{"code": 10000, "title": "t", "detail": "d"}]},
        )
        status = self.source.choice([200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 422, 500, 502, 600])
        body = json.dumps(self.spoilt(self.source.choice(answers))).encode()
        if self.source.random() < 0.2:
            body = self.source.choice(
                [b"", b"<html>", b"\xff\xfe", b"[" * 2000, body[: len(body) // 2], method.encode()]
            )
        return Reply(status, b"" if status in (204, 304) else body)

    def _cut(self, text: str) -> str:
        return text[: self.source.randrange(len(text) + 1)]
