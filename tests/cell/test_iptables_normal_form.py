"""Rules as people write them are read as iptables prints them; `tests/kernel/test_listings.py` checks a real kernel."""

import pytest

from cfnet.cell.iptables.listing import parse
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.iptables.tokens import NotIptables
from tests.cell.spelled_rules import EDITS, LEGACY_EDITS, SPELLED


@pytest.mark.parametrize(("spelled", "printed"), SPELLED.values(), ids=SPELLED)
def test_a_rule_is_read_as_iptables_prints_it(spelled: str, printed: str) -> None:
    """Rules are compared by meaning, not by spelling."""
    read = read_rule(f"-A c1 {spelled}".rstrip(), {"c1", "c2"})
    assert str(read) == f"-A c1 {printed}".rstrip()
    assert read == read_rule(f"-A c1 {printed}".rstrip(), {"c1", "c2"})


@pytest.mark.parametrize(("lines", "printed"), (EDITS | LEGACY_EDITS).values(), ids=EDITS | LEGACY_EDITS)
def test_edits_are_applied_like_iptables_restore(lines: str, printed: str) -> None:
    ruleset = parse(f"*filter\n:FORWARD ACCEPT\n:c1 -\n:c2 - [0:0]\n{lines}COMMIT\n")
    assert "".join(f"{rule}\n" for rule in ruleset.rules) == printed


def test_a_repeated_table_replaces_the_first() -> None:
    """As `iptables-restore` does."""
    ruleset = parse("*filter\n:c1 -\n-A c1 -j DROP\nCOMMIT\n*nat\nCOMMIT\n*filter\n:c2 -\nCOMMIT\n")
    assert list(ruleset.filter.chains) == ["c2"]
    assert (ruleset.saved, ruleset.finished) == (True, True)


def test_a_truncated_listing_is_detected() -> None:
    """iptables-save ends each table with COMMIT; `iptables -S` ends nothing."""
    assert parse("*filter\n:c1 -\n-A c1 -j DROP\n").finished is False
    assert parse("-P FORWARD ACCEPT\n").finished is True


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("*filter\n:c1 -\n*nat\nCOMMIT\n", id="a table within a table"),
        pytest.param("-I\n", id="a missing chain"),
        pytest.param("-I c1 3 -j DROP\n", id="a position beyond the end"),
        pytest.param("-R c1 1 -j DROP\n", id="nothing to replace"),
        pytest.param("-N c1\n-A c1 -j DROP\n-R c1 1 -s 1.1.1.1,2.2.2.2 -j DROP\n", id="two rules to replace one"),
        pytest.param("-D c1 -j DROP\n", id="nothing to delete"),
        pytest.param("-E c1 c2\n", id="nothing to rename"),
        pytest.param("-A c1 -j DROP -j ACCEPT\n", id="two targets"),
        pytest.param(f"-A c1 -s {','.join(['1.1.1.1'] * 200)} -d {','.join(['1.1.1.1'] * 200)}\n", id="too many"),
        pytest.param(":c1 - [99999999999999999999999:0]\n", id="impossible counters"),
    ],
)
def test_impossible_edits_are_refused(text: str) -> None:
    with pytest.raises(NotIptables):
        parse(text)


def test_unprintable_matches_are_kept_verbatim() -> None:
    """Of conditions and targets: their meaning is unknown."""
    match = read_rule("-A c1 -p tcp -m conntrack [unsupported revision] -j ACCEPT")
    target = read_rule("-A c1 -j MARK [unsupported revision]")
    assert str(match) == "-A c1 -p tcp -m conntrack [unsupported revision] -j ACCEPT"
    assert str(target) == "-A c1 -j MARK [unsupported revision]"
    assert (match.unknown, target.unknown) == (("[unsupported revision]",), ("-j MARK [unsupported revision]",))
