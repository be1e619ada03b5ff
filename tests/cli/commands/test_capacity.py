"""`cfnet capacity`: how full a foundation is, or would be."""

import json
import re
from pathlib import Path

import pytest

from cfnet.sandbox import Foundation
from tests.cli.document_world import API, LOG, WEB, with_policies
from tests.conftest import Cfnet, Served
from tests.foundation.snapshots import write
from tests.golden import HERE
from tests.policies import policy
from tests.resources import apps_of_a_space

APPS = apps_of_a_space({guid: f"{guid}end" for guid in ("front", "back", "other")})
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
cell     containers   rules   bytes
cell-1   1            2       225

2 of 65,535 tags are used (0.0%).

app                 policies   of 150
shop/dev/frontend   1          0.7%
"""


def test_how_full_a_foundation_is(shop: str, cfnet: Cfnet) -> None:
    """Tags, source apps and cells; bytes are those of `iptables -S`."""
    assert cfnet("capacity", "--from", shop) == (0, NOW, "")
    assert len(cfnet("render", "--from", shop).stdout.partition("\n")[2]) == 225


THEN = """\
cell     containers   after    rules   after    bytes   after
cell-1   1            3 (+2)   2       7 (+5)   225     896 (+671)

2 of 65,535 tags are used (0.0%); 3 (0.0%) after the change.

