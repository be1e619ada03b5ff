"""Tell connections from the counters of a cell's rules: which rules decided since the last look, and about whom.

A counter tells no more than its rule asks for. A rule of the policy chain names both apps and the port; the rule that
rejects what no policy allows names only the container that was called.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.chain_names import RuleChain, kind_of
from cfnet.cell.iptables.condition import Comment
from cfnet.cell.iptables.header import Address, AddressRange, Port, Transport
from cfnet.cell.iptables.match import Mark, States
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.iptables.rule_form import apps_of_comment
from cfnet.cell.iptables.target import Accept, Drop, Goto, Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.model.names import Names

_COUNTED: Final = re.compile(r"\[(\d+):\d+\] (-A (\S+)(?: .*)?)")
_ACCEPTED: Final = "accepted"
_VERDICTS: Final = {Goto: _ACCEPTED, Accept: _ACCEPTED, Reject: "rejected", Drop: "dropped"}


class RuleKey(NamedTuple):
    """A rule of a cell: its text, and which of several equal ones it is, from 0."""

    text: str
    repetition: int


class CountedRule(NamedTuple):
    """A rule's chain and its position there, from 1, and the packets that it has matched."""

    chain: str
    position: int
    packets: int


class RuleHit(NamedTuple):
    """Packets that a rule has matched since the last look.

    Attributes:
        rule: the rule.
        position: its position in its chain, from 1.
        packets: how many.
        logged: connections among them, as counted by the LOG rule before it; None if there is no such rule.
    """

    rule: Rule
    position: int
    packets: int
    logged: int | None = None


class Decision(NamedTuple):
    """Connections, or packets, that a rule has accepted or refused.

    Attributes:
        verdict: `accepted`, `rejected` or `dropped`.
        source: who called, as far as the rule tells; empty if it does not.
        destination: who was called.
        ports: the protocol and port; empty if the rule asks for none.
        number: how many connections; None if only packets could be counted.
        packets: how many packets.
        chain: the chain of the rule.
        position: the position of the rule in it, from 1.
        unnamed: the IP of the called container, if the rule does not tell the caller.
        foreign: the text of the rule, if it is in a chain that is not Cloud Foundry's; it may be about any packets.
    """

    verdict: str
    source: str
    destination: str
    ports: str
    number: int | None
    packets: int
    chain: str
    position: int
    unnamed: str = ""
    foreign: str = ""


def counters(saved: str) -> Mapping[RuleKey, CountedRule]:
    """Read the counters of the filter table in the output of `iptables-save -c`."""
    found: dict[RuleKey, CountedRule] = {}
    positions: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for line in _filter_lines(saved):
        match = _COUNTED.fullmatch(line)
        if match:
            packets, text, chain = match.groups()
            positions[chain] += 1
            found[RuleKey(text, repeated[text])] = CountedRule(chain, positions[chain], int(packets))
            repeated[text] += 1
    return found


def _filter_lines(saved: str) -> Iterator[str]:
    table = "filter"
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif table == "filter":
            yield line


def hits(before: Mapping[RuleKey, CountedRule], after: Mapping[RuleKey, CountedRule]) -> Iterator[RuleHit]:
    """Yield the rules whose counters have grown; a new chain counts from 0, and so does one that was replaced."""
    grown = {key: _growth(before.get(key), now) for key, now in after.items()}
    previous: tuple[RuleKey, CountedRule] | None = None
    for key, now in after.items():
        if grown[key]:
            yield RuleHit(read_rule(key.text), now.position, grown[key], _logged_before(previous, now, grown))
        previous = key, now


def _growth(before: CountedRule | None, now: CountedRule) -> int:
    return now.packets if before is None or before.packets > now.packets else now.packets - before.packets


def _logged_before(
    previous: tuple[RuleKey, CountedRule] | None, now: CountedRule, grown: Mapping[RuleKey, int]
) -> int | None:
    """How many new connections the LOG rule directly before a rule of the policy chain has counted."""
    if previous is None or previous[1].chain != now.chain or kind_of(now.chain) is not RuleChain.POLICIES:
        return None
    key, _ = previous
    return grown[key] if " -j LOG " in key.text and "--ctstate INVALID,NEW,UNTRACKED" in key.text else None


