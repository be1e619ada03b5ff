"""Parse a table line by line, executing the lines like `iptables-restore`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final

from cfnet.cell.iptables.rule import Counters, Rule, read_counters, rule_of
from cfnet.cell.iptables.rule_list import RuleList
from cfnet.cell.iptables.tokens import NotIptables, Word, split

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_NO_POLICY: Final = "-"
_CHAIN = re.compile(
    r"(?:-N|--new-chain|--new)\s+(\S+)"
    r"|(?:-P|--policy)\s+(\S+)\s+(\S+)(?:\s+-c\s+(\d{1,20})\s+(\d{1,20}))?"
    r"|:(\S+)\s+(\S+)(?:\s+\[(\d{1,20}):(\d{1,20})\])?",
    re.ASCII,
)
"""Name, policy, packets and bytes of `-N c1`, `-P FORWARD DROP -c 0 0`, `:FORWARD DROP [0:0]`, `:FORWARD DROP`."""

_APPENDED = re.compile(r"(?:\[\d{1,20}:\d{1,20}\] )?-A ([^\s\"]+) (.+)", re.ASCII | re.DOTALL)
"""Chain and rule, as printed by `iptables -S` and `iptables-save`."""

_EXPECTED: Final = "`-P CHAIN POLICY`, `-N CHAIN`, `-A CHAIN …`, `*TABLE`, `:CHAIN POLICY […]` or `COMMIT`"
_ADDRESSES: Final = frozenset({"-s", "--source", "--src", "-d", "--destination", "--dst"})
_COMMANDS: Final = {
    "--append": "-A",
    "--insert": "-I",
    "--replace": "-R",
    "--delete": "-D",
    "--flush": "-F",
    "--delete-chain": "-X",
    "--rename-chain": "-E",
    "--zero": "-Z",
}


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain.

    Attributes:
        name: its name.
        policy: what happens to packets that reach its end (`ACCEPT`, `DROP`); None for user-defined chains.
        rules: its rules; numbering starts at 1.
        counters: the counters of its policy.
    """

    name: str
    policy: str | None
    rules: Sequence[Rule] = ()
    counters: Counters | None = field(default=None, compare=False)

    @property
    def texts(self) -> list[str]:
        """The rules as printed by iptables, without `-A` and the chain's name."""
        if isinstance(self.rules, RuleList):
            return self.rules.texts
        start = len(f"-A {self.name} ")
        return [str(rule)[start:] for rule in self.rules]


def read_chain(line: str) -> Chain | None:
    """Return the chain that a line declares (`-P FORWARD ACCEPT`, `-N vpa--1`, `:FORWARD ACCEPT [0:0]`), without rules.

    Return None for other lines.
    """
    declared = _CHAIN.fullmatch(line)
    if not declared:
        return None
    name, *policy = (found for found in declared.groups() if found is not None)
    counters = Counters(*map(int, policy[1:])) if policy[1:] else None
    return Chain(name, policy[0] if policy and policy[0] != _NO_POLICY else None, counters=counters)


def read_rules(line: str, chains: Collection[str] = ()) -> list[Rule]:
    """Return the rules that a line appends or inserts: several if `-s` or `-d` has several addresses.

    Raises:
        NotIptables: it does neither.
    """
    counters = None
    if line.startswith("["):
        found, _, line = line[1:].partition("]")
        counters = read_counters(found.split(":"))
    match split(line):
        case [Word(text="-A" | "--append"), chain, *words]:
            return _made(chain.text, words, chains, counters)
        case [Word(text="-I" | "--insert"), *words] if words:
            name, _, rest = _place(words)
            return _made(name, rest, chains, counters)
    raise NotIptables("a rule, `-A CHAIN …`")


def _made(chain: str, words: Sequence[Word], chains: Collection[str], counters: Counters | None = None) -> list[Rule]:
    return [rule_of(chain, each, chains, counters) for each in _for_each_address(words)]


