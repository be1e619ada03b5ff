"""How cfnet's time grows with its input: documents, rules, logs and responses of 1, 4 and 16 MB.

`python -m tests.benchmarks.growth` prints CPU seconds for each size, and the exponent: 1 is linear, 2 is quadratic.
It takes some minutes.
"""

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measuring import CFNET, run
from tests.resources import related
from tests.scripted_server import Reply, scripted
from tests.worlds import APP_A, APP_B, DEV_GUID, session_at

MEGABYTES = (1, 4, 16)
_DOCUMENT_BYTES = 4_000_000
"""A document may have 8 MiB: larger input is several documents."""


def repeated(path: Path, size: int, head: str, line: Callable[[int], str], tail: str = "") -> None:
    """Write lines until a file has about `size` bytes."""
    with path.open("w", encoding="utf-8") as file:
        written, number = file.write(head), 0
        while written < size:
            written += file.write(line(number))
            number += 1
        file.write(tail)


def documents(folder: Path, size: int) -> tuple[Sequence[str], Mapping[str, str]]:
    """Policies, each between different apps."""
    files = []
    count = -(-size // _DOCUMENT_BYTES)
    for number in range(count):
        file = folder / f"{number}.yml"
        head = f"version: 1\nspace: org/space-{number}\npolicies:\n"
        repeated(
            file, size // count, head, lambda at: f"  - {{source: app-{at}, destination: backend-{at}, ports: 8080}}\n"
        )
        files.append(str(file))
    return ["validate", *files], {}


def rules(folder: Path, size: int) -> tuple[Sequence[str], Mapping[str, str]]:
    """The chain of a large cell."""

    def rule(at: int) -> str:
        host = f"10.255.{at // 250 % 250}.{at % 250}/32"
        return (
            f"-A vpa--1 -d {host} -p tcp -m tcp --dport {at % 60000} -m mark --mark {at % 65535:#x} -m comment"
            f' --comment "src:{APP_A}_dst:{APP_B}" -j ACCEPT\n'
        )

    head = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:vpa--1 - [0:0]\n"
    repeated(folder / "rules", size, head + "-A FORWARD -j vpa--1\n", rule, "COMMIT\n")
    return ["--sandbox", "explain", str(folder / "rules")], {}


def logs(folder: Path, size: int) -> tuple[Sequence[str], Mapping[str, str]]:
    """The kernel log of a cell."""

    def line(at: int) -> str:
        return (
            f"Jul 24 19:15:12 localhost kernel: [{at}.963562] OK_0002_{APP_B[:20]} IN=s-010255077003 OUT=s-010255077004"
            f" SRC=10.255.77.3 DST=10.255.77.4 LEN=60 TTL=63 ID={at % 65535} DF PROTO=TCP SPT={at % 60000} DPT=8080"
            " WINDOW=29200 RES=0x00 SYN URGP=0 MARK=0x2\n"
        )

    repeated(folder / "log", size, "", line)
    return ["--sandbox", "explain", str(folder / "log")], {}


def answers(size: int) -> tuple[bytes, bytes]:
    """A list of policies, and of their apps."""
    policies = []
    for at in range(size // 190):
        ports = {"start": at % 65000 + 1, "end": at % 65000 + 1 + at // 65000}
        policies.append({"source": {"id": APP_A}, "destination": {"id": APP_B, "protocol": "tcp", "ports": ports}})
    in_space = {"space": {"data": {"guid": "s"}}}
    apps = [{"guid": guid, "name": guid[:4], "relationships": in_space} for guid in (APP_A, APP_B)]
    included = {
        "spaces": [{"guid": "s", "name": "dev", "relationships": {"organization": {"data": {"guid": "o"}}}}],
        "organizations": [{"guid": "o", "name": "demo"}],
    }
    listed = {"pagination": {"total_pages": 1, "next": None}, "resources": apps, "included": included}
    return json.dumps({"policies": policies}).encode(), json.dumps(listed).encode()


def documented(count: int) -> tuple[bytes, bytes, str]:
    """The first half of some policies as a list, their apps, and a document of all of them."""
    apps = [(f"{number:08x}-0000-4000-8000-{number:012x}", f"app-{number}") for number in range(count // 10)]
    policies, entries = [], []
    for at in range(count):
        source, destination = apps[at % len(apps)], apps[at * 7919 % len(apps)]
        port = at // len(apps) + 8080
        ends = {"id": destination[0], "protocol": "tcp", "ports": {"start": port, "end": port}}
        policies.append({"source": {"id": source[0]}, "destination": ends})
        names = f"  - source: {source[1]}\n    destination: {destination[1]}\n"
        entries.append(f"{names}    protocol: tcp\n    ports: {port}\n")
    space = {"guid": DEV_GUID, "name": "dev", **related("organization", "o")}
    resources = [{"guid": guid, "name": name, **related("space", DEV_GUID)} for guid, name in apps]
    included = {"spaces": [space], "organizations": [{"guid": "o", "name": "demo"}]}
    listed = {"pagination": {"total_pages": 1, "next": None}, "resources": resources, "included": included}
    document = f"version: 1\nspace: demo/dev\npolicies:\n{''.join(entries)}"
    return json.dumps({"policies": policies[: count // 2]}).encode(), json.dumps(listed).encode(), document


def seconds(words: Sequence[str], variables: Mapping[str, str]) -> float:
    """The CPU seconds of cfnet in its own process."""
    return run(*CFNET, *words, variables=variables).processor


def listed(folder: Path, size: int) -> float:
    """The time to list the policies of a server."""
    policies, apps = answers(size)

    def script(_method: str, path: str) -> Reply:
        return Reply(200, policies if "/policies" in path else apps)

    with scripted(script) as server:
        return seconds(["network-policies", "--all", "--json"], session_at(server.url, folder))


def read(prepare: Callable[[Path, int], tuple[Sequence[str], Mapping[str, str]]]) -> Callable[[Path, int], float]:
    """The time of a command that reads files."""
    return lambda folder, size: seconds(*prepare(folder, size))


CASES: Mapping[str, Callable[[Path, int], float]] = {
    "validate documents": read(documents),
    "explain rules": read(rules),
    "explain a log": read(logs),
    "list a server's policies": listed,
}


def main() -> None:
    """Print a line for each kind of input."""
    print(f"{'':<26}" + "".join(f"{f'{size} MB':>10}" for size in MEGABYTES) + f"{'exponent':>10}")
    for name, measure in CASES.items():
        times = []
        for size in MEGABYTES:
            with tempfile.TemporaryDirectory() as folder:
                nothing, taken = measure(Path(folder), 1_000), measure(Path(folder), size * 1_000_000)
            times.append(taken - nothing)
        exponent = math.log(times[-1] / times[0], MEGABYTES[-1] / MEGABYTES[0])
        print(f"{name:<26}" + "".join(f"{taken:>8.2f} s" for taken in times) + f"{exponent:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