app                 policies   after    of 2
shop/dev/otherend   0          1 (+1)   50.0%
shop/dev/frontend   1          =        50.0%
"""


def test_how_full_it_would_be(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """After all changes together."""
    words = ["--what-if", "scale=backend:3", "--what-if", f"add={tmp_path}/add.yml", "--quota", "2"]
    assert cfnet("capacity", "--from", shop, *words) == (0, THEN, "")


def test_how_full_it_would_be_after_applying_documents(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """As an argument or by -f, before the changes of --what-if; with --prune, other policies are removed."""
    add = f"{tmp_path}/add.yml"
    words = ("--from", shop, "--json", "--what-if", "scale=backend:3")
    added = cfnet("capacity", "--what-if", f"add={add}", *words)
    assert added.exit == 0
    assert cfnet("capacity", add, *words) == added
    assert cfnet("capacity", "-f", add, *words) == added
    pruned = json.loads(cfnet("capacity", add, "--prune", *words).stdout)
    assert [(row["app"]["name"], row["then"]) for row in pruned["apps"]] == [
        ("otherend", 1),
        ("frontend", 0),
    ]
    ran = cfnet("capacity", "--prune", *words)
    assert (ran.exit, ran.stderr) == (2, "--prune requires FILE\nSee 'cfnet help capacity'.\n")


def test_the_fullest_only(cfnet: Cfnet) -> None:
    """--top limits cells and apps in every format, and the text says how many are left out."""
    with Foundation.open(None) as foundation:
        text = cfnet("capacity", "--sandbox", "--top", "1", embedded=foundation).stdout
        data = json.loads(cfnet("capacity", "--sandbox", "--top", "1", "--json", embedded=foundation).stdout)
    assert text.startswith("cell     containers   rules   bytes\ncell-1   1 ")
    assert "\n… and 1 more (--top N shows more)\n" in text
    assert [each["cell"] for each in data["cells"]] == ["cell-1"]


METRICS = """\
# TYPE cfnet_tags_used gauge
# HELP cfnet_tags_used Tags in use.
cfnet_tags_used{when="now"} 2
cfnet_tags_used{when="after"} 2
# TYPE cfnet_tags_limit gauge
# HELP cfnet_tags_limit Tags that exist.
cfnet_tags_limit 65535
# TYPE cfnet_tags_complete gauge
# HELP cfnet_tags_complete Whether all tags in use are known.
cfnet_tags_complete 1
# TYPE cfnet_policy_quota gauge
# HELP cfnet_policy_quota Policies allowed for each source app.
cfnet_policy_quota 150
# TYPE cfnet_app_policies gauge
# HELP cfnet_app_policies Policies with this source app.
cfnet_app_policies{guid="front",org="shop",space="dev",app="frontend",when="now"} 1
cfnet_app_policies{guid="front",org="shop",space="dev",app="frontend",when="after"} 1
# TYPE cfnet_cell_containers gauge
# HELP cfnet_cell_containers Containers.
cfnet_cell_containers{cell="cell-1",when="now"} 1
cfnet_cell_containers{cell="cell-1",when="after"} 3
# TYPE cfnet_cell_rules gauge
# HELP cfnet_cell_rules Rules in all chains.
cfnet_cell_rules{cell="cell-1",when="now"} 2
cfnet_cell_rules{cell="cell-1",when="after"} 4
# TYPE cfnet_cell_rules_size_bytes gauge
# UNIT cfnet_cell_rules_size_bytes bytes
# HELP cfnet_cell_rules_size_bytes Size of the output of iptables -S.
cfnet_cell_rules_size_bytes{cell="cell-1",when="now"} 225
cfnet_cell_rules_size_bytes{cell="cell-1",when="after"} SIZE
# EOF
"""


def test_metrics(shop: str, cfnet: Cfnet) -> None:
    """For Prometheus; `when` only with a change."""
    words = ("capacity", "--from", shop, "--format", "openmetrics")
    changed = cfnet(*words, "--what-if", "scale=frontend:2")
    assert re.sub(r"(?<=after\"} )\d{3}$", "SIZE", changed.stdout, flags=re.MULTILINE) == METRICS
    now = "".join(line for line in METRICS.splitlines(keepends=True) if 'when="after"' not in line)
    assert cfnet(*words) == (0, now.replace(',when="now"', "").replace('{when="now"}', ""), "")


def test_a_reused_tag(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """It is dangerous until every cell has polled; the JSON has it, too."""
    words = ["--what-if", f"remove={tmp_path}/remove.yml", "--what-if", f"add={tmp_path}/add.yml", "--json"]
    ran = cfnet("capacity", "--from", shop, *words)
    warning = (
        "Tag 0001 moves from shop/dev/frontend to shop/dev/otherend: until every cell has polled for policies"
        " (5 seconds), shop/dev/otherend also has the access of shop/dev/frontend."
    )
    assert (ran.exit, ran.stderr) == (0, f"Warning: {warning}\n")
    load = {"containers": 1, "rules": 2, "bytes": 225}
    assert json.loads(ran.stdout) == {
        "format_version": 1,
        "tags": {"used": 2, "then": 2, "limit": 65535, "complete": True, "router": False},
        "quota": 150,
        "apps": [
            {"app": {"guid": "other", "name": "otherend", "space": "dev", "org": "shop"}, "policies": 0, "then": 1},
            {"app": {"guid": "front", "name": "frontend", "space": "dev", "org": "shop"}, "policies": 1, "then": 0},
        ],
        "cells": [{"cell": "cell-1", "now": load, "then": load}],
        "warnings": [warning],
        "widely_bound": None,
        "notes": [],
    }


def test_whole_cells(cfnet: Cfnet) -> None:
    """By the settings, or by the command line."""
    golden = HERE / "08-whole-cell-security-groups"
    lines = (golden / "expected" / "cell-1.rules").read_text(encoding="utf-8").splitlines()
    rules = sum(line.startswith("-A ") for line in lines)
    assert f"cell-1   3            {rules} " in cfnet("capacity", "--from", str(golden)).stdout
    assert "cell-1   3            3 " in cfnet("capacity", "--from", str(golden), "--no-whole-cell").stdout


def bound(name: str, running: int, staging: int = 0) -> dict[str, object]:
    """A security group bound to this many spaces."""
    spaces = {"running_spaces": running, "staging_spaces": staging}
    relationships = {
        kind: {"data": [{"guid": f"space-{number}"} for number in range(count)]} for kind, count in spaces.items()
    }
    return {"name": name, "rules": [], "relationships": relationships}


WIDELY_BOUND = f"""{NOW}
A policy server on MySQL cannot sync security groups with more than 148 spaces:

