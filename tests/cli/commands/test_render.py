"""`cfnet render`: the rules that each cell would have."""

import json
from pathlib import Path

import pytest

from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.sandbox import Foundation
from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER, write
from tests.golden import GOLDEN_CELLS, HERE, TIMESTAMP, GoldenCell
from tests.resources import related
from tests.worlds import APP_A

WALKTHROUGH = HERE / "02-walkthrough"
MIXED = HERE / "09-mixed"


NOT_SYNCED = (
    "enable_asg_syncing is off: containers keep the security groups that they were started with. These are unknown,"
    " and the netout-- chains lack their rules.\n"
)


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_is_rendered_byte_for_byte(golden: GoldenCell, cfnet: Cfnet) -> None:
    """A line with the cell's name, then the rules of production; missing parts of the snapshot are noted."""
    ran = cfnet("render", "--from", str(golden.snapshot), "--cell", golden.cell, "--timestamp", str(TIMESTAMP))
    name, _, block = ran.stdout.partition("\n")
    settings = open_snapshot(golden.snapshot).settings
    result = NOT_SYNCED if settings.whole_cell and not settings.enable_asg_syncing else ""
    assert (ran.exit, name, ran.stderr) == (0, f"# {golden.cell}", result)
    golden.check(block)


def test_cells_are_printed_without_blank_lines_between_them(cfnet: Cfnet) -> None:
    """Sorted by name, or in the requested order, each once."""
    ran = cfnet("render", "--from", str(MIXED))
    assert [line for line in ran.stdout.splitlines() if line.startswith("#")] == [f"# cell-{n}" for n in range(4)]
    assert "" not in ran.stdout.splitlines()
    ran = cfnet("render", "--from", str(MIXED), "--cell", "cell-1", "--cell", "cell-0", "--cell", "cell-1")
    assert [line for line in ran.stdout.splitlines() if line.startswith("#")] == ["# cell-1", "# cell-0"]


SAVED = f"""\
# cell-1
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:vpa--7 - [0:0]
-A FORWARD -j vpa--7
-A vpa--7 -s 10.255.77.3/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x2/0xffffffff
-A vpa--7 -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 \
-m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_0002_c7de6123-d906-4c65-9 "
-A vpa--7 -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 \
-m comment --comment "src:{APP_A}_dst:c7de6123-d906-4c65-9717-c5d040568c76" -j ACCEPT
COMMIT
"""


def test_the_format_of_iptables_restore(cfnet: Cfnet) -> None:
    """The same rules between other lines."""
    ran = cfnet("render", "--from", str(WALKTHROUGH), "--format", "save", "--timestamp", "7")
    assert ran == (0, SAVED, "")


def test_without_a_timestamp_the_chain_is_a_preview(cfnet: Cfnet) -> None:
    """So that it is not mistaken for a chain made by an agent."""
    ran = cfnet("render", "--from", str(HERE / "01-no-policies"), "--cell", "cell-1", "--format", "rules")
    assert ran.stdout == (
        "# cell-1\n-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N vpa--preview\n-A FORWARD -j vpa--preview\n"
    )


def test_json(cfnet: Cfnet) -> None:
    """One document for all cells; its texts equal those of the text format."""
    document = json.loads(cfnet("render", "--from", str(MIXED), "--json").stdout)
    lines = cfnet("render", "--from", str(MIXED)).stdout.splitlines()
    assert {key: document[key] for key in ("format_version", "chain", "tags", "notes")} == {
        "format_version": 1,
        "chain": "vpa--preview",
        "tags": "given",
        "notes": [],
    }
    texts = [f"-A vpa--preview {rule['text']}" for cell in document["cells"] for rule in cell["rules"]]
    assert texts == [line for line in lines if line.startswith("-A vpa--preview ")]


