"""A policy chain as text: what `iptables -S` prints of it, and what `iptables-restore` loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PREVIEW: Final = "vpa--preview"
"""The name of a chain that no agent has made yet."""

LONGEST: Final = 28
"""The longest chain name that iptables takes (`XT_EXTENSION_MAXNAMELEN` less its end)."""

_BUILT_IN: Final = ("INPUT", "FORWARD", "OUTPUT")


def chain_name(timestamp: int | None) -> str:
    """The chain's name: the agent's prefix and the time in microseconds since the epoch.

    Raises:
        ValueError: that is no time, or longer than a name can be.
    """
    if timestamp is None:
        return PREVIEW
    name = f"vpa--{timestamp}"
    if timestamp < 0 or len(name) > LONGEST:
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


def _appended(rules: Iterable[str], chain: str) -> str:
    start = f"-A {chain} "
    return f"-A FORWARD -j {chain}\n" + "".join([f"{start}{rule}\n" for rule in rules])
