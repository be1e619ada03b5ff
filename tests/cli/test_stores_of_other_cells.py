"""`trace` and `diff --rules` search the stores of cells, and only read those that concern them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER, write
from tests.resources import related

pytestmark = pytest.mark.usefixtures("folder")

FRONT = {**CONTAINER, "handle": "h2", "ip": "10.255.0.5", "metadata": {"policy_group_id": "front"}}
LOG = json.dumps({"guid": "other", "index": 0, "tags": {"app_name": "a"}})
OTHER = {"handle": "h3", "ip": "10.255.1.4", "metadata": {"policy_group_id": "other", "log_config": LOG}}
STORE = json.dumps({"h3": OTHER}, indent=1) + "\n"

SPACES = {"resources": [{"guid": "s", "name": "dev", **related("organization", "o")}]}
NAMES = {"organizations.json": {"resources": [{"guid": "o", "name": "demo"}]}, "spaces.json": SPACES}

DOCUMENT = """
version: 1
space: demo/dev
policies:
  - {source: {guid: front}, destination: {guid: back}, ports: 9090}
"""

COMMANDS = [["trace", "front", "back"], ["diff", "--rules", "document.yml"]]

ACCEPTED: dict[str, object] = {
    "the store of a cell with other apps": STORE,
    "without a line break": STORE.rstrip(),
    "an empty file, as on a new cell": b"",
    "no containers": "{}",
    "UTF-16": STORE.encode("utf-16"),
    "UTF-8 with a byte order mark": STORE.encode("utf-8-sig"),
    "a name with a brace": STORE.replace("app_name", "app}name"),
    "escaped letters": STORE.replace("other", "\\u006fther"),
    "an invalid one without one of these apps": '{"h3": {"handle": "h3"}}',
    "an IP of another cell, but without one of these apps": STORE.replace("10.255.1.4", "10.255.0.4"),
}

REFUSED: dict[str, tuple[object, str]] = {
    "truncated": (STORE[:-8], "not JSON: Expecting ',' delimiter"),
    "truncated after a container": (STORE[: STORE.rindex("}")], "not JSON: Expecting ',' delimiter"),
    "truncated in a text": (STORE[: STORE.index("}")], "not JSON: Unterminated string starting at, line 7 column 18"),
    "white space": ("\n", "not JSON: it is empty"),
    "too much": (f"{STORE}}}", "not JSON: Extra data"),
    "UTF-16, truncated": (STORE[:-8].encode("utf-16"), "not JSON: Expecting ',' delimiter"),
    "no file": (None, "file not found"),
    "a list": ("[]", "expected an object, found a list"),
}


@pytest.fixture(params=COMMANDS, ids=lambda words: words[0])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> Sequence[str]:
    """A command about two apps that run on the first cell only."""
    (tmp_path / "document.yml").write_text(DOCUMENT, encoding="utf-8")
    words: Sequence[str] = request.param
    return [word.replace("document", str(tmp_path / "document")) for word in words]


def snapshot(folder: Path, store: object) -> Path:
    """Write a snapshot with the apps on one cell, and this store on the other."""
    stores = {"cells/cell-1/store.json": {"h1": CONTAINER, "h2": FRONT}, "cells/cell-2/store.json": store}
    (folder / "snapshot" / "cells" / "cell-2").mkdir(parents=True)
    return write(folder / "snapshot", {**NAMES, **stores})


@pytest.mark.parametrize("store", ACCEPTED.values(), ids=ACCEPTED)
def test_stores_that_do_not_matter(store: object, command: Sequence[str], tmp_path: Path, cfnet: Cfnet) -> None:
    """They have no container of these apps."""
    ran = cfnet(*command, "--from", str(snapshot(tmp_path, store)))
    assert ran.exit == (0 if command[0] == "trace" else 1)
    assert "10.255.0.4/32" in ran.stdout
    assert "cell-2" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(("store", "problem"), REFUSED.values(), ids=REFUSED)
def test_stores_that_may_lack_containers(
    store: object, problem: str, command: Sequence[str], tmp_path: Path, cfnet: Cfnet
) -> None:
    """Containers of these apps may be missing, so the fault is reported."""
    folder = snapshot(tmp_path, store)
    ran = cfnet(*command, "--from", str(folder))
    assert (ran.exit, ran.stdout) == (2, "")
    assert f"{folder / 'cells/cell-2/store.json'}: {problem}" in ran.stderr
