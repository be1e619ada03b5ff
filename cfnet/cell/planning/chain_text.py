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


def listing(rules: Iterable[str], chain: str) -> str:
    """Format a policy chain like `iptables -S` on a cell without other chains; `rules` lack the chain's name."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    return f"{head}-N {chain}\n{_appended(rules, chain)}"


def save(rules: Iterable[str], chain: str) -> str:
    """Format the same like `iptables-save`, for `iptables-restore`."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    return f"*filter\n{head}:{chain} - [0:0]\n{_appended(rules, chain)}COMMIT\n"


def whole_listing(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the policy chain and the per-container chains `own` like `iptables -S`."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    names = "".join(f"-N {name}\n" for name in _names(chain, own))
    return f"{head}{names}{_all_appended(rules, chain, own)}"


def whole_save(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the same like `iptables-save`, for `iptables-restore`."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    names = "".join(f":{name} - [0:0]\n" for name in _names(chain, own))
    return f"*filter\n{head}{names}{_all_appended(rules, chain, own)}COMMIT\n"


def _names(chain: str, own: Iterable[ContainerChain]) -> list[str]:
    return sorted([chain, *(each.name for each in own)])


def _all_appended(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """Format the rules of all chains: built-in chains first, the jump to the policy chain before all other rules."""
    jumps = [jump for each in own for jump in each.jumps]
    chains: dict[str, Iterable[str]] = {
        name: [jump.text for jump in jumps if jump.parent == name] for name in _BUILT_IN
    }
    chains["FORWARD"] = [f"-j {chain}", *chains["FORWARD"]]
    chains |= dict(sorted([(each.name, each.rules) for each in own] + [(chain, rules)], key=_name))
    return "".join([f"-A {name} {rule}\n" for name, texts in chains.items() for rule in texts])


def _name(chain: tuple[str, Iterable[str]]) -> str:
    return chain[0]


def _appended(rules: Iterable[str], chain: str) -> str:
    start = f"-A {chain} "
    return f"-A FORWARD -j {chain}\n" + "".join([f"{start}{rule}\n" for rule in rules])
