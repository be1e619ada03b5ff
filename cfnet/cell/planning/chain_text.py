"""Format a cell's chains as the output of `iptables -S` or as input for `iptables-restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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


def start_of(chain: str) -> str:
    """Return how the lines of a chain's rules begin."""
    return f"-A {chain} "


def lines_of(rules: Iterable[str], chain: str) -> str:
    """Format the rules of a chain, which lack its name, as lines."""
    start = start_of(chain)
    return "".join([f"{start}{rule}\n" for rule in rules])


def listing(lines: str, chain: str) -> str:
    """Format a policy chain, given as the lines of its rules, like `iptables -S` on a cell without other chains."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    return f"{head}-N {chain}\n-A FORWARD -j {chain}\n{lines}"


def save(lines: str, chain: str) -> str:
    """Format the same like `iptables-save`, for `iptables-restore`."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    return f"*filter\n{head}:{chain} - [0:0]\n-A FORWARD -j {chain}\n{lines}COMMIT\n"


def whole_listing(lines: str, chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the policy chain and the per-container chains `own` like `iptables -S`."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    names = "".join(f"-N {name}\n" for name in _names(chain, own))
    return f"{head}{names}{_all_lines(lines, chain, own)}"


def whole_save(lines: str, chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the same like `iptables-save`, for `iptables-restore`."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    names = "".join(f":{name} - [0:0]\n" for name in _names(chain, own))
    return f"*filter\n{head}{names}{_all_lines(lines, chain, own)}COMMIT\n"


def _names(chain: str, own: Iterable[ContainerChain]) -> list[str]:
    return sorted([chain, *(each.name for each in own)])


def _all_lines(lines: str, chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the rules of all chains: built-in chains first, the jump to the policy chain before all other rules."""
    built_in = [lines_of(rules, name) for name, rules in built_in_chains(chain, own).items()]
    chains = [(each.name, lines_of(each.rules, each.name)) for each in own]
    return "".join(built_in + [text for _, text in sorted([*chains, (chain, lines)])])


def built_in_chains(chain: str, own: Iterable[ContainerChain]) -> dict[str, list[str]]:
    """Return the rules of the built-in chains: the jumps to the policy chain and the chains `own`."""
    jumps: dict[str, list[str]] = {name: [] for name in _BUILT_IN}
    jumps["FORWARD"].append(f"-j {chain}")
    for each in own:
        for jump in each.jumps:
            jumps[jump.parent].append(jump.text)
    return jumps
