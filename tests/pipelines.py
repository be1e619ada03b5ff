"""A pipeline: its directory, foundation, variables and programs; and a runner for our GitHub action."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml  # noqa: TID253 - GitHub parses an action as YAML, too

from cfnet.sandbox import DEFAULT, WorldApp
from tests.conftest import Served

ACTION = Path(__file__).parents[1] / ".github" / "actions" / "network-policies"

_PROGRAMS = {
    "cfnet": f'exec {shlex.quote(sys.executable)} -m cfnet "$@"',
    "cf": 'echo "$*" >> cf-calls',
    "pip": 'echo "$*" >> installed',
    "python": f"""\
if [ "$*" != "-m venv .venv" ]; then exec {shlex.quote(sys.executable)} "$@"; fi
mkdir -p .venv/bin; ln -sf "$(command -v pip)" "$(command -v cfnet)" .venv/bin""",
    "python3": 'echo "$*" >> installed; if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi',
    "gh": """\
case "$*" in
  "api --paginate repos/demo/policies/issues/7/comments --jq .[] | select(.body | startswith(env.MARKER)) | .id")
    for id in $(ls comments 2>/dev/null); do
      case "$(cat comments/$id)" in "$MARKER"*) echo $id ;; esac
    done ;;
  "api --silent --method POST repos/demo/policies/issues/7/comments -F body=@"*)
    mkdir -p comments; cp "${7#body=@}" comments/$(($(ls comments | wc -l) + 100)) ;;
  "api --silent --method PATCH repos/demo/policies/issues/comments/"*)
    cp "${7#body=@}" "comments/${5##*/}" ;;
  *) echo "gh was asked for: $*" >&2; exit 1 ;;
esac""",
}
"""cfnet is the real one; the others record their calls in files."""


class Checkout(NamedTuple):
    """A directory in which a pipeline runs scripts."""

    folder: Path
    variables: Mapping[str, str]

    def ended(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script as a pipeline does, and return the result."""
        return subprocess.run(
            ["bash", "-ec", script],
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def sh(self, script: str, **variables: str) -> str:
        """Run a script, which must succeed, and return its output."""
        ran = self.ended(script, **variables)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def comments(self) -> list[str]:
        """The comments of the pull request, without the action's marker line."""
        files = sorted((self.folder / "comments").iterdir())
        return [file.read_text(encoding="utf-8").partition(" -->\n")[2] for file in files]

    def kept(self, name: str) -> str:
        """The file that a program wrote."""
        return (self.folder / name).read_text(encoding="utf-8")


def checkout_of(files: Mapping[str, str], folder: Path, served: Served) -> Checkout:
    """A checkout of `files`, with a developer's session for the served foundation: appA, appB and appB-green."""
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
    """A step of the action, its expressions replaced by their values; `always` steps run even after a failure."""

    script: str
    variables: Mapping[str, str]
    always: bool = False


def steps(event: str, job: Mapping[str, str] | None = None, /, **inputs: str) -> Iterator[Step]:
    """The steps that GitHub runs for `event`, with the action's `inputs` and the `env` of the `job`."""
    action = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    values = {
        "github.event_name": event,
        "github.repository": "demo/policies",
        "github.event.pull_request.number": "7",
        "github.token": "secret",
    }

    def value(text: str) -> str:
        return re.sub(
            r"\$\{\{ (\S+)(?: \|\| env\.(\w+))? \}\}", lambda found: values[found[1]] or environment(found[2]), text
        )

    def environment(name: str | None) -> str:
        return (job or {}).get(name or "", "")

    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    values |= {
        f"inputs.{name}": given.get(name, value(declared["default"])) for name, declared in action["inputs"].items()
    }
    for step in action["runs"]["steps"]:
        assert step["shell"] == "sh"
        condition = step.get("if", f"github.event_name == '{event}'")
        name, _, wanted = condition.removeprefix("always() && ").partition(" == ")
        if values[name] == wanted.strip("'"):
            env = {name: value(text) for name, text in step.get("env", {}).items()}
            yield Step(step["run"], env, condition.startswith("always()"))


class Acted(NamedTuple):
    """The result of the action: the output of its steps, its outputs, and the exit code of a failed step."""

    printed: str
    outputs: Mapping[str, str]
    exit: int


def act(checkout: Checkout, event: str, **inputs: str) -> Acted:
    """Run the action for `event` like GitHub: after a failure only the steps that always run."""
    output = checkout.folder / "github-output"
    output.write_text("", encoding="utf-8")
    shared = {
        "GITHUB_ACTION_PATH": str(ACTION),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_PATH": os.devnull,
        "RUNNER_TEMP": str(checkout.folder),
    }
    printed, code = "", 0
    for step in steps(event, checkout.variables, **inputs):
        if code == 0 or step.always:
            ran = checkout.ended(step.script, **step.variables, **shared)
            printed += ran.stdout + ran.stderr
            code = code or ran.returncode
    lines = output.read_text(encoding="utf-8").splitlines()
    return Acted(printed, dict(line.split("=", 1) for line in lines), code)
