"""Calls between the sandbox's own cells, as the kernel logs them, and the advice that follows."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT, ContainerPlace
from tests.kernel.live_sandbox import LiveSandbox, eventually
from tests.skipping import skip_or_fail

pytestmark = pytest.mark.kernel

APP_B = "10.255.77.201"
"""No other test has this IP: the kernel log has the calls of all tests that run at once."""

WORLD = DEFAULT._replace(
    apps=(DEFAULT.apps[0], DEFAULT.apps[1]._replace(placed=(ContainerPlace("cell-1", APP_B),))),
)
SWITCH = Path("/proc/sys/net/netfilter/nf_log_all_netns")
"""Whether LOG rules in network namespaces log; by default only those of the host do."""


@contextmanager
def logging_namespaces() -> Iterator[None]:
    """Let the kernel log packets in all network namespaces."""
    if os.geteuid() != 0:
        skip_or_fail("only root can read the kernel log and let namespaces write to it")
    try:
        before = SWITCH.read_text(encoding="ascii")
        SWITCH.write_text("1", encoding="ascii")
    except OSError as error:
        pytest.skip(f"the kernel does not log packets of namespaces, as in a container: {error}")
    try:
        yield
    finally:
        SWITCH.write_text(before, encoding="ascii")


def kernel_log() -> list[str]:
    """The lines that the kernel has logged, with dates."""
    words = ("dmesg", "--time-format", "iso")
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()


def log_refused_calls(live: LiveSandbox, handle: str) -> None:
    """Add the rule of `iptables_c2c_logging` to the overlay chain of a container on cell-1."""
    chain = f"overlay--{handle}"[:28]
    prefix = f"DENY_C2C_{handle}"[:28]
    rules = live.run("cell-1", "iptables", "-S", chain).splitlines()
    last = len([rule for rule in rules if rule.startswith("-A")])
    log = ("-m", "limit", "--limit", "1/sec", "--limit-burst", "1", "-j", "LOG", "--log-prefix", f"{prefix} ")
    live.run("cell-1", "iptables", "-I", chain, str(last), "-d", f"{APP_B}/32", *log)


def test_calls_that_the_kernel_logs_lead_to_advice() -> None:
    """One policy is used, one is not; a refused call needs one."""
    with logging_namespaces(), LiveSandbox("root", WORLD) as live:
        live.cfnet("sandbox", "up", "--poll-interval", "0.5")
        chain = live.chain("cell-1")
        for port in ("8080", "9999"):
            live.cfnet("--sandbox", "add-network-policy", "appA", "appB", "--port", port, "--protocol", "tcp")
        eventually(lambda: live.chain("cell-1") != chain and "9999" in live.listing("cell-1"), "no policy is enforced")
        eventually(lambda: "--set-xmark" in live.listing("cell-2"), "packets are not marked")
        live.cfnet("--sandbox", "snapshot", "snap")
        store = json.loads((live.folder / "snap" / "cells" / "cell-1" / "store.json").read_text(encoding="utf-8"))
        log_refused_calls(live, next(handle for handle, each in store.items() if each["ip"] == APP_B))
        before = set(kernel_log())
        assert live.call("appA/0", APP_B, 8080) == "connected"
        assert live.call("appA/0", APP_B, 8081) == "ConnectionRefusedError"
        fresh = [line for line in kernel_log() if f" DST={APP_B} " in line and line not in before]
        log = live.folder / "kern.log"
        log.write_text("\n".join(fresh), encoding="utf-8")
        told = json.loads(live.cfnet("advise", str(log), "--from", "snap", "--min-count", "1", "--json"))
    needed = [each["policy"] for each in told["needed"]]
    assert [(each["source"]["name"], each["destination"]["name"], each["ports"]["start"]) for each in needed] == [
        ("appA", "appB", 8081)
    ]
    usage = {each["policy"]["ports"]["start"]: each["usage"] for each in told["policies"]}
    assert usage == {8080: "used", 9999: "unused"}
