"""Parse the output of `iptables -S` and `iptables-save` and print it again.

Supports both back ends (nft, legacy), counters, comments, several tables, and foreign chains and rules. Anything that
cfnet does not know is kept verbatim and marked (`Rule.unknown`); only comment lines are dropped.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cfnet.cell.iptables.rule import Counters, Rule
from cfnet.cell.iptables.table_parser import Chain, TableReader, read_chain
from cfnet.cell.iptables.tokens import NotIptables

__all__ = ["FILTER", "Chain", "Ruleset", "Table", "listing", "parse", "parse_lines", "read_chain", "save"]

FILTER: Final = "filter"
"""The table that accepts or refuses packets; the only one in the output of `iptables -S`."""

_NO_POLICY: Final = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: its name.
        chains: its chains by name, in the order of the output.
        declared: the names of chains that are declared by a line; the rules of others may be incomplete.
    """

    name: str
    chains: Mapping[str, Chain]
    declared: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The rules of a cell.

    Attributes:
        tables: the tables by name, in the order of the output.
        saved: whether the text has the format of `iptables-save`, with `*TABLE` lines.
        finished: whether the last of these tables ends with `COMMIT`.
        ipv6: whether there were also ip6tables rules, which are omitted.
    """

    tables: Mapping[str, Table]
    saved: bool = field(default=False, compare=False)
    finished: bool = field(default=True, compare=False)
    ipv6: bool = field(default=False, compare=False)

    @property
    def filter(self) -> Table:
        """The filter table; empty if the text had none."""
        return self.tables.get(FILTER, Table(FILTER, {}))

    @property
    def rules(self) -> Iterator[Rule]:
        """All rules, table by table and chain by chain."""
        for table in self.tables.values():
            for chain in table.chains.values():
                yield from chain.rules


def parse(text: str) -> Ruleset:
    """Parse output of `iptables -S` or `iptables-save`, or a part of it, or input of `iptables-restore`.

    Raises:
        NotIptables: a line is none of these; the error has its number.
    """
    return parse_lines(enumerate(text.split("\n"), 1))


def parse_lines(lines: Iterable[tuple[int, str]], known: Collection[str] = ()) -> Ruleset:
    """Parse numbered lines.

    Rules in `known`, as printed by iptables without `-A` and the chain's name, are only parsed on access. A repeated
    table replaces the first one, as with `iptables-restore`.

    Raises:
        NotIptables: a line was not printed by iptables; the error has its number.
    """
    tables: dict[str, TableReader] = {}
    table = None
    committed: bool | None = None
    for number, line in lines:
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if words == "COMMIT":
            committed = True
        elif words.startswith("*"):
            if committed is False:
                raise NotIptables("COMMIT before the next table", number)
            table = tables[words[1:]] = TableReader(known)
            committed = False
        else:
            if table is None:
                table = tables.setdefault(FILTER, TableReader(known))
            try:
                table.read(words)
            except NotIptables as fault:
                raise NotIptables(fault.expected, number) from None
    read = {name: Table(name, table.chains(), table.declared) for name, table in tables.items()}
    return Ruleset(read, saved=committed is not None, finished=committed is not False)


def listing(table: Table) -> str:
    """Format the table like `iptables -S` (`iptables -t TABLE -S` for other tables than filter)."""
    chains = table.chains.values()
    lines = [f"-P {chain.name} {chain.policy}" for chain in chains if chain.policy]
    lines += [f"-N {chain.name}" for chain in chains if not chain.policy]
    lines += [str(rule) for chain in chains for rule in chain.rules]
    return "".join(f"{line}\n" for line in lines)


def save(ruleset: Ruleset) -> str:
    """Format the rules like `iptables-save`, or `iptables-save -c` if they have counters, without comments."""
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
