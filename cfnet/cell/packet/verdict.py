"""What the rules of a cell do with a packet: iptables' own semantics, with every step to the verdict.

Source: iptables(8); `ipt_do_table` in the Linux kernel.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Final

from cfnet.cell.iptables.host_index import HostIndex
from cfnet.cell.iptables.listing import Ruleset
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
    """What a rule did with a packet that fitted it."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    REJECTED = "rejected"
    MARKED = "marked"
    LOGGED = "logged"
    JUMPED = "jumped"
    WENT = "went"
    """By a goto: it does not come back to this chain."""
    RETURNED = "returned"
    COUNTED = "counted"
    """By a rule without a target."""
    UNKNOWN = "unknown"
    """By a target that cfnet does not know, or that is not for the filter table."""


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
    """A rule that the packet fitted, or may have fitted.

    Attributes:
        chain: the chain.
        number: the rule's number in it, from 1.
        rule: the rule.
        effect: what it did, or would have done.
        mark: the packet's mark afterwards.
    """

    chain: str
    number: int
    rule: Rule
    effect: RuleEffect
    mark: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a packet in a built-in chain.

    Attributes:
        effect: `ACCEPTED`, `DROPPED` or `REJECTED`.
        decided_by: the rule that decided; None where the chain's policy did.
        steps: every rule that the packet fitted, in order, the deciding one last.
        mark: the packet's mark at the end.
        unsure: rules of which nobody can tell whether they would have changed the verdict: something in them is not
            known (`Rule.unknown`), or the packet does not say what they ask. They were passed over.
    """

    effect: RuleEffect
    decided_by: Step | None
    steps: tuple[Step, ...]
    mark: int
    unsure: tuple[Step, ...]

    @property
    def accepted(self) -> bool:
        """Whether the packet goes on."""
        return self.effect is RuleEffect.ACCEPTED

    @property
    def sure(self) -> bool:
        """Whether every rule on the way could be judged."""
        return not self.unsure


class CircularChains(ValueError):
    """Chains that lead back to themselves; the kernel would not have loaded them."""


class Evaluator:
    """Sends packets through the rules of a cell. Rules about a single address are looked up by it: cells have many."""

    def __init__(self, ruleset: Ruleset) -> None:
        """Prepare to send packets through the filter table of `ruleset`."""
        self._chains = ruleset.filter.chains
        self._by_host = {name: HostIndex(chain.rules) for name, chain in self._chains.items()}

    def evaluate(self, chain: str, packet: Packet) -> Verdict:
        """Send a packet through a built-in chain of the filter table (`FORWARD`, `INPUT`).

        A rule's `limit` is taken not to be reached. A chain without a policy in the text has the kernel's default,
        ACCEPT.

        Raises:
            CircularChains: the rules cannot come from a kernel.
        """
        walk = _Walk(self._by_host, packet)
        decided = walk.through(chain, ())
        policy = self._chains[chain].policy if chain in self._chains else None
        effect = decided.effect if decided else _POLICIES[policy or _KERNEL_DEFAULT]
        return Verdict(effect, decided, tuple(walk.steps), walk.packet.mark, tuple(walk.unsure))


class _Walk:
    """One packet on its way: its mark changes, and its steps add up."""

    def __init__(self, chains: Mapping[str, HostIndex], packet: Packet) -> None:
        self.packet = packet
        self.steps: list[Step] = []
        self.unsure: list[Step] = []
        self._chains = chains

    def through(self, name: str, callers: tuple[str, ...]) -> Step | None:
        """The step that decides in this chain or in those it leads to; None where the packet comes out of its end."""
        if name in callers:
            raise CircularChains(f"chain {name} leads back to itself by way of {', '.join(callers)}")
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
        """The rules of a chain that may be about the packet, with their numbers; none of a chain that is not there."""
        chain = self._chains.get(name)
        return chain.about(self.packet) if chain else ()

    def _met(self, number: int, rule: Rule) -> Step | None:
        """The step, where the packet fits the rule for sure and what the rule does is known."""
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
        missing = isinstance(rule.target, Jump | Goto) and rule.target.chain not in self._chains
        return RuleEffect.UNKNOWN if missing else _EFFECTS[type(rule.target)]