security group   running spaces   staging spaces
wide             3                160
just             149              0
"""


def test_security_groups_bound_to_many_spaces(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """148 spaces of each lifecycle are fine; the largest group comes first."""
    groups = [bound("fine", 148, 148), bound("just", 149), bound("wide", 3, 160)]
    (tmp_path / "shop" / "security_groups.json").write_text(json.dumps({"resources": groups}), encoding="utf-8")
    assert cfnet("capacity", "--from", shop) == (0, WIDELY_BOUND, "")
    assert json.loads(cfnet("capacity", "--from", shop, "--json").stdout)["widely_bound"] == [
        {"security_group": "wide", "running_spaces": 3, "staging_spaces": 160},
        {"security_group": "just", "running_spaces": 149, "staging_spaces": 0},
    ]
    (tmp_path / "shop" / "security_groups.json").write_text('{"resources": []}', encoding="utf-8")
    assert json.loads(cfnet("capacity", "--from", shop, "--json").stdout)["widely_bound"] == []


def test_the_sandbox(cfnet: Cfnet) -> None:
    """It works like any foundation."""
    with Foundation.open(None) as foundation:
        ran = cfnet("capacity", "--sandbox", "--json", embedded=foundation)
    assert (ran.exit, [cell["cell"] for cell in json.loads(ran.stdout)["cells"]]) == (0, ["cell-1", "cell-2"])


NO_CHANGE = (
    "--what-if requires scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{}'\n"
    "Example: --what-if scale=web:20\n"
)
MISUSES = {
    "an invalid change": ("grow=web:3", NO_CHANGE.format("grow=web:3")),
    "a document without a name": ("add=", NO_CHANGE.format("add=")),
    "a scale without a number": (
        "scale=web",
        "--what-if scale requires APP:N, not 'web'\nExample: --what-if scale=web:20\n",
    ),
    "a negative scale": (
        "scale=web:-1",
        "--what-if scale requires APP:N, not 'web:-1'\nExample: --what-if scale=web:20\n",
    ),
    "an unknown app": ("scale=fronted:1", "App 'fronted' not found.\nDid you mean 'frontend'?\n"),
    "a missing document": (
        "add=FOLDER/no.yml",
        ("FOLDER/no.yml:1:1: E101 file cannot be read: No such file or directory\n1 fault in the documents.\n"),
    ),
    "a document with an unknown app": (
        "add=FOLDER/bad.yml",
        (
            "FOLDER/bad.yml:4:13: E401 unknown app: shop/dev/nobody; expected an app in shop/dev visible to this user\n"
            "    4 |   - source: nobody\n"
            "      |             ^^^^^^\n"
            "1 fault in the documents.\n"
        ),
    ),
}


@pytest.mark.parametrize(("change", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(change: str, stderr: str, shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    ran = cfnet("capacity", "--from", shop, "--what-if", change.replace("FOLDER", str(tmp_path)))
    assert ran == (2, "", stderr.replace("FOLDER", str(tmp_path)))


def test_documents_work_as_in_other_commands(tmp_path: Path, cfnet: Cfnet) -> None:
    """With variables and names in the targeted space; all their faults are reported."""
    file = tmp_path / "policies.yml"
    file.write_text("version: 1\npolicies:\n  - source: appB\n    destination: ((app))\n", encoding="utf-8")
    words = ["capacity", "--sandbox", "--what-if", f"add={file}"]
    with Foundation.open(None) as foundation:
        ran = cfnet(*words, "--var", "app=appA", embedded=foundation)
        assert ran.exit == 0
        told = "1 of 65,535 tags are used (0.0%), one of them by the ingress router; 3 (0.0%) after the change."
        assert told in ran.stdout.splitlines()
        assert cfnet(*words, embedded=foundation).stderr == (
            f"{file}:4:18: E114 variable without a value: ((app));"
            " expected --var app=VALUE, a --vars-file or CFNET_VAR_app\n"
            "    4 |     destination: ((app))\n"
            "      |                  ^^^^^^^\n"
            "1 fault in the documents.\n"
        )
        file.write_text("version: 1\npolicies:\n  - {source: appX, destination: appY}\n", encoding="utf-8")
        ran = cfnet(*words, embedded=foundation)
    assert (ran.exit, ran.stdout, ran.stderr.splitlines()[-1]) == (2, "", "2 faults in the documents.")


def test_incomplete_tags(shop: str, cfnet: Cfnet, served: Served, tmp_path: Path) -> None:
    """Only network.admin sees all tags; part of a foundation has only some."""
    with_policies(served, policy(WEB, API), policy(API, LOG))
    dev = served.home(tmp_path, "dev")
    assert "\nAt least 2 of 65,535 tags are used (0.0%).\n" in cfnet("capacity", variables=dev).stdout
    assert json.loads(cfnet("capacity", "--json", variables=dev).stdout)["tags"]["complete"] is False
    cfnet("snapshot", f"{tmp_path}/part", "--app", "web", variables=served.home(tmp_path))
    part = cfnet("capacity", "--from", f"{tmp_path}/part").stdout
    assert "\nAt least 3 of 65,535 tags are used (0.0%), one of them by the ingress router.\n" in part
    assert json.loads(cfnet("capacity", "--json", "--from", shop).stdout)["tags"]["complete"] is True
