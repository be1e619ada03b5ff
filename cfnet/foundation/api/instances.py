"""Where instances run: the Cloud Controller's process stats, and what `cfdot actual-lrps` prints."""

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
"""Diego's port for `cf ssh`, which is none of the app's."""

_PASSED_OVER: Final = frozenset({"UNCLAIMED", "CRASHED"})
_GUID_LENGTH: Final = 36
_FOLDER = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*")


class Process(NamedTuple):
    """A process of an app, as the Cloud Controller has it."""

    guid: str
    app: str
    instances: int


def processes(listed: Iterable[JsonValue]) -> list[Process]:
    """The processes of a list's resources."""
    return [
        Process(
            node.key("guid").name("a GUID"),
            node.key("relationships").key("app").key("data").key("guid").name("a GUID"),
            node.key("instances").number(1),
        )
        for node in listed
    ]


def stats(listed: Iterable[JsonValue], process: Process, space: str) -> Iterator[Placed | Waiting]:
    """The instances of `process`, an app's in `space`, in the resources of its stats.

    `host` is the cell's own IP, `instance_internal_ip` (API 3.148) with silk the overlay IP, `instance_guid` (API
    3.191) the container's handle. An instance may have none of them yet.
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
    """What `cfdot actual-lrps` prints, in any layout (`| jq .`, `| jq -s`), and notes about it; `name` is the file's.

    Evacuating and suspect instances still have their containers; unclaimed and crashed ones have none.

    Raises:
        InputFault: something that cfdot cannot have printed, with the number of its line.
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
        [f"{name}: {without_app:,} instances without metric_tags.app_id; the process's GUID is taken for the app's."]
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
    """An instance, none where it has no container; and whether its app had to be guessed."""
    state = node.key("state").name("a state as RUNNING")
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
    """The app's own ports, as the container's metadata would have them."""
    found = {} if node.absent() else {port.key(key).number(): None for port in node.nodes()}
    return ",".join(str(port) for port in sorted(found) if port != SSH)


def _folder(node: JsonValue) -> str:
    """A cell's name, which is a folder's name in a snapshot."""
    text = node.name("a cell's name")
    if not _FOLDER.fullmatch(text):
        node.wrong("a cell's name that can be a folder's")
    return text
