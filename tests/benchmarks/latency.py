"""The waiting time of developers: commands of `cf` over TLS, with a server 20, 50 and 100 ms away, next to `cf` itself.

`python -m tests.benchmarks.latency` takes two minutes. The times of `cf` 9 are computed from the time of
`python -c pass` in the same run and its number of round trips, which were measured once, side by side. The last columns
are the time without a network, in multiples of `python -c pass`, and the number of round trips waited for.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from cfnet.sandbox import Foundation, serve
from tests.benchmarks.measuring import environment
from tests.certificates import certificate
from tests.worlds import CF_WORLD, config_of

ROUND_TRIPS = (0.0, 0.02, 0.05, 0.1)
"""Seconds."""
DUE = {0.02: 0.9, 0.05: 0.7, 0.1: 0.6}
"""At most this share of the time of `cf`."""
DUE_ALONE = 10
"""At most this many times `python -c pass` without a network."""
RUNS = 9
CFNET = (str(Path(sys.executable).parent / "cfnet"),)
PASS = (sys.executable, "-c", "pass")
POLICY = ("appA", "appB", "--protocol", "tcp", "--port", "8080")


class Command(NamedTuple):
    """A command line, and what `cf` takes for it: multiples of `python -c pass`, and round trips."""

    words: Sequence[str]
    own: float
    round_trips: float


COMMANDS = {
    "list": Command(["network-policies"], 5.5, 9.1),
    "add": Command(["add-network-policy", *POLICY], 4.4, 7.2),
    "remove": Command(["remove-network-policy", *POLICY], 4.6, 8.2),
}


class Taken(NamedTuple):
    """The seconds of a command and of `python -c pass`, measured in turns: the fastest run of each."""

    command: float
    nothing: float


def seconds(words: Sequence[str], variables: Mapping[str, str]) -> float:
    """The time of a process, which must succeed."""
    start = time.perf_counter()
    subprocess.run(words, env=variables, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measured(words: Sequence[str], variables: Mapping[str, str], near: Mapping[str, str]) -> Taken:
    """Run a command repeatedly, each time after adding the policy without a network."""
    found, nothing = [], []
    for _ in range(RUNS):
        seconds([*CFNET, *COMMANDS["add"].words], near)
        found.append(seconds([*CFNET, *words], variables))
        nothing.append(seconds(PASS, variables))
    return Taken(min(found), min(nothing))


@contextmanager
def proxy_to(port: int, round_trip: float) -> Iterator[int]:
    """Run a proxy with a delay, and return its port: in another process, so that it does not wait for the server."""
    words = [sys.executable, "-m", "tests.delay_proxy", str(port), str(round_trip)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def sessions_at(folder: Path) -> Iterator[Mapping[float, Mapping[str, str]]]:
    """Serve a foundation over TLS; return the variables for it at each distance."""
    with ExitStack() as stack:
        foundation = stack.enter_context(Foundation.open(None))
        foundation.load(CF_WORLD)
        server = stack.enter_context(serve(foundation, context=certificate(folder, "127.0.0.1")))
        port = int(server.url.rpartition(":")[2])
        sessions = {}
        for round_trip in ROUND_TRIPS:
            at = stack.enter_context(proxy_to(port, round_trip)) if round_trip else port
            home = folder / str(round_trip)
            (home / ".cf").mkdir(parents=True)
            config = config_of(f"https://127.0.0.1:{at}", foundation.sign_in("admin"))
            (home / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
            session = {"CF_HOME": str(home), "SSL_CERT_FILE": str(folder / "cert.pem")}
            sessions[round_trip] = environment(session)
        yield sessions


def main() -> None:
    """Print a line for each command."""
    distances = [each for each in ROUND_TRIPS if each]
    heads = "".join(f"{f'{each * 1000:.0f} ms':>20}" for each in distances)
    print(f"{'':<8}{heads}{'alone':>14}{'round trips':>13}")
    due = "".join(f"{f'(due {DUE[each]})':>20}" for each in distances)
    print(f"{'':<8}{due}{f'(due {DUE_ALONE}x)':>14}", flush=True)
    with tempfile.TemporaryDirectory() as folder, sessions_at(Path(folder)) as sessions:
        for name, command in COMMANDS.items():
            taken = {each: measured(command.words, sessions[each], sessions[0.0]) for each in ROUND_TRIPS}
            shown = ""
            for each in distances:
                of_cf = command.own * taken[each].nothing + command.round_trips * each
                shown += f"{f'{taken[each].command:.3f} s = {taken[each].command / of_cf:.2f}':>20}"
            alone = taken[0.0].command / taken[0.0].nothing
            far, near = distances[-1], distances[0]
            trips = (taken[far].command - taken[near].command) / (far - near)
            print(f"{name:<8}{shown}{f'{alone:.1f}x':>14}{trips:>13.1f}", flush=True)


if __name__ == "__main__":
    main()
