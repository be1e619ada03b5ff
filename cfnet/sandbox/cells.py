"""Places containers: on the cell with the fewest, at its lowest free overlay IP."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Final, NamedTuple

from cfnet.sandbox.faults import NoRoom

FIRST_HOST: Final = 3
"""The offset of the first container's IP in a cell's overlay subnet; lower addresses belong to the cell."""


class SandboxCell(NamedTuple):
    """A Diego cell: its name, its underlay IP, and its overlay subnet, leased from silk."""

    name: str
    address: str
    subnet: str

    @property
    def room(self) -> int:
        """The number of containers that the overlay subnet has IPs for, without the broadcast address."""
        return max(0, IPv4Network(self.subnet).num_addresses - FIRST_HOST - 1)


class ContainerPlace(NamedTuple):
    """The place of a container: the name of the cell and the overlay IP."""

    cell: str
    ip: str


def places(cells: Sequence[SandboxCell], taken: Iterable[ContainerPlace], wanted: int) -> list[ContainerPlace]:
    """Find places for `wanted` more containers, in order; of equally filled cells, the first one is used.

    Raises:
        NoRoom: the cells do not have enough free overlay IPs.
    """
    used = {cell.name: {place.ip for place in taken_there} for cell, taken_there in _by_cell(cells, taken)}
    free = sum(max(0, cell.room - len(used[cell.name])) for cell in cells)
    if wanted > free:
        raise NoRoom(
            f"The {len(cells)} cells have overlay IPs for only {free} more containers, not {wanted}.",
            hint="Scale other apps down first.",
        )
    return [_take(cells, used) for _ in range(wanted)]


def _by_cell(
    cells: Sequence[SandboxCell], taken: Iterable[ContainerPlace]
) -> Iterable[tuple[SandboxCell, list[ContainerPlace]]]:
    known = list(taken)
    return [(cell, [place for place in known if place.cell == cell.name]) for cell in cells]


def _take(cells: Sequence[SandboxCell], used: dict[str, set[str]]) -> ContainerPlace:
    cell = min((cell for cell in cells if len(used[cell.name]) < cell.room), key=lambda cell: len(used[cell.name]))
    first = IPv4Network(cell.subnet).network_address + FIRST_HOST
    ip = next(ip for offset in range(cell.room) if (ip := str(IPv4Address(int(first) + offset))) not in used[cell.name])
    used[cell.name].add(ip)
    return ContainerPlace(cell.name, ip)
