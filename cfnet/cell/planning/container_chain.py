"""A chain that a container has for itself: what all kinds of them have in common.

The CNI wrapper (silk-release, `netrules`) makes them when the container starts, the policy agent adds the `asg-` chain.
Texts are as `iptables -S` prints them.
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
    """What a chain is for."""

    INPUT = "input"
    """What the container may send to the cell itself."""
    NETOUT = "netout"
    """What it may send out through the cell's own interfaces."""
    OVERLAY = "overlay"
    """What it may send and get over the overlay network."""
    LOG = "log"
    """Accepts with a line in the kernel's log."""
    RATE_LIMIT_LOG = "rate-limit-log"
    """Where connections beyond the limit go, with a line in the kernel's log."""
    SECURITY_GROUPS = "security-groups"
    """What the security groups let it send out."""


class PlannedJump(NamedTuple):
    """A rule of another chain that leads to a chain."""

    parent: str
    text: str


class ContainerChain(NamedTuple):
    """One chain of one container.

    Attributes:
        kind: what it is for.
        name: its name.
        container: whose it is.
        jumps: the rules that lead to it, of `INPUT` or `FORWARD`; none where only the container's own chains do.
        rules: its rules in order, each without `-A` and the name.
    """

    kind: ChainKind
    name: str
    container: Container
    jumps: tuple[PlannedJump, ...]
    rules: tuple[str, ...]


def name_of(prefix: str, handle: str) -> str:
    """The name `PREFIX--HANDLE`, cut to what iptables takes."""
    return go_text.cut(f"{prefix}--{handle}", kernel_text.LONGEST_CHAIN)


def with_suffix(name: str, suffix: str) -> str:
    """The name of a chain beside the one called `name`, cut so that the suffix is whole."""
    return f"{go_text.cut(name, kernel_text.LONGEST_CHAIN - len(suffix) - 2)}--{suffix}"


def log(match: str, word: str, handle: str) -> str:
    """The rule that logs what `match` matches, under `WORD_HANDLE` cut to 28 bytes."""
    return f"{match} -j LOG --log-prefix {kernel_text.log_prefix(f'{word}_{handle}')}"


def require_usable(container: Container, where: str) -> None:
    """Check that chains can be named after the container.

    Raises:
        InputFault: its handle has characters that iptables takes in no name.
    """
    if not _USABLE.fullmatch(container.handle):
        raise InputFault(
            f"expected a handle of visible ASCII characters without quotes, found {container.handle!r}",
            where=where,
            hint="iptables takes no other in the names of chains: no such container could start.",
        )
