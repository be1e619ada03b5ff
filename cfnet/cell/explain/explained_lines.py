"""Explain lines of rules or kernel logs. No line is dropped; unknown ones are marked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.log_line import read_transcript_line
from cfnet.cell.explain.log_sentence import explain_log
from cfnet.cell.explain.logged_call import LoggedCall, PoliciesByEnds, by_ends, call_of
from cfnet.cell.explain.phrases import chain_role
from cfnet.cell.explain.policy_rules import PolicyRules
from cfnet.cell.explain.rule_purpose import networks_switched_off, purpose
from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.explain.transcript import TranscriptLine, read_transcript
from cfnet.cell.iptables.listing import read_chain
from cfnet.cell.iptables.table_parser import read_rules
from cfnet.cell.iptables.tokens import NotIptables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from ipaddress import IPv4Network

    from cfnet.cell.explain.kernel_log import LogLine
    from cfnet.cell.iptables.listing import Chain
    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.model.names import Names
    from cfnet.policy import Policy

_TABLES: Final = {
    "filter": "accepts or refuses packets",
    "nat": "translates addresses",
    "mangle": "changes packets, for example their marks",
}
_VERDICTS: Final = {"ACCEPT": "is accepted", "DROP": "is silently dropped"}


class LineKind(StrEnum):
    """The kind of a line."""

    RULE = "rule"
    CHAIN = "chain"
    """A declared chain; for a built-in chain, with its policy for packets that reach its end."""
    TABLE = "table"
    """The start or end of a table."""
    LOG = "log"
    """A line of the kernel log."""
    REMARK = "remark"
    """A comment."""
    UNKNOWN = "unknown"
    """A line that cfnet cannot parse."""


class ExplainedLine(NamedTuple):
    """A line and its explanation.

    Attributes:
        number: the line number, starting at 1.
        text: the line, without surrounding whitespace.
        kind: the kind of line.
        sentence: its meaning, starting in lower case; empty for remarks and unknown lines.
        purpose: its purpose; may be empty.
        foreign: whether it is a rule that neither the policy agent nor the CNI wrapper generates.
        chain: the chain of a rule, for `RULE`.
        unknown: the words of a rule that cfnet does not know.
        log: the parsed line, for `LOG`.
        call: the reported call, for `LOG`.
    """

    number: int
    text: str
    kind: LineKind
    sentence: str = ""
    purpose: str = ""
    foreign: bool = False
    chain: str | None = None
    unknown: Sequence[str] = ()
    log: LogLine | None = None
    call: LoggedCall | None = None


def explain_lines(lines: Iterable[str], names: Names, policies: Sequence[Policy] = ()) -> Iterator[ExplainedLine]:
    """Explain each non-blank line, on demand.

    Args:
        lines: output of `iptables -S` or `iptables-save`, kernel log lines, or a mixture.
        names: the known names.
        policies: all policies, to find the one that allowed a call.
    """
    table = _Table()
    known = by_ends(policies)
    policy_rules = PolicyRules(names)
    for entry in read_transcript(lines):
        number, text, shown = entry.number, entry.text, entry.shown
        if text.startswith("#") or not entry.printed:
            yield ExplainedLine(number, shown, LineKind.REMARK)
        elif text == "COMMIT" or text.startswith("*"):
            table = _Table()
            yield ExplainedLine(number, shown, LineKind.TABLE, _table_sentence(text))
        elif found := policy_rules.explain(text):
            table.heads[found.chain] = None
            yield ExplainedLine(number, shown, LineKind.RULE, found.sentence, found.purpose, chain=found.chain)
        elif declared := read_chain(text):
            table.chains.add(declared.name)
            yield ExplainedLine(number, shown, LineKind.CHAIN, _chain(declared, names))
        elif rules := _rules(text, table):
            yield from (_rule(number, shown, rule, table, names) for rule in rules)
        else:
            yield _log(entry, names, known)


def _table_sentence(text: str) -> str:
    if text == "COMMIT":
        return "end of the table."
    name = text[1:]
    role = _TABLES.get(name, "")
    return f"table {name}{role and ': '}{role}."


def _chain(chain: Chain, names: Names) -> str:
    if chain.policy:
        verdict = _VERDICTS.get(chain.policy, f"meets the policy {chain.policy}")
        return f"a packet that no rule of {chain.name} decides on {verdict}."
    role = chain_role(chain.name, names)
    return f"chain {chain.name}: {role}." if role else f"chain {chain.name}, not managed by Cloud Foundry."


class _Table:
    """The state of the current table.

    Attributes:
        chains: the declared chains.
        heads: by chain, the overlay networks of its first rules, as long as these disable policies; None after any
            other rule.
    """

    def __init__(self) -> None:
        self.chains: set[str] = set()
        self.heads: dict[str, set[IPv4Network] | None] = {}


def _rules(text: str, table: _Table) -> list[Rule]:
    """Return the rules of a line: usually one, none if it is not a rule."""
    try:
        return read_rules(text, table.chains)
    except NotIptables:
        return []


def _rule(number: int, text: str, rule: Rule, table: _Table, names: Names) -> ExplainedLine:
    head = table.heads.setdefault(rule.chain, set())
    found = purpose(rule, names, head)
    if head is not None:
        networks = networks_switched_off(rule)
        table.heads[rule.chain] = head.union(networks) if networks and not found.foreign else None
    return ExplainedLine(
        number, text, LineKind.RULE, explain_rule(rule, names), found.text, found.foreign, rule.chain, rule.unknown
    )


def _log(entry: TranscriptLine, names: Names, policies: PoliciesByEnds) -> ExplainedLine:
    log = read_transcript_line(entry)
    if not log:
        return ExplainedLine(entry.number, entry.shown, LineKind.UNKNOWN)
    call = call_of(log, names, policies)
    return ExplainedLine(entry.number, entry.shown, LineKind.LOG, explain_log(log, call, names), log=log, call=call)
