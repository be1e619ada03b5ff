"""Policies in memory: the part of a foundation that changing policies needs, and its ways to fail."""

from collections.abc import Callable, Collection, Container, Sequence

from cfnet.change import Action, Batch
from cfnet.errors import CfnetError
from cfnet.policy import Policy


class MemoryStore:
    """A `PolicyStore` that records calls.

    Attributes:
        there: the policies.
        visible: the apps that both ends of a listed policy must be among, None for all.
        sent: the batches received.
    """

    def __init__(self, policies: Collection[Policy] = (), visible: Container[str] | None = None) -> None:
        self.there = set(policies)
        self.visible = visible
        self.sent: list[Batch] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.while_asked: Callable[[], None] = lambda: None

    def fail(self, cause: CfnetError, *, at: int, answer_lost: bool = False, for_good: bool = False) -> None:
        """Raise `cause` at request number `at` (from 0): before it is processed, or after it if the answer is lost.

        With `for_good` all later requests fail, too.
        """

        def strike() -> None:
            if len(self.sent) == at + 1:
                if for_good:
                    self.while_asked = self._raising(cause)
                raise cause

        if answer_lost:
            self.after = strike
        else:
            self.before = strike

    def heal(self) -> None:
        """Stop failing."""
        self.before = self.after = self.while_asked = lambda: None

    def policies(self) -> Collection[Policy]:
        """Return all visible policies."""
        self.while_asked()
        seen = self.visible
        if seen is None:
            return frozenset(self.there)
        return frozenset(each for each in self.there if each.source in seen and each.destination in seen)

    def add(self, policies: Sequence[Policy], /) -> None:
        """Add all of `policies`."""
        self._carry_out(Batch(Action.ADD, tuple(policies)), self.there.update)

    def remove(self, policies: Sequence[Policy], /) -> None:
        """Remove all of `policies`."""
        self._carry_out(Batch(Action.REMOVE, tuple(policies)), self.there.difference_update)

    def _carry_out(self, batch: Batch, change: Callable[[Sequence[Policy]], None]) -> None:
        self.sent.append(batch)
        self.before()
        change(batch.policies)
        self.after()

    @staticmethod
    def _raising(cause: CfnetError) -> Callable[[], None]:
        def strike() -> None:
            raise cause

        return strike
