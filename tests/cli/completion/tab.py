"""A user who presses TAB: the hidden completion command, run in the test's process."""

import io
from collections.abc import Sequence

from cfnet.cli.completion.answer import answer
from cfnet.operations.completion_cache import CompletionCache, completion_cache
from cfnet.operations.environment import Environment


class Tab:
    """Presses TAB in one user's processes and records the processes that this starts.

    Attributes:
        started: the words of each process, as a line.
        stdin: the stdin of the last one.
        time: the clock, in seconds since the epoch.
    """

    started: list[str]
    stdin: str
    time: float

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.started = []
        self.stdin = ""
        self.time = 1_000_000.0

    @property
    def environment(self) -> Environment:
        """A process environment; a refresh reads the stdin recorded for the last process."""
        streams = io.StringIO(self.stdin), io.StringIO(), io.StringIO()
        return Environment(self.variables, *streams, start=self._start, now=lambda: self.time)

    def _start(self, words: Sequence[str], stdin: str) -> None:
        self.started.append(" ".join(words))
        self.stdin = stdin

    @property
    def cache(self) -> CompletionCache:
        """The completion cache of the user's session."""
        cache = completion_cache(self.environment)
        assert cache is not None
        return cache

    @property
    def quiet_seconds(self) -> int:
        """For how many seconds TAB starts no refresh."""
        return next(seconds for seconds in range(10_000) if not self.cache.is_quiet(self.time + seconds))

    def __call__(self, *words: str) -> list[str]:
        """The printed lines; stderr must be empty."""
        environment = self.environment
        answer(words, environment)
        assert isinstance(environment.stdout, io.StringIO)
        assert isinstance(environment.stderr, io.StringIO)
        assert environment.stderr.getvalue() == ""
        return environment.stdout.getvalue().splitlines()
