"""Where cells and containers run, as the supervisor tells, and how to enter them with `nsenter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PlacedCell(NamedTuple):
    """A process in the namespaces of a cell; 0 while it is being restarted."""

    name: str
    pid: int


class PlacedContainer(NamedTuple):
    """The app in a container, and its process; 0 while it is being restarted.

    Attributes:
        handle: the name of the container on its cell.
        app: the GUID of the app.
        name: the name of the app.
        instance: its number among the app's instances.
        cell: the name of the cell.
        ip: the overlay IP.
        ports: the ports that the app listens on.
        pid: the process id in the data plane.
    """

    handle: str
    app: str
    name: str
    instance: int
    cell: str
    ip: str
    ports: Sequence[int]
    pid: int


class Places(NamedTuple):
    """Where everything runs.

    Attributes:
        supervisor: the process id of the supervisor on the host.
        user: whether it has a user namespace of its own.
        cells: the cells.
        containers: the containers of all cells.
    """

    supervisor: int
    user: bool
    cells: Sequence[PlacedCell]
    containers: Sequence[PlacedContainer]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """Read the answer of the supervisor to `places`."""
        return cls(
            int(answer["supervisor"]),
            bool(answer["user"]),
            [PlacedCell(str(each["name"]), int(each["pid"])) for each in answer["cells"]],
            [
                PlacedContainer(**{field: each[field] for field in PlacedContainer._fields})
                for each in answer["containers"]
            ],
        )

    def entering(self, pid: int) -> Sequence[str]:
        """Return the command line that runs what follows it beside the process `pid` of the data plane.

        The first step enters the data plane, whose process ids are its own; the second one, the cell or container.
        """
        user = ("--user", "--preserve-credentials") if self.user else ()
        outer = ("nsenter", "--target", str(self.supervisor), *user, "--mount", "--net", "--pid", "--ipc", "--")
        inner = ("nsenter", "--target", str(pid), "--mount", "--net", "--uts", "--")
        return (*outer, *inner)
