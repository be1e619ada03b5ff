"""The log used for measuring."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.large_logs import OURS, SNAPSHOT, write_log
from tests.conftest import Cfnet


@pytest.mark.parametrize("lines", [1, 25_000])
def test_a_log_of_a_given_size(lines: int, tmp_path: Path, cfnet: Cfnet) -> None:
    """One line in a hundred is Cloud Foundry's; the others have similar words."""
    log = tmp_path / "kern.log"
    write_log(log, lines)
    assert log.read_text(encoding="utf-8").count("\n") == lines
    told = json.loads(cfnet("explain", "--summary", "--json", str(log), "--from", str(SNAPSHOT)).stdout)
    assert sum(each["count"] for each in told["pairs"]) == -(-lines // OURS)
    advice = json.loads(cfnet("advise", str(log), "--from", str(SNAPSHOT), "--json").stdout)
    assert sum(each["count"] for each in advice["calls"]) == -(-lines // OURS)
