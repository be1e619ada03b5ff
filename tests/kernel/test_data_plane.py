"""Compare the predictions of `trace` with a kernel: cells linked by VXLAN, their whole rules, real packets."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.packet.rule_requirements import RuleView
from cfnet.dataplane.addressing import UNDERLAY
from cfnet.dataplane.namespace import Namespace
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.requirement import Requirement, RequirementKind
from tests.kernel.data_plane import PATIENCE, DataPlane
from tests.kernel.generated_foundations import Wanted, foundation, packets
from tests.kernel.trace_prediction import CHAIN, Case, TracePredictor, cases
from tests.processes import take_lines
from tests.worlds import APP_A as FRONT
from tests.worlds import APP_B as BACK

pytestmark = pytest.mark.kernel

SEEDS = range(40)
EXPECTED_SEEDS = range(100, 108)
CALLS = 6
"""Calls between two apps that expectations of a foundation are about."""
PACKETS = 30
"""Packets per foundation; each that arrives gets a response, which adds about half as many."""


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_agrees_with_trace(seed: int, plane: DataPlane) -> None:
    """On the verdict, the refusal that the sender sees, and every rule whose counter changes on either cell."""
    state = foundation(seed)
    predictor = TracePredictor(state)
    plane.load(predictor.texts)
    found = list(cases(plane, predictor, packets(seed, state, PACKETS)))
    assert len(found) >= PACKETS
    assert [case for case in found if not case.agrees] == [], f"seed {seed}"


@pytest.mark.parametrize("seed", EXPECTED_SEEDS)
def test_the_kernel_agrees_with_expectations(seed: int, plane: DataPlane) -> None:
    """`test --rules`: `allowed` holds if every instance reaches every other, `denied` if none does."""
    state = foundation(seed)
    predictor = TracePredictor(state)
    plane.load(predictor.texts)
    view = RuleView(state)
    containers = [each for cell in state.cells() for each in cell.containers]
    sent = packets(seed, state, PACKETS)
    asked = {(each.source.app, each.destination.app, each.protocol, each.port) for each in sent}
    for source, destination, protocol, port in sorted(each for each in asked if each[0] and each[1])[:CALLS]:
        ends = ([each for each in containers if each.app == app] for app in (source, destination))
        pairs = [Wanted(one, two, protocol, port) for one, two in product(*ends) if one != two]
        arrived = [case.seen.arrived for case in cases(plane, predictor, pairs) if not case.sent.answers]
        for kind, holds in ((RequirementKind.ALLOWED, all(arrived)), (RequirementKind.DENIED, not any(arrived))):
            calls = (frozenset({source}), frozenset({destination}), (Protocol(protocol),), (Ports(port, port),))
            judgement = view.judge(Requirement(kind, *calls))
            assert (judgement.breaches == 0, judgement.unsure) == (holds, False), (kind, source, destination, port)


def test_a_thousand_cases_of_every_kind_are_covered() -> None:
    """On one cell and across two, TCP and UDP, allowed and denied: none is rare."""
    assert len(SEEDS) * PACKETS >= 1000
    kinds: dict[tuple[bool, str, bool], int] = {}
    for seed in SEEDS:
        state = foundation(seed)
        predictor = TracePredictor(state)
        for wanted in packets(seed, state, PACKETS):
            hops = predictor.hops(wanted)
            kind = (wanted.source.ip[:9] == wanted.destination.ip[:9], wanted.protocol, hops[-1].verdict.accepted)
            kinds[kind] = kinds.get(kind, 0) + 1
    assert len(kinds) == 8
    assert min(kinds.values()) >= 50, kinds


CALLER = Container("00000002-e8cf-4ca5-5a0a-838e", "10.255.77.3", FRONT)
CALLED = Container("00000001-e8cf-4ca5-5a0a-838e", "10.255.78.2", BACK)
NEIGHBOUR = Container("00000003-e8cf-4ca5-5a0a-838e", "10.255.77.2", BACK)
CELLS = {"cell-0": Cell("cell-0", [CALLER, NEIGHBOUR]), "cell-1": Cell("cell-1", [CALLED])}
STATE = State(
    policies=[Policy(FRONT, BACK, Protocol.TCP, Ports(8080, 8080))],
    tags=Tags({FRONT: "0002", BACK: "0003"}),
    settings=AgentSettings(iptables_logging=True, underlay_interface_names=(UNDERLAY,)),
    cell_names=list(CELLS),
    read_cell=CELLS.__getitem__,
)
SENT = [
    Wanted(CALLER, called, protocol, port)
    for called in (CALLED, NEIGHBOUR)
    for protocol, port in (("tcp", 8080), ("tcp", 8081), ("udp", 8080))
]


def sent(plane: DataPlane, change: Callable[[str], str], patience: float = PATIENCE) -> Iterator[Case]:
    """What happens to packets if the kernel has the changed rules and `trace` the original ones."""
    predictor = TracePredictor(STATE)
    texts = {name: change(text) for name, text in predictor.texts.items()}
    plane.load(texts)
    return cases(plane, predictor, SENT, patience)


def test_the_walkthrough(plane: DataPlane) -> None:
    """One app may call the other on tcp 8080, on its own cell and across cells, and all else is refused."""
    found = list(sent(plane, lambda text: text))
    assert [(case.sent.protocol, case.sent.answers, case.seen.arrived, case.seen.refused) for case in found] == [
        ("tcp", False, True, False),
        ("tcp", True, True, False),
        ("tcp", False, False, True),
        ("udp", False, False, True),
    ] * 2
    assert all(case.agrees for case in found)


def swapped(text: str) -> str:
    """Reverse the rules of FORWARD."""
    jumps = re.findall(r"^-A FORWARD .*\n", text, re.MULTILINE)
    return text.replace("".join(jumps), "".join(reversed(jumps)))


WRONG: dict[str, Callable[[str], str]] = {
    "the mark set is off by one": lambda text: text.replace("--set-xmark 0x2/", "--set-xmark 0x3/"),
    "the mark matched is off by one": lambda text: text.replace("-m mark --mark 0x2 ", "-m mark --mark 0x1 "),
    "the order of FORWARD is reversed": swapped,
    "the log comes after the allow": lambda text: re.sub(
        rf"(-A {CHAIN} [^\n]* LOG [^\n]*\n)(-A {CHAIN} [^\n]* ACCEPT\n)", r"\2\1", text
    ),
    "an extra port": lambda text: text.replace("--dport 8080 ", "--dport 8080:8081 "),
    "no reject": lambda text: re.sub(r"-A overlay--[^\n]* REJECT [^\n]*\n", "", text),
    "dropped, not rejected": lambda text: re.sub(r"(-A overlay--[^\n]*) -j REJECT [^\n]*\n", r"\1 -j DROP\n", text),
    "a jump to a different chain than the policy chain": lambda text: text.replace(f"-A FORWARD -j {CHAIN}\n", ""),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_caught(change: Callable[[str], str], plane: DataPlane) -> None:
    """Some packet meets another verdict or another rule; a missing refusal is detected quickly."""
    assert any(not case.agrees for case in sent(plane, change, patience=3.0))


BUILDER = """
import sys, time
from tests.kernel.data_plane import DataPlane

with DataPlane(sys.argv[1]) as plane:
    plane.save("cell-0")
    plane.cable_to(sys.argv[2], "witness")
    print("built", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda signal: signal.name)
def test_nothing_remains_after_the_process_ends(ended_by: signal.Signals, backend: str) -> None:
    """By any signal: a cable disappears with its cell, and no name remains."""
    named = Path("/run/netns")
    before = sorted(named.iterdir()) if named.exists() else []
    here = Namespace()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", BUILDER, backend, here.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        ) as process:
            assert process.stdout is not None
            assert take_lines(process.stdout.fileno()) == "built\n"
            assert "witness" in here.run("ip", "link")
            process.send_signal(ended_by)
            assert process.wait(30) != 0
        deadline = time.monotonic() + 30
        while "witness" in here.run("ip", "link"):
            assert time.monotonic() < deadline, "a cell outlives the process that made it"
    finally:
        here.close()
    assert (sorted(named.iterdir()) if named.exists() else []) == before
