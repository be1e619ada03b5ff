"""The chains that the CNI wrapper makes when a container starts and removes when it stops, for `iptables-restore`.

Pure: given what `iptables -S` prints on the cell, they return the lines that change it. The CNI wrapper appends the
jumps of a new container to INPUT and FORWARD. Here they go where the container's handle belongs among the others, so
that a cell's rules do not depend on its history, and equal those of `render`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from cfnet.cell.model.state import Cell
from cfnet.cell.planning.container_chains import ContainerChainsPlanner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.planning.container_chain import ContainerChain


def started_chains(containers: Sequence[Container], settings: AgentSettings) -> list[ContainerChain]:
    """Plan the chains of starting containers, sorted by handle: all but those of the security groups.

    Raises:
        InputFault: a handle cannot be used in chain names, or two are too similar.
    """
    alone = ContainerChainsPlanner([], replace(settings, enable_asg_syncing=False))
    return alone.plan(Cell("", containers))


def added_chains(fresh: Sequence[ContainerChain], present: Sequence[ContainerChain], listing: str) -> Iterator[str]:
    """Add the chains `fresh` to a cell that has those of `present` containers."""
    rules = rules_by_chain(listing)
    inserted: Counter[str] = Counter()
    for chain in fresh:
        yield f":{chain.name} - [0:0]"
    for chain in fresh:
        later = {each.name for each in present if each.container.handle > chain.container.handle}
        for jump in chain.jumps:
            # The rule before which the jump goes existed before: iptables-nft cannot refer to those of the same load.
            place = _first(rules.get(jump.parent, ()), later)
            if place is None:
                yield f"-A {jump.parent} {jump.text}"
            else:
                yield f"-I {jump.parent} {place + inserted[jump.parent]} {jump.text}"
                inserted[jump.parent] += 1
    for chain in fresh:
        yield from (f"-A {chain.name} {rule}" for rule in chain.rules)


def _first(rules: Sequence[str], targets: Collection[str]) -> int | None:
    """Return the number, from 1, of the first rule that jumps to one of `targets`."""
    return next((number for number, rule in enumerate(rules, 1) if target_of(rule) in targets), None)


def removed_chains(names: Collection[str], listing: str) -> Iterator[str]:
    """Remove the chains with these `names` and the jumps to them, as far as the cell has them."""
    rules = rules_by_chain(listing)
    for chain, texts in rules.items():
        if chain not in names:
            yield from (f"-D {chain} {text}" for text in texts if target_of(text) in names)
    there = [name for name in names if name in rules]
    yield from (f"-F {name}" for name in there)
    yield from (f"-X {name}" for name in there)


def rules_by_chain(listing: str) -> Mapping[str, Sequence[str]]:
    """Return the rules of each chain in the output of `iptables -S`, without `-A` and the chain's name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in listing.splitlines():
        kind, chain, *rule = line.split(" ", 2)
        found[chain] += rule if kind == "-A" else []
    return found


def target_of(rule: str) -> str:
    """Return the chain or target of a rule as `iptables -S` prints it; empty if it has none."""
    words = rule.split(" ")
    return next((words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-j", "-g")), "")
