"""Foundations of any size, written as snapshots: `python -m tests.benchmarks.foundations DIR 1000 250 50000 500000`."""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from tests.resources import related

SPACE = {"guid": "5b0c1b1c-5e0f-4f0b-9d0a-3b6f0c9f8a11", "name": "web", **related("organization", "o")}


class Size(NamedTuple):
    """The size of a foundation; containers are the total of all cells."""

    cells: int
    containers: int
    """On each cell."""
    apps: int
    """In policies; at most 65,535."""
    policies: int
    """Different ones."""

    def __str__(self) -> str:
        return f"{self.cells:,} cells, {self.cells * self.containers:,} containers, {self.policies:,} policies"


def write_foundation(folder: Path, size: Size, *, seed: int = 1) -> None:
    """Write a snapshot of this size to `folder`, the same for the same seed, with policy logging on.

    Its `one-more.yml` is a document that adds a policy.
    """
    rng = random.Random(seed)
    apps = [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(size.apps)]
    folder.mkdir(parents=True)
    (folder / "one-more.yml").write_text(_one_more(apps), encoding="utf-8")
    (folder / "organizations.json").write_text('{"resources": [{"guid": "o", "name": "shop"}]}', encoding="utf-8")
    (folder / "spaces.json").write_text(json.dumps({"resources": [SPACE]}), encoding="utf-8")
    with (folder / "policies.json").open("w", encoding="utf-8") as out:
        out.write(f'{{"total_policies": {size.policies}, "policies": [')
        out.write(",\n".join(_policies(apps, size.policies, rng)))
        out.write("]}\n")
    tags = [{"id": app, "tag": f"{number:04X}", "type": "app"} for number, app in enumerate(apps, 1)]
    (folder / "tags.json").write_text(json.dumps({"tags": tags}), encoding="utf-8")
    (folder / "agent.json").write_text(json.dumps({"iptables_logging": True}), encoding="utf-8")
    for number in range(size.cells):
        cell = folder / "cells" / f"cell-{number:05d}"
        cell.mkdir(parents=True)
        (cell / "store.json").write_text(json.dumps(_store(number, size, apps)), encoding="utf-8")


def _one_more(apps: list[str]) -> str:
    """A document that declares one policy, on a port that no other policy uses."""
    ends = f"source: {{guid: {apps[0]}}}\n    destination: {{guid: {apps[-1]}}}"
    return f"version: 1\nspace: shop/web\npolicies:\n  - {ends}\n    ports: 1\n"


def _policies(apps: list[str], count: int, rng: random.Random) -> Iterator[str]:
    made: set[tuple[int, int, int]] = set()
    while len(made) < count:
        # Every app is a source equally often; destinations are distributed unevenly.
        source = len(made) % len(apps)
        destination = min(rng.randrange(len(apps)), rng.randrange(len(apps)))
        port = rng.choice((8080, 8443, 9090, 80, 5432, rng.randrange(1024, 65000)))
        if (source, destination, port) not in made:
            made.add((source, destination, port))
            yield (
                f'{{"source":{{"id":"{apps[source]}"}},"destination":{{"id":"{apps[destination]}",'
                f'"protocol":"{"udp" if port % 10 == 3 else "tcp"}","ports":{{"start":{port},"end":{port}}}}}}}'
            )


def _store(cell: int, size: Size, apps: list[str]) -> dict[str, object]:
    containers: dict[str, object] = {}
    for place in range(size.containers):
        number = cell * size.containers + place
        app = apps[number * 7919 % len(apps)]
        handle = str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128, version=4))[:28]
        metadata = {
            "policy_group_id": app,
            "app_id": app,
            "space_id": SPACE["guid"],
            "ports": "8080",
            "container_workload": "app",
        }
        ip = f"10.{128 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        containers[handle] = {"handle": handle, "ip": ip, "metadata": metadata}
    return containers


if __name__ == "__main__":
    write_foundation(Path(sys.argv[1]), Size(*map(int, sys.argv[2:6])))
