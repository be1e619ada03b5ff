"""A cell in sync, and changes to its rules, one for each class of drift."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from cfnet.cell.drift.chain_drift import DriftKind
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell
from cfnet.policy import Policy, Ports, Protocol
from tests.worlds import APP_A as FRONT
from tests.worlds import APP_B as BACK

CHAIN: Final = "vpa--1555608460726256"
NEWER: Final = "vpa--1555608465726256"
CELL = Cell(
    "cell-1",
    [
        Container("00000002-e8cf-4ca5-5a0a-838e", "10.255.77.3", FRONT, "space", "", "app"),
        Container("00000001-e8cf-4ca5-5a0a-838e", "10.255.77.4", BACK, "space", "", "app"),
    ],
)
STATE = State(
    policies=[
        Policy(FRONT, BACK, Protocol.TCP, Ports(8080, 8080)),
        Policy(FRONT, BACK, Protocol.UDP, Ports(53, 60)),
    ],
    tags=Tags({FRONT: "0002", BACK: "0003"}),
    settings=AgentSettings(iptables_logging=True, iptables_c2c_logging=True, underlay_interface_names=("eth0",)),
    cell_names=["cell-1"],
    read_cell={"cell-1": CELL}.__getitem__,
    read_security_groups=list,
)


def planned() -> PlannedCell:
    """The expected rules of the cell."""
    return CellPlanner(STATE).plan(CELL)


class Injected(NamedTuple):
    """A change to what `iptables-restore` loads, and the kinds of drift that should then be found."""

    change: Callable[[str], str]
    found: set[DriftKind]


def _without(pattern: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, "", text, count=1, flags=re.MULTILINE)


def _renamed(text: str) -> str:
    return text.replace(CHAIN, NEWER)


def _two(text: str) -> str:
    """A second, newer chain in use, still empty: the agent jumps to it before it fills it."""
    return text.replace(f":{CHAIN}", f":{NEWER} - [0:0]\n:{CHAIN}").replace(
        f"-A FORWARD -j {CHAIN}", f"-A FORWARD -j {NEWER}\n-A FORWARD -j {CHAIN}"
    )


def _first_two_swapped(text: str) -> str:
    first, second = re.findall(rf"^-A {CHAIN} .*\n", text, re.MULTILINE)[:2]
    return text.replace(first + second, second + first)


def _jump_last(text: str) -> str:
    jump = f"-A FORWARD -j {CHAIN}\n"
    jumps = re.findall(r"^-A FORWARD .*\n", text, re.MULTILINE)
    return text.replace("".join(jumps), "".join(jumps[1:]) + jump)


def _container_gone(text: str) -> str:
    """The chains of a removed container are left behind."""
    return text.replace(f":{CHAIN}", f":overlay--ffffffff-e8cf-4ca5- - [0:0]\n:{CHAIN}").replace(
        "COMMIT", "-A FORWARD -j overlay--ffffffff-e8cf-4ca5-\nCOMMIT"
    )


def _candidate(text: str) -> str:
    """The agent died before renaming the new security group chain to its final name."""
    return text.replace(f":{CHAIN}", f":casg-00000001e8cf4ca55a0a - [0:0]\n:{CHAIN}")


def _own_jump_twice(text: str) -> str:
    return text.replace("COMMIT", "-A FORWARD -j overlay--00000001-e8cf-4ca5-\nCOMMIT")


INJECTED: Final = {
    "nothing": Injected(lambda text: text, set()),
    "another name of the policy chain": Injected(_renamed, set()),
    "foreign chains and rules": Injected(
        lambda text: text.replace(f":{CHAIN}", f":DOCKER-USER - [0:0]\n:{CHAIN}").replace(
            "COMMIT", "-A FORWARD -j DOCKER-USER\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT"
        ),
        set(),
    ),
    "a missing allow": Injected(_without(rf"^-A {CHAIN} .*-j ACCEPT\n"), {DriftKind.MISSING}),
    "a missing mark": Injected(_without(rf"^-A {CHAIN} .*-j MARK .*\n"), {DriftKind.MISSING}),
    "a missing reject of an overlay chain": Injected(
        _without(r"^-A overlay--.*REJECT.*\n"), {DriftKind.ENFORCEMENT_OFF}
    ),
    "a missing jump to a container chain": Injected(_without(r"^-A FORWARD .*netout--.*\n"), {DriftKind.MISSING}),
    "a missing jump to the policy chain": Injected(
        _without(r"^-A FORWARD -j vpa--.*\n"), {DriftKind.MISSING, DriftKind.STALE_CHAIN}
    ),
    "an extra policy": Injected(
        lambda text: text.replace("COMMIT", f"-A {CHAIN} -d 10.255.77.4/32 -p tcp -j ACCEPT\nCOMMIT"),
        {DriftKind.BYPASS},
    ),
    "an extra jump": Injected(_own_jump_twice, {DriftKind.EXTRA}),
    "two rules swapped": Injected(_first_two_swapped, {DriftKind.WRONG_ORDER}),
    "the policy chain after the containers' chains": Injected(_jump_last, {DriftKind.WRONG_ORDER}),
    "a changed tag": Injected(lambda text: text.replace("--mark 0x2 ", "--mark 0x5 "), {DriftKind.WRONG_MARK}),
    "a changed tag, at its source": Injected(
        lambda text: text.replace("--set-xmark 0x2/", "--set-xmark 0x5/"), {DriftKind.WRONG_MARK}
    ),
    "an old chain left behind": Injected(
        lambda text: text.replace(f":{CHAIN}", f":vpa--1455608460726256 - [0:0]\n:{CHAIN}"), {DriftKind.STALE_CHAIN}
    ),
    "the chain of a removed container": Injected(_container_gone, {DriftKind.STALE_CHAIN}),
    "a candidate chain of security groups": Injected(_candidate, {DriftKind.STALE_CHAIN}),
    "in the middle of a swap": Injected(_two, {DriftKind.TWO_CHAINS}),
    "enforcement off": Injected(
        lambda text: re.sub(
            rf"^-A {CHAIN} ",
            f"-A {CHAIN} -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT\n-A {CHAIN} ",
            text,
            count=1,
            flags=re.MULTILINE,
        ),
        {DriftKind.ENFORCEMENT_OFF},
    ),
    "everything accepted before the policies": Injected(
        lambda text: text.replace(f"-A FORWARD -j {CHAIN}", f"-A FORWARD -j ACCEPT\n-A FORWARD -j {CHAIN}"),
        {DriftKind.ENFORCEMENT_OFF},
    ),
}
