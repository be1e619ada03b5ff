"""Texts in rules, as a kernel prints them."""

import pytest

from cfnet.cell.model import kernel_text
from cfnet.cell.model.kernel_text import FASTEST
from tests.kernel.conftest import Firewall

pytestmark = pytest.mark.kernel

RATES = (1, 2, 3, 4, 5, 6, 7, 11, 59, 60, 61, 97, 99, 100, 101, 300, 303, 333, 334, 3333, 5000, 5001, 9999, FASTEST)


def test_limits_read_back_as_rendered(firewall: Firewall) -> None:
    """For all rates in one load; both backends agree, and so did production."""
    asked = "".join(f"-A FORWARD -m limit --limit {rate}/sec --limit-burst {rate} -j ACCEPT\n" for rate in RATES)
    firewall.restore(f"*filter\n{asked}COMMIT\n")
    rendered = [f"-A FORWARD {kernel_text.limit(rate, burst=rate)} -j ACCEPT" for rate in RATES]
    assert [line for line in firewall.listing().splitlines() if line.startswith("-A")] == rendered


TEXTS = ("two words", "it's", 'a "quote"', "back\\slash", "semi;colon", "ä:ö", "src:a_dst:b", "$HOME `x`")


def test_quoted_texts_read_back_as_rendered(firewall: Firewall) -> None:
    """All kinds of comments, appended word by word so that our own quoting is not involved."""
    for text in TEXTS:
        firewall.append("-m", "comment", "--comment", text)
    rendered = [f'-A FORWARD -m comment --comment "{kernel_text.escaped(text)}"' for text in TEXTS]
    assert [line for line in firewall.listing().splitlines() if line.startswith("-A")] == rendered
