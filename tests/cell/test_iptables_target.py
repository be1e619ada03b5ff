"""How targets change a packet."""

import pytest

from cfnet.cell.iptables.listing import parse
from cfnet.cell.iptables.target import SetMark

MARKS = {
    "the whole mark": ("0x5/0xffffffff", 0x5),
    "the bits of a mask": ("0x5/0xf", 0x15),
    "no bit of a mask, so that they are flipped": ("0x5/0x0", 0x1B),
    "bits beyond the mask, which are flipped": ("0x21/0xf", 0x31),
    "nothing": ("0x0/0x0", 0x1E),
}


@pytest.mark.parametrize(("words", "mark"), MARKS.values(), ids=MARKS)
def test_marks_are_set_under_a_mask(words: str, mark: int) -> None:
    """The bits of the mask are cleared and those of the value flipped, in a packet that has mark 0x1e.

    Source: iptables-extensions(8), `MARK --set-xmark`.
    """
    (rule,) = parse(f"-P FORWARD ACCEPT\n-A FORWARD -j MARK --set-xmark {words}\n").filter.chains["FORWARD"].rules
    assert isinstance(rule.target, SetMark)
    assert rule.target.of(0x1E) == mark
