"""A small snapshot, and a way to write it with one file changed."""

import json
from collections.abc import Mapping
from pathlib import Path

CONTAINER = {"handle": "h1", "ip": "10.255.0.4", "metadata": {"policy_group_id": "back", "ports": "8080"}}

GOOD: Mapping[str, object] = {
    "policies.json": {
        "policies": [
            {
                "source": {"id": "front"},
                "destination": {"id": "back", "protocol": "tcp", "ports": {"start": 8080, "end": 8080}},
            }
        ]
    },
    "tags.json": {"tags": [{"id": "front", "tag": "0002"}, {"id": "back", "tag": "0003"}]},
    "agent.json": {},
    "cells/cell-1/store.json": {"h1": CONTAINER},
}


def write(folder: Path, changes: Mapping[str, object] | None = None) -> Path:
    """Write the good snapshot with `changes` by file: bytes and text verbatim, None for no file, else as JSON."""
    for file, content in {**GOOD, **(changes or {})}.items():
        if content is None:
            continue
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder
