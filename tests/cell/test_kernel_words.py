"""Values as the kernel's tools print them; `tests/kernel` checks a real kernel."""

import pytest

from cfnet.cell.model import kernel_text
from cfnet.policy import Ports


@pytest.mark.parametrize(
    ("per_second", "burst", "printed"),
    [
        (1, 1, "-m limit --limit 1/sec --limit-burst 1"),
        (100, 100, "-m limit --limit 100/sec --limit-burst 100"),
        (5, 5, "-m limit --limit 5/sec"),
        (300, 300, "-m limit --limit 303/sec --limit-burst 300"),
        (9999, 9999, "-m limit --limit 10000/sec --limit-burst 9999"),
    ],
)
def test_a_limit_reads_back_as_the_kernel_stores_it(per_second: int, burst: int, printed: str) -> None:
    """The kernel stores the pause between two packets, not the rate, and omits its default burst."""
    assert kernel_text.limit(per_second, burst) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [("plain", "plain"), ("two words", "two words"), ('"', '\\"'), ("\\", "\\\\"), ("it's", "it\\'s")],
)
def test_quotes_and_backslashes_are_escaped(text: str, printed: str) -> None:
    """Including single quotes."""
    assert kernel_text.escaped(text) == printed


@pytest.mark.parametrize(
    ("ports", "taken"),
    [
        (Ports(0, 0), True),
        (Ports(1, 65535), True),
        (Ports(9, 8), False),
        (Ports(1, 65536), False),
        (Ports(-1, 1), False),
    ],
    ids=str,
)
def test_valid_port_ranges(ports: Ports, taken: bool) -> None:  # noqa: FBT001 - a column of the table
    """Two bytes each, the lower port first."""
    assert kernel_text.loadable(ports) is taken
