"""A container's overlay chain: the golden cells, and the settings they do not have."""

from pathlib import Path

import pytest

from cfnet.cell.agent import AgentSettings
from cfnet.cell.container import Container
from cfnet.cell.overlay_chain import overlay_chain
from cfnet.cell.state import Cell
from cfnet.foundation.snapshot import open_snapshot

CASES = sorted((Path(__file__).parent.parent / "golden_whole_cell").iterdir())
CONTAINER = Container("00000001-e8cf-4ca5-5a0a-838e", "10.255.77.4", "c7de6123-d906-4c65-9717-c5d040568c76")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_chains_of_all_containers_of_a_golden_foundation(case: Path) -> None:
    """Jumps and rules, byte for byte, in the order in which the containers started: that of their handles."""
    state = open_snapshot(case)
    expected = {path.stem: _overlay_lines(path.read_text(encoding="utf-8")) for path in (case / "expected").iterdir()}

    def chains(cell: Cell) -> list[str]:
        made = [overlay_chain(each, state.settings) for each in sorted(cell.containers)]
        return [*(chain.jump for chain in made), *(rule for chain in made for rule in chain.rules)]

    assert {cell.name: chains(cell) for cell in state.cells()} == expected


def _overlay_lines(text: str) -> list[str]:
    lines = text.splitlines()
    return [line for line in lines if line.startswith(("-A FORWARD -j overlay--", "-A overlay--"))]


def test_an_operators_own_interface_tag_and_limit() -> None:
    """A rate of 300 reads back as the 303 that the kernel keeps."""
    settings = AgentSettings(
        vtep_name="vtep0", ingress_tag="00FF0000", iptables_c2c_logging=True, iptables_denied_logs_per_sec=300
    )

    assert overlay_chain(CONTAINER, settings) == (
        "overlay--00000001-e8cf-4ca5-",
        "-A FORWARD -j overlay--00000001-e8cf-4ca5-",
        (
            "-A overlay--00000001-e8cf-4ca5- -s 10.255.77.4/32 -o vtep0 -m mark ! --mark 0x0 -j ACCEPT",
            "-A overlay--00000001-e8cf-4ca5- -d 10.255.77.4/32 -m state --state RELATED,ESTABLISHED -j ACCEPT",
            "-A overlay--00000001-e8cf-4ca5- -d 10.255.77.4/32 -m mark --mark 0xff0000 -j ACCEPT",
            (
                "-A overlay--00000001-e8cf-4ca5- -d 10.255.77.4/32 -m limit --limit 303/sec --limit-burst 300 "
                '-j LOG --log-prefix "DENY_C2C_00000001-e8cf-4ca5- "'
            ),
            "-A overlay--00000001-e8cf-4ca5- -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
        ),
    )
