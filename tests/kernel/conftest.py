"""A real kernel: iptables in network namespaces of each test."""

import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from cfnet.dataplane.namespace import Namespace
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.requirements import gather, obstacle
from tests.kernel.data_plane import DataPlane
from tests.skipping import skip_or_fail

BACKENDS = ("nft", "legacy")
"""The two implementations of iptables: over nf_tables, and over the kernel's own ip_tables."""


class Firewall:
    """Iptables of one backend, in one network namespace."""

    def __init__(self, namespace: Namespace, backend: str) -> None:
        self._namespace = namespace
        self.backend = backend

    def restore(self, text: str) -> None:
        """Load `text` with `iptables-restore`, replacing all rules."""
        self._namespace.run(f"iptables-{self.backend}-restore", text=text)

    def append(self, *words: str) -> None:
        """Append a rule to FORWARD."""
        self._namespace.run(f"iptables-{self.backend}", "-A", "FORWARD", *words)

    def listing(self) -> str:
        """The output of `iptables -S`."""
        return self._namespace.run(f"iptables-{self.backend}", "-S")

    def save(self) -> str:
        """The output of `iptables-save` for the filter table, without its comments."""
        lines = self._namespace.run(f"iptables-{self.backend}-save", "-t", "filter").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("#"))


@pytest.fixture(params=BACKENDS, scope="module")
def backend(request: pytest.FixtureRequest) -> str:
    """Each available implementation of iptables.

    Skipped if unavailable, unless `CFNET_ALL_TESTS=required` makes that a failure.
    """
    name = str(request.param)
    reason = _missing(name)
    if reason:
        skip_or_fail(reason)
    return name


@pytest.fixture(params=BACKENDS, scope="module")
def cells_backend(request: pytest.FixtureRequest) -> str:
    """Each implementation of iptables that the sandbox's cells can use here, for any user."""
    name = str(request.param)
    found = obstacle(gather(name, os.environ))
    if found is not None:
        skip_or_fail(found.cause)
    return name


@pytest.fixture
def firewall(backend: str) -> Iterator[Firewall]:
    """An empty firewall."""
    namespace = Namespace()
    try:
        yield Firewall(namespace, backend)
    finally:
        namespace.close()


@pytest.fixture(scope="module")
def plane(backend: str) -> Iterator[DataPlane]:
    """Two cells linked by VXLAN, without rules."""
    with DataPlane(backend) as built:
        yield built


def _missing(backend: str) -> str:
    """Why the backend is unavailable; empty if it is available."""
    if sys.platform != "linux":
        return "needs Linux"
    if os.geteuid() != 0:
        return "needs root; test_ordinary_user.py runs these tests"
    tools = ("ip", "bridge", "nsenter")
    programs = (*tools, f"iptables-{backend}", f"iptables-{backend}-restore", f"iptables-{backend}-save")
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    try:
        namespace = Namespace()
        try:
            namespace.run(f"iptables-{backend}", "-S")
        finally:
            namespace.close()
    except (OSError, ProgramFailed) as fault:
        return f"this kernel has no iptables-{backend}: {fault}"
    return ""
