"""Per-container chains: the parts that all kinds share.

The CNI wrapper (silk-release, `netrules`) creates them when the container starts; the policy agent adds the `asg-`
chain. Texts are formatted like the output of `iptables -S`.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.model.container import Container
from cfnet.errors import InputFault

INPUT: Final = "INPUT"
FORWARD: Final = "FORWARD"

REJECT: Final = "-j REJECT --reject-with icmp-port-unreachable"
ESTABLISHED: Final = "-m state --state RELATED,ESTABLISHED -j ACCEPT"

_USABLE = re.compile(r"[!#-~]+")


class ChainKind(StrEnum):
    """The purpose of a per-container chain."""

    INPUT = "input"
    """Traffic from the container to the cell itself."""
    NETOUT = "netout"
    """Traffic from the container through the cell's own interfaces."""
    OVERLAY = "overlay"
    """Traffic from and to the container over the overlay network."""
    LOG = "log"
    """Logs and accepts."""
    RATE_LIMIT_LOG = "rate-limit-log"
    """Logs connections over the rate limit."""
    SECURITY_GROUPS = "security-groups"
    """Outbound traffic allowed by the security groups."""


class PlannedJump(NamedTuple):
    """A rule in another chain that jumps to this chain."""

    parent: str
    text: str


class ContainerChain(NamedTuple):
    """A per-container chain.

    Attributes:
        kind: its purpose.
        name: its name.
        container: its container.
        jumps: the rules in `INPUT` or `FORWARD` that jump to it; empty if only other chains of the container do.
        rules: its rules in order, without `-A` and the name.
    """

    kind: ChainKind
    name: str
    container: Container
    jumps: tuple[PlannedJump, ...]
    rules: tuple[str, ...]


def name_of(prefix: str, handle: str) -> str:
    """Return `PREFIX--HANDLE`, truncated to the maximum length of a chain name."""
    return go_text.cut(f"{prefix}--{handle}", kernel_text.LONGEST_CHAIN)


def with_suffix(name: str, suffix: str) -> str:
    """Append a suffix to a chain name, truncating the name to make room."""
    return f"{go_text.cut(name, kernel_text.LONGEST_CHAIN - len(suffix) - 2)}--{suffix}"


def log(match: str, word: str, handle: str) -> str:
    """Return the rule that logs what `match` matches, with the prefix `WORD_HANDLE` truncated to 28 bytes."""
    return f"{match} -j LOG --log-prefix {kernel_text.log_prefix(f'{word}_{handle}')}"


def require_usable(container: Container, where: str) -> None:
    """Check that the container's handle can be used in chain names.

    Raises:
        InputFault: it has characters that iptables does not allow in chain names.
    """
    if not _USABLE.fullmatch(container.handle):
        raise InputFault(
            f"expected a handle of visible ASCII characters without quotes, found {container.handle!r}",
            where=where,
            hint="iptables does not allow others in chain names: such a container could not start.",
        )
