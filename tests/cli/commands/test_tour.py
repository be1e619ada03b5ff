"""`cfnet tour`: seven steps that run real commands."""

import io
import re

import pytest

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from tests.conftest import Cfnet

TITLES = [
    "1. No policies",
    "2. A policy",
    "3. A new chain",
    "4. The rules of the policy",
    "5. A rule explained",
    "6. The path of a packet",
    "7. Removing the policy",
]


def steps(text: str) -> dict[str, str]:
    """The text of the tour by step."""
    parts = re.split(r"^(\d\. .*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_tour_has_seven_steps_and_succeeds(cfnet: Cfnet) -> None:
    """In order, with nothing on stderr."""
    ran = cfnet("tour")
    assert (ran.exit, ran.stderr) == (0, "")
    assert list(steps(ran.stdout)) == TITLES


def test_each_step_shows_what_happens(cfnet: Cfnet) -> None:
    """Commands with their output, the rule, the sentence, and both verdicts."""
    printed = {title: " ".join(text.split()) for title, text in steps(cfnet("tour").stdout).items()}
    empty = "-N vpa--1555608460726256 -A FORWARD -j vpa--1555608460726256 # cell-2"
    assert empty in printed["1. No policies"]
    assert "$ cfnet add-network-policy appA appB Adding network policy" in printed["2. A policy"]
    assert "-N vpa--1555608465726256" in printed["3. A new chain"]
    assert (
        ' -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 -m comment --comment "src:'
        '2f978b7f-b3d2-4f50-b08f-776634a6e411_dst:c7de6123-d906-4c65-9717-c5d040568c76" -j ACCEPT'
    ) in printed["3. A new chain"]
    assert "-s 10.255.78.3/32" in printed["4. The rules of the policy"]
    assert "--set-xmark 0x2/0xffffffff" in printed["4. The rules of the policy"]
    assert (
        "A TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA)"
        " is accepted."
    ) in printed["5. A rule explained"]
    assert printed["5. A rule explained"].startswith("$ cfnet explain '-A vpa--1555608465726256 -d 10.255.77.4/32")
    allowed, denied = printed["6. The path of a packet"].split("Allowed.")
    assert allowed.startswith("$ cfnet trace appA appB TCP port 8080")
    assert "2 cell-2 It is marked 0x2 by rule 1 of vpa--preview" in allowed
    assert "8 cell-1 It is accepted by rule 2 of vpa--preview" in allowed
    assert "$ cfnet trace appA appB --port 8081" in denied
    assert "7 cell-1 It is rejected by rule 4 of overlay--" in denied
    assert "cfnet add-network-policy appA appB --protocol tcp --port 8081" in denied
    assert empty.replace("1555608460726256", "1555608470726256") in printed["7. Removing the policy"]


def test_pause_waits_for_enter_between_the_steps() -> None:
    """Six times, prompted on stderr, so that stdout has only the tour."""
    out, err, keys = io.StringIO(), io.StringIO(), io.StringIO("\n" * 10)
    environment = Environment(variables={}, stdin=keys, stdout=out, stderr=err)
    assert run(["tour", "--pause"], environment) == 0
    assert err.getvalue() == "Press Enter to continue… " * 6
    assert keys.tell() == 6
    plain = io.StringIO()
    assert run(["tour"], environment._replace(stdout=plain)) == 0
    assert out.getvalue() == plain.getvalue()


def test_the_tour_points_to_the_live_one_only_where_that_can_run() -> None:
    out = io.StringIO()
    elsewhere = Environment({}, io.StringIO(), out, io.StringIO(), platform="darwin")

    assert run(["tour"], elsewhere) == 0
    assert "--live" not in out.getvalue()


@pytest.mark.parametrize("words", [["tour", "--live"], ["sandbox", "up"], ["sandbox", "watch"]])
def test_cells_need_linux(words: list[str]) -> None:
    err = io.StringIO()
    elsewhere = Environment({}, io.StringIO(), io.StringIO(), err, platform="darwin")

    assert run(words, elsewhere) == 2
    assert err.getvalue() == (
        "Cells are Linux network namespaces: they need Linux.\n"
        "Use a Linux machine, or a Linux VM on this one. The other sandbox commands, and 'cfnet tour', work without"
        " cells.\n"
    )


def test_the_tour_leaves_nothing_behind(cfnet: Cfnet) -> None:
    """Its sandbox is in memory: two tours are identical, including the handles of containers."""
    assert cfnet("tour") == cfnet("tour")
