"""The agent of a cell: what it enforces, and when."""

from pathlib import Path

from cfnet.dataplane.agent import Agent, AgentOrder
from cfnet.dataplane.programs import Backend, Iptables
from cfnet.operations.sandbox_source import SandboxSource
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT, Foundation


class Loads:
    """Takes what the agent gives to `iptables-restore`; the cell has no rules."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, *words: str, text: str = "") -> str:
        self.texts += [text] if words[0].endswith("-restore") else []
        return ""


def test_policies_and_security_groups_are_polled_at_their_own_intervals(tmp_path: Path) -> None:
    """A poll of security groups neither enforces policies nor makes the next poll of policies believe that it did."""
    loads = Loads()
    file = tmp_path / "sandbox.db"
    source = SandboxSource.open(file)
    agent = Agent("cell-1", source, Iptables(Backend.NFT, loads), tmp_path / "lock")
    agent.take(AgentOrder(1, frozenset(each.handle for each in source.state().read_cell("cell-1").containers)))
    chain, polled = agent.report().chain, agent.report().polled
    a, b = (f"demo/dev/{name}" for name in ("appA", "appB"))
    with Foundation.open(file) as foundation:
        foundation.load(DEFAULT._replace(policies=(Policy(a, b, Protocol.TCP, Ports(8080, 8080)),)))

    agent.poll(policies=False, groups=True)

    assert (agent.report().chain, agent.report().polled) == (chain, polled)

    agent.poll(policies=True, groups=False)

    assert agent.report().chain != chain
    assert agent.report().polled > polled
    assert "--dport 8080 -m mark --mark 0x2" in loads.texts[-1]
