"""The placement of containers."""

import pytest

from cfnet.sandbox import ContainerPlace, NoRoom, SandboxCell
from cfnet.sandbox.cells import places

ONE, TWO = SandboxCell("one", "10.0.0.1", "10.255.1.0/24"), SandboxCell("two", "10.0.0.2", "10.255.2.0/24")
SMALL = SandboxCell("small", "10.0.0.3", "10.255.3.0/29")


@pytest.mark.parametrize(
    ("cells", "taken", "wanted", "expected"),
    [
        pytest.param((ONE, TWO), (), 0, [], id="none wanted, none placed"),
        pytest.param((ONE, TWO), (), 1, [("one", "10.255.1.3")], id="of empty cells the first one is used"),
        pytest.param(
            (ONE, TWO),
            (),
            3,
            [("one", "10.255.1.3"), ("two", "10.255.2.3"), ("one", "10.255.1.4")],
            id="containers spread over the cells",
        ),
        pytest.param(
            (ONE, TWO),
            (ContainerPlace("one", "10.255.1.3"),),
            1,
            [("two", "10.255.2.3")],
            id="the cell with fewer containers is used",
        ),
        pytest.param(
            (ONE,),
            (ContainerPlace("one", "10.255.1.4"),),
            2,
            [("one", "10.255.1.3"), ("one", "10.255.1.5")],
            id="gaps are filled",
        ),
        pytest.param(
            (SMALL, TWO),
            (),
            10,
            [
                *[
                    (cell, f"{net}.{host}")
                    for host in (3, 4, 5, 6)
                    for cell, net in (("small", "10.255.3"), ("two", "10.255.2"))
                ],
                ("two", "10.255.2.7"),
                ("two", "10.255.2.8"),
            ],
            id="a full cell is skipped, and the broadcast address is never used",
        ),
    ],
)
def test_placement(
    cells: tuple[SandboxCell, ...], taken: tuple[ContainerPlace, ...], wanted: int, expected: list[tuple[str, str]]
) -> None:
    """Containers go to the cell with the fewest, and get the lowest free IP from .3 on."""
    assert places(cells, taken, wanted) == [ContainerPlace(*place) for place in expected]


def test_more_containers_than_ips_are_refused() -> None:
    """As a whole: none of them is placed."""
    with pytest.raises(NoRoom) as refused:
        places((SMALL,), (ContainerPlace("small", "10.255.3.3"),), 4)
    assert str(refused.value) == "The 1 cells have overlay IPs for only 3 more containers, not 4."
