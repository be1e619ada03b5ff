"""`cfnet verify`: compare the actual rules of cells with the expected ones."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from tests.conftest import Cfnet, Ran
from tests.foundation.snapshots import write
from tests.golden import GOLDEN_CELLS, HERE, GoldenCell
from tests.worlds import APP_A, APP_B

WALKTHROUGH = HERE / "02-walkthrough"
RULES = (WALKTHROUGH / "expected" / "cell-1.rules").read_text(encoding="utf-8")
NOT_SYNCED = (
    "Containers without an asg- chain keep the rules that they were started with, which are unknown: in their"
    " netout-- chains, only the last rules are compared.\n"
)
NO_GROUPS = "Security groups are unknown (security_groups.json is missing): asg- chains are not compared.\n"


def verify(text: str, *words: str) -> Ran:
    """Verify rules on stdin as those of cell-1 of the walkthrough."""
    out, err = io.StringIO(), io.StringIO()
    code = run(
        ["verify", "--from", str(WALKTHROUGH), "--cell", "cell-1", *words], Environment({}, io.StringIO(text), out, err)
    )
    return Ran(int(code), out.getvalue(), err.getvalue())


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_is_in_sync(golden: GoldenCell, cfnet: Cfnet) -> None:
    """Exit 0, and a line that says so."""
    ran = cfnet("verify", "--from", str(golden.snapshot), "--cell", golden.cell, str(golden.rules))
    assert ran.exit == 0
    assert ran.stdout.startswith(f"{golden.cell}: in sync: ")


def test_counters_comments_and_other_tables_do_not_matter() -> None:
    """As in the output of `iptables-save -c`."""
    rules = "".join(f"[7:420] {line}\n" for line in RULES.splitlines() if line.startswith("-A"))
    chains = "".join(f":{line[3:]} - [0:0]\n" for line in RULES.splitlines() if line.startswith("-N"))
    text = (
        f"# Generated\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD ACCEPT [9:9]\n{chains}{rules}COMMIT\n"
    )
    assert verify(text) == (0, "cell-1: in sync: 3 policy chain rules\n", "")


def test_metrics() -> None:
    """For Prometheus: every class of findings has a number, so that none has to be absent to mean 0."""
    mark = next(line for line in RULES.splitlines() if line.startswith("-A vpa"))
    ran = verify(RULES.replace(f"{mark}\n", ""), "--format", "openmetrics")
    lines = ran.stdout.splitlines()
    assert (ran.exit, lines[-1]) == (1, "# EOF")
    samples = [line for line in lines if not line.startswith("#")]
    assert samples[:4] == [
        'cfnet_cell_in_sync{cell="cell-1"} 0',
        'cfnet_cell_findings{cell="cell-1",class="missing"} 1',
        'cfnet_cell_findings{cell="cell-1",class="extra"} 0',
        'cfnet_cell_findings{cell="cell-1",class="wrong-order"} 0',
    ]
    assert samples[-2:] == ['cfnet_cell_ignored_rules{cell="cell-1"} 0', "cfnet_policies_complete 1"]


def test_drift_is_reported_with_rule_policy_and_apps() -> None:
    """Here a changed tag and a missing rule."""
    mark, log, allow = (line for line in RULES.splitlines() if line.startswith("-A vpa"))
    other = allow.replace("0x2", "0x7")
    ran = verify(RULES.replace(f"{mark}\n", "").replace(allow, other))
    assert ran == (
        1,
        (
            "cell-1: 1 missing, 1 wrong-mark\n"
            "  missing: rule 1 of vpa--1555608460726256\n"
            f"    {mark}\n"
            f"    A packet from 10.255.77.3 (app {APP_A}, instance 0) gets mark 0x2 (the mark of app {APP_A}).\n"
            "  wrong-mark: rule 2 of vpa--1555608460726256 has the mark of another app: a tag has moved\n"
            f"    is: {other}\n"
            f"    should be: {allow}\n"
            f"    A TCP packet for 10.255.77.4 (app {APP_B}, instance 0), port 8080, that carries mark 0x2 (it came"
            f" from app {APP_A}) is accepted.\n"
            f"    Its policy: app {APP_A} to app {APP_B}, tcp 8080.\n"
        ),
        "",
    )
    assert log in RULES


def test_json() -> None:
    """The same for programs; `--exit-zero` makes drift a success."""
    allow = next(line for line in RULES.splitlines() if line.endswith("-j ACCEPT") and "vpa" in line)
    ran = verify(RULES.replace(f"{allow}\n", ""), "--json", "--exit-zero")
    assert ran.exit == 0
    assert json.loads(ran.stdout) == {
        "format_version": 1,
        "complete": True,
        "notes": [],
        "cells": [
            {
                "cell": "cell-1",
                "in_sync": False,
                "whole_cell": False,
                "ignored_rules": 0,
                "findings": [
                    {
                        "class": "missing",
                        "chain": "vpa--1555608460726256",
                        "position": None,
                        "rule": None,
                        "wanted_position": 3,
                        "wanted": allow.split(" ", 2)[2],
                        "policy": {
                            "source": APP_A,
                            "destination": APP_B,
                            "protocol": "tcp",
                            "ports": {"start": 8080, "end": 8080},
                        },
                        "source": {"guid": APP_A, "name": None, "space": None, "org": None},
                        "destination": {"guid": APP_B, "name": None, "space": None, "org": None},
                        "container": None,
                        "certain": True,
                        "calls": None,
                    }
                ],
            }
        ],
    }


def test_without_security_groups_container_chains_are_compared_in_part(tmp_path: Path, cfnet: Cfnet) -> None:
    """A note says which parts are skipped; containers without an app have no asg- chain at all."""
    snapshot = HERE / "08-whole-cell-security-groups"
    for name in ("policies.json", "tags.json", "agent.json", "cells/cell-1/store.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((snapshot / name).read_bytes())
    rules = str(snapshot / "expected" / "cell-1.rules")
    ran = cfnet("verify", "--from", str(tmp_path), "--cell", "cell-1", rules)
    assert (ran.exit, ran.stderr) == (0, NO_GROUPS + NOT_SYNCED)


def test_without_syncing_container_chains_are_compared_in_part(tmp_path: Path, cfnet: Cfnet) -> None:
    """Initial rules are not drift; a note says that they are unknown. A missing last rule is drift."""
    snapshot = HERE / "07-whole-cell"
    expected = (snapshot / "expected" / "cell-1.rules").read_text(encoding="utf-8")
    chain = next(
        line.split()[-1] for line in expected.splitlines() if line.startswith("-A FORWARD ") and "netout" in line
    )
    last = f"-A {chain} -j REJECT --reject-with icmp-port-unreachable"
    rules = tmp_path / "rules"
    rules.write_text(
        expected.replace(last, f"-A {chain} -m state --state RELATED,ESTABLISHED -j ACCEPT\n{last}"), "utf-8"
    )
    ran = cfnet("verify", "--from", str(snapshot), "--cell", "cell-1", str(rules))
    assert (ran.exit, ran.stderr) == (0, NOT_SYNCED)
    assert ran.stdout.startswith("cell-1: in sync: ")
    rules.write_text(expected.replace(f"{last}\n", ""), "utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cell", "cell-1", str(rules))
    assert ran.exit == 1
    assert ran.stdout.startswith(f"cell-1: 1 missing\n  missing: one of the last rules of {chain}\n    {last}\n")


def test_a_candidate_chain_is_stale(tmp_path: Path, cfnet: Cfnet) -> None:
    """The agent died after creating the chain, before renaming it."""
    snapshot = HERE / "08-whole-cell-security-groups"
    expected = (snapshot / "expected" / "cell-1.rules").read_text(encoding="utf-8")
    chain = next(line.split()[-1] for line in expected.splitlines() if line.startswith("-N asg-"))
    rules = tmp_path / "rules"
    rules.write_text(expected.replace(f"-N {chain}\n", f"-N {chain}\n-N c{chain}\n"), "utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cell", "cell-1", str(rules))
    assert (ran.exit, ran.stdout) == (
        1,
        (
            "cell-1: 1 stale-chain\n"
            f"  stale-chain: c{chain} was created to replace {chain}: the agent is swapping them, or left it behind\n"
        ),
    )


SWAPS = {
    "a current release": (
        "3.116",
        "c{chain} is the live chain, in the middle of a swap: the agent will replace {chain} with it",
        1,
    ),
    "a release of 2024": (
        "3.53",
        "c{chain} comes before {chain}: the swap was interrupted, and the agent will restore {chain}",
        2,
    ),
}


@pytest.mark.parametrize(("release", "printed", "findings"), SWAPS.values(), ids=SWAPS)
def test_an_interrupted_swap_of_security_groups(
    release: str, printed: str, findings: int, tmp_path: Path, cfnet: Cfnet
) -> None:
    """Both chains are linked. A current release keeps the candidate, which is compared instead of the original."""
    snapshot = HERE / "08-whole-cell-security-groups"
    settings = json.loads((snapshot / "agent.json").read_text(encoding="utf-8")) | {"silk_release": release}
    (tmp_path / "agent.json").write_text(json.dumps(settings), encoding="utf-8")
    expected = (snapshot / "expected" / "cell-1.rules").read_text(encoding="utf-8")
    chain = next(line.split()[-1] for line in expected.splitlines() if line.startswith("-N asg-"))
    jump = next(line for line in expected.splitlines() if line.endswith(f" -j {chain}"))
    candidate = [line for line in expected.splitlines() if line.startswith(f"-A {chain} ")]
    swapped = "".join(f"{line.replace(chain, f'c{chain}')}\n" for line in candidate)
    text = expected.replace(f"-N {chain}\n", f"-N {chain}\n-N c{chain}\n")
    text = text.replace(f"{jump}\n", f"{jump.replace(chain, f'c{chain}')}\n{jump}\n") + swapped
    (tmp_path / "rules").write_text(text, encoding="utf-8")
    words = ["verify", "--from", str(snapshot), "--agent", str(tmp_path / "agent.json"), "--cell", "cell-1"]
    ran = cfnet(*words, str(tmp_path / "rules"))
    assert ran.exit == 1
    assert f"  stale-chain: {printed.format(chain=chain)}\n" in ran.stdout
    assert len(json.loads(cfnet(*words, "--json", str(tmp_path / "rules")).stdout)["cells"][0]["findings"]) == findings


def test_a_mixed_foundation_is_in_sync(tmp_path: Path, cfnet: Cfnet) -> None:
    """Several overlay networks, groups with IPv6 and ICMPv6, and rules of ip6tables in the same listing."""
    groups = [
        {
            "name": "web",
            "rules": [{"protocol": "tcp", "destination": "10.0.0.0/8,2000::/3", "ports": "443"}],
            "globally_enabled": {"running": True},
        },
        {
            "name": "ipv6",
            "rules": [{"protocol": "all", "destination": "2000::/3"}, {"protocol": "icmpv6", "destination": "::/0"}],
            "globally_enabled": {"running": True},
        },
    ]
    networks = ["10.255.60.0/24", "10.254.0.0/16"]
    metadata = {"policy_group_id": "front", "space_id": "s", "container_workload": "app"}
    store = {
        f"h{number}": {"handle": f"h{number}", "ip": ip, "ipv6": f"fd00::{number}", "metadata": metadata}
        for number, ip in enumerate(("10.255.60.4", "10.254.0.4"))
    }
    agent = {"whole_cell": True, "overlay_network": networks, "ipv6": {"enable": True}}
    for off in (False, True):
        settings = {**agent, "disable_container_network_policy": off}
        folder = write(
            tmp_path / f"off-{off}",
            {
                "security_groups.json": {"resources": groups},
                "agent.json": settings,
                "cells/cell-1/store.json": store,
            },
        )
        rendered = cfnet("render", "--from", str(folder), "--format", "save").stdout
        ipv6 = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -d 2000::/3 -j ACCEPT\nCOMMIT\n"
        ipv6 = f"# Generated by ip6tables-save v1.8.9\n{ipv6}"
        (tmp_path / "rules").write_text(f"{rendered}{ipv6}", encoding="utf-8")
        ran = cfnet("verify", "--from", str(folder), "--cell", "cell-1", str(tmp_path / "rules"))
        assert (ran.exit, ran.stdout.partition(":")[0], "in sync" in ran.stdout) == (0, "cell-1", True)
        assert "Rules of ip6tables are ignored: only the IPv4 rules are compared.\n" in ran.stderr
        explained = cfnet("explain", "--from", str(folder), str(tmp_path / "rules"))
        assert ("every app can call every other app" in explained.stdout) is off
        assert "unknown to cfnet" not in explained.stdout


def test_many_cells(tmp_path: Path, cfnet: Cfnet) -> None:
    """A file for each, named after it; a cell without a file is reported, and one with drift sets the exit code."""
    snapshot = HERE / "12-mixed"
    for cell in ("cell-0", "cell-2", "cell-3"):
        (tmp_path / f"{cell}.rules").write_text((snapshot / "expected" / f"{cell}.rules").read_text("utf-8"), "utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cells", str(tmp_path))
    assert ran.exit == 0
    assert [line.partition(":")[0] for line in ran.stdout.splitlines()] == ["cell-0", "cell-2", "cell-3"]
    assert "No rules were provided for 1 cell: cell-1.\n" in ran.stderr
    (tmp_path / "cell-1").write_text("-P FORWARD ACCEPT\n", encoding="utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cells", str(tmp_path))
    assert ran.exit == 1
    assert next(line for line in ran.stdout.splitlines() if line.startswith("cell-1:")).endswith(" missing")


def test_only_some_cells(tmp_path: Path, cfnet: Cfnet) -> None:
    """Of a directory or a file with several; the others are not read, and a wanted cell must be there."""
    snapshot = HERE / "12-mixed"
    whole = ""
    (tmp_path / "several").mkdir()
    for cell in ("cell-0", "cell-2", "cell-3"):
        rules = (snapshot / "expected" / f"{cell}.rules").read_text("utf-8")
        (tmp_path / f"{cell}.rules").write_text(rules, "utf-8")
        whole += f"# {cell}\n{rules}"
    (tmp_path / "cell-2.rules").write_text("no rules", "utf-8")
    (tmp_path / "several" / "whole").write_text(whole, "utf-8")
    some = ("--cell", "cell-0", "--cell", "cell-3")
    for words in (["--cells", str(tmp_path)], [str(tmp_path)], [str(tmp_path / "several" / "whole")]):
        ran = cfnet("verify", "--from", str(snapshot), *words, *some)
        assert ran.exit == 0, ran.stderr
        assert [line.partition(":")[0] for line in ran.stdout.splitlines()] == ["cell-0", "cell-3"]
        assert "No rules were provided" not in ran.stderr
        missing = cfnet("verify", "--from", str(snapshot), *words, *some, "--cell", "cell-1")
        assert missing.exit == 2
        assert missing.stdout == ran.stdout
        assert f"{words[-1]}: it contains no rules of cell cell-1.\n" in missing.stderr


NO_RULES = "it has no rules\nRun 'iptables -S' or 'iptables-save' on the cell, as root.\n"
USAGE = "verify requires --cell NAME [FILE], a FILE that names its cells, or --cells DIR\nSee 'cfnet help verify'.\n"
SILENT = "No rules were provided for 1 cell: cell-1.\n"
MISUSES = {
    "no cell": ([], USAGE),
    "a file without a cell": (["HERE/rules"], "HERE/rules does not identify its cell.\nUse --cell NAME.\n"),
    "a file without the cell": (
        ["--cell", "cell-1", "--cells", "HERE/other"],
        (
            "HERE/other: it contains no rules of cell cell-1.\n"
            "HERE/other/cell-7: Cell 'cell-7' not found. Did you mean 'cell-1'?\n"
        ),
    ),
    "a file in addition to a directory": (
        ["--cells", "HERE", "x"],
        "--cells cannot be combined with FILE\nSee 'cfnet help verify'.\n",
    ),
    "an unknown cell": (["--cell", "cell-7", "HERE/rules"], "Cell 'cell-7' not found.\nDid you mean 'cell-1'?\n"),
    "a missing file": (["--cell", "cell-1", "HERE/none"], "HERE/none: cannot be read: No such file or directory\n"),
    "a missing directory": (["--cells", "HERE/none"], "HERE/none: cannot be read: No such file or directory\n"),
    "a directory without files": (
        ["--cells", "HERE/empty"],
        "HERE/empty: the directory has no files\nEach file must be named after a cell.\n",
    ),
    "two files for one cell": (
        ["--cells", "HERE/twice"],
        f"HERE/twice/cell-1.rules and HERE/twice/cell-1.txt both belong to cell cell-1.\n{SILENT}",
    ),
    "a file for an unknown cell": (
        ["--cells", "HERE/other"],
        f"HERE/other/cell-7: Cell 'cell-7' not found. Did you mean 'cell-1'?\n{SILENT}",
    ),
    "nothing": (
        ["--cell", "cell-1", "HERE/nothing"],
        f"HERE/nothing: {NO_RULES}",
    ),
    "only a comment": (
        ["--cells", "HERE/silent"],
        f"HERE/silent/cell-1.rules: {NO_RULES.replace(chr(10), ' ', 1)}",
    ),
    "empty stdin": (["--cell", "cell-1"], f"stdin: {NO_RULES}"),
}


@pytest.mark.parametrize(("words", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(words: list[str], stderr: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    snapshot = str(write(tmp_path / "snapshot"))
    (tmp_path / "rules").write_text(RULES, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for name in ("twice", "other", "silent"):
        (tmp_path / name).mkdir()
    (tmp_path / "nothing").touch()
    (tmp_path / "other" / "cell-7").write_text(RULES, encoding="utf-8")
    (tmp_path / "silent" / "cell-1.rules").write_text("# as of today\n\n", encoding="utf-8")
    for name in ("cell-1.rules", "cell-1.txt"):
        (tmp_path / "twice" / name).write_text(RULES, encoding="utf-8")
    ran = cfnet("verify", "--from", snapshot, *(word.replace("HERE", str(tmp_path)) for word in words))
    assert ran == (2, "", stderr.replace("HERE", str(tmp_path)))


def test_text_that_iptables_did_not_print_is_refused() -> None:
    """The error has file, line, and what was expected there."""
    ran = verify(f"{RULES}What is this?\n")
    assert (ran.exit, ran.stdout) == (2, "")
    line = len(RULES.splitlines()) + 1
    assert ran.stderr == (
        f"stdin:{line}: expected `-P CHAIN POLICY`, `-N CHAIN`, `-A CHAIN …`, `*TABLE`, `:CHAIN POLICY […]` or"
        " `COMMIT`\n"
        "Expected the output of 'iptables -S' or 'iptables-save' on the cell.\n"
    )


def test_cells_named_by_ip(tmp_path: Path, cfnet: Cfnet) -> None:
    """As in a live foundation: the apparent extension is part of the name."""
    store: dict[str, object] = {f"cells/10.0.16.{number}/store.json": {} for number in (4, 5)}
    snapshot = write(tmp_path / "snapshot", {"cells/cell-1/store.json": None, **store})
    (tmp_path / "rules").mkdir()
    for number, name in ((4, "10.0.16.4"), (5, "10.0.16.5.rules")):
        rules = cfnet("render", "--from", str(snapshot), "--cell", f"10.0.16.{number}").stdout
        (tmp_path / "rules" / name).write_text(rules, encoding="utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cells", str(tmp_path / "rules"))
    assert (ran.exit, [line.split(":")[0] for line in ran.stdout.splitlines()]) == (0, ["10.0.16.4", "10.0.16.5"])


def test_stdin_on_a_terminal_is_refused() -> None:
    """Nobody types a listing: the error says what is missing, as in `explain`."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "cfnet", "verify", "--from", str(WALKTHROUGH), "--cell", "cell-1"]
    ran = subprocess.run(words, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        2, "", "verify requires a FILE, or rules on stdin\nExample: iptables-save | cfnet verify --cell NAME\n"
    )  # fmt: skip