APPS = {
    "resources": [
        {"guid": "front", "name": "web", **related("space", "s1")},
        {"guid": "back", "name": "api", **related("space", "s1")},
        {"guid": "idle", "name": "idle", **related("space", "s1")},
        {"guid": "other", "name": "web", **related("space", "s2")},
    ],
    "included": {
        "spaces": [
            {"guid": "s1", "name": "dev", **related("organization", "o1")},
            {"guid": "s2", "name": "prod", **related("organization", "o1")},
        ],
        "organizations": [{"guid": "o1", "name": "shop"}],
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A snapshot of three cells: front, back and idle run on the first two, an app without a name on the third."""

    def container(handle: str, ip: str, app: str) -> dict[str, object]:
        return {handle: {**CONTAINER, "handle": handle, "ip": ip, "metadata": {"policy_group_id": app}}}

    cells = {
        "cells/cell-1/store.json": container("h1", "10.255.0.4", "back") | container("h3", "10.255.0.5", "front"),
        "cells/cell-2/store.json": container("h2", "10.255.1.4", "idle"),
        "cells/cell-3/store.json": container("h4", "10.255.2.4", "nameless"),
    }
    return str(write(tmp_path / "shop", {"apps.json": APPS, **cells}))


HEAD = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N vpa--preview\n-A FORWARD -j vpa--preview\n"
MARK = '-A vpa--preview -s 10.255.0.5/32 -m comment --comment "src:front" -j MARK --set-xmark 0x2/0xffffffff\n'
ALLOW = (
    "-A vpa--preview -d 10.255.0.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
    ' -m comment --comment "src:front_dst:back" -j ACCEPT\n'
)
ONLY = {
    "the source of a policy": (["shop/dev/web"], f"# cell-1\n{HEAD}{MARK}{ALLOW}"),
    "its destination": (["api"], f"# cell-1\n{HEAD}{ALLOW}"),
    "an app without policies": (["idle"], f"# cell-2\n{HEAD}"),
    "two apps": (["idle", "back"], f"# cell-1\n{HEAD}{ALLOW}# cell-2\n{HEAD}"),
    "an app that runs nowhere": (["other"], ""),
}


@pytest.mark.parametrize(("apps", "expected"), ONLY.values(), ids=ONLY)
def test_only_the_rules_of_an_app(apps: list[str], expected: str, shop: str, cfnet: Cfnet) -> None:
    """And only cells with a container of it or a rule for it."""
    ran = cfnet("render", "--from", shop, *(word for app in apps for word in ("--app", app)))
    assert (ran.exit, ran.stdout) == (0, expected)


def test_positions_count_all_rules_of_the_chain(shop: str, cfnet: Cfnet) -> None:
    """Even if only some are printed; names are those of the snapshot."""
    ran = cfnet("render", "--from", shop, "--app", "api", "--json")
    (cell,) = json.loads(ran.stdout)["cells"]
    (rule,) = cell["rules"]
    assert (cell["cell"], rule["position"], rule["kind"]) == ("cell-1", 2, "allow")
    assert rule["source"] == {"guid": "front", "name": "web", "space": "dev", "org": "shop"}


def test_an_app_without_containers_is_reported(shop: str, cfnet: Cfnet) -> None:
    """Empty output alone would be confusing."""
    ran = cfnet("render", "--from", shop, "--app", "shop/prod/web")
    assert ran == (0, "", "No cell has a container of this app, or a rule for it.\n")


def test_missing_parts_of_a_snapshot_are_noted_on_stderr(tmp_path: Path, cfnet: Cfnet) -> None:
    """And in the JSON."""
    folder = str(write(tmp_path / "s", {"tags.json": None, "agent.json": None}))
    notes = [
        "agent.json is missing: default settings of the agent's BOSH job are used.",
        "tags.json is missing: tags are assigned as the policy server would, lowest first.",
    ]
    ran = cfnet("render", "--from", folder, "--json")
    assert (ran.exit, ran.stderr.splitlines()) == (0, notes)
    document = json.loads(ran.stdout)
    assert (document["tags"], document["notes"]) == ("allotted", notes)


WHOLE = HERE / "08-whole-cell-security-groups"


def test_the_snapshot_selects_whole_cells_unless_an_option_does(cfnet: Cfnet) -> None:
    """In both directions."""
    whole, not_whole = (cfnet("render", "--from", str(WHOLE), *more).stdout for more in ([], ["--no-whole-cell"]))
    assert ("-N asg-" in whole, "-N asg-" in not_whole) == (True, False)
    assert cfnet("render", "--from", str(WHOLE), "--whole-cell").stdout == whole
    assert "-N input--" in cfnet("render", "--from", str(WALKTHROUGH), "--whole-cell").stdout


def test_whole_cells_as_json(cfnet: Cfnet) -> None:
    """Every per-container chain with its jumps; together they equal the text format."""
    ran = cfnet("render", "--from", str(WHOLE), "--json")
    (cell,) = json.loads(ran.stdout)["cells"]
    assert cell["chains"][0] == {
        "chain": "input--00000001-e8cf-4ca5-5a",
        "kind": "input",
        "container": "00000001-e8cf-4ca5-5a0a-838e",
        "jumps": [{"chain": "INPUT", "text": "-s 10.255.77.4/32 -j input--00000001-e8cf-4ca5-5a"}],
        "rules": [
            "-m state --state RELATED,ESTABLISHED -j ACCEPT",
            "-d 169.254.0.2/32 -p tcp -m tcp --dport 53 -j ACCEPT",
            "-d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
            "-d 169.254.0.2/32 -p tcp -m tcp --dport 9001 -j ACCEPT",
            "-j REJECT --reject-with icmp-port-unreachable",
        ],
    }
    own = [f"-A {chain['chain']} {rule}" for chain in cell["chains"] for rule in chain["rules"]]
    own += [f"-A {jump['chain']} {jump['text']}" for chain in cell["chains"] for jump in chain["jumps"]]
    own += ["-A FORWARD -j vpa--preview", *(f"-A vpa--preview {rule['text']}" for rule in cell["rules"])]
    listed = cfnet("render", "--from", str(WHOLE)).stdout.splitlines()
    assert sorted(own) == sorted(line for line in listed if line.startswith("-A "))


def test_only_the_container_chains_of_an_app(cfnet: Cfnet) -> None:
    ran = cfnet("render", "--from", str(WHOLE), "--app", "c7de6123-d906-4c65-9717-c5d040568c76", "--json")
    (cell,) = json.loads(ran.stdout)["cells"]
    assert {chain["container"] for chain in cell["chains"]} == {"00000001-e8cf-4ca5-5a0a-838e"}


def test_whole_cells_in_the_format_of_iptables_restore(cfnet: Cfnet) -> None:
    """All chains are declared before the first rule."""
    lines = cfnet("render", "--from", str(WHOLE), "--format", "save").stdout.splitlines()
    assert lines[4:6] == [":OUTPUT ACCEPT [0:0]", ":asg-00000001e8cf4ca55a0a - [0:0]"]
    assert lines[-1] == "COMMIT"


def test_agent_settings_from_an_option(tmp_path: Path, cfnet: Cfnet) -> None:
    """`--agent` replaces `agent.json` completely."""
    agent = tmp_path / "mine.json"
    agent.write_text('{"whole_cell": true, "vtep_name": "vtep7"}', encoding="utf-8")
    ran = cfnet("render", "--from", str(WALKTHROUGH), "--agent", str(agent))
    assert "-o vtep7" in ran.stdout
    assert ran.stderr == "security_groups.json is missing: the asg- chains allow no outgoing traffic.\n"
    agent.write_text('{"vtep_name": 7}', encoding="utf-8")
    ran = cfnet("render", "--from", str(WALKTHROUGH), "--agent", str(agent))
    assert ran == (2, "", f"{agent}: vtep_name: expected the name of a network interface, found 7\n")
    agent.unlink()
    ran = cfnet("render", "--from", str(WALKTHROUGH), "--agent", str(agent))
    assert ran == (2, "", f"{agent}: cannot be read: No such file or directory\n")


def test_a_security_group_that_the_agent_cannot_apply_is_reported(tmp_path: Path, cfnet: Cfnet) -> None:
    """The chains of its containers are then missing."""
    groups = {"resources": [{"name": "odd", "rules": [{"protocol": "all", "destination": "10.0.0.0/33"}]}]}
    folder = str(write(tmp_path / "s", {"security_groups.json": groups}))
    result = 'The agent fails on the security group odd, rules[0].destination: "10.0.0.0/33".'
    result += " Its containers get no asg- chain."
    assert cfnet("render", "--from", folder, "--whole-cell").stderr == f"{result}\n"
    assert json.loads(cfnet("render", "--from", folder, "--whole-cell", "--json").stdout)["notes"] == [result]
    assert cfnet("render", "--from", folder).stderr == ""


BOTH_VERSIONS = {"protocol": "tcp", "destination": "10.0.0.0/8,2000::/3", "ports": "443"}
IPV6_GROUPS = {
    "resources": [
        {"name": "web", "rules": [BOTH_VERSIONS], "globally_enabled": {"running": True}},
        {
            "name": "ipv6",
            "rules": [{"protocol": "all", "destination": "2000::/3"}, {"protocol": "icmpv6", "destination": "::/0"}],
            "globally_enabled": {"running": True},
        },
        {"name": "unused", "rules": [{"protocol": "all", "destination": "::/0"}]},
    ]
}
IN_A_SPACE = {"policy_group_id": "front", "space_id": "s", "container_workload": "app"}
IPV6_SNAPSHOT = {
    "security_groups.json": IPV6_GROUPS,
    "cells/cell-1/store.json": {"h": {"handle": "h", "ip": "10.255.0.1", "ipv6": "fd00::1", "metadata": IN_A_SPACE}},
}


def test_ipv6_destinations_of_security_groups(tmp_path: Path, cfnet: Cfnet) -> None:
    """They belong to ip6tables: one note counts those of groups in use."""
    folder = write(tmp_path / "s", {**IPV6_SNAPSHOT, "agent.json": {"whole_cell": True}})
    ran = cfnet("render", "--from", str(folder))
    assert ran.exit == 0
    assert [
        line.partition(" ")[2].partition(" ")[2] for line in ran.stdout.splitlines() if line.startswith("-A asg-")
    ] == [
        "-m state --state RELATED,ESTABLISHED -j ACCEPT",
        "-p tcp -m state --state INVALID -j DROP",
        "-p tcp -m iprange --dst-range 10.0.0.0-10.255.255.255 -m tcp --dport 443 -j ACCEPT",
        "-j REJECT --reject-with icmp-port-unreachable",
    ]
    assert ran.stderr == "ip6tables rules are not rendered: 3 IPv6 destinations of security groups omitted.\n"
    assert json.loads(cfnet("render", "--from", str(folder), "--json").stdout)["notes"] == [ran.stderr.rstrip()]
    assert cfnet("render", "--from", str(folder), "--no-whole-cell").stderr == ""


def test_ipv6_destinations_in_a_release_of_2024(tmp_path: Path, cfnet: Cfnet) -> None:
    """The agent fails on them."""
    folder = write(tmp_path / "s", {**IPV6_SNAPSHOT, "agent.json": {"silk_release": "3.53", "whole_cell": True}})
    ran = cfnet("render", "--from", str(folder))
    assert 'rules[0].destination: "2000::/3"' in ran.stderr
    assert " asg-" not in ran.stdout


def test_enabled_ipv6_is_noted(tmp_path: Path, cfnet: Cfnet) -> None:
    """Even if no security group has an IPv6 destination."""
    agent = {"whole_cell": True, "ipv6": {"enable": True}}
    folder = write(tmp_path / "s", {"security_groups.json": {"resources": []}, "agent.json": agent})
    assert cfnet("render", "--from", str(folder)).stderr == "ip6tables rules are not rendered.\n"


def test_whole_cells_of_the_sandbox(cfnet: Cfnet) -> None:
    """With the security groups of its Cloud Controller."""
    with Foundation.open(None) as foundation:
        ran = cfnet("render", "--sandbox", "--whole-cell", embedded=foundation)
    assert (ran.exit, "-N asg-" in ran.stdout) == (0, True)


APP_B = "c7de6123-d906-4c65-9717-c5d040568c76"
SANDBOX = f"""\
# cell-1
{HEAD}\
-A vpa--preview -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 \
-m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_0002_c7de6123-d906-4c65-9 "
-A vpa--preview -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 \
-m comment --comment "src:{APP_A}_dst:{APP_B}" -j ACCEPT
# cell-2
{HEAD}\
-A vpa--preview -s 10.255.78.3/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x2/0xffffffff
"""


def test_the_sandbox(cfnet: Cfnet) -> None:
    """Its API provides policies and tags, its cells provide the containers."""
    with Foundation.open(None) as sandbox:
        assert cfnet("add-network-policy", "appA", "appB", "--sandbox", embedded=sandbox).exit == 0
        assert cfnet("render", "--sandbox", embedded=sandbox) == (0, SANDBOX, "")
        only = cfnet(
            "render", "--app", "demo/dev/appA", "--cell", "cell-2", embedded=sandbox, variables={"CFNET_SANDBOX": "1"}
        )
    assert only == (0, SANDBOX[SANDBOX.index("# cell-2") :], "")


MISUSES = {
    "two sources": (
        ["--from", "FOLDER", "--sandbox"],
        "--from cannot be combined with --sandbox\nSee 'cfnet help render'.\n",
    ),
    "two forms": (
        ["--from", "FOLDER", "--json", "--format", "save"],
        "--json cannot be combined with --format save\nSee 'cfnet help render'.\n",
    ),
    "part of a chain in the format of iptables-restore": (
        ["--from", "FOLDER", "--app", "web", "--format", "save"],
        "--app cannot be combined with --format save\nPart of a chain must not be loaded.\n",
    ),
    "a time that makes no chain name": (
        ["--from", "FOLDER", "--timestamp", "-1"],
        "-1 does not give a valid chain name\nUse the time in microseconds since 1970: 16 digits.\n",
    ),
    "an unknown cell": (
        ["--from", "FOLDER", "--cell", "cel-1"],
        "Cell 'cel-1' not found.\nDid you mean 'cell-1' or 'cell-3' or 'cell-2'?\n",
    ),
    "a cell without a similar name": (
        ["--from", "FOLDER", "--cell", "x\x1b[2J"],
        "Cell 'x\\x1b[2J' not found.\nKnown cells: cell-1, cell-2, cell-3.\n",
    ),
    "an unknown app": (
        ["--from", "FOLDER", "--app", "apo"],
        "App 'apo' not found.\nDid you mean 'api'?\n",
    ),
    "an ambiguous app": (
        ["--from", "FOLDER", "--app", "web"],
        "'web' could be any of:\n  shop/dev/web (front)\n  shop/prod/web (other)\nUse ORG/SPACE/APP, or the GUID.\n",
    ),
}


@pytest.mark.parametrize(("words", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(words: list[str], stderr: str, shop: str, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    ran = cfnet("render", *(shop if word == "FOLDER" else word for word in words))
    assert ran == (2, "", stderr)


def test_a_malformed_snapshot(tmp_path: Path, cfnet: Cfnet) -> None:
    """File and position, exit 2; all cases are in `tests/foundation/test_snapshot_reader.py`."""
    folder = str(write(tmp_path / "s", {"policies.json": {"policies": [{"source": {"id": 7}}]}}))
    ran = cfnet("render", "--from", folder)
    assert ran == (2, "", f"{folder}/policies.json: policies[0].source.id: expected an app's GUID, found 7\n")
