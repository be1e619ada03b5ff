"""Start-up: the time until help is printed and until the first request is sent, in multiples of `python -c pass`."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cfnet.sandbox import Foundation
from tests.worlds import config_of

RUNS = 15


def wall(words: Sequence[str]) -> float:
    """The wall time of a process in seconds."""
    start = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    return time.monotonic() - start


def until_first_request(words: Sequence[str], server: socket.socket, home: str) -> float:
    """Seconds until a process has sent its first request; it gets no response."""
    start = time.monotonic()
    process = subprocess.Popen(
        words, env=os.environ | {"CF_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    connection, _ = server.accept()
    with connection:
        connection.recv(1)
        taken = time.monotonic() - start
        process.kill()
    process.wait()
    return taken


def median(measure: Callable[[], float]) -> float:
    """The median of several runs in seconds, without the first run."""
    measure()
    return statistics.median(measure() for _ in range(RUNS))


def main() -> None:
    """Print both ratios."""
    cfnet = str(Path(sys.executable).parent / "cfnet")
    bare = median(lambda: wall([sys.executable, "-c", "pass"]))
    helped = median(lambda: wall([cfnet, "--help"]))
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.TemporaryDirectory() as home,
        Foundation.open(None) as foundation,
    ):
        config = config_of(f"http://127.0.0.1:{server.getsockname()[1]}", foundation.sign_in("admin"))
        (Path(home) / ".cf").mkdir()
        (Path(home) / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
        asked = median(lambda: until_first_request([cfnet, "network-policies"], server, home))
    print(f"python -c pass                   {bare * 1000:6.0f} ms")
    print(f"cfnet --help                     {helped * 1000:6.0f} ms  {helped / bare:5.1f} x  (budget 5)")
    print(f"network-policies, first request  {asked * 1000:6.0f} ms  {asked / bare:5.1f} x  (budget 11)")


if __name__ == "__main__":
    main()
