"""Where instances run: process stats, and the output of cfdot."""

import json

import pytest

from cfnet.cell.model.container import Container
from cfnet.cell.model.placement import Placed, PlacementSource, Waiting
from cfnet.errors import InputFault
from cfnet.foundation.api.instances import Process, actual_lrps, processes, stats
from cfnet.foundation.json_values import JsonValue, WrongShape

PROCESS = Process("p", "app", 3)
RUNNING = {
    "type": "web",
    "index": 0,
    "state": "RUNNING",
    "host": "10.0.16.4",
    "instance_internal_ip": "10.255.0.3",
    "instance_guid": "h0",
    "instance_ports": [{"internal": 8080, "external": 61000}, {"internal": 2222}, {"internal": 80}],
}


def test_processes_have_what_is_needed() -> None:
    listed = [JsonValue({"guid": "p", "instances": 3, "relationships": {"app": {"data": {"guid": "app"}}}})]
    assert processes(listed) == [PROCESS]


STATS = {
    "a running instance": (
        RUNNING,
        Placed(Container("h0", "10.255.0.3", "app", "space", "80,8080", "app", 0), "10.0.16.4", "10.0.16.4"),
    ),
    "without a handle, before API 3.191": (
        {**RUNNING, "instance_guid": None, "instance_ports": None},
        Placed(Container("p-0", "10.255.0.3", "app", "space", "", "app", 0), "10.0.16.4", "10.0.16.4"),
    ),
    "a starting instance": ({**RUNNING, "state": "STARTING", "host": ""}, Waiting("app", 0, "STARTING")),
    "an instance that is down": ({"type": "web", "index": 2, "state": "DOWN"}, Waiting("app", 2, "DOWN")),
    "without overlay IPs, before API 3.148": (
        {"index": 1, "state": "RUNNING", "host": "10.0.16.4"},
        Waiting("app", 1, "RUNNING"),
    ),
}


@pytest.mark.parametrize(("instance", "expected"), STATS.values(), ids=STATS)
def test_stats(instance: object, expected: Placed | Waiting) -> None:
    """They identify the cell by its IP only."""
    assert list(stats([JsonValue(instance)], PROCESS, "space")) == [expected]


def test_malformed_stats() -> None:
    """For example an IPv6 overlay IP, which silk does not support."""
    with pytest.raises(WrongShape) as caught:
        list(stats([JsonValue({**RUNNING, "instance_internal_ip": "fd00::1"})], PROCESS, "space"))
    assert str(caught.value) == (
        'instance_internal_ip: expected an IPv4 address (silk\'s overlay network has no IPv6), found "fd00::1"'
    )


LRP = {
    "process_guid": "2f978b7f-b3d2-4f50-b08f-776634a6e411-c7de6123-d906-4c65-9717-c5d040568c76",
    "index": 1,
    "instance_guid": "h1",
    "cell_id": "cell-guid",
    "address": "10.0.16.4",
    "ports": [{"container_port": 8080, "host_port": 61000}, {"container_port": 2222}],
    "instance_address": "10.255.0.3",
    "state": "RUNNING",
    "presence": "ORDINARY",
    "metric_tags": {"app_id": "app", "space_id": "space"},
}
PLACED = Placed(Container("h1", "10.255.0.3", "app", "space", "8080", "app", 1), "cell-guid", "10.0.16.4")

LINES = {
    "a running instance": (LRP, [PLACED], []),
    "an evacuating instance still has its container": ({**LRP, "presence": "EVACUATING"}, [PLACED], []),
    "a claimed instance without an address": (
        {**LRP, "state": "CLAIMED", "instance_address": "", "address": ""},
        [],
        [Waiting("app", 1, "CLAIMED")],
    ),
    "an unclaimed instance": ({"process_guid": "p", "index": 0, "state": "UNCLAIMED"}, [], []),
    "a crashed instance": ({"process_guid": "p", "index": 0, "state": "CRASHED"}, [], []),
}


@pytest.mark.parametrize(("lrp", "placed", "waiting"), LINES.values(), ids=LINES)
def test_lines_of_cfdot(lrp: object, placed: list[Placed], waiting: list[Waiting]) -> None:
    """Blank lines are ignored."""
    assert actual_lrps(f"\n{json.dumps(lrp)}\n\n", "lrps.json") == (PlacementSource("lrps.json", placed, waiting), [])


def test_an_older_diego_without_app_guids() -> None:
    """The process's GUID is used, and a note says so."""
    source, notes = actual_lrps(json.dumps({**LRP, "metric_tags": None}), "f")
    assert [each.container.app for each in source.placed] == ["2f978b7f-b3d2-4f50-b08f-776634a6e411"]
    assert notes == ["f: instances without metric_tags.app_id: 1; their process GUIDs are used as app GUIDs."]


BAD = {
    "a truncated line": (
        '{"process_guid": "p", "ind',
        "f, line 2: not JSON: Unterminated string starting at, column 23",
    ),
    "no object": ("[7]", "f, line 2: expected an object, found 7"),
    "no state": ("{}", "f, line 2: state: expected a state such as RUNNING, found nothing"),
    "no address": (
        json.dumps({**LRP, "instance_address": "x"}),
        'f, line 2: instance_address: expected an IPv4 address, found "x"',
    ),
    "no cell": (json.dumps({**LRP, "cell_id": ""}), 'f, line 2: cell_id: expected a cell\'s name, found ""'),
    "a cell name that is not a valid directory name": (
        json.dumps({**LRP, "cell_id": "../x"}),
        'f, line 2: cell_id: expected a cell\'s name that is a valid directory name, found "../x"',
    ),
}


@pytest.mark.parametrize(("line", "message"), BAD.values(), ids=BAD)
def test_malformed_lines_of_cfdot(line: str, message: str) -> None:
    """The error has the line number."""
    with pytest.raises(InputFault) as caught:
        actual_lrps(f"{json.dumps(LRP)}\n{line}", "f")
    assert str(caught.value) == message
