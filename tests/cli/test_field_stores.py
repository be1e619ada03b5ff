"""Placement inputs from the field: the store of a new cell, and the output of cfdot through `jq`."""

import json
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.field import FIELD

EMPTY = FIELD / "empty-store"


def test_an_empty_store_is_a_cell_without_containers(cfnet: Cfnet) -> None:
    """The agent creates it like this on a new cell; in a snapshot such a cell is like any other."""
    ran = cfnet("render", "--from", str(EMPTY / "snapshot"), "--cell", "cell-3", "--no-whole-cell")
    assert (ran.exit, ran.stdout) == (
        0,
        (
            "# cell-3\n-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N vpa--preview\n"
            "-A FORWARD -j vpa--preview\n"
        ),
    )


def test_an_empty_store_does_not_prevent_verifying_other_cells(cfnet: Cfnet) -> None:
    """All cells are read for the names of their containers."""
    ran = cfnet("verify", "--from", str(EMPTY / "snapshot"), "--cell", "cell-1", str(EMPTY / "cell-1.rules"))
    assert (ran.exit, ran.stdout.startswith("cell-1: in sync: ")) == (0, True)


def test_an_empty_store_as_an_option(tmp_path: Path, cfnet: Cfnet) -> None:
    """It takes precedence over the snapshot's store of that cell, like any store."""
    (tmp_path / "store.json").touch()
    ran = cfnet(
        "render", "--from", str(FIELD / "snapshot"), "--store", f"cell-1={tmp_path}/store.json", "--cell", "cell-1"
    )
    assert ran.exit == 0
    assert "10.255.77.4" not in ran.stdout


@pytest.mark.parametrize("content", [b" ", b"\n", b"\xef\xbb\xbf", b"null"], ids=repr)
def test_no_other_content_counts_as_empty(content: bytes, tmp_path: Path, cfnet: Cfnet) -> None:
    """The agent parses all but zero bytes as JSON: white space is invalid, and null is not an object."""
    (tmp_path / "store.json").write_bytes(content)
    ran = cfnet("render", "--from", str(FIELD / "snapshot"), "--store", f"cell-1={tmp_path}/store.json")
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"{tmp_path}/store.json: ")


PRETTY = (FIELD / "lrps-by-jq" / "pretty.json").read_text(encoding="utf-8")


def objects() -> list[object]:
    """The JSON objects of the field case."""
    decoder, found, at = json.JSONDecoder(), list[object](), 0
    while at < len(PRETTY.rstrip()):
        value, end = decoder.raw_decode(PRETTY, at)
        found.append(value)
        at = end + 1
    return found


def compact() -> str:
    """In cfdot's format."""
    return "".join(json.dumps(each) + "\n" for each in objects())


LAYOUTS = {
    "jq .": PRETTY.encode(),
    "jq -s .": json.dumps(objects(), indent=2).encode(),
    "jq -cs .": json.dumps(objects()).encode(),
    "jq --seq .": "".join(f"\x1e{json.dumps(each, indent=2)}\n" for each in objects()).encode(),
    "jq --tab .": "".join(json.dumps(each, indent="\t") + "\n" for each in objects()).encode(),
    "jq -j .": "".join(map(json.dumps, objects())).encode(),
    "a list for each page": (json.dumps(objects()[:1]) + "\n" + json.dumps(objects()[1:], indent=2)).encode(),
    "with an empty list": f"[]\n{PRETTY}".encode(),
    "through bosh ssh": (
        "Using deployment 'cf'\n\ndiego-api/0: stderr | Unauthorized use is strictly prohibited.\n"
        + "".join(f"diego-api/0: stdout | {line}\n" for line in PRETTY.splitlines())
        + "\nSucceeded\n"
    ).encode(),
    "with CRLF": PRETTY.replace("\n", "\r\n").encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + PRETTY.encode(),
    "as UTF-16 (PowerShell)": PRETTY.encode("utf-16"),
    "as UTF-16 without a byte order mark": PRETTY.encode("utf-16-le"),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS)
def test_any_layout_of_cfdots_output_is_read(content: bytes, tmp_path: Path, cfnet: Cfnet) -> None:
    """A stream of values or lists; the result is always the same."""
    plain, file = tmp_path / "plain", tmp_path / "lrps"
    plain.write_text(compact(), encoding="utf-8")
    file.write_bytes(content)
    expected = cfnet("--sandbox", "render", "--lrps", str(plain))
    ran = cfnet("--sandbox", "render", "--lrps", str(file))
    assert (expected.exit, len(expected.stdout.splitlines()) > 3) == (0, True)
    assert ran == expected._replace(stderr=expected.stderr.replace(str(plain), str(file)))
