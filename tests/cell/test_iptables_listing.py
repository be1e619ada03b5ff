"""Read and print the output of `iptables -S` and `iptables-save`."""

import pytest
from hypothesis import given

from cfnet.cell.iptables.listing import FILTER, listing, parse, save
from cfnet.cell.iptables.rule import Counters, Rule, read_rule
from cfnet.cell.iptables.target import Jump, UnknownTarget
from cfnet.cell.iptables.tokens import NotIptables
from tests.cell.generated_rules import RULES
from tests.golden import GOLDEN_CELLS, GoldenCell

FOREIGN = r"""-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER-USER
-N c1
-A FORWARD -j DOCKER-USER
-A FORWARD ! -s 10.0.0.0/8 ! -d 10.1.0.0/255.255.0.255 ! -i eth+ ! -o eth0 ! -p tcp -g c1
-A DOCKER-USER -j RETURN
-A c1 -p tcp -m tcp ! --sport 1:10 ! --dport 80 --tcp-flags SYN,ACK SYN -j ACCEPT
-A c1 -p tcp -m tcp --dport 0:80
-A c1 -m mark --mark 0x2/0xff -j MARK --set-xmark 0x1/0xf
-A c1 -m limit --limit 303/sec --limit-burst 300 -j LOG --log-prefix "a b\'c\"d\\e" --log-level 7 --log-uid
-A c1 -m limit --limit 2/min -j LOG --log-prefix plain
-A c1 -m conntrack ! --ctstate INVALID,DNAT -m state ! --state NEW -j DROP
-A c1 -m iprange ! --src-range 1.2.3.4-1.2.3.9 --dst-range 5.6.7.8-5.6.7.8 -j RETURN
-A c1 -p icmp -m icmp ! --icmp-type 3/1 -j REJECT --reject-with icmp-port-unreachable
-A c1 -p icmp -m icmp --icmp-type any -j REJECT --reject-with icmp-host-prohibited
-A c1 -p tcp -j REJECT --reject-with tcp-reset
-A c1 -m comment --comment "" -m comment --comment plain -m comment --comment "sp ace" -j DOCKER-USER
-A c1 -p gre -j ACCEPT
-A c1 -p 253 -j ACCEPT
-A c1 -f -j ACCEPT
-A c1 -m addrtype --dst-type LOCAL -j ACCEPT
-A c1 -p tcp -m multiport ! --dports 80,443,1000:1010 -j ACCEPT
-A c1 -m set ! --match-set blocked src -m socket -m comment --comment x -j DROP
-A c1 -j NFLOG --nflog-prefix "x y" --nflog-group 3
-A c1 -j TRACE
-A c1 -p tcp -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name foo
"""
"""Printed by iptables 1.8.9 after loading foreign rules; nft and legacy print the same."""

SAVED = """*raw
:PREROUTING ACCEPT [7:420]
[0:0] -A PREROUTING -j NOTRACK
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [12:3456]
:vpa--1 - [0:0]
[3:180] -A FORWARD -j vpa--1
[1:60] -A vpa--1 -s 10.255.77.3/32 -m comment --comment "src:[1:2] x" -j MARK --set-xmark 0x2/0xffffffff
COMMIT
"""


def test_golden_cells_exist() -> None:
    """Otherwise the tests below would pass without reading anything."""
    assert len(GOLDEN_CELLS) >= 20


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_every_golden_cell_round_trips_byte_for_byte(golden: GoldenCell) -> None:
    """As a whole and rule by rule, without unknown parts."""
    text = golden.expected
    ruleset = parse(text)
    rules = [line for line in text.splitlines() if line.startswith("-A ")]

    assert listing(ruleset.filter) == text
    assert listing(parse(save(ruleset)).filter) == text
    assert [str(read_rule(line)) for line in rules] == rules
    assert [rule.unknown for rule in ruleset.rules] == [()] * len(rules)


def test_foreign_rules_round_trip_byte_for_byte() -> None:
    """Including unknown modules and targets."""
    assert listing(parse(FOREIGN).filter) == FOREIGN


def test_unknown_parts_are_kept_verbatim() -> None:
    """What cannot be judged must not pass for known."""
    assert [rule.unknown for rule in parse(FOREIGN).rules if rule.unknown] == [
        ("! -d 10.1.0.0/255.255.0.255",),
        ("--tcp-flags SYN,ACK SYN",),
        ("-f",),
        ("-m addrtype --dst-type LOCAL",),
        ("-m multiport ! --dports 80,443,1000:1010",),
        ("-m set ! --match-set blocked src", "-m socket"),
        ('-j NFLOG --nflog-prefix "x y" --nflog-group 3',),
        ("-j TRACE",),
    ]


