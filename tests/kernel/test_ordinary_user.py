"""The tests of this folder without root: an ordinary user is root in a user namespace of its own."""

import os
import subprocess

import pytest

from tests.kernel.live_sandbox import changed_to, checkout_of, python_of
from tests.skipping import skip_or_fail

pytestmark = pytest.mark.kernel

MODULES = (
    ("test_data_plane.py", "legacy"),
    ("test_data_plane.py", "not legacy"),
    ("test_drift.py", ""),
    ("test_kernel_text.py", ""),
    ("test_policy_chain.py", ""),
    ("test_swaps.py", ""),
    ("test_wiring.py", ""),
)
"""The modules; the tests of the longest one in two parts, chosen by their names, so that these can run at once.

Without test_listings.py, whose random rules say the same about iptables whoever runs it.
"""

ENTER = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")

PREPARE = 'mount -t tmpfs tmpfs /run && export HOME="$(mktemp -d -p /run)" TMPDIR=/run && exec "$@"'
"""iptables has its lock in /run, which only root can write to."""


NO_DATABASE = ("-W", "ignore:The database setting is not configured")
"""Hypothesis cannot write to the checkout of another user."""


@pytest.mark.parametrize(("module", "part"), MODULES)
def test_the_kernel_tests_pass_without_root(module: str, part: str) -> None:
    """In a user namespace, as they do as root."""
    if os.environ.get("CFNET_ORDINARY"):
        pytest.skip("it would run itself")
    python, checkout = python_of("ordinary"), checkout_of("ordinary")
    ran = subprocess.run(
        [
            *changed_to("ordinary"),
            *ENTER,
            *("sh", "-c", PREPARE, "sh"),
            *(
                python,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                *NO_DATABASE,
                *(("-k", part) if part else ()),
                f"tests/kernel/{module}",
            ),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": checkout.python_path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "CFNET_ALL_TESTS": "required",
            "CFNET_ORDINARY": "1",
        },
        cwd=checkout.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in ran.stderr:
        skip_or_fail(f"needs user namespaces: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr
    assert " passed" in ran.stdout
    assert "skipped" not in ran.stdout
