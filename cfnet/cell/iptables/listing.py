"""A cell's rules as `iptables -S` and `iptables-save` print them, read into values and printed again.

Both back ends (nft, legacy), counters, comments, several tables, and other people's chains and rules: what cfnet does
not know is kept word for word and says so (`Rule.unknown`); nothing is dropped but comments.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cfnet.cell.iptables.rule import Counters, Rule
from cfnet.cell.iptables.table_parser import Chain, TableReader, read_chain
from cfnet.cell.iptables.tokens import NotIptables

__all__ = ["FILTER", "Chain", "Ruleset", "Table", "listing", "parse", "parse_lines", "read_chain", "save"]

FILTER: Final = "filter"
"""The table that decides about packets; the only one in the output of `iptables -S`."""

_NO_POLICY: Final = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its chains by name, in the order they were printed in.

    Attributes:
        declared: the names of the chains that have a line of their own; of others only some rules may be here.
    """

    name: str
    chains: Mapping[str, Chain]
    declared: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Tables by name, in the order they were printed in.

    Attributes:
        saved: whether it has the form of `iptables-save`: tables that begin with `*TABLE`.
        finished: whether the last of these ends with `COMMIT`.
        ipv6: whether there were rules of ip6tables beside them, which are left out.
    """

    tables: Mapping[str, Table]
    saved: bool = field(default=False, compare=False)
    finished: bool = field(default=True, compare=False)
    ipv6: bool = field(default=False, compare=False)

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
    """Read what `iptables -S` or `iptables-save` prints, or a part of it, or what `iptables-restore` loads.

    Raises:
        NotIptables: a line that neither prints, with its number.
    """
    return parse_lines(enumerate(text.split("\n"), 1))


def parse_lines(lines: Iterable[tuple[int, str]], known: Collection[str] = ()) -> Ruleset:
    """The same of lines, each with its number.

    Rules that are `known`, as iptables prints them without `-A` and the chain's name, are read when they are asked for.
    A table that comes twice replaces the first, as it does where `iptables-restore` loads the text.

    Raises:
        NotIptables: a line that no iptables prints, with its number.
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
