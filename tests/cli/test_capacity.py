"""`cfnet capacity`: how full a foundation is, and would be."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import Foundation
from tests.conftest import Cfnet
from tests.foundation.snapshots import write
from tests.golden import HERE

RELATED = {"relationships": {"space": {"data": {"guid": "s1"}}}}
APPS = {
    "resources": [{"guid": guid, "name": f"{guid}end", **RELATED} for guid in ("front", "back", "other")],
    "included": {
        "spaces": [
            {"guid": "s1", "name": "dev", "relationships": {"organization": {"data": {"guid": "o1"}}}},
        ],
        "organizations": [{"guid": "o1", "name": "shop"}],
    },
}
TAGS = {"tags": [{"id": "front", "tag": "0001"}, {"id": "back", "tag": "0002"}]}
DOCUMENT = "version: 1\nspace: shop/dev\npolicies:\n  - source: {}\n    destination: {}\n"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """One cell with one container, one policy."""
    (tmp_path / "add.yml").write_text(DOCUMENT.format("otherend", "backend"), encoding="utf-8")
    (tmp_path / "remove.yml").write_text(DOCUMENT.format("frontend", "backend"), encoding="utf-8")
    (tmp_path / "bad.yml").write_text(DOCUMENT.format("nobody", "backend"), encoding="utf-8")
    return str(write(tmp_path / "shop", {"apps.json": APPS, "tags.json": TAGS}))


NOW = """\
2 of 65,535 tags are used (0.0%).

app                 policies   of 150
shop/dev/frontend   1          0.7%

cell     containers   rules   bytes
cell-1   1            2       225
"""


def test_how_full_it_is(shop: str, cfnet: Cfnet) -> None:
    """Tags, source apps, cells; bytes are those of what `iptables -S` prints."""
    assert cfnet("capacity", "--from", shop) == (0, NOW, "")
    assert len(cfnet("render", "--from", shop).stdout.partition("\n")[2]) == 225


THEN = """\
2 of 65,535 tags are used (0.0%); then 3 (0.0%).

app                 policies   then   of 2
shop/dev/frontend   1          1      50.0%
shop/dev/otherend   0          1      50.0%

cell     containers   then   rules   then   bytes   then
cell-1   1            3      2       7      225     896
"""


def test_what_it_would_be(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """After all changes together."""
    words = ["--what-if", "scale=backend:3", "--what-if", f"add={tmp_path}/add.yml", "--quota", "2"]
    assert cfnet("capacity", "--from", shop, *words) == (0, THEN, "")


def test_a_tag_that_is_handed_on(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Is dangerous until every cell knows; also told in the JSON."""
    words = ["--what-if", f"remove={tmp_path}/remove.yml", "--what-if", f"add={tmp_path}/add.yml", "--json"]
    ran = cfnet("capacity", "--from", shop, *words)
    warning = (
        "Tag 0001 goes from shop/dev/frontend to shop/dev/otherend: until every cell has asked for its policies"
        " (5 seconds), what shop/dev/frontend may do shop/dev/otherend may."
    )
    assert (ran.exit, ran.stderr) == (0, f"Warning: {warning}\n")
    load = {"containers": 1, "rules": 2, "bytes": 225}
    assert json.loads(ran.stdout) == {
        "format_version": 1,
        "tags": {"used": 2, "then": 2, "limit": 65535},
        "quota": 150,
        "apps": [
            {"app": {"guid": "other", "name": "otherend", "space": "dev", "org": "shop"}, "policies": 0, "then": 1},
            {"app": {"guid": "front", "name": "frontend", "space": "dev", "org": "shop"}, "policies": 1, "then": 0},
        ],
        "cells": [{"cell": "cell-1", "now": load, "then": load}],
        "warnings": [warning],
        "notes": [],
    }


def test_whole_cells(cfnet: Cfnet) -> None:
    """As the settings say, or the command line."""
    golden = HERE / "08-whole-cell-security-groups"
    lines = (golden / "expected" / "cell-1.rules").read_text(encoding="utf-8").splitlines()
    rules = sum(line.startswith("-A ") for line in lines)
    assert f"cell-1   3            {rules} " in cfnet("capacity", "--from", str(golden)).stdout
    assert "cell-1   3            3 " in cfnet("capacity", "--from", str(golden), "--no-whole-cell").stdout


def test_the_sandbox(cfnet: Cfnet) -> None:
    """It is a foundation as any other."""
    with Foundation.open(None) as foundation:
        ran = cfnet("capacity", "--sandbox", "--json", embedded=foundation)
    assert (ran.exit, [cell["cell"] for cell in json.loads(ran.stdout)["cells"]]) == (0, ["cell-1", "cell-2"])


NO_CHANGE = (
    "--what-if takes scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{}'\nAs in --what-if scale=web:20\n"
)
MISUSES = {
    "a change that is none": ("grow=web:3", NO_CHANGE.format("grow=web:3")),
    "a document without a name": ("add=", NO_CHANGE.format("add=")),
    "a scale without a number": ("scale=web", "--what-if scale takes APP:N, not 'web'\nAs in --what-if scale=web:20\n"),
    "a scale below none": ("scale=web:-1", "--what-if scale takes APP:N, not 'web:-1'\nAs in --what-if scale=web:20\n"),
    "an app that is not there": ("scale=fronted:1", "There is no app 'fronted'.\nDid you mean 'frontend'?\n"),
    "a document that is not there": (
        "add=FOLDER/no.yml",
        (
            "FOLDER/no.yml:1:1: E101 file cannot be read: No such file or directory\n"
            "'cfnet validate FOLDER/no.yml' tells all that can be seen offline.\n"
        ),
    ),
    "a document with an unknown app": (
        "add=FOLDER/bad.yml",
        (
            "FOLDER/bad.yml:4:5: E401 unknown app: shop/dev/nobody; expected an app of shop/dev that this user sees\n"
            "'cfnet validate FOLDER/bad.yml' tells all that can be seen offline.\n"
        ),
    ),
}


@pytest.mark.parametrize(("change", "stderr"), MISUSES.values(), ids=MISUSES)
def test_misuses(change: str, stderr: str, shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    ran = cfnet("capacity", "--from", shop, "--what-if", change.replace("FOLDER", str(tmp_path)))
    assert ran == (2, "", stderr.replace("FOLDER", str(tmp_path)))
