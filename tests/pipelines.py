"""What a pipeline has: a folder, a foundation, variables, programs in its PATH; and how GitHub runs our action."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml  # noqa: TID253 - an action is read as GitHub reads it

from cfnet.sandbox import DEFAULT, WorldApp
from tests.conftest import Served

ACTION = Path(__file__).parents[1] / ".github" / "actions" / "network-policies"

_PROGRAMS = {
    "cfnet": f'exec {shlex.quote(sys.executable)} -m cfnet "$@"',
    "cf": 'echo "$*" >> cf-calls',
    "python3": 'echo "$*" >> installed',
    "gh": 'cat "$7" > comment',
}
"""cfnet is real; what the others are asked for is kept in files."""


class Checkout(NamedTuple):
    """A folder in which a pipeline's runner starts scripts."""

    folder: Path
    variables: Mapping[str, str]

    def ended(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script as a runner does; how it ended."""
        return subprocess.run(
            ["bash", "-ec", script],
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def sh(self, script: str, **variables: str) -> str:
        """Run a script, which must end well; what it prints."""
        ran = self.ended(script, **variables)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def kept(self, name: str) -> str:
        """What a program kept."""
        return (self.folder / name).read_text(encoding="utf-8")


def checkout_of(files: Mapping[str, str], folder: Path, served: Served) -> Checkout:
    """A checkout of `files`, with a session of a developer of the served foundation: appA, appB and appB-green."""
    served.foundation.load(DEFAULT._replace(apps=(*DEFAULT.apps, WorldApp("appB-green", "demo/dev"))))
    programs = folder / "bin"
    programs.mkdir()
    for name, script in _PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    return Checkout(folder, os.environ | served.ci() | found)


class Step(NamedTuple):
    """A step of the action, its expressions replaced by their values."""

    script: str
    variables: Mapping[str, str]


def steps(event: str, **inputs: str) -> Iterator[Step]:
    """The steps that GitHub runs for `event`, where the workflow gives the action `inputs`."""
    action = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    values = {
        "github.event_name": event,
        "github.repository": "demo/policies",
        "github.event.pull_request.number": "7",
        "github.token": "secret",
    }

    def value(text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found[1]], text)

    values |= {f"inputs.{name}": inputs.get(name, value(told["default"])) for name, told in action["inputs"].items()}
    for step in action["runs"]["steps"]:
        assert step["shell"] == "sh"
        name, _, wanted = step.get("if", f"github.event_name == '{event}'").partition(" == ")
        if values[name] == wanted.strip("'"):
            yield Step(step["run"], {name: value(text) for name, text in step.get("env", {}).items()})


def act(checkout: Checkout, event: str, **inputs: str) -> str:
    """Run the action for `event`; what all its steps print."""
    shared = {"GITHUB_ACTION_PATH": str(ACTION), "RUNNER_TEMP": str(checkout.folder)}
    return "".join(checkout.sh(step.script, **step.variables, **shared) for step in steps(event, **inputs))