def test_iptables_save_with_counters_round_trips_byte_for_byte() -> None:
    """Several tables, policies and counters; brackets in a comment are not counters."""
    ruleset = parse(SAVED)

    assert save(ruleset) == SAVED
    assert ruleset.filter.chains["FORWARD"].counters == Counters(12, 3456)
    assert [rule.counters for rule in ruleset.filter.chains["vpa--1"].rules] == [Counters(1, 60)]
    assert [rule.unknown for rule in ruleset.tables["raw"].chains["PREROUTING"].rules] == [("-j NOTRACK",)]


def test_comments_blank_lines_and_carriage_returns_are_ignored() -> None:
    """`iptables-nft` warns of legacy tables, `iptables-save` adds a comment, and terminals add carriage returns."""
    dressed = (
        "# Warning: iptables-legacy tables present\r\n\r\n" + SAVED.replace("\n", "\r\n") + "# Completed on Mon\r\n"
    )

    assert parse(dressed) == parse(SAVED)


def test_counters_of_a_verbose_listing_are_read() -> None:
    """`iptables -S -v` prints them before the target."""
    ruleset = parse("-P FORWARD DROP -c 1 60\n-A FORWARD -s 10.0.0.0/8 -m mark --mark 0x1 -c 2 120 -j ACCEPT\n")
    forward = ruleset.filter.chains["FORWARD"]

    assert (forward.policy, forward.counters) == ("DROP", Counters(1, 60))
    assert [(str(rule), rule.counters) for rule in forward.rules] == [
        ("-A FORWARD -s 10.0.0.0/8 -m mark --mark 0x1 -j ACCEPT", Counters(2, 120))
    ]


def test_rules_that_differ_only_in_counters_are_equal() -> None:
    assert read_rule("[1:60] -A FORWARD -j c1") == read_rule("-A FORWARD -j c1")


def test_partial_output_is_read() -> None:
    """`iptables -S CHAIN` declares no other chains, and a copied line none at all."""
    ruleset = parse("-A vpa--1 -d 10.255.77.4/32 -j ACCEPT")

    assert [(chain.name, chain.policy, len(chain.rules)) for chain in ruleset.filter.chains.values()] == [
        ("vpa--1", None, 1)
    ]


def test_empty_text_is_an_empty_table() -> None:
    """A kernel without iptables prints nothing."""
    assert parse("").tables == {}
    assert listing(parse("").filter) == ""


def test_a_name_in_capitals_is_a_chain_only_if_declared() -> None:
    """`-j TRACE` and `-j DOCKER` look alike."""
    alone, declared = read_rule("-A FORWARD -j DOCKER"), read_rule("-A FORWARD -j DOCKER", {"DOCKER"})

    assert (alone.target, declared.target) == (UnknownTarget("-j DOCKER"), Jump("DOCKER"))
    assert parse("*filter\n:DOCKER - [0:0]\n-A FORWARD -j DOCKER\nCOMMIT").tables[FILTER].chains["FORWARD"].rules == (
        declared,
    )


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        pytest.param("hello", 1, "`-P CHAIN POLICY`", id="a word"),
        pytest.param("-P FORWARD ACCEPT\n\n{}", 3, "`-P CHAIN POLICY`", id="JSON in the third line"),
        pytest.param("-A", 1, "`-P CHAIN POLICY`", id="a rule without a chain"),
        pytest.param('-A c1 -m comment --comment "x -j ACCEPT', 1, "a closing quote", id="an unclosed quote"),
        pytest.param("-A c1 -j", 1, "a target after -j", id="a target without a name"),
        pytest.param("[x] -A c1 -j ACCEPT", 1, "counters, `[PACKETS:BYTES]`", id="counters that are not numbers"),
        pytest.param("[1:2] -X c1", 1, "a rule, `-A CHAIN …`", id="counters before something else"),
        pytest.param("-A c1 -c 1", 1, "counters, `[PACKETS:BYTES]`", id="only one counter"),
        pytest.param(":FORWARD", 1, "`-P CHAIN POLICY`", id="a chain without a policy"),
    ],
)
def test_text_that_iptables_did_not_print_is_refused(text: str, line: int, expected: str) -> None:
    """The error has the line number and what was expected there."""
    with pytest.raises(NotIptables) as refused:
        parse(text)

    assert refused.value.line == line
    assert refused.value.expected.startswith(expected)
    assert str(refused.value) == f"line {line}: expected {refused.value.expected}"


@given(RULES)
def test_printing_and_parsing_are_inverse(rule: Rule) -> None:
    """parse∘print and print∘parse are both the identity."""
    read = read_rule(str(rule))

    assert read == rule
    assert str(read) == str(rule)
