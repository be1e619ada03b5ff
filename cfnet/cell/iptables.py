"""A cell's rules as `iptables -S` and `iptables-save` print them, read into values and printed again.

Both back ends (nft, legacy), counters, comments, several tables, and other people's chains and rules: what cfnet does
not know is kept word for word and says so (`Rule.unknown`); nothing is dropped but comments.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from cfnet.cell.iptables_rule import Counters, Rule, read_rule
from cfnet.cell.iptables_words import NotIptables

FILTER: Final = "filter"
"""The table that decides about packets; the only one in the output of `iptables -S`."""

_NO_POLICY: Final = "-"
_CHAIN = re.compile(
    r"-N (\S+)|-P (\S+) (\S+)(?: -c (\d+) (\d+))?|:(\S+) (\S+) \[(\d+):(\d+)\]",
    re.ASCII,
)
"""Name, policy, packets and bytes of `-N c1`, `-P FORWARD DROP -c 0 0`, `:FORWARD DROP [0:0]`."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain.

    Attributes:
        name: its name.
        policy: what happens to a packet that reaches its end (`ACCEPT`, `DROP`); None for user-defined chains.
        rules: its rules; rule 1 is the first.
        counters: how much its policy has met.
    """

    name: str
    policy: str | None
    rules: tuple[Rule, ...] = ()
    counters: Counters | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its chains by name, in the order they were printed in."""

    name: str
    chains: Mapping[str, Chain]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Tables by name, in the order they were printed in."""

    tables: Mapping[str, Table]

    @property
    def filter(self) -> Table:
        """The filter table; an empty one where the text had none."""
        return self.tables.get(FILTER, Table(FILTER, {}))

    @property
    def rules(self) -> Iterator[Rule]:
        """All rules, table by table and chain by chain."""
        for table in self.tables.values():
            for chain in table.chains.values():
                yield from chain.rules


def parse(text: str) -> Ruleset:
    """Read what `iptables -S` or `iptables-save` prints, or a part of it.

    Raises:
        NotIptables: a line that neither prints, with its number.
    """
    tables: dict[str, _Table] = {}
    table = None
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith("#") or words == "COMMIT":
            continue
        if words.startswith("*"):
            table = tables.setdefault(words[1:], _Table())
            continue
        if table is None:
            table = tables.setdefault(FILTER, _Table())
        try:
            table.read(words)
        except NotIptables as fault:
            raise NotIptables(fault.expected, number) from None
    return Ruleset({name: table.finished(name) for name, table in tables.items()})


def read_chain(line: str) -> Chain | None:
    """The chain that a line names (`-P FORWARD ACCEPT`, `-N vpa--1`, `:FORWARD ACCEPT [0:0]`), as yet without rules.

    None where it names none.
    """
    declared = _CHAIN.fullmatch(line)
    if not declared:
        return None
    name, *policy = (found for found in declared.groups() if found is not None)
    counters = Counters(*map(int, policy[1:])) if policy[1:] else None
    return Chain(name, policy[0] if policy and policy[0] != _NO_POLICY else None, counters=counters)


def listing(table: Table) -> str:
    """The table as `iptables -S` prints it (`iptables -t TABLE -S` where it is not the filter table)."""
    chains = table.chains.values()
    lines = [f"-P {chain.name} {chain.policy}" for chain in chains if chain.policy]
    lines += [f"-N {chain.name}" for chain in chains if not chain.policy]
    lines += [str(rule) for chain in chains for rule in chain.rules]
    return "".join(f"{line}\n" for line in lines)


def save(ruleset: Ruleset) -> str:
    """The rules as `iptables-save` prints them, or `iptables-save -c` where they have counters; without comments."""
    lines = []
    for table in ruleset.tables.values():
        chains = table.chains.values()
        lines.append(f"*{table.name}")
        lines += [f":{chain.name} {chain.policy or _NO_POLICY} {_shown(chain.counters)}" for chain in chains]
        lines += [
            f"{_shown(rule.counters)} {rule}" if rule.counters else str(rule)
            for chain in chains
            for rule in chain.rules
        ]
        lines.append("COMMIT")
    return "".join(f"{line}\n" for line in lines)


def _shown(counters: Counters | None) -> str:
    packets, size = counters or (0, 0)
    return f"[{packets}:{size}]"


class _Table:
    """A table while it is read."""

    def __init__(self) -> None:
        self._chains: dict[str, Chain] = {}
        self._rules: dict[str, list[Rule]] = {}

    def read(self, line: str) -> None:
        """Take one line.

        Raises:
            NotIptables: it is none.
        """
        if line.startswith(("-A ", "[")):
            rule = read_rule(line, self._chains)
            self._rules.setdefault(rule.chain, []).append(rule)
            return
        chain = read_chain(line)
        if not chain:
            raise NotIptables("`-P CHAIN POLICY`, `-N CHAIN`, `-A CHAIN …`, `*TABLE`, `:CHAIN POLICY […]` or `COMMIT`")
        self._chains[chain.name] = chain

    def finished(self, name: str) -> Table:
        """The table, with chains that have rules but were not declared (in a part of an output) at the end."""
        chains = self._chains | {chain: Chain(chain, None) for chain in self._rules if chain not in self._chains}
        return Table(
            name, {key: replace(chain, rules=tuple(self._rules.get(key, ()))) for key, chain in chains.items()}
        )
