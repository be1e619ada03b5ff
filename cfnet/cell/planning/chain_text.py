"""A cell's chains as text: what `iptables -S` prints of them, and what `iptables-restore` loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.model import kernel_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.cell.planning.container_chain import ContainerChain

PREVIEW: Final = "vpa--preview"
"""The name of a chain that no agent has made yet."""

_BUILT_IN: Final = ("INPUT", "FORWARD", "OUTPUT")


def chain_name(timestamp: int | None) -> str:
    """The chain's name: the agent's prefix and the time in microseconds since the epoch.

    Raises:
        ValueError: that is no time, or longer than a name can be.
    """
    if timestamp is None:
        return PREVIEW
    name = f"vpa--{timestamp}"
    if timestamp < 0 or len(name) > kernel_text.LONGEST_CHAIN:
        raise ValueError(f"{timestamp} makes no name of a chain")
    return name


def listing(rules: Iterable[str], chain: str) -> str:
    """What `iptables -S` prints on a cell that has this chain alone; `rules` are texts without the chain's name."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    return f"{head}-N {chain}\n{_appended(rules, chain)}"


def save(rules: Iterable[str], chain: str) -> str:
    """The same as `iptables-save` writes it, and `iptables-restore` loads it."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    return f"*filter\n{head}:{chain} - [0:0]\n{_appended(rules, chain)}COMMIT\n"


def whole_listing(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """What `iptables -S` prints on a cell with this policy chain and the containers' `own` chains."""
    head = "".join(f"-P {name} ACCEPT\n" for name in _BUILT_IN)
    names = "".join(f"-N {name}\n" for name in _names(chain, own))
    return f"{head}{names}{_all_appended(rules, chain, own)}"


def whole_save(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """The same as `iptables-save` writes it, and `iptables-restore` loads it."""
    head = "".join(f":{name} ACCEPT [0:0]\n" for name in _BUILT_IN)
    names = "".join(f":{name} - [0:0]\n" for name in _names(chain, own))
    return f"*filter\n{head}{names}{_all_appended(rules, chain, own)}COMMIT\n"


def _names(chain: str, own: Iterable[ContainerChain]) -> list[str]:
    return sorted([chain, *(each.name for each in own)])


def _all_appended(rules: Iterable[str], chain: str, own: Sequence[ContainerChain]) -> str:
    """The rules of all chains: first the built-in ones, the policy chain's jump before all others."""
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
