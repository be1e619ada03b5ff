"""Compare all rules of a cell, as printed by the kernel, with the expected ones."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from cfnet.cell.drift.chain_drift import ABOUT_CALLS, Drift, DriftKind
from cfnet.cell.drift.effect_drift import ActualCell, with_effects
from cfnet.cell.drift.unreadable import listed_drift, without_unreadable
from cfnet.cell.iptables.target import Goto, Jump
from cfnet.cell.planning.chain_text import PREVIEW
from cfnet.cell.planning.container_chain import ChainKind
from cfnet.cell.planning.netout_chain import is_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.drift.policy_effect import AddressesOf
    from cfnet.cell.iptables.listing import Chain, Ruleset
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.planned_cell import PlannedCell

_POLICY_CHAIN = re.compile(r"vpa--(?:([0-9]+)|preview)")
_OWN_CHAIN = re.compile(r"(?:input--|netout--|overlay--|c?asg-).*")
"""Per-container chains; a `casg-` chain is a candidate that is later renamed to `asg-` (`enforcer.go`)."""
_FORWARD: Final = "FORWARD"
_PARENTS: Final = ("INPUT", _FORWARD)


def cell_drift(
    planned: PlannedCell,
    actual: Ruleset,
    *,
    whole_cell: bool,
    security_groups: bool,
    addresses_of: AddressesOf = lambda _: (),
) -> list[Drift]:
    """Return the findings about the rules of a cell; empty if they are as expected.

    Foreign rules only count if they bypass the policies or block what these allow. The order of containers, which
    depends on when they were started, is ignored. The name of the policy chain is taken from the cell. For containers
    without an `asg-` chain, only the last rules of the `netout--` chain are known and compared.

    Args:
        planned: the expected rules.
        actual: the actual rules; only the filter table is compared.
        whole_cell: whether to compare per-container chains, too.
        security_groups: whether the security groups are known; if not, `asg-` chains are not compared.
        addresses_of: returns the addresses of an app's containers on all cells; empty if unknown.
    """
    chains = actual.filter.chains
    wanted = [rule.text for rule in planned.policy]
    at_work = policy_chains_at_work(chains)
    drifts = list(_policy_chains(wanted, chains, at_work))
    if whole_cell:
        drifts += _own_chains(planned, chains, security_groups=security_groups)
    return with_effects(drifts, planned, ActualCell(chains, at_work, whole_cell), addresses_of)


def has_own_chains(actual: Ruleset) -> bool:
    """Whether there are any per-container chains."""
    return any(_OWN_CHAIN.fullmatch(name) for name in actual.filter.chains)


def policy_chains_at_work(chains: Mapping[str, Chain]) -> list[str]:
    """Return the policy chains that FORWARD jumps to, newest last."""
    forward = set(_texts(chains.get(_FORWARD)))
    return [name for name in _policy_names(chains) if f"-j {name}" in forward]


def _policy_names(chains: Mapping[str, Chain]) -> list[str]:
    return sorted(filter(_POLICY_CHAIN.fullmatch, chains), key=_age)


def ignored_rules(actual: Ruleset, drifts: Iterable[Drift]) -> int:
    """Return the number of foreign rules in the filter table that are not in a finding."""
    others = sum(
        not (isinstance(rule.target, Jump | Goto) and _is_ours(rule.target.chain))
        for name, chain in actual.filter.chains.items()
        if not _is_ours(name)
        for rule in chain.rules
    )
    return others - len({drift[1:4] for drift in drifts if drift.kind in ABOUT_CALLS and _is_theirs(drift)})


def _is_theirs(drift: Drift) -> bool:
    return bool(drift.position) and not _is_ours(drift.chain) and not _is_ours(drift.rule.rpartition(" ")[2])


def _is_ours(chain: str) -> bool:
    return bool(_POLICY_CHAIN.fullmatch(chain) or _OWN_CHAIN.fullmatch(chain))


def _policy_chains(wanted: Sequence[str], chains: Mapping[str, Chain], at_work: Sequence[str]) -> Iterator[Drift]:
    forward = _texts(chains.get(_FORWARD))
    names = _policy_names(chains)
    for name in names:
        if name not in at_work:
            yield Drift(DriftKind.STALE_CHAIN, name)
    if not at_work:
        name = next(reversed(names), PREVIEW)
        yield Drift(DriftKind.MISSING, _FORWARD, wanted=f"-j {name}", wanted_position=1)
        if not names:
            yield from listed_drift(name, wanted, [])
        return
    newest = at_work[-1]
    yield from _before(newest, at_work, forward)
    found = {name: listed_drift(name, wanted, _texts(chains[name])) for name in at_work}
    for name in at_work[:-1]:
        place = forward.index(f"-j {name}") + 1
        yield Drift(DriftKind.TWO_CHAINS, _FORWARD, f"-j {name}", place)
    if all(found.values()):
        yield from found[newest]


def _before(newest: str, at_work: Sequence[str], forward: Sequence[str]) -> Iterator[Drift]:
    """Report if the newest policy chain does not come before all other chains of the agent or containers."""
    jump = f"-j {newest}"
    place = forward.index(jump)
    ours = (rule for rule in forward[:place] if _OWN_CHAIN.fullmatch(rule.rpartition("-j ")[2]))
    older = (rule for rule in forward[:place] if rule.removeprefix("-j ") in at_work)
    if any(ours) or any(older):
        yield Drift(DriftKind.WRONG_ORDER, _FORWARD, jump, place + 1, jump, 1)


def _own_chains(planned: PlannedCell, chains: Mapping[str, Chain], *, security_groups: bool) -> Iterator[Drift]:
    candidates = _linked_candidates(planned.netout, chains)
    survives = planned.settings.silk.candidate_survives
    kept = {name: candidate for name, candidate in candidates.items() if survives or name not in chains}
    wanted = {chain.name: chain for chain in planned.own}
    for own in wanted.values():
        if security_groups or not own.name.startswith("asg-"):
            yield from _own_chain(own, chains, kept)
    yield from _stale_chains(wanted, chains, candidates, kept)
    for parent in _PARENTS:
        yield from _jumps(parent, planned.jumps(parent), chains.get(parent), wanted)


def _own_chain(own: ContainerChain, chains: Mapping[str, Chain], kept: Mapping[str, str]) -> Iterator[Drift]:
    """Compare a per-container chain, or its candidate if the agent has left only that."""
    if own.name in kept:
        candidate = kept[own.name]
        yield from listed_drift(candidate, own.rules, _texts(chains[candidate]))
        return
    found = _texts(chains.get(own.name))
    if own.kind is not ChainKind.NETOUT:
        yield from listed_drift(own.name, own.rules, found)
        return
    found = _after_renaming(found, own.rules[0], kept)
    compare = listed_drift if is_whole(own) else _last_rules
    yield from compare(own.name, own.rules, found)


def _stale_chains(
    wanted: Collection[str], chains: Iterable[str], candidates: Mapping[str, str], kept: Mapping[str, str]
) -> Iterator[Drift]:
    """Report per-container chains that should not exist; for a candidate in use, name the chain that is kept."""
    for name in chains:
        if _OWN_CHAIN.fullmatch(name) and name not in wanted:
            original = name.removeprefix("c")
            linked = candidates.get(original) == name
            yield Drift(DriftKind.STALE_CHAIN, name, kept=kept.get(original, original) if linked else "")


def _linked_candidates(netout: Iterable[ContainerChain], chains: Mapping[str, Chain]) -> dict[str, str]:
    """Return the candidates that netout chains jump to first, by their future name."""
    found = {}
    for chain in netout:
        first = next(iter(_texts(chains.get(chain.name))), "")
        candidate = first.removeprefix("-j ")
        if candidate.startswith("casg-") and candidate in chains and first.startswith("-j "):
            found[candidate.removeprefix("c")] = candidate
    return found


def _after_renaming(found: list[str], jump: str, kept: Mapping[str, str]) -> list[str]:
    """Return the rules of a netout chain as they will be after the agent has replaced the original by the candidate."""
    if jump.removeprefix("-j ") not in kept:
        return found
    return [jump, *(text for text in found[1:] if text != jump)]


def _last_rules(chain: str, wanted: Sequence[str], found: Sequence[str]) -> Iterator[Drift]:
    """Compare the end of a chain; the rules above it, and how many there are, are unknown."""
    above = max(len(found) - len(wanted), 0)
    for drift in listed_drift(chain, wanted, found[above:]):
        match drift.kind:
            case DriftKind.MISSING:
                yield drift._replace(wanted_position=0)
            case DriftKind.EXTRA:
                pass
            case _:
                yield drift._replace(position=drift.position + above, wanted_position=drift.wanted_position + above)


def _jumps(parent: str, wanted: Sequence[str], actual: Chain | None, ours: Collection[str]) -> Iterator[Drift]:
    """Compare the jumps to per-container chains, in any order; jumps to stale chains are covered by these."""
    numbered = _jumps_to(ours, actual)
    texts, unreadable = without_unreadable(parent, wanted, [text for _, text in numbered])
    for drift in unreadable:
        yield drift._replace(position=numbered[drift.position - 1][0], wanted_position=0)
    places = {drift.position for drift in unreadable}
    found: Counter[str] = Counter()
    lacking = Counter(wanted)
    for place, text in enumerate(texts, 1):
        found[text] += 1
        if found[text] > lacking[text] and place not in places:
            yield Drift(DriftKind.EXTRA, parent, text, numbered[place - 1][0])
    for text in (lacking - found).elements():
        yield Drift(DriftKind.MISSING, parent, wanted=text)


def _jumps_to(targets: Collection[str], chain: Chain | None) -> list[tuple[int, str]]:
    """Return the rules of `chain` that jump to one of `targets`, with their numbers."""
    if not chain:
        return []
    numbered = enumerate(zip(chain.texts, chain.rules, strict=True), 1)
    return [(n, text) for n, (text, rule) in numbered if isinstance(rule.target, Jump) and rule.target.chain in targets]


def _age(name: str) -> tuple[int, str]:
    """Return a key that sorts policy chains by creation time; a preview comes first."""
    found = _POLICY_CHAIN.fullmatch(name)
    return (int(found[1]) if found and found[1] else -1, name)


def _texts(chain: Chain | None) -> list[str]:
    return chain.texts if chain else []
