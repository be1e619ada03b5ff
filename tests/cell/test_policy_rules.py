"""Explain rules of policy chains by their known form: quickly, and with the same result as for other rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain.policy_rules import PolicyRules
from cfnet.cell.explain.rule_purpose import purpose
from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.model.instances import names_of
from cfnet.cell.model.names import Instance, Names
from cfnet.cell.model.tags import INGRESS_ROUTER
from cfnet.foundation.snapshot.reader import open_snapshot
from tests.golden import GOLDEN_CELLS, GoldenCell
from tests.worlds import APP_A, APP_B

TWIN = f"{APP_B[:24]}000000000000"
"""Begins as `APP_B` does."""
UNKNOWN = "0f0f0f0f-0000-4000-8000-00000000000f"
GUIDS = [APP_A, APP_B, TWIN, UNKNOWN]
IPS = ["10.255.77.3", "10.255.77.4", "0.0.0.0", "255.255.255.255"]
MARKS = ["0x1", "0x2", "0x3", "0xffff"]


def slowly(line: str, names: Names) -> tuple[str, str, str, bool]:
    """The explanation of the parsed rule."""
    rule = read_rule(line)
    found = purpose(rule, names, None)
    return rule.chain, explain_rule(rule, names), found.text, found.foreign


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
@pytest.mark.parametrize("named", [True, False])
def test_golden_cells_have_the_same_explanations(golden: GoldenCell, named: bool) -> None:  # noqa: FBT001 - a column of the table
    """With and without names, for every rule of the policy chain about apps, and for no other."""
    names = names_of(open_snapshot(golden.snapshot)) if named else Names()
    quick = PolicyRules(names)
    for line in golden.expected.splitlines():
        found = quick.explain(line)
        expected = line.startswith("-A vpa--") and ("src:" in line or "OK_" in line)
        assert bool(found) == expected
        if found:
            assert (*found, False) == slowly(line, names)


PORTS = st.sampled_from(["80", "1", "65535", "80:90", "90:80", "1:65535", "80:80", "65536", "0", "1:70000"])
GUID = st.sampled_from(GUIDS)
IP = st.sampled_from([*IPS, "10.255.77.03", "10.255.77.256", "10.0.0.0/8"])
MARK = st.sampled_from([*MARKS, "0x0", "0x10000", "0xffff0000", "0x02"])
PREFIX = st.builds("OK_{}_{:.20}".format, st.sampled_from(["0001", "0002", "0003", "FFFF"]), GUID)
MATCHED = st.builds(
    "-d {}/32 -p {} --dport {} -m mark --mark {}".format, IP, st.sampled_from(["tcp -m tcp", "udp -m udp"]), PORTS, MARK
)
LINES = st.builds(
    "{}-A {} {}".format,
    st.sampled_from(["", "[7:420] "]),
    st.sampled_from(["vpa--1", "vpa--preview", "overlay--h", "FORWARD"]),
    st.one_of(
        st.builds('-s {}/32 -m comment --comment "src:{}" -j MARK --set-xmark {}/0xffffffff'.format, IP, GUID, MARK),
        st.builds('{} -m comment --comment "src:{}_dst:{}" -j ACCEPT'.format, MATCHED, GUID, GUID),
        st.builds('{} -m comment --comment "src:{}" -j ACCEPT'.format, MATCHED, GUID),
        st.builds('{} -m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "{} "'.format, MATCHED, PREFIX),
        st.builds('{} -m limit --limit 100/sec --limit-burst 100 -j LOG --log-prefix "{} "'.format, MATCHED, PREFIX),
        st.builds('-s {}/32 -m comment --comment "src:{}" -j ACCEPT'.format, IP, GUID),
    ),
)
NAMES = st.builds(
    Names,
    apps=st.dictionaries(st.sampled_from(GUIDS[:3]), st.sampled_from(["appA", "50%s", "<at>", "{0}"])),
    instances=st.dictionaries(
        st.sampled_from(IPS), st.builds(Instance, st.sampled_from([*GUIDS, ""]), st.none() | st.just(1), st.just("h1"))
    ),
    marks=st.dictionaries(st.sampled_from([1, 2, 3, 65535]), st.sampled_from([*GUIDS, INGRESS_ROUTER])),
)


@given(lines=st.lists(LINES, min_size=1, max_size=12), names=NAMES)
def test_rules_of_a_known_form_have_the_same_explanations(lines: list[str], names: Names) -> None:
    """Whatever they match, and whoever has their marks and addresses now; foreign rules are not handled."""
    quick = PolicyRules(names)
    for line in lines:
        found = quick.explain(line)
        if found:
            assert (*found, False) == slowly(line, names)


@pytest.mark.parametrize(
    "line",
    [
        (
            "-A vpa--1 -d 10.0.0.1/32 -p tcp -m tcp --dport 65536 -m mark --mark 0x1"
            f' -m comment --comment "src:{APP_A}_dst:{APP_B}" -j ACCEPT'
        ),
        f'-A vpa--1 -s 10.0.0.01/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x1/0xffffffff',
        f'-A vpa--1 -s 10.0.0.1/32 -m comment --comment "src:{APP_A} x" -j MARK --set-xmark 0x1/0xffffffff',
        f'-A vpa--1 -s 10.0.0.1/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x10000/0xffffffff',
        f'-A vpa--1 -s 10.0.0.1/32 -m comment --comment "src:{APP_A}" -j ACCEPT',
        f'-A overlay--1 -s 10.0.0.1/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x1/0xffffffff',
    ],
)
def test_other_rules_are_not_handled(line: str) -> None:
    """Rules that the agent does not generate are parsed."""
    assert PolicyRules(Names()).explain(line) is None