def decisions(found: Iterable[RuleHit], names: Names) -> Iterator[Decision]:
    """Yield what rules have decided about connections of apps; replies and name lookups are left out."""
    for hit in found:
        kind = kind_of(hit.rule.chain)
        verdict = _VERDICTS.get(type(hit.rule.target), "")
        tell = _TOLD.get(kind)
        if tell and verdict and not hit.rule.conditions_of(States) and not _is_passing(hit, kind, verdict):
            source, destination = tell(hit.rule, names)
            number = hit.logged if kind in (RuleChain.POLICIES, None) else hit.packets
            found_by = (number, hit.packets, hit.rule.chain, hit.position)
            unnamed = _address(hit.rule) if kind is RuleChain.OVERLAY else ""
            foreign = "" if kind else str(hit.rule)
            yield Decision(verdict, source, destination, _ports(hit.rule), *found_by, unnamed, foreign)


def _is_passing(hit: RuleHit, kind: RuleChain | None, verdict: str) -> bool:
    """Whether the rule has only let packets pass that another rule decides about, or that belong to known ones."""
    if kind is RuleChain.POLICIES:
        return hit.logged == 0
    # On its way to another cell a packet is accepted here, and decided about there; names are looked up all the time.
    return verdict == _ACCEPTED and kind in (RuleChain.OVERLAY, RuleChain.INPUT)


def _by_policy(rule: Rule, names: Names) -> tuple[str, str]:
    source, _ = apps_of_comment("".join(each.text for each in rule.conditions_of(Comment)))
    marks = [names.marks[each.mark] for each in rule.conditions_of(Mark) if each.mark in names.marks]
    caller = source or "".join(marks[:1])
    return (names.app(caller) if caller else ""), _container(rule, names)


def _by_overlay(rule: Rule, names: Names) -> tuple[str, str]:
    return "", _container(rule, names)


def _by_own_cell(rule: Rule, names: Names) -> tuple[str, str]:
    return names.container(rule.chain.rpartition("--")[2]), "its cell"


def _by_security_group(rule: Rule, names: Names) -> tuple[str, str]:
    handle = rule.chain.removeprefix("casg-").removeprefix("asg-").rpartition("--")[2]
    ranges = [str(each.first) if each.first == each.last else f"{each.first}-{each.last}" for each in _ranges(rule)]
    return names.container(handle), "".join(ranges[:1]) or "outside the overlay"


def _by_foreign_rule(rule: Rule, names: Names) -> tuple[str, str]:
    del rule, names
    return "", ""


_TOLD: Final = {
    None: _by_foreign_rule,
    RuleChain.POLICIES: _by_policy,
    RuleChain.OVERLAY: _by_overlay,
    RuleChain.INPUT: _by_own_cell,
    RuleChain.NETOUT: _by_security_group,
    RuleChain.SECURITY_GROUPS: _by_security_group,
}
"""Who called whom, as far as a rule of such a chain tells."""


def _ranges(rule: Rule) -> Sequence[AddressRange]:
    return [each for each in rule.conditions_of(AddressRange) if each.flag == "--dst-range"]


def _container(rule: Rule, names: Names) -> str:
    """What a rule for a single destination address is about."""
    ip = _address(rule)
    return names.at(ip) or ip


def _address(rule: Rule) -> str:
    """The destination address that a rule asks for; empty if it asks for none."""
    found = [each.network for each in rule.conditions_of(Address) if each.flag == "-d" and not each.negated]
    return str(found[0].network_address) if found else ""


def _ports(rule: Rule) -> str:
    protocol = "".join(each.protocol for each in rule.conditions_of(Transport)[:1])
    ports: Sequence[Port] = [each for each in rule.conditions_of(Port) if each.flag == "--dport"]
    if not ports:
        return protocol
    first, last = ports[0].first, ports[0].last
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