class TableReader:
    """Parses the lines of a table."""

    def __init__(self, known: Collection[str] = ()) -> None:
        """Start an empty table; `known` are rules as printed by iptables, which are only parsed on access."""
        self._known = known
        self._chains: dict[str, Chain] = {}
        self._rules: dict[str, list[Rule | str]] = {}
        self._edits: dict[str, Callable[[Sequence[Word]], None]] = {
            "-I": self._insert,
            "-R": self._replace,
            "-D": self._delete,
            "-F": self._flush,
            "-X": self._delete_chain,
            "-E": self._rename,
            "-Z": _zero,
        }

    def read(self, line: str) -> None:
        """Execute a line.

        Raises:
            NotIptables: the line does not belong in a table.
        """
        if line.startswith(("-A ", "[", "--append ")):
            self._append(line)
        elif chain := read_chain(line):
            self._chains[chain.name] = chain
        else:
            command, *words = split(line)
            edit = self._edits.get(_COMMANDS.get(command.text, command.text))
            if not edit:
                raise NotIptables(_EXPECTED)
            edit(words)

    def chains(self) -> dict[str, Chain]:
        """Return the chains so far; undeclared chains, which occur in partial output, come last."""
        found = self._chains | {chain: Chain(chain, None) for chain in self._rules if chain not in self._chains}
        return {key: replace(chain, rules=self._rules_of(key)) for key, chain in found.items()}

    def _rules_of(self, chain: str) -> Sequence[Rule]:
        rules = self._rules.get(chain, [])
        read = tuple([rule for rule in rules if not isinstance(rule, str)])
        return read if len(read) == len(rules) else RuleList(chain, rules, self._chains)

    def _read(self, chain: str) -> list[Rule]:
        """Parse and return all rules of a chain so far, for edits that compare rules."""
        read = list(self._rules_of(chain))
        self._rules[chain] = [*read]
        return read

    @property
    def declared(self) -> frozenset[str]:
        """The names of the declared chains."""
        return frozenset(self._chains)

    def _append(self, line: str) -> None:
        if line.startswith("[") and line.partition("]")[2].lstrip().startswith(("-I ", "--insert ")):
            self._insert(split(line.partition("]")[2])[1:])
            return
        if self._known and (appended := _APPENDED.fullmatch(line)) and appended[2] in self._known:
            self._rules.setdefault(appended[1], []).append(appended[2])
            return
        for rule in read_rules(line, self._chains):
            self._rules.setdefault(rule.chain, []).append(rule)

    def _insert(self, words: Sequence[Word]) -> None:
        """Execute `-I CHAIN [NUMBER] …`; several rules of a line end up in reverse order."""
        chain, number, rest = _place(words)
        rules = self._rules.setdefault(chain, [])
        if number > len(rules) + 1:
            raise NotIptables(f"a position among the {len(rules)} rules of {chain}")
        for rule in _made(chain, rest, self._chains):
            rules.insert((number or 1) - 1, rule)

    def _replace(self, words: Sequence[Word]) -> None:
        chain, number, rest = _place(words)
        made = _made(chain, rest, self._chains)
        if len(made) != 1:
            raise NotIptables("one rule to replace another")
        self._rules_at(chain, number)[number - 1] = made[0]

    def _delete(self, words: Sequence[Word]) -> None:
        """Execute `-D CHAIN NUMBER`, or `-D CHAIN …` with an existing rule."""
        chain, number, rest = _place(words)
        if number:
            del self._rules_at(chain, number)[number - 1]
            return
        rules = self._read(chain)
        for rule in _made(chain, rest, self._chains):
            if rule not in rules:
                raise NotIptables(f"an existing rule of {chain} to delete")
            rules.remove(rule)
        self._rules[chain] = [*rules]

    def _rules_at(self, chain: str, number: int) -> list[Rule | str]:
        rules = self._rules.setdefault(chain, [])
        if not 1 <= number <= len(rules):
            raise NotIptables(f"the number of one of the {len(rules)} rules of {chain}")
        return rules

    def _flush(self, words: Sequence[Word]) -> None:
        for chain in [word.text for word in words] or list(self._rules):
            self._rules.pop(chain, None)

    def _delete_chain(self, words: Sequence[Word]) -> None:
        user_defined = [name for name, chain in self._chains.items() if chain.policy is None]
        for name in [word.text for word in words] or user_defined:
            self._chains.pop(name, None)
            self._rules.pop(name, None)

    def _rename(self, words: Sequence[Word]) -> None:
        match [word.text for word in words]:
            case [old, new] if old in self._chains and new not in self._chains:
                self._chains = {
                    new if name == old else name: replace(chain, name=new) if name == old else chain
                    for name, chain in self._chains.items()
                }
                self._rules[new] = [replace(rule, chain=new) for rule in self._read(old)]
                del self._rules[old]
            case _:
                raise NotIptables("`-E CHAIN NEW-NAME` for an existing chain and an unused name")


def _zero(words: Sequence[Word]) -> None:
    """Ignore `-Z`: counters do not matter here."""
    del words


def _place(words: Sequence[Word]) -> tuple[str, int, Sequence[Word]]:
    """Split words into a chain, the number of a rule or 0, and the rest."""
    if not words:
        raise NotIptables("the name of a chain")
    chain, *rest = words
    if rest and rest[0].text.isascii() and rest[0].text.isdigit() and len(rest[0].text) < _DIGITS:
        return chain.text, int(rest[0].text), rest[1:]
    return chain.text, 0, rest


_DIGITS: Final = 10


def _for_each_address(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the words of each rule that `-s A,B -d C,D` gives: one per pair."""
    lists = [at + 1 for at, word in enumerate(words[:-1]) if word.text in _ADDRESSES and "," in words[at + 1].text]
    if not lists:
        yield words
        return
    choices = [[Word(one, one) for one in words[at].text.split(",")] for at in sorted(lists, key=_sources_first(words))]
    if prod(map(len, choices)) > _MOST_RULES:
        raise NotIptables(f"a line that gives at most {_MOST_RULES:,} rules")
    places = sorted(lists, key=_sources_first(words))
    for chosen in product(*choices):
        made = list(words)
        for at, word in zip(places, chosen, strict=True):
            made[at] = word
        yield made


_MOST_RULES: Final = 10_000


def _sources_first(words: Sequence[Word]) -> Callable[[int], bool]:
    return lambda at: not words[at - 1].text.startswith(("-s", "--s"))
