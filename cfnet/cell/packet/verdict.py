"""Evaluate a packet against the rules of a cell with iptables semantics, recording every step to the verdict.

Source: iptables(8); `ipt_do_table` in the Linux kernel.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Final

from cfnet.cell.iptables.host_index import HostIndex
from cfnet.cell.iptables.listing import Chain, Ruleset
from cfnet.cell.iptables.rule import Rule
from cfnet.cell.iptables.target import (
    Accept,
    Drop,
    Goto,
    Jump,
    Log,
    Masquerade,
    Reject,
    Return,
    SetMark,
    Target,
    Translate,
    UnknownTarget,
)
from cfnet.cell.model.packet import Packet


class RuleEffect(StrEnum):
    """What a rule did with a packet that it matched."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    REJECTED = "rejected"
    MARKED = "marked"
    LOGGED = "logged"
    JUMPED = "jumped"
    WENT = "went"
    """Sent to another chain by a goto: it does not return to this chain."""
    RETURNED = "returned"
    COUNTED = "counted"
    """Only counted, by a rule without a target."""
    UNKNOWN = "unknown"
    """Passed to a target that cfnet does not know, or that is not for the filter table."""


_KERNEL_DEFAULT: Final = "ACCEPT"
_POLICIES: Final = {"ACCEPT": RuleEffect.ACCEPTED, "DROP": RuleEffect.DROPPED}
_EFFECTS: Final[dict[type[Target | None], RuleEffect]] = {
    Accept: RuleEffect.ACCEPTED,
    Drop: RuleEffect.DROPPED,
    Reject: RuleEffect.REJECTED,
    SetMark: RuleEffect.MARKED,
    Log: RuleEffect.LOGGED,
    Jump: RuleEffect.JUMPED,
    Goto: RuleEffect.WENT,
    Return: RuleEffect.RETURNED,
    NoneType: RuleEffect.COUNTED,
    Translate: RuleEffect.UNKNOWN,
    Masquerade: RuleEffect.UNKNOWN,
    UnknownTarget: RuleEffect.UNKNOWN,
}
_FINAL: Final = frozenset({RuleEffect.ACCEPTED, RuleEffect.DROPPED, RuleEffect.REJECTED})
_HARMLESS: Final = frozenset({RuleEffect.LOGGED, RuleEffect.COUNTED})


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that matched, or may have matched, the packet.

    Attributes:
        chain: the chain.
        number: the rule's number in the chain, starting at 1.
        rule: the rule.
        effect: what it did or would have done.
        mark: the packet's mark afterwards.
    """

    chain: str
    number: int
    rule: Rule
    effect: RuleEffect
    mark: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of a built-in chain on a packet.

    Attributes:
        effect: `ACCEPTED`, `DROPPED` or `REJECTED`.
        decided_by: the rule that decided; None if the chain's policy did.
        steps: all rules that matched, in order, the deciding one last.
        mark: the packet's mark at the end.
        unsure: rules that may have changed the verdict but could not be evaluated, because they contain something
            unknown or match on a field that the packet lacks. They were skipped.
    """

    effect: RuleEffect
    decided_by: Step | None
    steps: tuple[Step, ...]
    mark: int
    unsure: tuple[Step, ...]

    @property
    def accepted(self) -> bool:
        """Whether the packet is accepted."""
        return self.effect is RuleEffect.ACCEPTED

    @property
    def sure(self) -> bool:
        """Whether all rules on the way could be evaluated."""
        return not self.unsure


class CircularChains(ValueError):
    """Chains form a loop; the kernel would not have loaded them."""


class Evaluator:
    """Evaluates packets against the rules of a cell. Rules for a single address are indexed: cells have many."""

    def __init__(self, ruleset: Ruleset) -> None:
        """Index the filter table of `ruleset`."""
        self._chains = ruleset.filter.chains
        self._by_host = _Indexes(self._chains)

    def evaluate(self, chain: str, packet: Packet) -> Verdict:
        """Send a packet through a built-in chain of the filter table (`FORWARD`, `INPUT`).

        Rate limits are assumed not to be reached. A chain without an explicit policy has the kernel's default, ACCEPT.

        Raises:
            CircularChains: the rules cannot come from a kernel.
        """
        walk = _Walk(self._by_host, packet)
        decided = walk.through(chain, ())
        policy = self._chains[chain].policy if chain in self._chains else None
        effect = decided.effect if decided else _POLICIES[policy or _KERNEL_DEFAULT]
        return Verdict(effect, decided, tuple(walk.steps), walk.packet.mark, tuple(walk.unsure))


class _Indexes(dict[str, HostIndex | None]):
    """The chains' indexes, each made when a packet comes to its chain."""

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        super().__init__()
        self._chains = chains

    def __missing__(self, name: str) -> HostIndex | None:
        chain = self._chains.get(name)
        found = self[name] = HostIndex(chain.rules) if chain else None
        return found


class _Walk:
    """The path of one packet: its current mark and its steps so far."""

    def __init__(self, chains: _Indexes, packet: Packet) -> None:
        self.packet = packet
        self.steps: list[Step] = []
        self.unsure: list[Step] = []
        self._chains = chains

    def through(self, name: str, callers: tuple[str, ...]) -> Step | None:
        """Return the deciding step in this chain or those it jumps to; None if the packet reaches its end."""
        if name in callers:
            raise CircularChains(f"chain {name} jumps back to itself via {', '.join(callers)}")
        callers = (*callers, name)
        for number, rule in self._rules(name):
            step = self._met(number, rule)
            if not step:
                continue
            match rule.target:
                case Return():
                    return None
                case Goto(chain=following):
                    return self.through(following, callers)
                case Jump(chain=following):
                    decided = self.through(following, callers)
                case _:
                    decided = step if step.effect in _FINAL else None
            if decided:
                return decided
        return None

    def _rules(self, name: str) -> Iterable[tuple[int, Rule]]:
        """Return the rules of a chain that may match the packet, with their numbers; empty for a missing chain."""
        chain = self._chains[name]
        return chain.about(self.packet) if chain else ()

    def _met(self, number: int, rule: Rule) -> Step | None:
        """Return the step if the rule certainly matches the packet and its effect is known."""
        holds = rule.holds(self.packet)
        if holds is False:
            return None
        effect = self._effect(rule)
        mark = rule.target.of(self.packet.mark) if isinstance(rule.target, SetMark) else self.packet.mark
        step = Step(rule.chain, number, rule, effect, mark)
        if holds and effect is not RuleEffect.UNKNOWN:
            if mark != self.packet.mark:
                self.packet = self.packet._replace(mark=mark)
            self.steps.append(step)
            return step
        if effect not in _HARMLESS:
            self.unsure.append(step)
        return None

    def _effect(self, rule: Rule) -> RuleEffect:
        missing = isinstance(rule.target, Jump | Goto) and self._chains[rule.target.chain] is None
        return RuleEffect.UNKNOWN if missing else _EFFECTS[type(rule.target)]
