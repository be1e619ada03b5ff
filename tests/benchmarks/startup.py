"""Start-up: help, the first request and a small document, in multiples of `python -c pass`.

`python -m tests.benchmarks.startup` prints the fastest of several runs, which other processes disturb least.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cfnet.sandbox import Foundation
from tests.benchmarks.growth import documents
from tests.benchmarks.measuring import environment
from tests.worlds import config_of

RUNS = 25
CFNET = str(Path(sys.executable).parent / "cfnet")
_HUNDRED_LINES = 6_600
"""Bytes of a document."""


def wall(words: Sequence[str]) -> float:
    """The wall time of a process in seconds."""
    start = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=environment())
    return time.perf_counter() - start


def until_first_request(words: Sequence[str], server: socket.socket, home: str) -> float:
    """Seconds until a process has sent its first request; it gets no response."""
    start = time.perf_counter()
    process = subprocess.Popen(
        words, env=environment({"CF_HOME": home}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    connection, _ = server.accept()
    with connection:
        connection.recv(1)
        taken = time.perf_counter() - start
        process.kill()
    process.wait()
    return taken


def fastest(measure: Callable[[], float]) -> tuple[float, float]:
    """The shortest times of several runs, and of `python -c pass` run in turns with it, in seconds."""
    times = [(measure(), wall([sys.executable, "-c", "pass"])) for _ in range(RUNS)]
    return min(taken for taken, _ in times), min(bare for _, bare in times)


def main() -> None:
    """Print the ratios."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.TemporaryDirectory() as home,
        Foundation.open(None) as foundation,
    ):
        config = config_of(f"http://127.0.0.1:{server.getsockname()[1]}", foundation.sign_in("admin"))
        (Path(home) / ".cf").mkdir()
        (Path(home) / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
        validate, _ = documents(Path(home), _HUNDRED_LINES)
        cases: dict[tuple[str, float], Callable[[], float]] = {
            ("cfnet --help", 4.5): lambda: wall([CFNET, "--help"]),
            ("network-policies, first request", 10): lambda: until_first_request(
                [CFNET, "network-policies"], server, home
            ),
            ("validate of 100 lines", 7): lambda: wall([CFNET, *validate]),
        }
        for (name, due), measure in cases.items():
            taken, bare = fastest(measure)
            print(f"{name:<33}{taken * 1000:6.0f} ms  {taken / bare:5.1f} x  (due {due:g})", flush=True)


if __name__ == "__main__":
    main()
