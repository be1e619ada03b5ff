"""A real kernel: iptables in a network namespace of a test's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest

from tests.without import do_without

_NUMBERS = count(1)

BACKENDS = ("nft", "legacy")
"""The two implementations of iptables: over nf_tables, and over the kernel's own ip_tables."""


class Firewall:
    """iptables of one backend, in one network namespace."""

    def __init__(self, namespace: str, backend: str) -> None:
        self._namespace = namespace
        self.backend = backend

    def restore(self, text: str) -> None:
        """Load `text` with `iptables-restore`."""
        self._run(f"iptables-{self.backend}-restore", text=text)

    def append(self, *words: str) -> None:
        """Append a rule to FORWARD."""
        self._run(f"iptables-{self.backend}", "-A", "FORWARD", *words)

    def listing(self) -> str:
        """What `iptables -S` prints."""
        return self._run(f"iptables-{self.backend}", "-S")

    def save(self) -> str:
        """What `iptables-save` prints of the filter table, without its comments."""
        lines = self._run(f"iptables-{self.backend}-save", "-t", "filter").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("#"))

    def _run(self, *words: str, text: str = "") -> str:
        ran = subprocess.run(
            ["ip", "netns", "exec", self._namespace, *words],
            input=text,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        assert ran.returncode == 0, f"{' '.join(words)}: {ran.stderr}"
        return ran.stdout


@pytest.fixture(params=BACKENDS)
def firewall(request: pytest.FixtureRequest) -> Iterator[Firewall]:
    """An empty firewall; its namespace goes when the test ends.

    Skipped where there can be none, unless `CFNET_ALL_TESTS=required` makes that a failure.
    """
    backend = str(request.param)
    reason = _missing(backend)
    namespace = f"cfnet-test-{os.getpid()}-{next(_NUMBERS)}"
    if not reason:
        made = subprocess.run(["ip", "netns", "add", namespace], capture_output=True, check=False, encoding="utf-8")
        reason = made.stderr.strip() if made.returncode else ""
    if reason:
        do_without(reason)
    try:
        works = subprocess.run(
            ["ip", "netns", "exec", namespace, f"iptables-{backend}", "-S"],
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        if works.returncode:
            do_without(f"this kernel has no iptables-{backend}: {works.stderr.strip()}")
        yield Firewall(namespace, backend)
    finally:
        subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=True)


def _missing(backend: str) -> str:
    """Why there can be no firewall; empty where nothing is known to be in its way."""
    if sys.platform != "linux":
        return "needs Linux"
    if os.geteuid() != 0:
        return "needs root"
    programs = ("ip", f"iptables-{backend}", f"iptables-{backend}-restore", f"iptables-{backend}-save")
    missing = [program for program in programs if shutil.which(program) is None]
    return f"needs {', '.join(missing)}" if missing else ""
