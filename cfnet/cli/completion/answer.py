"""The hidden command behind TAB: `cfnet __complete KIND [WORD…]` prints matching live values, one per line.

It answers immediately from a cache, and starts a process that updates the cache for the next time. If anything goes
wrong, it prints nothing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cfnet.cli.completion.candidates import LiveValues, Words, candidates
from cfnet.cli.terminal.background_process import start_detached
from cfnet.operations.completion_cache import REFRESH, TRY_AGAIN_SECONDS, completion_cache
from cfnet.operations.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_completion() -> None:
    """Answer the command line of this process."""
    environment = Environment(os.environ, sys.stdin, sys.stdout, sys.stderr, start=start_detached)
    with suppress(Exception):  # TAB never prints an error
        if sys.argv[2:3] == [REFRESH]:
            import signal

            if hasattr(signal, "alarm"):
                signal.alarm(TRY_AGAIN_SECONDS)  # exits
        answer(sys.argv[2:], environment)
        sys.stdout.flush()


def answer(words: Sequence[str], environment: Environment) -> None:
    """Print the values requested by `words`."""
    kind, *before = words
    read = Words.read(before)
    environment = environment.adjusted(sandbox="--sandbox" in read.options or read.arguments[:1] == ["sandbox"])
    if kind == REFRESH:
        from cfnet.cli.completion.refresh import refresh

        refresh(environment)
        return
    live = LiveValues(kind)
    folder = read.options.get("--from")
    if folder:
        found = _cells_of_snapshot(folder) if live is LiveValues.CELL else []
    else:
        found = _remembered(live, read, environment)
    environment.stdout.write("".join(f"{word}\n" for word in found))


def _remembered(live: LiveValues, words: Words, environment: Environment) -> list[str]:
    cache = completion_cache(environment)
    if cache is None:
        return []
    now = environment.now()
    if cache.keyring:
        cache.want(now)
    elif not cache.is_quiet(now):
        cache.be_quiet(now + TRY_AGAIN_SECONDS)
        environment.start(["__complete", REFRESH, *(["--sandbox"] if environment.uses_sandbox else [])], "")
    known = cache.read()
    return [] if known is None else candidates(live, words, known)


def _cells_of_snapshot(folder: str) -> list[str]:
    """Return the names of the cells in the snapshot `folder`, as typed by the user."""
    cells = Path(folder).expanduser() / "cells"
    names = [path.name for path in cells.iterdir() if path.is_dir()]
    return sorted(name for name in names if name.isprintable() and not name.startswith("."))
