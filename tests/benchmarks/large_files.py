"""Commands on large files, as multiples of `python -c pass`, and how their time grows up to there.

`python -m tests.benchmarks.large_files [NAME…]` runs each at 1, 10 and 100 percent of its size; with the exponent, 1 is
linear and 2 is quadratic. It takes some minutes and 1.1 GB of disk.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.foundations import Size
from tests.benchmarks.growth import answers, documented, documents, rules
from tests.benchmarks.large_logs import SNAPSHOT, write_log
from tests.benchmarks.measuring import CFNET, MIB, Run, run
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

PERCENTS = (1, 10, 100)


class Work(NamedTuple):
    """A command line, its environment, and the exit code that it ends with."""

    words: Sequence[str]
    variables: Mapping[str, str] = {}
    expected: int = 0


class Case(NamedTuple):
    """A command to measure.

    Attributes:
        prepare: writes its input of some percent of the full size, and keeps servers open.
        due: the most times `python -c pass` that the full size may take.
    """

    name: str
    due: int
    prepare: Callable[[Path, int], Iterator[Work]]


def _write(folder: Path, size: Size) -> None:
    """Write a foundation in another process: a process counts the memory of the one that starts it as its own."""
    numbers = [str(each) for each in size]
    subprocess.run([sys.executable, "-m", "tests.benchmarks.foundations", str(folder), *numbers], check=True)


def verify(folder: Path, percent: int) -> Iterator[Work]:
    """A cell of 60,000 rules, as they should be."""
    snapshot = folder / "snapshot"
    _write(snapshot, Size(1, 250, 250, 300 * percent))
    listing = folder / "cell.rules"
    with listing.open("wb") as file:
        subprocess.run([*CFNET, "render", "--from", str(snapshot)], stdout=file, stderr=subprocess.DEVNULL, check=True)
    yield Work(["verify", "--from", str(snapshot), "--cell", "cell-00000", str(listing)])


def verify_changed(folder: Path, percent: int) -> Iterator[Work]:
    """The same, with a rule that accepts calls on another port than it should."""
    (work,) = verify(folder, percent)
    listing = Path(work.words[-1])
    before, port, after = listing.read_text(encoding="utf-8").rpartition(" --dport 8080 ")
    listing.write_text(f"{before}{port.replace('8080', '8081')}{after}", encoding="utf-8")
    yield work._replace(expected=1)


def explain(folder: Path, percent: int) -> Iterator[Work]:
    """139,000 rules: 29 MB."""
    words, variables = rules(folder, 290_000 * percent)
    yield Work(words, variables)


def trace(folder: Path, percent: int) -> Iterator[Work]:
    """A call between two apps of a foundation of 1,000 cells, 250,000 containers and 500,000 policies."""
    snapshot = _large(folder, percent)
    with (snapshot / "policies.json").open(encoding="utf-8") as file:
        first = json.loads(file.readline().partition("[")[2].rstrip(",\n"))
    port = str(first["destination"]["ports"]["start"])
    ends = [first["source"]["id"], first["destination"]["id"], "--port", port]
    yield Work(["trace", *ends, "--protocol", first["destination"]["protocol"], "--from", str(snapshot)])


def validate(folder: Path, percent: int) -> Iterator[Work]:
    """A document of 4.6 MB."""
    yield Work(*documents(folder, 46_000 * percent))


def _listing(folder: Path, percent: int, *more: str) -> Iterator[Work]:
    policies, apps = answers(114_000 * percent)

    def script(_method: str, path: str) -> Reply:
        return Reply(200, policies if "/policies" in path else apps)

    with scripted(script) as server:
        yield Work(["network-policies", "--all", *more], session_at(server.url, folder))


def list_text(folder: Path, percent: int) -> Iterator[Work]:
    """60,000 policies of a server."""
    return _listing(folder, percent)


def list_json(folder: Path, percent: int) -> Iterator[Work]:
    """The same as JSON."""
    return _listing(folder, percent, "--json")


def _documented(folder: Path, percent: int, *words: str, expected: int) -> Iterator[Work]:
    """A document of 60,000 policies of 6,000 apps, half of which exist."""
    policies, apps, document = documented(600 * percent)
    file = folder / "policies.yml"
    file.write_text(document, encoding="utf-8")

    def script(method: str, path: str) -> Reply:
        if "/policies" in path:
            return Reply(200, policies if method == "GET" else b"{}")
        return Reply(200, apps)

    with scripted(script) as server:
        yield Work([*words, str(file)], session_at(server.url, folder), expected)


def diff(folder: Path, percent: int) -> Iterator[Work]:
    """What it would add."""
    return _documented(folder, percent, "diff", expected=1)


def apply(folder: Path, percent: int) -> Iterator[Work]:
    """Adding it."""
    return _documented(folder, percent, "apply", "--yes", expected=0)


def graph(folder: Path, percent: int) -> Iterator[Work]:
    """A page about 20,000 policies."""
    snapshot = folder / "snapshot"
    _write(snapshot, Size(10, 200, 20 * percent, 200 * percent))
    yield Work(["graph", "--from", str(snapshot), "--format", "html"])


def _large(folder: Path, percent: int) -> Path:
    """A foundation of 1,000 cells, 250,000 containers and 500,000 policies."""
    snapshot = folder / "snapshot"
    _write(snapshot, Size(10 * percent, 250, 500 * percent, 5_000 * percent))
    return snapshot


def render(folder: Path, percent: int) -> Iterator[Work]:
    """Its rules."""
    yield Work(["render", "--from", str(_large(folder, percent))])


def diff_rules(folder: Path, percent: int) -> Iterator[Work]:
    """The rules that change with one more policy."""
    snapshot = _large(folder, percent)
    yield Work(["diff", "--rules", "--from", str(snapshot), str(snapshot / "one-more.yml")], expected=1)


def _log(folder: Path, percent: int, *words: str) -> Iterator[Work]:
    """A kern.log of 8 million lines, 1 GB."""
    log = folder / "kern.log"
    write_log(log, 80_000 * percent)
    yield Work([*words, str(log), "--from", str(SNAPSHOT)])


def advise(folder: Path, percent: int) -> Iterator[Work]:
    """Advice from it."""
    return _log(folder, percent, "advise")


def summary(folder: Path, percent: int) -> Iterator[Work]:
    """The calls in it by pair."""
    return _log(folder, percent, "explain", "--summary")


CASES = (
    Case("verify", 83, verify),
    Case("verify, 1 changed", 100, verify_changed),
    Case("explain", 667, explain),
    Case("trace", 208, trace),
    Case("validate", 125, validate),
    Case("list", 67, list_text),
    Case("list --json", 100, list_json),
    Case("diff", 167, diff),
    Case("apply", 167, apply),
    Case("graph", 667, graph),
    Case("render", 667, render),
    Case("diff --rules", 208, diff_rules),
    Case("advise", 1667, advise),
    Case("summary", 1667, summary),
)
"""What is due is the time of a quiet machine where `python -c pass` takes 12 ms, in multiples of that."""


@contextmanager
def prepared(case: Case, percent: int) -> Iterator[Work]:
    """The input of a case, as long as it is measured."""
    with tempfile.TemporaryDirectory() as folder:
        works = case.prepare(Path(folder), percent)
        yield next(works)
        for _ in works:
            raise AssertionError(case.name)


def times_of(case: Case) -> tuple[list[float], float, Run]:
    """How often `python -c pass` each size of a case takes; the exponent; how the full size went."""
    times = []
    found = Run(0, 0, 0, 0)
    for percent in PERCENTS:
        with prepared(case, percent) as work:
            bare = statistics.median(run(sys.executable, "-c", "pass").processor for _ in range(5))
            runs = 3 if percent == PERCENTS[-1] else 9
            found = min(run(*CFNET, *work.words, variables=work.variables, expected=work.expected) for _ in range(runs))
            times.append(found.processor / bare)
    return times, _exponent(*times), found


def _exponent(start: float, before: float, last: float) -> float:
    """The `e` of `a + b * size ** e`, where `a` is start-up; not a number where 10 percent hardly takes more than 1."""
    grown = before - start
    return math.log10((last - before) / grown) if grown > start / 10 else math.nan


def main(names: Sequence[str]) -> None:
    """Print a line for each command."""
    print(f"{'':<18}{'1%':>8}{'10%':>8}{'100%':>8}{'due':>8}{'exponent':>10}{'peak MiB':>10}{'out MiB':>9}")
    for case in CASES:
        if names and case.name not in names:
            continue
        times, exponent, full = times_of(case)
        shown = "".join(f"{each:>7.1f}x" for each in times)
        memory = f"{full.peak / MIB:>10.0f}{full.output / MIB:>9.1f}"
        print(f"{case.name:<18}{shown}{case.due:>7}x{exponent:>10.2f}{memory}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
