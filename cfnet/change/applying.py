"""Sends a plan, batch by batch, and knows at every moment what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, assert_never

from cfnet.change.plan import Action, Batch, Plan
from cfnet.errors import CfnetError, PartlyApplied, ServerTrouble, Unconfirmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cfnet.change.store import PolicyStore


class Progress(NamedTuple):
    """A batch is done: which, and how far that gets us, in policies."""

    batch: Batch
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far applying got.

    Attributes:
        done: what was applied.
        rest: what was not; running again does it.
        doubtful: what was sent, without it being known whether the server did it.
        cause: why it ended early; None where everything is done, or where it was told to stop.
    """

    done: Plan
    rest: Plan
    doubtful: Batch | None = None
    cause: CfnetError | None = None

    def require_success(self) -> None:
        """Return where nothing failed.

        Raises:
            CfnetError: the cause itself, where nothing was applied before it.
            PartlyApplied: something was, or may have been; the message says what.
        """
        if self.cause is None:
            return
        if not self.done and not self.doubtful:
            if isinstance(self.cause, Unconfirmed):
                raise ServerTrouble(f"{self.summary()} Then: {self.cause}", hint=self.cause.hint) from self.cause
            raise self.cause
        raise PartlyApplied(
            f"{self.summary()} Then: {self.cause}",
            hint="Run the same again to finish: it sends only what is missing.",
        ) from self.cause

    def summary(self) -> str:
        """What was applied and what was not, in a sentence or two."""
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
    """Send `batches` to `store`, in their order.

    Args:
        batches: those of a plan.
        store: where the policies are.
        progress: told of each batch that is done.
        stop: asked before each batch whether to end there (somebody pressed Ctrl-C).

    Returns:
        How far it got; nothing that the store raises is raised here. Where a batch fails, and the store can still be
        asked, what became of it is looked up: the answer may be lost of a request that was carried out. A batch that
        nobody confirmed, and that turns out to be done, does not end it.
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
