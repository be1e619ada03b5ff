"""What `diff --rules` and `report` say about tags that a change needs or reuses."""

import json
from pathlib import Path

import pytest

from cfnet.policy.limits import TAGS
from tests.cli.document_world import write
from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER
from tests.foundation.snapshots import write as write_snapshot
from tests.resources import apps_of_a_space

NEW = "version: 1\nspace: shop/web\nowns: []\npolicies:\n  - {source: {guid: new}, destination: {guid: back}}\n"
ALL = {"tags": [{"id": "front" if number == 1 else f"app-{number}", "tag": f"{number:04X}"}
                for number in range(1, TAGS)] + [{"id": "back", "tag": "FFFF"}]}  # fmt: skip
NONE_LEFT = "No tags are left for 1 app: the policy server would reject their policies."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a document and a snapshot of its source."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, NEW)
    return tmp_path


def snapshot(folder: Path, **changes: object) -> str:
    """A snapshot in which the document's source runs."""
    new = {**CONTAINER, "handle": "h2", "ip": "10.255.0.9", "metadata": {"policy_group_id": "new"}}
    store = {"cells/cell-1/store.json": {"h1": CONTAINER, "h2": new}}
    return str(write_snapshot(folder / "snap", store | changes))


def test_a_change_without_free_tags_is_warned_of(cfnet: Cfnet, tmp_path: Path) -> None:
    """In both: the server would refuse it."""
    words = ["--from", snapshot(tmp_path, **{"tags.json": ALL}), "policies.yml"]
    ran = cfnet("diff", "--rules", *words)
    assert (ran.exit, ran.stderr) == (1, f"Warning: {NONE_LEFT}\n")
    ran = cfnet("report", *words, "--format", "markdown")
    assert "## Quotas and tags\n\n- No app would exceed its policy quota.\n- No tags are left for 1 app" in (
        ran.stdout.replace("\\", "")
    )


def test_a_tag_in_use_is_not_reused(cfnet: Cfnet, tmp_path: Path) -> None:
    """Additions come before removals: the new app gets a free tag, and no warning is needed."""
    owned = NEW.replace("owns: []\n", "").replace("shop/web", "shop/dev")
    write(tmp_path, owned)
    apps = apps_of_a_space({guid: guid for guid in ("front", "back", "new")})
    folder = snapshot(tmp_path, **{"apps.json": apps})
    ran = cfnet("diff", "--rules", "--from", folder, "policies.yml", "--prune", "--json")
    (cell,) = json.loads(ran.stdout)["cells"]
    assert (ran.exit, ran.stderr) == (1, "")
    assert [(each["change"], each["kind"], each["text"].partition("--mark ")[2][:3]) for each in cell["changes"]] == [
        ("removed", "allow", "0x2"),
        ("added", "mark", ""),
        ("added", "allow", "0x1"),
    ]
