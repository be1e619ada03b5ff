"""A user who presses TAB: the hidden command behind it, run in the test's own process."""

import io
from collections.abc import Sequence

from cfnet.cli.completion.answer import answer
from cfnet.operations.completion_cache import CompletionCache, completion_cache
from cfnet.operations.environment import Environment


class Tab:
    """Presses TAB in one user's processes; keeps what was to be started.

    Attributes:
        started: the words of each process, as a line.
        told: what the last of them was to read.
        time: what the clock says, in seconds since the epoch.
    """

    started: list[str]
    told: str
    time: float

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.started = []
        self.told = ""
        self.time = 1_000_000.0

    @property
    def environment(self) -> Environment:
        """A process; a refresh reads what the last process was to read."""
        streams = io.StringIO(self.told), io.StringIO(), io.StringIO()
        return Environment(self.variables, *streams, start=self._start, now=lambda: self.time)

    def _start(self, words: Sequence[str], told: str) -> None:
        self.started.append(" ".join(words))
        self.told = told

    @property
    def cache(self) -> CompletionCache:
        """The memory of the user's session."""
        cache = completion_cache(self.environment)
        assert cache is not None
        return cache

    @property
    def quiet_seconds(self) -> int:
        """How long TAB asks nobody any more."""
        return next(seconds for seconds in range(10_000) if not self.cache.is_quiet(self.time + seconds))

    def __call__(self, *words: str) -> list[str]:
        """What is printed, by lines; not a word on stderr."""
        environment = self.environment
        answer(words, environment)
        assert isinstance(environment.stdout, io.StringIO)
        assert isinstance(environment.stderr, io.StringIO)
        assert environment.stderr.getvalue() == ""
        return environment.stdout.getvalue().splitlines()
