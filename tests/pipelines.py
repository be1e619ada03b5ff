"""What a pipeline has: a folder with files, a foundation, variables, and programs in its PATH."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cfnet.sandbox import DEFAULT, WorldApp
from tests.conftest import Served

_PROGRAMS = {
    "cfnet": f'exec {shlex.quote(sys.executable)} -m cfnet "$@"',
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
            ["sh", "-ec", script],
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
    session = {
        "CF_API_URL": served.url,
        "CF_USERNAME": "dev",
        "CF_PASSWORD": "dev",
        "CF_ORG": "demo",
        "CF_SPACE": "dev",
    }
    found = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    return Checkout(folder, os.environ | session | found)
