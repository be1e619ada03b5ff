"""Add findings about the effects of rules: those that bypass the policies, or block what these allow."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.drift.chain_drift import ABOUT_CALLS, Drift, DriftKind
from cfnet.cell.drift.policy_effect import PolicyEffects, is_about_calls
from cfnet.cell.drift.unreadable import without_unreadable
from cfnet.cell.iptables.listing import Chain
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.iptables.target import Goto, Jump, Log
from cfnet.cell.packet.allowed_calls import number_of
from cfnet.cell.packet.forward_walk import FORWARD, Expected, Role
from cfnet.cell.packet.packet_flow import RulePosition
from cfnet.cell.packet.packet_set import EVERYTHING
from cfnet.cell.packet.rule_reach import reach_of
from cfnet.cell.planning.container_chain import ChainKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.drift.policy_effect import AddressesOf, PolicyEffect
    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.packet.rule_reach import CellNetwork
    from cfnet.cell.planning.planned_cell import PlannedCell

_EXPECTED: Final = Expected()
_BY_THE_AGENT = re.compile(
    r"-s \S+ -m comment --comment \S+ -j MARK --set-xmark \S+"
    r"|-d \S+ -p \S+ (-m \S+ )?(--dport \S+ )?-m mark --mark \S+ (-m comment --comment \S+ )?-j ACCEPT"
)
"""Rules in the agent's format: if there are two policy chains, they come from an older state."""


_MARK = re.compile(r" -m mark (?:! )?--mark \S+")


class ActualCell(NamedTuple):
    """The relevant parts of a cell's actual rules.

    Attributes:
        chains: the chains of the filter table.
        at_work: the policy chains that FORWARD jumps to, newest last.
        whole_cell: whether per-container chains are compared; if not, they are assumed to be as planned.
    """

    chains: Mapping[str, Chain]
    at_work: Sequence[str]
    whole_cell: bool


def with_effects(
    drifts: Sequence[Drift], planned: PlannedCell, held: ActualCell, addresses_of: AddressesOf
) -> list[Drift]:
    """Combine the findings about the text of rules with those about their effects.

    A rule is in one finding: an effect takes precedence over just being unexpected. Findings about missing or misplaced
    rules do not change, unless a container's REJECT is missing, without which all calls get through.
    """
    if FORWARD not in held.chains:
        return list(drifts)
    network = planned.network
    chains = held.chains if held.whole_cell else _with_planned(held.chains, planned)
    roles = {FORWARD: _forward_roles(planned, chains, held.at_work)}
    ours = frozenset((*held.at_work, *(own.name for own in planned.own)))
    if drifts:
        roles |= _roles(planned, chains, held.at_work, drifts)
    lost = dict(_lost(drifts, planned))
    effects = PolicyEffects(planned, network, addresses_of)
    if lost or chains[FORWARD].policy == "DROP" or _any_matters(chains, roles, ours, network):
        roles = roles if drifts else roles | _roles(planned, chains, held.at_work, drifts)
        effects.find(chains, roles, frozenset(lost.values()))
    return list(_merged(drifts, effects, held, lost))


def _with_planned(chains: Mapping[str, Chain], planned: PlannedCell) -> Mapping[str, Chain]:
    """Return the chains with planned overlay chains of containers, jumped to after all other rules."""
    own = [each for each in planned.own if each.kind is ChainKind.OVERLAY]
    names = {each.name for each in planned.own}
    forward = chains[FORWARD]
    kept = [rule for rule in forward.rules if not (isinstance(rule.target, Jump) and rule.target.chain in names)]
    jumps = [read_rule(f"-A {FORWARD} -j {each.name}") for each in own]
    found = dict(chains)
    for each in own:
        found[each.name] = Chain(each.name, None, tuple(read_rule(f"-A {each.name} {text}") for text in each.rules))
    found[FORWARD] = Chain(FORWARD, forward.policy, (*kept, *jumps))
    return found


