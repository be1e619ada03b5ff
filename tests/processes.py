"""Subprocesses and their output; every wait has a time limit."""

import errno
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PATIENCE_SECONDS: Final = 30.0
"""Seconds after which an expected event counts as missing; successful runs never wait that long."""

HEAVY: Final = {"httpx", "rich", "yaml", "keyring", "asyncio", "importlib.metadata", "werkzeug", "sqlite3"}
"""Modules that are slow to import."""

LISTS_MODULES: Final = """
import atexit, json, sys
atexit.register(lambda: print("MODULES" + json.dumps(sorted(sys.modules)), file=sys.stderr))
from cfnet.__main__ import main
sys.argv = ["cfnet", *sys.argv[1:]]
main()
"""


def start(*words: str, variables: Mapping[str, str] | None = None, **named: object) -> "subprocess.Popen[str]":
    """Start the executable."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "cfnet", *words],
        env={**os.environ, **(variables or {})},
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | named),
    )


def modules_of(words: Sequence[str], variables: Mapping[str, str]) -> set[str]:
    """The modules loaded at the end of a command line, which must succeed."""
    ran = subprocess.run(
        [sys.executable, "-c", LISTS_MODULES, *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = json.loads(ran.stderr.partition("MODULES")[2])
    assert isinstance(modules, list)
    return set(modules)


def take(descriptor: int, most: int = 65536) -> bytes:
    """What can be read from a pipe or terminal, as soon as there is anything; empty if the other side is closed."""
    readable, _, _ = select.select([descriptor], [], [], PATIENCE_SECONDS)
    assert readable, "nothing comes any more"
    try:
        return os.read(descriptor, most)
    except OSError as error:
        if error.errno != errno.EIO:  # Linux: the other side of a terminal is closed
            raise
        return b""


def take_all(descriptor: int) -> bytes:
    """Everything up to the closing of the other side."""
    return b"".join(iter(lambda: take(descriptor), b""))


def take_lines(descriptor: int, count: int = 1) -> str:
    """The next lines, with their ends; the following text is not read."""
    data = b""
    while data.count(b"\n") < count:
        more = take(descriptor, 1)
        assert more, f"no more lines: {data!r}"
        data += more
    return data.decode()


def listen(pipe: Path) -> int:
    """Open a named pipe for reading; writers may come and go, and need not exist yet."""
    return os.open(pipe, os.O_RDWR)


def read_once(pipe: Path) -> str:
    """Everything that one process writes to a named pipe; it need not exist yet."""
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return take_all(descriptor).decode()
    finally:
        os.close(descriptor)
