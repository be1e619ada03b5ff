"""Cfnet reads whatever iptables-restore accepts, as iptables prints it afterwards."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cfnet.cell.iptables.listing import parse
from cfnet.dataplane.programs import ProgramFailed
from tests.cell.spelled_rules import EDITS, LEGACY_EDITS, REFUSED, SPELLED
from tests.kernel.conftest import Firewall

pytestmark = pytest.mark.kernel

HEAD = "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT\n:c1 -\n:c2 - [0:0]\n"


def printed(firewall: Firewall, text: str) -> str:
    """The rules that iptables-save prints after loading a text."""
    firewall.restore(text)
    return "".join(f"{line}\n" for line in firewall.save().splitlines() if line.startswith("-A "))


_ADDRESSES = st.sampled_from(
    ["10.0.0.1", "10.0.0.1/32", "10.0.0.1/24", "10.0.0.1/255.255.240.0", "10.255/16", "0/0", "1.1.1.1,2.2.2.2"]
)
_NUMBERS = st.sampled_from(["0", "1", "80", "https", "53:54", "1024:", ":99", "0:65534"])
_MARKS = st.sampled_from(["1", "0x2", "0X2A", "0x1/0x1", "7/0xffffffff", "0xffff0000"])
_STATES = st.permutations(["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]).flatmap(
    lambda states: st.integers(1, 5).map(lambda count: ",".join(states[:count]))
)


def _option(flags: str, values: st.SearchStrategy[str], *, may_be_negated: bool = True) -> st.SearchStrategy[str]:
    """An option in one of its spellings, sometimes negated."""
    negation = st.sampled_from(["", "", "! "] if may_be_negated else [""])
    return st.builds("{}{} {}".format, negation, st.sampled_from(flags.split()), values)


def _is_printed_alike(option: str) -> bool:
    """Whether both backends print it alike; nft prints `! --dport 0:99` as `--dport 100:65535`."""
    return not option.startswith("! ") or not option.endswith((":99", "0:65534"))


_TARGETS = ["-j ACCEPT", "--jump c2", "-g c2", "-j REJECT", "-j LOG --log-level info", "-j MARK --set-mark 3"]
_PARTS: dict[str, st.SearchStrategy[str]] = {
    "source": _option("-s --source --src", _ADDRESSES, may_be_negated=False),
    "destination": _option("-d --destination --dst", _ADDRESSES, may_be_negated=False),
    "in": _option("-i --in-interface", st.sampled_from(["eth0", "eth+", "silk-vtep"])),
    "out": _option("-o --out-interface", st.sampled_from(["eth0", "+"]), may_be_negated=False),
    "protocol": _option("-p --protocol", st.sampled_from(["tcp", "6", "udp", "17"]), may_be_negated=False),
    "dport": _option("--dport --destination-port", _NUMBERS).filter(_is_printed_alike),
    "sport": _option("--sport --source-port", _NUMBERS).filter(_is_printed_alike),
    "module": st.sampled_from(["-m tcp", "--match comment --comment z", "-m limit"]),
    "mark": _option("--mark", _MARKS).map("-m mark {}".format),
    "ctstate": _option("--ctstate", _STATES).map("-m conntrack {}".format),
    "state": _option("--state", _STATES).map("-m state {}".format),
    "limit": st.sampled_from(["1/s", "90/minute", "300/sec", "7"]).map("-m limit --limit {}".format),
    "comment": st.sampled_from(["a", '"b c"', r'"d\"e"']).map("-m comment --comment {}".format),
    "target": st.sampled_from(_TARGETS),
    "others": st.sampled_from(["-4", "-c 1 2", "-f"]),
}
_OPTIONS = st.tuples(
    st.sampled_from(["", "-p tcp", "--proto 17"]),
    st.lists(st.sampled_from(sorted(_PARTS)), unique=True, min_size=1, max_size=7).flatmap(
        lambda names: st.tuples(*(_PARTS[name] for name in names))
    ),
).map(lambda drawn: [drawn[0], *drawn[1]])


def _nft_merges(options: list[str]) -> bool:
    """Whether a port comes before a `-m tcp`: nft may then print the two matches of legacy as one."""
    if "-m tcp" not in options:
        return False
    before = options[: options.index("-m tcp")]
    return any("port" in option for option in before)


@given(_OPTIONS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_loaded_rule_is_read_with_the_same_meaning(firewall: Firewall, options: list[str]) -> None:
    """Options in any order, number and spelling: if the kernel accepts the rule, cfnet reads its output."""
    assume(firewall.backend == "legacy" or not _nft_merges(options))
    text = f"{HEAD}-A c1 {' '.join(options)}\nCOMMIT\n"
    try:
        expected = printed(firewall, text)
    except ProgramFailed:
        return
    assert "".join(f"{rule}\n" for rule in parse(text).rules) == expected


def test_handwritten_rules_are_read_as_iptables_prints_them(firewall: Firewall) -> None:
    """All in one load."""
    text = HEAD + "".join(f"-A c1 {spelled}\n" for spelled, _ in SPELLED.values()) + "COMMIT\n"
    expected = [f"-A c1 {found}".rstrip() for _, found in SPELLED.values()]
    assert printed(firewall, text).splitlines() == expected
    assert [str(rule) for rule in parse(text).rules] == expected


@pytest.mark.parametrize(("lines", "expected"), EDITS.values(), ids=EDITS)
def test_edits_are_applied_like_iptables_restore(lines: str, expected: str, firewall: Firewall) -> None:
    assert printed(firewall, f"{HEAD}{lines}COMMIT\n") == expected


@pytest.mark.parametrize(("lines", "expected"), LEGACY_EDITS.values(), ids=LEGACY_EDITS)
def test_edits_that_only_one_backend_accepts(lines: str, expected: str, firewall: Firewall) -> None:
    """The nft backend cannot edit a rule created in the same load."""
    text = f"{HEAD}{lines}COMMIT\n"
    if firewall.backend == "legacy":
        assert printed(firewall, text) == expected
    else:
        with pytest.raises(ProgramFailed):
            firewall.restore(text)


@pytest.mark.parametrize("lines", REFUSED.values(), ids=REFUSED)
def test_edits_that_iptables_restore_refuses(lines: str, firewall: Firewall) -> None:
    """This verifies the table of refused edits; cfnet need not refuse all of them."""
    with pytest.raises(ProgramFailed):
        firewall.restore(f"{HEAD}{lines}COMMIT\n")
