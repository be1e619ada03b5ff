"""The programs that configure the kernel: `ip`, `bridge` and iptables."""

from __future__ import annotations

import os
import shutil
import subprocess
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OWN_PROGRAMS: Final = "/run/cfnet/bin"
"""The directory inside the data plane where `iptables` is the one that its agents use."""

SYSTEM_FOLDERS: Final = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
"""Where administrators' programs are: the PATH of other users often lacks them."""


class Backend(StrEnum):
    """The two implementations of iptables: over nf_tables, and over the kernel's own ip_tables."""

    NFT = "nft"
    LEGACY = "legacy"


class ProgramFailed(Exception):
    """A program has failed, or the kernel has refused a namespace; the text says why."""


class Runner(Protocol):
    """Runs a program in some namespace and returns its output; see `run_program`."""

    def __call__(self, *words: str, text: str = "") -> str:
        """Run it."""


def run_program(*words: str, text: str = "") -> str:
    """Run a program with `text` as its input, and return its output.

    Raises:
        ProgramFailed: it exits with another code than 0, or cannot be run.
    """
    try:
        ran = subprocess.run(  # noqa: S603 - fixed programs, no shell
            (_found(words[0]), *words[1:]),
            input=text.encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise ProgramFailed(f"{words[0]}: {error.strerror}") from error
    if ran.returncode:
        raise ProgramFailed(f"{' '.join(words)}: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout.decode(errors="surrogateescape")


@cache
def _found(name: str) -> str:
    """Return the path of a program, or its name if it is missing."""
    return shutil.which(name, path=search_path(os.environ.get("PATH", ""))) or name


def search_path(path: str) -> str:
    """Return the PATH with administrators' programs."""
    return f"{path}:{SYSTEM_FOLDERS}" if path else SYSTEM_FOLDERS


def link_own_programs(folder: Path, backend: Backend) -> None:
    """Let `iptables` be that of the data plane's back end for programs with `folder` in their PATH."""
    folder.mkdir()
    for ending in ("", "-save", "-restore"):
        (folder / f"iptables{ending}").symlink_to(_found(f"iptables-{backend}{ending}"))


class Iptables:
    """Iptables of one backend in one namespace."""

    def __init__(self, backend: Backend, run: Runner = run_program) -> None:
        """Use `run` to run its programs."""
        self._name = f"iptables-{backend}"
        self._run = run

    def edit(self, lines: Iterable[str]) -> None:
        """Change the filter table by the `lines` for `iptables-restore --noflush`: all of them, or none.

        Raises:
            ProgramFailed: the kernel has other rules than these lines need.
        """
        text = "".join(f"{line}\n" for line in ("*filter", *lines, "COMMIT"))
        self._run(f"{self._name}-restore", "--wait", "--noflush", text=text)

    def listing(self) -> str:
        """Return the output of `iptables -S`.

        Raises:
            ProgramFailed: it cannot be read.
        """
        return self._run(self._name, "--wait", "-S")

    def counted(self) -> str:
        """Return the output of `iptables-save -c` for the filter table.

        Raises:
            ProgramFailed: it cannot be read.
        """
        return self._run(f"{self._name}-save", "-c", "-t", "filter")
