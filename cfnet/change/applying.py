"""Apply a plan batch by batch, keeping track of what has been applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, assert_never

from cfnet.change.planning import Action, Batch, Plan
from cfnet.errors import CfnetError, PartlyApplied, ServerTrouble, Unconfirmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cfnet.change.policy_store import PolicyStore


class Progress(NamedTuple):
    """A completed batch, and the number of policies done so far."""

    batch: Batch
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of applying a plan.

    Attributes:
        done: what was applied.
        rest: what was not applied; another run applies it.
        doubtful: a batch that was sent but whose outcome is unknown.
        cause: the error that ended the run; None if everything was applied or the run was interrupted.
    """

    done: Plan
    rest: Plan
    doubtful: Batch | None = None
    cause: CfnetError | None = None

    def require_success(self) -> None:
        """Raise if the run failed.

        Raises:
            CfnetError: the cause itself, if nothing was applied before it.
            PartlyApplied: some changes were or may have been applied; the message says which.
        """
        if self.cause is None:
            return
        if not self.done and not self.doubtful:
            if isinstance(self.cause, Unconfirmed):
                raise ServerTrouble(f"{self.summary()} Then: {self.cause}", hint=self.cause.hint) from self.cause
            raise self.cause
        raise PartlyApplied(
            f"{self.summary()} Then: {self.cause}",
            hint="Run the same command again to finish: it sends only missing changes.",
        ) from self.cause

    def summary(self) -> str:
        """Summarize what was applied, in one or two sentences."""
        added, removed = len(self.done.add), len(self.done.remove)
        doubtful = len(self.doubtful.policies) if self.doubtful else 0
        total = len(self.done) + len(self.rest) + doubtful
        changes = "change" if total == 1 else "changes"
        done = f"Applied {len(self.done):,} of {total:,} {changes}: {added:,} added, {removed:,} removed."
        if not self.doubtful:
            return done
        what = ("addition" if self.doubtful.action is Action.ADD else "removal") + ("" if doubtful == 1 else "s")
        return f"{done} The outcome of {doubtful:,} {what} is unknown."


def apply(
    batches: Iterable[Batch],
    store: PolicyStore,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Send `batches` to `store`, in order.

    Args:
        batches: the batches of a plan.
        store: where to apply them.
        progress: called after each batch.
        stop: called before each batch; returning True ends the run (after Ctrl-C).

    Returns:
        The outcome; errors of the store are not raised. When a batch fails, its policies are looked up if the store
        still answers, because only the response may have been lost. An unconfirmed batch that turns out to be applied
        does not end the run.
    """
    batches = tuple(batches)
    total = sum(len(batch.policies) for batch in batches)
    done = 0
    for index, batch in enumerate(batches):
        if stop():
            return Outcome(_joined(batches[:index]), _joined(batches[index:]))
        try:
            _send(batch, store)
        except Unconfirmed as cause:
            outcome = _failed(batches, index, store, cause)
            if outcome.doubtful or len(outcome.done) < done + len(batch.policies):
                return outcome
        except CfnetError as cause:
            return _failed(batches, index, store, cause)
        done += len(batch.policies)
        progress(Progress(batch, done, total))
    return Outcome(_joined(batches), Plan())


def _send(batch: Batch, store: PolicyStore) -> None:
    match batch.action:
        case Action.ADD:
            store.add(batch.policies)
        case Action.REMOVE:
            store.remove(batch.policies)
        case _ as never:
            assert_never(never)


def _failed(batches: tuple[Batch, ...], index: int, store: PolicyStore, cause: CfnetError) -> Outcome:
    done, batch, rest = batches[:index], batches[index], batches[index + 1 :]
    try:
        live = frozenset(store.policies())
    except CfnetError:
        return Outcome(_joined(done), _joined(rest), doubtful=batch, cause=cause)
    is_to_be_there = batch.action is Action.ADD
    applied = Batch(batch.action, tuple(policy for policy in batch.policies if (policy in live) is is_to_be_there))
    missing = Batch(batch.action, tuple(policy for policy in batch.policies if (policy in live) is not is_to_be_there))
    return Outcome(_joined((*done, applied)), _joined((missing, *rest)), cause=cause)


def _joined(batches: Iterable[Batch]) -> Plan:
    add = tuple(policy for batch in batches if batch.action is Action.ADD for policy in batch.policies)
    remove = tuple(policy for batch in batches if batch.action is Action.REMOVE for policy in batch.policies)
    return Plan(add, remove)
