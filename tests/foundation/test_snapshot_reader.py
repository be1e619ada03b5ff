"""A directory of raw responses, read as the state of a foundation."""

import json
import re
from pathlib import Path

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell
from cfnet.cell.model.tags import Tags
from cfnet.errors import InputFault
from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from tests.foundation.snapshots import CONTAINER, GOOD, write
from tests.resources import related

FRONT_TO_BACK = Policy("front", "back", Protocol.TCP, Ports(8080, 8080))
BACK = Container("h1", "10.255.0.4", "back", ports="8080")


def test_a_snapshot(tmp_path: Path) -> None:
    """All of it, as values; directories that are not cells are ignored."""
    state = open_snapshot(write(tmp_path, {"cells/.git/x": "", "cells/README": "", "notes.txt": "mine"}))
    assert state.policies == [FRONT_TO_BACK]
    assert state.tags == Tags({"front": "0002", "back": "0003"})
    assert state.settings == AgentSettings()
    assert state.cell_names == ["cell-1"]
    assert list(state.cells()) == [Cell("cell-1", [BACK], f"{tmp_path}/cells/cell-1/store.json")]
    assert state.read_apps() == {}
    assert state.notes == []


def test_missing_optional_files_are_noted(tmp_path: Path) -> None:
    """Tags are allotted and settings have defaults."""
    state = open_snapshot(write(tmp_path, {"tags.json": None, "agent.json": None}))
    assert state.tags == Tags({"front": "0001", "back": "0002"}, allotted=True)
    assert state.settings == AgentSettings()
    assert state.notes == [
        "agent.json is missing: default settings of the agent's BOSH job are used.",
        "tags.json is missing: tags are assigned as the policy server would, lowest first.",
    ]


def test_allotted_tags_skip_the_routers_tag(tmp_path: Path) -> None:
    """If the settings have it."""
    agent = {"enable_overlay_ingress_rules": True, "overlay_ingress_tag": "0001"}
    state = open_snapshot(write(tmp_path, {"tags.json": None, "agent.json": agent}))
    assert state.tags.by_app == {"front": "0002", "back": "0003"}


def test_names_come_from_three_files(tmp_path: Path) -> None:
    """Each of them is a list, or a list of pages."""
    apps = [
        {"resources": [{"guid": "front", "name": "frontend", **related("space", "s1")}]},
        {"resources": [{"guid": "back", "name": "backend", **related("space", "s2")}]},
    ]
    spaces = {
        "resources": [
            {"guid": "s1", "name": "dev", **related("organization", "o1")},
            {"guid": "s2", "name": "prod", **related("organization", "o2")},
        ],
        "included": {"organizations": [{"guid": "o2", "name": "bank"}]},
    }
    orgs = {"resources": [{"guid": "o1", "name": "shop"}]}
    files = {"apps.json": apps, "spaces.json": spaces, "organizations.json": orgs}
    state = open_snapshot(write(tmp_path, files))
    assert state.read_apps() == {
        "front": App("front", "frontend", Space("s1", "dev", Org("o1", "shop"))),
        "back": App("back", "backend", Space("s2", "prod", Org("o2", "bank"))),
    }
    (tmp_path / "spaces.json").unlink()
    assert state.read_apps()["front"] == App("front", "frontend", Space("s1", "", Org("", "")))


TEXT = '{"policies": [{"source": {"id": "front"}, '


def page(**pagination: object) -> dict[str, object]:
    """A page of a list of the Cloud Controller."""
    return {"pagination": pagination, "resources": []}


