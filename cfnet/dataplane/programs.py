"""The programs that configure the kernel: `ip`, `bridge` and iptables."""

from __future__ import annotations

import subprocess
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Backend(StrEnum):
    """The two implementations of iptables: over nf_tables, and over the kernel's own ip_tables."""

    NFT = "nft"
    LEGACY = "legacy"


class ProgramFailed(Exception):
    """A program has failed; the text is its name and its message."""


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
            words, input=text.encode(errors="surrogateescape"), capture_output=True, check=False
        )
    except OSError as error:
        raise ProgramFailed(f"{words[0]}: {error.strerror}") from error
    if ran.returncode:
        raise ProgramFailed(f"{' '.join(words)}: {ran.stderr.decode(errors='replace').strip()}")
    return ran.stdout.decode(errors="surrogateescape")


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