def _forward_roles(planned: PlannedCell, chains: Mapping[str, Chain], at_work: Sequence[str]) -> Sequence[Role]:
    """Return the roles of the rules in FORWARD."""
    ours = {*planned.jumps(FORWARD), *(f"-j {name}" for name in at_work)}
    return [_EXPECTED if text in ours else None for text in chains[FORWARD].texts]


def _roles(
    planned: PlannedCell, chains: Mapping[str, Chain], at_work: Sequence[str], drifts: Iterable[Drift]
) -> dict[str, Sequence[Role]]:
    """Return the roles of rules in the other chains with expected rules."""
    found: dict[str, Sequence[Role]] = {}
    remarked = {(drift.chain, drift.position) for drift in drifts if drift.kind is DriftKind.WRONG_MARK}
    for name in at_work:
        roles = _policy_roles(planned, chains[name], older=len(at_work) > 1)
        found[name] = [_EXPECTED if (name, place) in remarked else role for place, role in enumerate(roles, 1)]
    for own in planned.own:
        if own.name not in chains:
            continue
        texts, _ = without_unreadable(own.name, own.rules, chains[own.name].texts)
        overlay = own.kind is ChainKind.OVERLAY
        found[own.name] = _overlay_roles(own.rules, texts) if overlay else [_EXPECTED] * len(texts)
    return found


def _overlay_roles(wanted: Sequence[str], found: Sequence[str]) -> list[Role]:
    """Return the roles in an overlay chain; a REJECT before an expected ACCEPT is unexpected."""
    accepts = {text for text in wanted if text.endswith(" -j ACCEPT")}
    last = max((place for place, text in enumerate(found) if text in accepts), default=-1)
    lacking = Counter(wanted)
    return [
        _EXPECTED if (text in accepts or place > last or " -j LOG" in text) and _take(text, lacking) else None
        for place, text in enumerate(found)
    ]


def _policy_roles(planned: PlannedCell, chain: Chain, *, older: bool) -> list[Role]:
    """Return the roles in a policy chain; with `older`, rules of an older state are expected, too."""
    rules = {rule.text: rule for rule in planned.policy}
    lacking = Counter(rule.text for rule in planned.policy)
    texts, _ = without_unreadable(chain.name, [*rules], chain.texts)
    return [_policy_role(text, rules, lacking, older=older) for text in texts]


def _policy_role(text: str, rules: Mapping[str, Role], lacking: Counter[str], *, older: bool) -> Role:
    if _take(text, lacking):
        return rules[text]
    return _EXPECTED if older and _BY_THE_AGENT.fullmatch(text) else None


def _take(text: str, lacking: Counter[str]) -> bool:
    if not lacking[text]:
        return False
    lacking[text] -= 1
    return True


def _lost(drifts: Iterable[Drift], planned: PlannedCell) -> Iterator[tuple[Drift, int]]:
    """Yield the findings about a missing REJECT of a container, or the jump to it, with the container's address."""
    overlay = {own.name: own for own in planned.own if own.kind is ChainKind.OVERLAY}
    by_jump = {jump.text: own for own in overlay.values() for jump in own.jumps}
    for drift in drifts:
        if drift.kind is not DriftKind.MISSING:
            continue
        own = overlay.get(drift.chain) if " -j REJECT" in drift.wanted else None
        if drift.chain == FORWARD:
            own = by_jump.get(drift.wanted)
        if own:
            yield drift, number_of(own.container.ip)