BAD = {
    "no policies": ({"policies.json": None}, "policies.json: file not found"),
    "a directory instead of a file": (
        {"policies.json": None, "policies.json/x": ""},
        "policies.json: cannot be read: Is a directory",
    ),
    "policies that are not JSON": (
        {"policies.json": "<html>"},
        "policies.json: not JSON: Expecting value, line 1 column 1",
    ),
    "truncated policies": (
        {"policies.json": TEXT},
        "policies.json: not JSON: Expecting property name enclosed in double quotes, line 1 column 43",
    ),
    "an empty file": ({"policies.json": ""}, "policies.json: not JSON: it is empty"),
    "another encoding": ({"policies.json": b'{"policies": ["\xff"]}'}, "policies.json: not UTF-8 at byte 16"),
    "a server error instead of policies": (
        {"policies.json": {"error": "forbidden"}},
        "policies.json: policies: expected a list, found nothing",
    ),
    "a bad policy": (
        {"policies.json": {"policies": [{"source": {"id": ""}}]}},
        'policies.json: policies[0].source.id: expected an app\'s GUID, found ""',
    ),
    "a source without a tag": (
        {"tags.json": {"tags": [{"id": "back", "tag": "0003"}]}},
        "tags.json: no tag for app front (policies.json, policies[0].source.id)",
    ),
    "a destination without a tag": (
        {"tags.json": {"tags": [{"id": "front", "tag": "0002"}]}},
        "tags.json: no tag for app back (policies.json, policies[0].destination.id)",
    ),
    "bad tags": ({"tags.json": []}, "tags.json: expected an object, found a list"),
    "bad settings": (
        {"agent.json": "{"},
        "agent.json: not JSON: Expecting property name enclosed in double quotes, line 1 column 2",
    ),
    "no router tag": (
        {"agent.json": {"enable_overlay_ingress_rules": True}},
        "overlay ingress is enabled, but neither overlay_ingress_tag nor the tag of INGRESS_ROUTER is given",
    ),
    "no cells": (
        {"cells/cell-1/store.json": None},
        "cells: expected a directory with a store.json for each cell, found none",
    ),
    "a cell without a store": (
        {"cells/cell-2/README": ""},
        "cells/cell-2/store.json: file not found",
    ),
    "a store that is not an object": (
        {"cells/cell-1/store.json": []},
        "cells/cell-1/store.json: expected an object, found a list",
    ),
    "a duplicate handle": (
        {"cells/cell-1/store.json": '{"h1": {}, "h1": {}}'},
        'cells/cell-1/store.json: duplicate key "h1" in an object',
    ),
    "a container with an invalid IP": (
        {"cells/cell-1/store.json": {"h1": {**CONTAINER, "ip": "10.255.0"}}},
        'cells/cell-1/store.json: h1.ip: expected an IPv4 address, found "10.255.0"',
    ),
    "two containers with one IP": (
        {"cells/cell-1/store.json": {"h1": CONTAINER, "h2": {**CONTAINER, "handle": "h2"}}},
        "cells/cell-1/store.json: h2.ip: 10.255.0.4 is already the IP of container h1",
    ),
    "two containers with one IP on two cells": (
        {"cells/cell-2/store.json": {"h2": {**CONTAINER, "handle": "h2"}}},
        "cells/cell-2/store.json: h2.ip: 10.255.0.4 is already the IP of container h1 of cells/cell-1/store.json",
    ),
    "bad names": ({"apps.json": {}}, "apps.json: resources: expected a list, found nothing"),
    "the first page of security groups": (
        {"security_groups.json": page(total_pages=3, next={"href": "x"})},
        "security_groups.json: pagination: expected all 3 pages of the list, found 1",
    ),
    "the last page of apps": (
        {"apps.json": page(total_pages=2, next=None, previous={"href": "x"})},
        "apps.json: pagination: expected all 2 pages of the list, found 1",
    ),
    "two pages of three": (
        {"spaces.json": [page(total_pages=3, next={"href": "x"}), page(total_pages=3, next=None)]},
        "spaces.json: [0].pagination: expected all 3 pages of the list, found 2",
    ),
    "pages without a total": (
        {"organizations.json": [page(next={"href": "x"}), page(next={"href": "x"})]},
        "organizations.json: [1].pagination.next: expected the last page of the list, found one that has a next page",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_malformed_snapshots(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """The error has the file, the position, the expected type and the actual value."""
    with pytest.raises(InputFault) as caught:
        read_everything(write(tmp_path, changes))
    assert str(caught.value).replace(f"{tmp_path}/", "") == message
    where = caught.value.where
    assert not where or where.startswith(str(tmp_path)), "there may be two snapshots"


def read_everything(folder: Path) -> None:
    """Read everything in a snapshot."""
    state = open_snapshot(folder)
    list(state.cells())
    state.read_apps()
    state.read_security_groups()


def test_a_truncated_list_says_how_to_get_all_of_it(tmp_path: Path) -> None:
    """The Cloud Controller's default page size is 50."""
    with pytest.raises(InputFault) as caught:
        read_everything(write(tmp_path, {"security_groups.json": page(total_pages=3)}))
    assert caught.value.hint == (
        "Expected the output of 'cf curl \"/v3/security_groups?per_page=5000\"', or a list of all its pages."
    )


@pytest.mark.parametrize(
    "groups",
    [page(total_pages=1, next=None), [page(total_pages=2, next={}), page(total_pages=2)]],
    ids=["one page", "two pages"],
)
def test_complete_lists(groups: object, tmp_path: Path) -> None:
    """On one page or several."""
    state = open_snapshot(write(tmp_path, {"security_groups.json": groups}))
    assert state.read_security_groups() == []


def test_a_missing_directory(tmp_path: Path) -> None:
    """The error has the whole path, and what the directory should contain."""
    with pytest.raises(InputFault) as caught:
        open_snapshot(tmp_path / "nope")
    assert str(caught.value) == f"{tmp_path}/nope: directory not found"
    assert caught.value.hint == "A snapshot has policies.json and cells/NAME/store.json (see 'cfnet help render')."


def test_a_file_instead_of_a_directory(tmp_path: Path) -> None:
    """For example a packed snapshot."""
    (tmp_path / "snapshot.zip").touch()
    with pytest.raises(InputFault, match=r"snapshot\.zip: not a directory$"):
        open_snapshot(tmp_path / "snapshot.zip")


def test_the_good_snapshot_is_good(tmp_path: Path) -> None:
    """The malformed ones are variations of it."""
    assert set(GOOD) == {"policies.json", "tags.json", "agent.json", "cells/cell-1/store.json"}
    read_everything(write(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_may_be_in_any_unicode_encoding(encoding: str, tmp_path: Path) -> None:
    """PowerShell writes the output of `cf curl` as UTF-16."""
    files = {name: json.dumps(content).encode(encoding) for name, content in GOOD.items()}
    plain, other = open_snapshot(write(tmp_path / "plain")), open_snapshot(write(tmp_path / "other", files))
    assert other.policies == plain.policies
    assert [cell.containers for cell in other.cells()] == [cell.containers for cell in plain.cells()]


def _tagged(source: object, destination: object) -> dict[str, object]:
    ports = {"start": 8080, "end": 8080}
    return {
        "policies": [
            {
                "source": {"id": "front", "tag": source},
                "destination": {"id": "back", "tag": destination, "protocol": "tcp", "ports": ports},
            }
        ]
    }


def test_tags_inside_policies_are_used(tmp_path: Path) -> None:
    """The policy server's internal API includes them; no tags are allotted, so there is no note."""
    state = open_snapshot(write(tmp_path, {"tags.json": None, "policies.json": _tagged("0004", "0005")}))
    assert state.tags == Tags({"front": "0004", "back": "0005"})
    assert state.policies == [FRONT_TO_BACK]
    assert state.notes == []


def test_tags_inside_policies_may_agree_with_tags_json(tmp_path: Path) -> None:
    """Leading zeros do not matter."""
    state = open_snapshot(write(tmp_path, {"policies.json": _tagged("02", "0003")}))
    assert state.tags == Tags({"front": "0002", "back": "0003"})


@pytest.mark.parametrize(
    ("tags", "listed", "message"),
    [
        (("0002", "0004"), True, "tags.json: app back has the tag 0003, but 0004 in policies.json"),
        (("0002", None), False, "policies.json: no tag for app back (policies.json, policies[0].dest"),
        (("0002", "2"), False, "policies.json: policies[0].destination.tag: 2 is already the tag of front"),
        (("x", "2"), False, 'policies.json: policies[0].source.tag: expected hexadecimal digits such as "00FF"'),
        ((4, "2"), False, 'policies.json: policies[0].source.tag: expected hexadecimal digits such as "00FF"'),
    ],
    ids=[
        "a different tag than in tags.json",
        "some without a tag",
        "one tag of two apps",
        "not hexadecimal",
        "a number",
    ],
)
def test_contradictory_tags_inside_policies_are_refused(
    tags: tuple[object, object], message: str, tmp_path: Path, *, listed: bool
) -> None:
    """Either could be right."""
    changes: dict[str, object] = {"policies.json": _tagged(*tags)}
    folder = write(tmp_path, changes if listed else {**changes, "tags.json": None})
    with pytest.raises(InputFault, match=re.escape(message)):
        open_snapshot(folder)
