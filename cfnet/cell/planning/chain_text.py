"""Format a cell's chains as the output of `iptables -S` or as input for `iptables-restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model import kernel_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.cell.planning.container_chain import ContainerChain

PREVIEW: Final = "vpa--preview"
"""The name of a planned policy chain."""

_BUILT_IN: Final = ("INPUT", "FORWARD", "OUTPUT")


def chain_name(timestamp: int | None) -> str:
    """Return the chain name: the agent's prefix and the time in microseconds since the epoch.

    Raises:
        ValueError: the time is negative, or the name would be too long.
    """
    if timestamp is None:
        return PREVIEW
    name = f"vpa--{timestamp}"
    if timestamp < 0 or len(name) > kernel_text.LONGEST_CHAIN:
        raise ValueError(f"{timestamp} does not give a valid chain name")
    return name


class ChainFrame(NamedTuple):
    """The text before and after the lines of a policy chain's rules."""

    before: str
    after: str

    def around(self, lines: str) -> str:
        """Return the whole text."""
        return f"{self.before}{lines}{self.after}"


def start_of(chain: str) -> str:
    """Return how the lines of a chain's rules begin."""
    return f"-A {chain} "


def lines_of(rules: Iterable[str], chain: str) -> str:
    """Format the rules of a chain, which lack its name, as lines."""
    start = start_of(chain)
    return "".join([f"{start}{rule}\n" for rule in rules])


def listing(chain: str, own: Sequence[ContainerChain] = ()) -> ChainFrame:
    """Format the policy chain and the per-container chains `own` like `iptables -S`."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    names = "".join(f"-N {name}\n" for name in _names(chain, own))
    before, after = _other_rules(chain, own)
    return ChainFrame(f"{head}{names}{before}", after)


def save(chain: str, own: Sequence[ContainerChain] = ()) -> ChainFrame:
    """Format the same like `iptables-save`, for `iptables-restore`."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    names = "".join(f":{name} - [0:0]\n" for name in _names(chain, own))
    before, after = _other_rules(chain, own)
    return ChainFrame(f"*filter\n{head}{names}{before}", f"{after}COMMIT\n")


def _names(chain: str, own: Iterable[ContainerChain]) -> list[str]:
    return sorted([chain, *(each.name for each in own)])


def _other_rules(chain: str, own: Iterable[ContainerChain]) -> ChainFrame:
    """Format the rules of other chains: built-in chains first, the jump to the policy chain before all other rules."""
    built_in = [lines_of(rules, name) for name, rules in built_in_chains(chain, own).items()]
    named = sorted([(each.name, lines_of(each.rules, each.name)) for each in own])
    before = [text for name, text in named if name < chain]
    return ChainFrame("".join(built_in + before), "".join([text for name, text in named if name > chain]))


def built_in_chains(chain: str, own: Iterable[ContainerChain]) -> dict[str, list[str]]:
    """Return the rules of the built-in chains: the jumps to the policy chain and the chains `own`."""
    jumps: dict[str, list[str]] = {name: [] for name in _BUILT_IN}
    jumps["FORWARD"].append(f"-j {chain}")
    for each in own:
        for jump in each.jumps:
            jumps[jump.parent].append(jump.text)
    return jumps
