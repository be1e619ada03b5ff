"""Rendered chains, loaded into a kernel and read back."""

import pytest

from cfnet.cell import chain_text
from cfnet.cell.agent import AgentSettings
from cfnet.cell.container import Container
from cfnet.cell.policy_chain import Planner
from cfnet.cell.state import Cell
from cfnet.cell.tags import allot
from cfnet.foundation.snapshot import open_snapshot
from cfnet.policy import Policy, Ports, Protocol
from tests.golden import GOLDEN_CELLS, TIMESTAMP, GoldenCell
from tests.kernel.conftest import Firewall

pytestmark = pytest.mark.kernel

CHAIN = f"vpa--{TIMESTAMP}"


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_reads_back_as_it_was_rendered(golden: GoldenCell, firewall: Firewall) -> None:
    """Both forms are what the tools themselves print."""
    state = open_snapshot(golden.snapshot)
    texts = [rule.text for rule in Planner.of(state).plan(state.read_cell(golden.cell))]
    firewall.restore(chain_text.save(texts, CHAIN))
    assert firewall.listing() == golden.expected
    assert firewall.save() == chain_text.save(texts, CHAIN)


ODD = [
    ("an id with quotes", 'it\'s "quoted" \\', AgentSettings()),
    ("an id of plain letters", "app", AgentSettings(iptables_logging=True)),
    ("an id with letters of two bytes", "äöü", AgentSettings(iptables_logging=True)),
    (
        "the whole internet as overlay",
        "app",
        AgentSettings(disable_container_network_policy=True, overlay_network="0.0.0.0/0"),
    ),
    (
        "one address as overlay",
        "app",
        AgentSettings(disable_container_network_policy=True, overlay_network="10.0.0.1/32"),
    ),
    ("all ports", "app", AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="ffffffff")),
]


@pytest.mark.parametrize(("app", "settings"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_odd_chains_read_back_as_they_were_rendered(app: str, settings: AgentSettings, firewall: Firewall) -> None:
    """What no golden case has."""
    policies = [Policy(app, app, protocol, Ports(1, 65535)) for protocol in Protocol]
    planner = Planner(policies, allot(policies), settings)
    cell = Cell("cell-1", [Container("handle", "10.255.0.1", app, ports="0,65535")])
    texts = [rule.text for rule in planner.plan(cell)]
    firewall.restore(chain_text.save(texts, CHAIN))
    assert firewall.listing() == chain_text.listing(texts, CHAIN)
