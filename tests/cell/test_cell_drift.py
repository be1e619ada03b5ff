"""Compare whole cells with the expected rules."""

from dataclasses import replace

import pytest

from cfnet.cell.drift.cell_drift import cell_drift, has_own_chains
from cfnet.cell.drift.chain_drift import Drift, DriftKind
from cfnet.cell.iptables.listing import parse
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.policy import Policy, Ports, Protocol
from tests.cell.injected_drift import CELL, CHAIN, INJECTED, NEWER, STATE, Injected, planned
from tests.golden import GOLDEN_CELLS, GoldenCell


def kinds(text: str, *, whole_cell: bool = True, security_groups: bool = True) -> set[DriftKind]:
    """The kinds of drift found in the output of `iptables-save`."""
    drifts = cell_drift(planned(), parse(text), whole_cell=whole_cell, security_groups=security_groups)
    return {drift.kind for drift in drifts}


@pytest.mark.parametrize("injected", INJECTED.values(), ids=INJECTED)
def test_each_change_is_classified(injected: Injected) -> None:
    """Nothing else is found; `tests/kernel/test_drift.py` repeats this with a real kernel."""
    text = injected.change(planned().save(CHAIN))
    assert (text == planned().save(CHAIN)) == (injected is INJECTED["nothing"])
    assert kinds(text) == injected.found


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_is_in_sync(golden: GoldenCell) -> None:
    """The rules left by the production components are the expected ones."""
    state = open_snapshot(golden.snapshot)
    actual = parse(golden.expected)
    drifts = cell_drift(
        CellPlanner(state).plan(state.read_cell(golden.cell)),
        actual,
        whole_cell=has_own_chains(actual),
        security_groups=True,
    )
    assert drifts == []


def test_an_empty_cell_lacks_everything() -> None:
    """The jump, every rule of the policy chain, and the containers' own chains."""
    drifts = cell_drift(planned(), parse(""), whole_cell=True, security_groups=True)
    assert drifts[0] == Drift(DriftKind.MISSING, "FORWARD", wanted="-j vpa--preview", wanted_position=1)
    assert {drift.kind for drift in drifts} == {DriftKind.MISSING}
    texts = [drift.wanted for drift in drifts]
    assert [rule.text for rule in planned().policy] == texts[1 : 1 + len(planned().policy)]
    assert len(drifts) == len(list(parse(planned().listing("vpa--preview")).rules))


def test_during_a_swap_the_older_chain_is_named() -> None:
    """The newer chain may still be empty; it is compared with the plan only if neither is right."""
    text = INJECTED["in the middle of a swap"].change(planned().save(CHAIN))
    assert cell_drift(planned(), parse(text), whole_cell=True, security_groups=True) == [
        Drift(DriftKind.TWO_CHAINS, "FORWARD", f"-j {CHAIN}", 2)
    ]
    drifts = cell_drift(
        planned(), parse(text.replace("--mark 0x2 ", "--mark 0x9 ")), whole_cell=True, security_groups=True
    )
    assert {(drift.kind, drift.chain) for drift in drifts} == {
        (DriftKind.TWO_CHAINS, "FORWARD"),
        (DriftKind.MISSING, NEWER),
    }


def two_chains(first: str, second: str, *, filled: str) -> str:
    """The rules of the cell with two policy chains, jumped to in this order; `filled` has the planned rules."""
    text = planned().save(CHAIN).replace(CHAIN, filled)
    empty = second if filled == first else first
    text = text.replace(f":{filled}", f":{empty} - [0:0]\n:{filled}")
    return text.replace(f"-A FORWARD -j {filled}\n", f"-A FORWARD -j {first}\n-A FORWARD -j {second}\n")


def test_a_swap_with_the_older_chain_first_is_in_the_wrong_order() -> None:
    """The agent inserts the newer chain first; in the other order the older one still decides."""
    text = two_chains(CHAIN, NEWER, filled=CHAIN)
    assert cell_drift(planned(), parse(text), whole_cell=True, security_groups=True) == [
        Drift(DriftKind.WRONG_ORDER, "FORWARD", f"-j {NEWER}", 2, f"-j {NEWER}", 1),
        Drift(DriftKind.TWO_CHAINS, "FORWARD", f"-j {CHAIN}", 1),
    ]


def test_chain_ages_are_compared_as_numbers() -> None:
    """As text, 999 would be newer than 1000."""
    text = two_chains("vpa--1000", "vpa--999", filled="vpa--1000")
    assert cell_drift(planned(), parse(text), whole_cell=True, security_groups=True) == [
        Drift(DriftKind.TWO_CHAINS, "FORWARD", "-j vpa--999", 2)
    ]


def test_only_the_policy_chain_is_compared() -> None:
    """The containers' own chains are ignored."""
    text = INJECTED["a missing reject of an overlay chain"].change(planned().save(CHAIN))
    assert kinds(text, whole_cell=False) == set()


