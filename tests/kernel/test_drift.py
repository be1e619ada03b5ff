"""Compare cells with the expected rules after a kernel loaded them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfnet.cell.drift.cell_drift import cell_drift
from cfnet.cell.iptables.listing import Ruleset, parse
from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell
from tests.cell.injected_drift import CHAIN, INJECTED, Injected, planned
from tests.kernel.conftest import Firewall
from tests.kernel.generated_foundations import foundation

pytestmark = pytest.mark.kernel


def held(firewall: Firewall) -> list[Ruleset]:
    """The kernel's rules, in both formats, with and without counters."""
    return [parse(firewall.listing()), parse(firewall.save())]


def test_any_cell_is_in_sync_after_the_kernel_loaded_it(firewall: Firewall) -> None:
    """Whatever its policies, tags, settings and containers."""

    @given(seed=st.integers(0, 2**32))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(seed: int) -> None:
        state = foundation(seed)
        planner = CellPlanner(state)
        for cell in state.cells():
            plan: PlannedCell = planner.plan(cell)
            firewall.restore(plan.save(CHAIN))
            for actual in held(firewall):
                assert cell_drift(plan, actual, whole_cell=True, security_groups=True) == []

    check()


@pytest.mark.parametrize("injected", INJECTED.values(), ids=INJECTED)
def test_each_change_is_classified(injected: Injected, firewall: Firewall) -> None:
    """The kernel loads the changed rules, and its output is classified."""
    firewall.restore(injected.change(planned().save(CHAIN)))
    for actual in held(firewall):
        drifts = cell_drift(planned(), actual, whole_cell=True, security_groups=True)
        assert {drift.kind for drift in drifts} == injected.found