def _any_matters(
    chains: Mapping[str, Chain], roles: Mapping[str, Sequence[Role]], ours: frozenset[str], network: CellNetwork
) -> bool:
    """Whether any unexpected rule could decide on packets to and from containers; most cells have none."""
    seen: set[str] = set()

    def decides(name: str) -> bool:
        """Whether a foreign chain has such a rule."""
        if name in seen:
            return False
        seen.add(name)
        return name in ours or name not in chains or any(map(matters, chains[name].rules))

    def matters(rule: Rule) -> bool:
        if (
            rule.target is None
            or isinstance(rule.target, Log)
            or not is_about_calls(reach_of(rule, network).may, network)
        ):
            return False
        return not isinstance(rule.target, Jump | Goto) or isinstance(rule.target, Goto) or decides(rule.target.chain)

    return any(
        matters(chains[name].rules[place])
        for name, known in roles.items()
        for place, role in enumerate(known)
        if role is None
    )


def _merged(
    drifts: Sequence[Drift], effects: PolicyEffects, held: ActualCell, lost: Mapping[Drift, int]
) -> Iterator[Drift]:
    """Yield all findings, those about effects first."""
    left = dict(effects.found)
    known = [_with_effect(drift, left.pop(RulePosition(drift.chain, drift.position), None)) for drift in drifts]
    known = [_opened(drift, effects, held, lost) for drift in _joined(known)]
    for place, effect in sorted(left.items(), key=lambda item: (item[0].chain != FORWARD, item[0])):
        text = held.chains[place.chain].texts[place.position - 1] if place.position else ""
        yield Drift(effect.kind, place.chain, text, place.position, sure=effect.sure, calls=effect.calls)
    yield from (drift for drift in known if drift.kind in ABOUT_CALLS)
    yield from (drift for drift in known if drift.kind not in ABOUT_CALLS)


def _with_effect(drift: Drift, effect: PolicyEffect | None) -> Drift:
    if drift.kind not in {DriftKind.EXTRA, DriftKind.ENFORCEMENT_OFF, DriftKind.WRONG_ORDER}:
        return drift
    if effect:
        return drift._replace(kind=effect.kind, sure=effect.sure, calls=effect.calls)
    return drift._replace(kind=DriftKind.EXTRA) if drift.kind is DriftKind.ENFORCEMENT_OFF else drift


def _joined(drifts: Sequence[Drift]) -> list[Drift]:
    """Merge two findings about a rule that matches a wrong mark, or no mark, into one."""
    missing = {
        (drift.chain, _MARK.sub("", drift.wanted)): drift
        for drift in drifts
        if drift.kind is DriftKind.MISSING and _MARK.search(drift.wanted)
    }
    found, used = [], set()
    for drift in drifts:
        wanted = missing.get((drift.chain, _MARK.sub("", drift.rule))) if drift.kind in ABOUT_CALLS else None
        if wanted and wanted not in used:
            used.add(wanted)
            found.append(drift._replace(wanted=wanted.wanted, wanted_position=wanted.wanted_position))
        else:
            found.append(drift)
    return [drift for drift in found if drift not in used]


def _opened(drift: Drift, effects: PolicyEffects, held: ActualCell, lost: Mapping[Drift, int]) -> Drift:
    """Classify the finding about a missing rule by what has become possible without it."""
    if drift in lost and lost[drift] in effects.opened:
        host = lost[drift]
        kind = DriftKind.ENFORCEMENT_OFF if effects.opened[host] else DriftKind.BYPASS
        return drift._replace(kind=kind, calls=EVERYTHING._replace(destination=((host, host),)))
    if drift.kind is DriftKind.MISSING and drift.wanted.startswith("-j vpa--") and _nothing_left(effects, held):
        return drift._replace(kind=DriftKind.ENFORCEMENT_OFF, calls=EVERYTHING)
    return drift


def _nothing_left(effects: PolicyEffects, held: ActualCell) -> bool:
    """Whether FORWARD jumps neither to the policies nor to the rules that reject all other calls."""
    if not effects.occupied or held.at_work or held.chains[FORWARD].policy == "DROP":
        return False
    if held.whole_cell:
        return all(effects.opened.get(host) for host in effects.hosts)
    return not any(" overlay--" in text for text in held.chains[FORWARD].texts)
