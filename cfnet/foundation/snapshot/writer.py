"""Writes the state of a foundation as a snapshot, atomically."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cfnet.cell.model.tags import INGRESS_ROUTER
from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.api.policy_server import as_json
from cfnet.foundation.atomic_files import new_directory
from cfnet.foundation.snapshot.cell_files import agent_document
from cfnet.foundation.snapshot.record import FILE, Record, document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.model.container import Container
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import State
    from cfnet.policy import App, Space
    from cfnet.policy.provenance import Provenance

_SPACES: Final = ("running_spaces", "staging_spaces")


def write_snapshot(folder: Path, state: State, *, replace: bool = False, made: Provenance | None = None) -> int:
    """Write `state` to `folder` atomically.

    Args:
        folder: a missing or empty directory, whose parent must exist.
        state: the state to write.
        replace: whether to overwrite an existing snapshot.
        made: what the snapshot is made from.

    Returns:
        The number of containers.

    Raises:
        UsageFault: the directory is not empty.
        InputFault: the snapshot cannot be written, or `state` cannot be read.
    """
    check_room(folder, replace=replace)
    try:
        with new_directory(folder) as partial:
            containers = _write(partial, state, made)
    except OSError as fault:
        raise InputFault(f"cannot be written: {fault.strerror}", where=str(folder)) from fault
    return containers


def check_room(folder: Path, *, replace: bool) -> None:
    """Check that a snapshot can be written to `folder`.

    Raises:
        UsageFault: it exists and is not empty, or is not a directory.
    """
    if folder.is_dir() and not folder.is_symlink():
        if not any(folder.iterdir()) or (replace and (folder / FILE).exists()):
            return
        if (folder / FILE).exists():
            raise UsageFault("already contains a snapshot", where=str(folder), hint="Use --replace to overwrite it.")
        raise UsageFault(
            "contains files that are not a snapshot of cfnet", where=str(folder), hint="Choose another directory."
        )
    if folder.exists() or folder.is_symlink():
        raise UsageFault("not a directory", where=str(folder), hint="Choose a directory that does not exist yet.")


def _write(folder: Path, state: State, made: Provenance | None) -> int:
    told = [note for note in state.notes if note not in state.missing.values()]
    _dump(folder / FILE, document(Record(state.missing, told, state.read_visible(), made)))
    _dump_list(
        folder / "policies.json",
        {"total_policies": len(state.policies)},
        "policies",
        (as_json(policy) for policy in state.policies),
    )
    if not state.tags.allotted:
        tags = (
            {"id": group, "tag": tag, "type": "router" if group == INGRESS_ROUTER else "app"}
            for group, tag in state.tags.by_app.items()
        )
        _dump_list(folder / "tags.json", {}, "tags", tags)
    if "agent.json" not in state.missing:
        _dump(folder / "agent.json", agent_document(state.settings))
    groups = state.read_security_groups()
    if groups is not None:
        _dump_list(folder / "security_groups.json", {}, "resources", map(_group, groups))
    _write_places(folder, state.read_apps())
    return _write_cells(folder / "cells", state)


def _write_cells(folder: Path, state: State) -> int:
    """Write the stores of all cells; return the number of containers in them."""
    folder.mkdir()
    containers = 0
    for cell in state.cells():
        (folder / cell.name).mkdir()
        _dump(folder / cell.name / "store.json", {each.handle: _container(each) for each in cell.containers})
        containers += len(cell.containers)
    return containers


def _write_places(folder: Path, apps: Mapping[str, App]) -> None:
    spaces: dict[str, Space] = {app.space.guid: app.space for app in apps.values() if app.space.name}
    orgs = {space.org.guid: space.org for space in spaces.values() if space.org.name}
    named = [
        ("apps.json", [_resource(app.guid, app.name, space=app.space.guid) for app in apps.values()]),
        (
            "spaces.json",
            [_resource(space.guid, space.name, organization=space.org.guid) for space in spaces.values()],
        ),
        ("organizations.json", [_resource(org.guid, org.name) for org in orgs.values()]),
    ]
    for file, resources in named:
        _dump_list(folder / file, {}, "resources", resources)


def _resource(guid: str, name: str, **related: str) -> dict[str, object]:
    part_of = {kind: {"data": {"guid": other}} for kind, other in related.items()}
    return {"guid": guid, "name": name, **({"relationships": part_of} if part_of else {})}


def _container(container: Container) -> dict[str, object]:
    metadata = {
        "policy_group_id": container.app,
        "app_id": container.app,
        "space_id": container.space,
        "ports": container.ports,
        "container_workload": container.workload,
    }
    return {"handle": container.handle, "ip": container.ip, "metadata": metadata}


def _group(group: SecurityGroup) -> dict[str, object]:
    rules = [
        {
            "protocol": rule.protocol,
            "destination": rule.destination,
            "ports": rule.ports,
            "type": rule.icmp_type,
            "code": rule.icmp_code,
            "log": rule.log,
        }
        for rule in group.rules
    ]
    spaces = zip(_SPACES, (group.running_spaces, group.staging_spaces), strict=True)
    return {
        "name": group.name,
        "globally_enabled": {"running": group.running, "staging": group.staging},
        "rules": rules,
        "relationships": {kind: {"data": [{"guid": guid} for guid in sorted(guids)]} for kind, guids in spaces},
    }


def _dump(file: Path, value: Mapping[str, object]) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _dump_list(file: Path, head: Mapping[str, object], key: str, items: Iterable[object] | Sequence[object]) -> None:
    """Write a response that contains a list, one item per line, without holding all in memory."""
    with file.open("w", encoding="utf-8") as out:
        out.write("{" + "".join(f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in head.items()))
        out.write(f"{json.dumps(key)}: [")
        separator = "\n"
        for item in items:
            out.write(separator + json.dumps(item, ensure_ascii=False))
            separator = ",\n"
        out.write("\n]}\n")
