"""Reads where instances run from the Cloud Controller's process stats or the output of `cfdot actual-lrps`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.container import Container
from cfnet.cell.model.placement import Placed, PlacementSource, Waiting
from cfnet.errors import InputFault
from cfnet.foundation.json_stream import NotJson, values
from cfnet.foundation.json_values import JsonValue, WrongShape
from cfnet.foundation.snapshot.cell_files import ipv4

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SSH: Final = 2222
"""Diego's port for `cf ssh`, which is not one of the app's ports."""

_PASSED_OVER: Final = frozenset({"UNCLAIMED", "CRASHED"})
_GUID_LENGTH: Final = 36
_FOLDER = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*")


class Process(NamedTuple):
    """A process of an app in the Cloud Controller."""

    guid: str
    app: str
    instances: int


def processes(listed: Iterable[JsonValue]) -> list[Process]:
    """Return the processes in a list of resources."""
    return [
        Process(
            node.key("guid").name("a GUID"),
            node.key("relationships").key("app").key("data").key("guid").name("a GUID"),
            node.key("instances").number(1),
        )
        for node in listed
    ]


def stats(listed: Iterable[JsonValue], process: Process, space: str) -> Iterator[Placed | Waiting]:
    """Yield the instances of `process`, of an app in `space`, from its stats.

    `host` is the cell's IP, `instance_internal_ip` (API 3.148) is the overlay IP with silk, and `instance_guid` (API
    3.191) is the container's handle. A starting instance may have none of them.
    """
    for node in listed:
        number, host = node.key("index").number(), node.key("host").text("")
        if not host or not node.key("instance_internal_ip").text(""):
            yield Waiting(process.app, number, node.key("state").text("unknown"))
            continue
        ip = ipv4(node.key("instance_internal_ip"))
        handle = node.key("instance_guid").text("") or f"{process.guid}-{number}"
        ports = _ports(node.key("instance_ports"), "internal")
        yield Placed(Container(handle, ip, process.app, space, ports, "app", number), _folder(node.key("host")), host)


def actual_lrps(text: str, name: str) -> tuple[PlacementSource, list[str]]:
    """Read the output of `cfdot actual-lrps` in any layout (`| jq .`, `| jq -s`), and return notes about it.

    `name` is the name of the file. Evacuating and suspect instances still have containers; unclaimed and crashed ones
    do not.

    Raises:
        InputFault: the input is not output of cfdot; includes the line number.
    """
    placed: list[Placed] = []
    waiting: list[Waiting] = []
    without_app = 0
    try:
        for line, node in values(text):
            found, guessed = _at_line(line, node, name)
            if isinstance(found, Placed):
                placed.append(found)
            elif found:
                waiting.append(found)
            without_app += guessed
    except NotJson as fault:
        raise InputFault(f"not JSON: {fault.problem}", where=f"{name}, line {fault.line}", hint=_HINT) from fault
    notes = (
        [f"{name}: instances without metric_tags.app_id: {without_app:,}; their process GUIDs are used as app GUIDs."]
        if without_app
        else []
    )
    return PlacementSource(name, placed, waiting), notes


_HINT: Final = "Expected the output of 'cfdot actual-lrps': one JSON object per instance, in any layout."


def _at_line(line: int, node: JsonValue, name: str) -> tuple[Placed | Waiting | None, bool]:
    try:
        return _actual_lrp(node)
    except WrongShape as fault:
        raise InputFault(str(fault), where=f"{name}, line {line}", hint=_HINT) from fault


def _actual_lrp(node: JsonValue) -> tuple[Placed | Waiting | None, bool]:
    """Return an instance, None if it has no container; and whether its app had to be guessed."""
    state = node.key("state").name("a state such as RUNNING")
    tags = node.key("metric_tags")
    told = "" if tags.absent() else tags.key("app_id").text("")
    app = told or node.key("process_guid").name("a process's GUID")[:_GUID_LENGTH]
    if state in _PASSED_OVER:
        return None, False
    if not node.key("instance_address").text(""):
        return Waiting(app, node.key("index").number(0), state), not told
    container = Container(
        node.key("instance_guid").name("the container's handle"),
        ipv4(node.key("instance_address")),
        app,
        "" if tags.absent() else tags.key("space_id").text(""),
        _ports(node.key("ports"), "container_port"),
        "app",
        node.key("index").number(0),
    )
    return Placed(container, _folder(node.key("cell_id")), node.key("address").text("")), not told


def _ports(node: JsonValue, key: str) -> str:
    """Format the app's ports as in the container's metadata."""
    found = {} if node.absent() else {port.key(key).number(): None for port in node.nodes()}
    return ",".join(str(port) for port in sorted(found) if port != SSH)


def _folder(node: JsonValue) -> str:
    """Read a cell's name, which is also the name of its directory in a snapshot."""
    text = node.name("a cell's name")
    if not _FOLDER.fullmatch(text):
        node.wrong("a cell's name that is a valid directory name")
    return text