def test_without_security_groups_the_rest_is_compared() -> None:
    """The accepted networks of `asg-` chains are skipped."""
    text = planned().save(CHAIN).replace("-p tcp -m state --state INVALID -j DROP", "-p tcp -j ACCEPT")
    assert kinds(text, security_groups=False) == set()
    assert kinds(text) == {DriftKind.MISSING, DriftKind.EXTRA}


NETOUT = "netout--00000001-e8cf-4ca5-5"
STARTED_WITH = (
    "-m state --state RELATED,ESTABLISHED -j ACCEPT",
    "-p tcp -m state --state INVALID -j DROP",
    "-d 172.16.0.0/12 -j REJECT --reject-with icmp-port-unreachable",
    "-m iprange --dst-range 0.0.0.0-9.255.255.255 -j ACCEPT",
)
"""The rules above the last ones of a container chain that the agent does not sync."""
LOGGED = '-m limit --limit 1/sec --limit-burst 1 -j LOG --log-prefix "DENY_00000001-e8cf-4ca5-5a0a "'
REJECT = "-j REJECT --reject-with icmp-port-unreachable"
LAST_RULES = {
    "as started": ((*STARTED_WITH, LOGGED, REJECT), []),
    "without security groups": ((LOGGED, REJECT), []),
    "a missing reject": (
        (*STARTED_WITH, LOGGED),
        [Drift(DriftKind.MISSING, NETOUT, wanted=REJECT)],
    ),
    "all is accepted before the reject": (
        (*STARTED_WITH, LOGGED, "-j ACCEPT", REJECT),
        [Drift(DriftKind.MISSING, NETOUT, wanted=LOGGED)],
    ),
    "rejected before it is logged": (
        (*STARTED_WITH, REJECT, LOGGED),
        [Drift(DriftKind.WRONG_ORDER, NETOUT, LOGGED, 6, LOGGED, 5)],
    ),
    "empty": ((), [Drift(DriftKind.MISSING, NETOUT, wanted=text) for text in (LOGGED, REJECT)]),
}


@pytest.mark.parametrize(("rules", "expected"), LAST_RULES.values(), ids=LAST_RULES)
def test_without_syncing_only_the_last_rules_of_a_netout_chain_are_known(
    rules: tuple[str, ...], expected: list[Drift]
) -> None:
    """The rules above them are the net-out rules from the start of the container.

    Source: silk-release, `cni-wrapper-plugin/netrules/netout_chain.go` (DefaultRules, IPTablesRules).
    """
    settings = AgentSettings(enable_asg_syncing=False, iptables_asg_logging=True)
    plan = CellPlanner(replace(STATE, settings=settings)).plan(CELL)
    lines = [line for line in plan.save(CHAIN).splitlines() if not line.startswith(f"-A {NETOUT} ")]
    text = "\n".join([*lines[:-1], *(f"-A {NETOUT} {rule}" for rule in rules), "COMMIT"])
    assert cell_drift(plan, parse(text), whole_cell=True, security_groups=True) == expected


def test_the_order_of_containers_does_not_matter() -> None:
    """Rules follow the order in which containers were started."""
    lines = planned().save(CHAIN).splitlines(keepends=True)
    jumps = [line for line in lines if line.startswith("-A FORWARD ") and "vpa--" not in line]
    text = "".join(lines).replace("".join(jumps), "".join(reversed(jumps)))
    assert text != planned().save(CHAIN)
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("ports", "port", "found"),
    [
        (Ports(70000, 70000), 4464, set()),
        (Ports(70000, 70000), 4465, {DriftKind.BYPASS}),
        (Ports(9, 8), 8, {DriftKind.BYPASS}),
    ],
)
def test_udp_policies_allow_the_ports_that_the_kernel_stores(ports: Ports, port: int, found: set[DriftKind]) -> None:
    """A foreign rule that accepts exactly these changes nothing."""
    policies = [Policy("front", "back", Protocol.UDP, ports)]
    cell = Cell("cell-1", [Container("00000001", "10.255.1.4", "back")])
    state = State(
        policies, Tags({"front": "0002", "back": "0003"}), AgentSettings(), ["cell-1"], {"cell-1": cell}.__getitem__
    )
    planned = CellPlanner(state).plan(cell)
    rule = f"-A FORWARD -d 10.255.1.4/32 -p udp -m udp --dport {port} -m mark --mark 0x2 -j ACCEPT\n"
    text = planned.save(CHAIN).replace(f"-A FORWARD -j {CHAIN}\n", f"{rule}-A FORWARD -j {CHAIN}\n")
    drifts = cell_drift(planned, parse(text), whole_cell=True, security_groups=True)
    assert {drift.kind for drift in drifts} == found
