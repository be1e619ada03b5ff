"""The agent's way to replace chains, step by step, in a kernel."""

from collections.abc import Iterator
from itertools import count

import pytest

from cfnet.cell.model.silk_release import CURRENT, RELEASE_2024, SilkRelease
from cfnet.cell.model.state import Cell, State
from cfnet.cell.planning.container_chain import ChainKind, ContainerChain
from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell
from cfnet.dataplane.namespace import Namespace
from cfnet.dataplane.policy_swap import PolicySwap
from cfnet.dataplane.programs import Backend, Iptables, ProgramFailed, run_program
from cfnet.dataplane.security_group_swap import SecurityGroupSwap
from cfnet.dataplane.start_chains import added_chains, removed_chains, started_chains, target_of
from tests.kernel.generated_foundations import foundation

pytestmark = pytest.mark.kernel

EMPTY = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n"
SEEDS = range(8)


class RecordedIptables(Iptables):
    """Remembers what was loaded, and fails when told to."""

    def __init__(self, backend: Backend, namespace: Namespace) -> None:
        self.loaded: list[list[str]] = []
        self.fails_at = 0

        def run(*words: str, text: str = "") -> str:
            if text:
                self.loaded.append(text.splitlines()[1:-1])
                if len(self.loaded) == self.fails_at:
                    return namespace.inside(lambda: run_program(*words, text="*filter\n-A absent -j ACCEPT\nCOMMIT\n"))
            return namespace.run(*words, text=text)

        super().__init__(backend, run)


@pytest.fixture
def iptables(backend: str) -> Iterator[RecordedIptables]:
    """Iptables of an empty namespace."""
    namespace = Namespace()
    try:
        yield RecordedIptables(Backend(backend), namespace)
    finally:
        namespace.close()


def planned_cells(seed: int) -> tuple[State, list[PlannedCell]]:
    """A random foundation, and the plan of each of its cells."""
    state = foundation(seed)
    planner = CellPlanner(state)
    return state, [planner.plan(cell) for cell in state.cells()]


def swap_of(iptables: Iptables, start: int = 1000) -> PolicySwap:
    """Names chains by a clock that ticks with each chain."""
    ticks = count(start)
    return PolicySwap(iptables, lambda: next(ticks))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_built_step_by_step_lists_what_was_planned(seed: int, iptables: RecordedIptables) -> None:
    """Containers start in any order, groups and policies are enforced, other containers come and go."""
    state, _ = planned_cells(seed)
    planner = CellPlanner(state)
    for cell in state.cells(list(state.cell_names)[:1]):
        groups = SecurityGroupSwap(iptables, candidate_survives=True)
        policies = swap_of(iptables)
        running: list[ContainerChain] = []
        for container in cell.containers:
            fresh = started_chains([container], state.settings)
            iptables.edit(added_chains(fresh, running, iptables.listing()))
            running += fresh
            started_here = {own.container for own in running}
            plan = planner.plan(Cell(cell.name, [each for each in cell.containers if each in started_here]))
            policies.enforce([rule.text for rule in plan.policy])
            groups.enforce([own for own in plan.own if own.container == container])
            assert iptables.listing() == plan.listing(policies.chain)
        last = [own for own in planner.plan(cell).own if own.container == cell.containers[0]]
        iptables.edit(removed_chains([own.name for own in last], iptables.listing()))
        rest = planner.plan(Cell(cell.name, cell.containers[1:]))
        policies.enforce([rule.text for rule in rest.policy])
        assert iptables.listing() == rest.listing(policies.chain)


def test_rules_that_are_enforced_are_left_alone(iptables: RecordedIptables) -> None:
    """The chain keeps its name; another agent, which knows nothing, makes a new one."""
    swap = swap_of(iptables)
    rules = ["-s 10.255.77.4/32 -j ACCEPT"]
    swap.enforce(rules)
    listing, loads = iptables.listing(), len(iptables.loaded)
    swap.enforce(list(rules))
    assert (iptables.listing(), len(iptables.loaded)) == (listing, loads)
    other = swap_of(iptables, 2000)
    other.enforce(rules)
    assert iptables.listing() == listing.replace("vpa--1000", "vpa--2000")


