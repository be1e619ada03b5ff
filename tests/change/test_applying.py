"""Send a plan: the progress is known at every moment, and a second run completes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.change import Action, Batch, Outcome, Plan, Progress, apply
from cfnet.errors import CfnetError, Forbidden, PartlyApplied, Unreachable
from cfnet.exits import Exit
from cfnet.policy import Policy, Ports, Protocol
from tests.change.memory_store import MemoryStore
from tests.strategies import policies

A, B, C, D = (Policy("a", "b", Protocol.TCP, Ports(port, port)) for port in (1, 2, 3, 4))
PLAN = Plan((A, B, C), (D,))
BATCHES = list(PLAN.batches(size=2))


def test_progress_is_reported_after_each_batch() -> None:
    """It counts policies, not requests."""
    result: list[Progress] = []
    store = MemoryStore({D})
    assert apply(BATCHES, store, progress=result.append) == Outcome(PLAN, Plan())
    assert store.there == {A, B, C}
    assert result == [
        Progress(Batch(Action.ADD, (A, B)), 2, 4),
        Progress(Batch(Action.ADD, (C,)), 3, 4),
        Progress(Batch(Action.REMOVE, (D,)), 4, 4),
    ]


def test_stops_between_two_batches() -> None:
    """After Ctrl-C the request in flight is completed, and the rest is not sent."""
    store = MemoryStore({D})
    outcome = apply(BATCHES, store, stop=lambda: len(store.sent) == 1)
    assert outcome == Outcome(Plan((A, B)), Plan((C,), (D,)))
    outcome.require_success()
    assert outcome.summary() == "Applied 2 of 4 changes: 2 added, 0 removed."


def failed(store: MemoryStore) -> CfnetError:
    """The error of applying to `store`."""
    with pytest.raises(CfnetError) as caught:
        apply(BATCHES, store).require_success()
    return caught.value


def test_a_failure_before_anything_was_applied_is_the_servers_error() -> None:
    """Here the first batch is refused."""
    store, cause = MemoryStore({D}), Forbidden("not yours")
    store.fail(cause, at=0)
    assert failed(store) is cause


def test_a_later_failure_reports_what_was_applied() -> None:
    """A batch is one transaction: nothing of the failed one was applied."""
    store = MemoryStore({D})
    store.fail(Forbidden("not yours", where="api.example.com"), at=1)
    error = failed(store)
    assert isinstance(error, PartlyApplied)
    assert (error.exit, str(error), error.hint) == (
        Exit.PARTIAL,
        "Applied 2 of 4 changes: 2 added, 0 removed. Then: api.example.com: not yours",
        "Run the same command again to finish: it sends only missing changes.",
    )


def test_a_lost_answer_is_looked_up() -> None:
    """The connection broke after the server had applied the batch: it counts as done."""
    store = MemoryStore({D})
    store.fail(Unreachable("no answer"), at=1, answer_lost=True)
    assert str(failed(store)) == "Applied 3 of 4 changes: 3 added, 0 removed. Then: no answer"


def test_an_unknown_outcome_is_reported() -> None:
    """If the server cannot be reached any more, the batch may or may not have been applied."""
    store = MemoryStore({D})
    store.fail(Unreachable("no answer"), at=0, for_good=True)
    assert str(failed(store)) == (
        "Applied 0 of 4 changes: 0 added, 0 removed. The outcome of 2 additions is unknown. Then: no answer"
    )


@given(
    there=st.frozensets(policies(("a", "b", "c")), max_size=8),
    wanted=st.frozensets(policies(("a", "b", "c")), max_size=8),
    at=st.integers(0, 6),
    answer_lost=st.booleans(),
    for_good=st.booleans(),
)
def test_a_second_run_completes_the_plan(
    there: frozenset[Policy], wanted: frozenset[Policy], at: int, *, answer_lost: bool, for_good: bool
) -> None:
    """Wherever the first one fails, its report is accurate, and the second does exactly the rest."""
    plan = Plan(tuple(sorted(wanted - there)), tuple(sorted(there - wanted)))
    store = MemoryStore(there)
    store.fail(Unreachable("no answer"), at=at, answer_lost=answer_lost, for_good=for_good)
    outcome = apply(plan.batches(size=2), store)
    done = (there | set(outcome.done.add)) - set(outcome.done.remove)
    assert store.there ^ done <= set(outcome.doubtful.policies if outcome.doubtful else ())
    store.heal()
    assert apply(plan.rest(store.policies()).batches(size=2), store).cause is None
    assert store.there == wanted
