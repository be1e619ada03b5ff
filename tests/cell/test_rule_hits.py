import pytest

from cfnet.cell.explain.rule_hits import Decision, counters, decisions, hits
from cfnet.cell.model.names import Instance, Names

_A, _B = "2f978b7f-b3d2-4f50-b08f-776634a6e411", "c7de6123-d906-4c65-9717-c5d040568c76"
_HANDLE = "94871941-aed0-585f-9a6c-a1b1"
_NAMES = Names({_A: "appA", _B: "appB"}, {"10.255.77.4": Instance(_B, 0, _HANDLE)}, {1: _A})
_CHAIN = "vpa--1555608460726256"
_COMMENT = f'-m comment --comment "src:{_A}_dst:{_B}"'
_MARKED = "-d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x1"
_UDP = "-d 10.255.77.4/32 -p udp -m udp --dport 53 -m mark --mark 0x1"
_RULES = (
    f'-A {_CHAIN} {_MARKED} -m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_0001_c7de "',
    f"-A {_CHAIN} {_MARKED} {_COMMENT} -j ACCEPT",
    f"-A {_CHAIN} {_UDP} {_COMMENT} -j ACCEPT",
    "-A overlay--94871941-aed0-585f- -s 10.255.77.4/32 -o silk-vtep -m mark ! --mark 0x0 -j ACCEPT",
    "-A overlay--94871941-aed0-585f- -d 10.255.77.4/32 -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "-A overlay--94871941-aed0-585f- -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
    "-A input--94871941-aed0-585f-9a -d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
    "-A input--94871941-aed0-585f-9a -j REJECT --reject-with icmp-port-unreachable",
    "-A asg-94871941aed0585f9a6c -p tcp -m iprange --dst-range 8.8.8.8-8.8.8.8 -m tcp --dport 443:444 -j ACCEPT",
    "-A asg-94871941aed0585f9a6c -j REJECT --reject-with icmp-port-unreachable",
    "-A FORWARD -j ACCEPT",
)
_NONE = (0,) * len(_RULES)


def _saved(*packets: int) -> str:
    counted = "".join(f"[{number}:{number * 60}] {rule}\n" for number, rule in zip(packets, _RULES, strict=False))
    return f"*nat\n[7:7] -A POSTROUTING -j MASQUERADE\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n{counted}COMMIT\n"


def _decided(before: str, after: str) -> list[Decision]:
    return list(decisions(hits(counters(before), counters(after)), _NAMES))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param(
            {0: 2, 1: 14},
            ("accepted", "appA", "appB, instance 0", "tcp 8080", 2, 14, _CHAIN, 2),
            id="connections that a policy allows, as counted by the rule that logs them",
        ),
        pytest.param({1: 5}, None, id="more packets of connections that were told before"),
        pytest.param(
            {2: 3},
            ("accepted", "appA", "appB, instance 0", "udp 53", None, 3, _CHAIN, 3),
            id="packets, where no rule logs connections",
        ),
        pytest.param(
            {5: 1},
            ("rejected", "", "appB, instance 0", "", 1, 1, "overlay--94871941-aed0-585f-", 3, "10.255.77.4"),
            id="a call that no policy allows: the rule does not tell whose",
        ),
        pytest.param({3: 4}, None, id="packets on their way to another cell"),
        pytest.param({4: 4}, None, id="replies"),
        pytest.param({6: 2}, None, id="name lookups"),
        pytest.param(
            {7: 1},
            ("rejected", "instance 0 of appB", "its cell", "", 1, 1, "input--94871941-aed0-585f-9a", 2),
            id="a call to the cell",
        ),
        pytest.param(
            {8: 1},
            ("accepted", "instance 0 of appB", "8.8.8.8", "tcp 443-444", 1, 1, "asg-94871941aed0585f9a6c", 1),
            id="a call that a security group allows",
        ),
        pytest.param(
            {9: 2},
            ("rejected", "instance 0 of appB", "outside the overlay", "", 2, 2, "asg-94871941aed0585f9a6c", 2),
            id="a call that no security group allows",
        ),
        pytest.param(
            {10: 9},
            ("accepted", "", "", "", None, 9, "FORWARD", 1, "", "-A FORWARD -j ACCEPT"),
            id="a rule that is not Cloud Foundry's",
        ),
    ],
)
def test_counters_tell_connections(rules: dict[int, int], expected: tuple[object, ...] | None) -> None:
    after = [rules.get(place, 0) for place in range(len(_RULES))]

    decided = _decided(_saved(*_NONE), _saved(*after))
    assert decided == ([Decision(*expected)] if expected else [])  # type: ignore[arg-type]


def test_rules_whose_counters_did_not_grow_tell_nothing() -> None:
    assert _decided(_saved(*_NONE), _saved(*_NONE)) == []


def test_a_new_chain_counts_from_zero() -> None:
    before, after = _saved(5, 30), _saved(1, 6).replace(_CHAIN, "vpa--1555608465726256")

    (decision,) = _decided(before, after)

    assert (decision.number, decision.packets, decision.chain) == (1, 6, "vpa--1555608465726256")


def test_a_rule_that_was_made_again_counts_from_zero() -> None:
    (decision,) = _decided(_saved(*_NONE[:5], 9), _saved(*_NONE[:5], 2))

    assert decision.number == 2


def test_equal_rules_are_told_apart_by_their_order() -> None:
    rule = _RULES[5]

    (decision,) = _decided(f"[1:60] {rule}\n[1:60] {rule}\n", f"[1:60] {rule}\n[2:120] {rule}\n")

    assert decision.position == 2