def test_both_chains_are_linked_until_the_new_one_is_filled(iptables: RecordedIptables) -> None:
    """What only the old rules allow stays allowed until the old chain goes."""
    swap = swap_of(iptables)
    swap.enforce(["-s 10.255.77.4/32 -j ACCEPT"])
    iptables.loaded.clear()
    swap.enforce(["-s 10.255.77.5/32 -j ACCEPT"])
    assert iptables.loaded == [
        [":vpa--1001 - [0:0]", "-I FORWARD 1 -j vpa--1001"],
        ["-A vpa--1001 -s 10.255.77.5/32 -j ACCEPT"],
        ["-D FORWARD -j vpa--1000", "-F vpa--1000", "-X vpa--1000"],
    ]


def test_a_failing_load_keeps_the_old_chain(iptables: RecordedIptables) -> None:
    """The new chain is deleted; the next attempt succeeds."""
    swap = swap_of(iptables)
    swap.enforce(["-s 10.255.77.4/32 -j ACCEPT"])
    listing = iptables.listing()
    with pytest.raises(ProgramFailed):
        swap.enforce(["-s 10.255.77.5/32 -j NOWHERE"])
    assert (iptables.listing(), swap.chain) == (listing, "vpa--1000")
    swap.enforce(["-s 10.255.77.5/32 -j ACCEPT"])
    assert "vpa--1000" not in iptables.listing()


@pytest.mark.parametrize("steps", [1, 2])
def test_a_swap_that_was_interrupted_is_cleaned_up(steps: int, iptables: RecordedIptables) -> None:
    """By the first cycle of the next agent, whether the new chain had been filled or not."""
    swap_of(iptables).enforce(["-s 10.255.77.4/32 -j ACCEPT"])
    for lines in (["-N vpa--1500", "-I FORWARD 1 -j vpa--1500"], ["-A vpa--1500 -j ACCEPT"])[:steps]:
        iptables.edit(lines)
    swap_of(iptables, 2000).enforce([])
    assert iptables.listing() == f"{EMPTY}-N vpa--2000\n-A FORWARD -j vpa--2000\n"


def started(iptables: Iptables, seed: int) -> PlannedCell:
    """Start the containers of a cell that has security groups, without enforcing these; return its plan."""
    state, plans = planned_cells(seed)
    plan = plans[0]
    containers = list(dict.fromkeys(own.container for own in plan.own))
    iptables.edit(added_chains(started_chains(containers, state.settings), [], iptables.listing()))
    assert any(own.kind is ChainKind.SECURITY_GROUPS for own in plan.own)
    return plan


WITH_GROUPS = next(
    seed for seed in range(100) if any(own.kind is ChainKind.SECURITY_GROUPS for own in planned_cells(seed)[1][0].own)
)


@pytest.mark.parametrize("release", [CURRENT, RELEASE_2024], ids=["2026", "2024"])
@pytest.mark.parametrize("failing", range(1, 5))
def test_an_interrupted_swap_of_security_groups_is_finished(
    failing: int, release: SilkRelease, iptables: RecordedIptables
) -> None:
    """Wherever it stops, the next agent arrives at the planned chains, whichever chain it keeps meanwhile."""
    plan = started(iptables, WITH_GROUPS)
    SecurityGroupSwap(iptables, candidate_survives=release.candidate_survives).enforce(plan.own)
    complete = iptables.listing()
    changed = [own._replace(rules=("-j ACCEPT",)) if own.kind is ChainKind.SECURITY_GROUPS else own for own in plan.own]
    iptables.fails_at = len(iptables.loaded) + failing
    try:
        SecurityGroupSwap(iptables, candidate_survives=release.candidate_survives).enforce(changed)
    except ProgramFailed:
        assert all(target_of(line) != "" for line in iptables.listing().splitlines() if line.startswith("-A netout--"))
    iptables.fails_at = 0
    SecurityGroupSwap(iptables, candidate_survives=release.candidate_survives).enforce(plan.own)
    assert iptables.listing() == complete
