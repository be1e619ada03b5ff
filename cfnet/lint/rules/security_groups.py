"""Rules about security groups that reach where only policies should decide."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from cfnet.cell.model.security_group import accepted_ports, address_ranges
from cfnet.document.lint_section import LintId
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.cell.model.security_group import GroupRule
    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject

_EVERYWHERE: Final = (0, 2**32 - 1)
HOST_PORTS: Final = (61001, 65534)
"""The ports of a cell that Garden maps to containers: its port pool's default."""


class OpenEverything(LintRule):
    """A security group allows all protocols to 0.0.0.0/0: the cells, the platform's own machines, and other networks.

    Apps then reach each other through the ports of the cells, which no policy guards.
    """

    id: ClassVar = LintId.OPEN_EVERYTHING
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Allow only the networks and ports that apps need, without those of the platform."
    is_about_items: ClassVar = False

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each group."""
        for group in subject.groups:
            if group.applies and any(map(_opens_everything, group.rules)):
                yield self.found(f"The security group {group.name} allows all protocols to 0.0.0.0/0.")


class OpenOverlay(LintRule):
    """A security group allows traffic to the overlay network, where only policies should decide.

    Cells consult security groups for packets that leave through the interfaces of the cell. Where these also carry the
    overlay, because of a changed network or rules of other software, such a group allows calls that no policy allows.
    Elsewhere it has no effect, and hides that a policy is missing.
    """

    id: ClassVar = LintId.OPEN_OVERLAY
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Exclude the overlay network from the destinations, and add policies instead."
    is_about_items: ClassVar = False

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each group and network."""
        opened = list(_opened(subject))
        for network in subject.overlay:
            for each in _first_of_groups(opened, _addresses(network)):
                yield self.found(f"{each} includes the overlay network {network}.")


class OpenCells(LintRule):
    """A security group lets apps connect to the cells, on ports that lead to containers.

    Each app instance can also be reached at a port of its cell (61001 to 65534), which the routers use. Calls through
    it pass no policy.

    The addresses of cells are taken from a snapshot whose cells are named by address. Set `underlay` under `lint` in a
    document to the networks of the cells to check them anywhere: `underlay: [10.0.16.0/20]`.
    """

    id: ClassVar = LintId.OPEN_CELLS
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Exclude the network of the cells from the destinations, or the ports 61001 to 65534."
    is_about_items: ClassVar = False

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each group and network, and one for each group that includes known cells."""
        opened = list(_opened(subject, HOST_PORTS))
        for network in subject.settings.underlay:
            for each in _first_of_groups(opened, _addresses(network)):
                yield self.found(f"{each} includes addresses of cells, {network}.")
        cells = sorted(map(IPv4Address, subject.cells))
        named: set[str] = set()
        for each in opened if cells else ():
            included = each.included(cells)
            if included and each.group not in named:
                named.add(each.group)
                more = f" and {len(included) - 1:,} more" if len(included) > 1 else ""
                yield self.found(f"{each} includes the cell {included[0]}{more}.")


class _OpenedRange(NamedTuple):
    """A rule of a group that allows something, and its destinations as ranges of numbers."""

    group: str
    rule: GroupRule
    ranges: Sequence[tuple[int, int]]

    def included(self, cells: Sequence[IPv4Address]) -> Sequence[IPv4Address]:
        """Return those of `cells`, which are sorted, that are in its first range with cells."""
        for start, end in self.ranges:
            found = cells[bisect_left(cells, start, key=int) : bisect_right(cells, end, key=int)]
            if found:
                return found
        return ()

    def __str__(self) -> str:
        """The start of a sentence."""
        return f"The security group {self.group} allows {self.rule.protocol} to {self.rule.destination}, which"


def _opened(subject: LintSubject, ports: tuple[int, int] | None = None) -> Iterator[_OpenedRange]:
    """Yield the rules that allow anything, with `ports` anything to one of these, of groups that do not open all."""
    for group in subject.groups:
        if group.applies and not any(map(_opens_everything, group.rules)):
            for rule in group.rules:
                if _allows(rule, ports):
                    yield _OpenedRange(group.name, rule, address_ranges(rule))


def _first_of_groups(opened: Iterable[_OpenedRange], inside: tuple[int, int]) -> Iterable[_OpenedRange]:
    """Return the first rule of each group with addresses in `inside`."""
    found: dict[str, _OpenedRange] = {}
    for each in opened:
        if each.group not in found and _overlaps(each.ranges, inside):
            found[each.group] = each
    return found.values()


def _addresses(network: str) -> tuple[int, int]:
    within = IPv4Network(network, strict=False)
    return int(within.network_address), int(within.broadcast_address)


def _allows(rule: GroupRule, ports: tuple[int, int] | None) -> bool:
    """Whether it allows anything, with `ports` anything to one of them over TCP."""
    accepted = accepted_ports(rule)
    if ports is None:
        return accepted is None or bool(accepted)
    if accepted is None:
        return rule.protocol == "all"
    return rule.protocol == "tcp" and _overlaps(accepted, ports)


def _overlaps(ranges: Iterable[tuple[int, int]], other: tuple[int, int]) -> bool:
    return any(start <= other[1] and other[0] <= end for start, end in ranges)


def _opens_everything(rule: GroupRule) -> bool:
    return rule.protocol == "all" and accepted_ports(rule) is None and _EVERYWHERE in address_ranges(rule)
