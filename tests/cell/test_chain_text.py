"""A chain as `iptables -S` prints it and as `iptables-restore` loads it."""

import pytest

from cfnet.cell.planning import chain_text

LISTING = """\
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
-N vpa--1
-A FORWARD -j vpa--1
-A vpa--1 -j ACCEPT
-A vpa--1 -j DROP
"""

SAVE = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:vpa--1 - [0:0]
-A FORWARD -j vpa--1
-A vpa--1 -j ACCEPT
-A vpa--1 -j DROP
COMMIT
"""


def test_listing_and_restore_forms_have_the_same_rules() -> None:
    """The same rules, between other lines."""
    lines = chain_text.lines_of(["-j ACCEPT", "-j DROP"], "vpa--1")
    assert chain_text.listing("vpa--1").around(lines) == LISTING
    assert chain_text.save("vpa--1").around(lines) == SAVE


@pytest.mark.parametrize(
    ("timestamp", "name"),
    [(None, "vpa--preview"), (0, "vpa--0"), (1555608460726256, "vpa--1555608460726256"), (10**22, f"vpa--{10**22}")],
)
def test_chain_names(timestamp: int | None, name: str) -> None:
    """Without a time the chain is a preview."""
    assert chain_text.chain_name(timestamp) == name


@pytest.mark.parametrize("timestamp", [-1, 10**23])
def test_times_out_of_range_are_rejected(timestamp: int) -> None:
    """Before the epoch, or too long for a chain name."""
    with pytest.raises(ValueError, match=f"^{timestamp} does not give a valid chain name$"):
        chain_text.chain_name(timestamp)
