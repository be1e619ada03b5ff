"""`cfnet trace`: the path of a packet between two apps, up to the verdict."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cfnet.sandbox import Foundation
from tests.cli.document_world import API, LOG, WEB, with_policies
from tests.cli.document_world import write as write_document
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import CONTAINER, write
from tests.policies import policy
from tests.resources import related
from tests.worlds import APP_A, APP_B

A, B = "48636fb9-2d20-5fb6-", "94871941-aed0-585f-"
"""The prefix of the handles of the sandbox's containers."""

MARKED = f"""\
TCP port PORT, from appA, instance 0 (10.255.78.3 on cell-2) to appB, instance 0 (10.255.77.4 on cell-1)

1  cell-2  It leaves the container through s-010255078003.
2  cell-2  It is marked 0x2 by rule 1 of vpa--preview:
           -A vpa--preview -s 10.255.78.3/32 -m comment --comment "src:{APP_A}" -j MARK --set-xmark 0x2/0xffffffff
3  cell-2  It is accepted by rule 1 of overlay--{A}:
           -A overlay--{A} -s 10.255.78.3/32 -o silk-vtep -m mark ! --mark 0x0 -j ACCEPT
4  cell-2  It is encapsulated in a VXLAN packet to cell-1, and the header carries mark 0x2.
5  cell-2  The VXLAN packet crosses the network between the cells.
6  cell-1  It is decapsulated, with mark 0x2.
"""
ALLOWED = f"""\
{MARKED.replace("PORT", "8080")}\
7  cell-1  It is logged by rule 1 of vpa--preview:
           -A vpa--preview -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 -m conntrack \
--ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_0002_c7de6123-d906-4c65-9 "
8  cell-1  It is accepted by rule 2 of vpa--preview:
           -A vpa--preview -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 \
-m comment --comment "src:{APP_A}_dst:{APP_B}" -j ACCEPT
9  cell-1  It is delivered to the container.

Allowed.

"""
DENIED = f"""\
{MARKED.replace("PORT", "8081")}\
7  cell-1  It is rejected by rule 4 of overlay--{B}:
           -A overlay--{B} -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable

Denied: rejected on cell-1.

The same call on other ports is allowed: appA to appB, tcp 8080.
To allow it, target demo/dev and run:
  cfnet add-network-policy appA appB --protocol tcp --port 8081
Or add this to a policy document:
  - source: demo/dev/appA
    destination: demo/dev/appB
    protocol: tcp
    ports: 8081
"""


@pytest.fixture
def sandbox(cfnet: Cfnet) -> Iterator[Foundation]:
    """A sandbox in which appA may call appB, as in the walkthrough."""
    with Foundation.open(None) as foundation:
        assert cfnet("--sandbox", "add-network-policy", "appA", "appB", embedded=foundation).exit == 0
        yield foundation


def test_the_walkthrough_allowed(sandbox: Foundation, cfnet: Cfnet) -> None:
    """Step by step, with the rules that apply."""
    assert cfnet("--sandbox", "trace", "appA", "appB", embedded=sandbox) == (0, ALLOWED, "")


def test_the_walkthrough_denied(sandbox: Foundation, cfnet: Cfnet) -> None:
    """With what would allow it, as a command and as an entry of a document."""
    assert cfnet("--sandbox", "trace", "appA", "appB", "--port", "8081", embedded=sandbox) == (1, DENIED, "")
    ended = cfnet("--sandbox", "trace", "appA", "appB", "--port", "8081", "--exit-zero", embedded=sandbox)
    assert ended == (0, DENIED, "")


SAME = {
    "by paths": ("demo/dev/appA", "demo/dev/appB"),
    "by GUIDs": (APP_A, APP_B),
    "by overlay IPs": ("10.255.78.3", "10.255.77.4"),
}


@pytest.mark.parametrize("ends", SAME.values(), ids=SAME)
def test_other_forms_of_source_and_destination(ends: tuple[str, str], sandbox: Foundation, cfnet: Cfnet) -> None:
    """The output is the same."""
    assert cfnet("--sandbox", "trace", *ends, embedded=sandbox) == (0, ALLOWED, "")


def test_the_suggested_command_allows_the_call(sandbox: Foundation, cfnet: Cfnet) -> None:
    """It is run verbatim, and the packet then arrives."""
    result = cfnet("--sandbox", "trace", "appB", "appA", "--protocol", "udp", "--port", "53", embedded=sandbox)
    assert result.exit == 1
    command = next(line.strip() for line in result.stdout.splitlines() if line.startswith("  cfnet "))
    assert cfnet("--sandbox", *command.split()[1:], embedded=sandbox).exit == 0
    assert cfnet("--sandbox", "trace", "appB", "appA", "--protocol", "UDP", "--port", "53", embedded=sandbox).exit == 0


def test_pairs_of_instances_are_grouped(sandbox: Foundation, cfnet: Cfnet) -> None:
    """One of each group is printed in full; `--instance` and `--to-instance` select."""
    sandbox.scale("appA", 2)
    sandbox.scale("appB", 3)
    result = cfnet("--sandbox", "trace", "appA", "appB", embedded=sandbox)
    assert result.exit == 0
    assert result.stdout.count("TCP port 8080, from") == 2
    assert "The same, except for rule numbers, for " in result.stdout
    assert result.stdout.endswith("Allowed for all 6 pairs of instances.\n")
    one = cfnet("--sandbox", "trace", "appA", "appB", "--instance", "1", "--to-instance", "2", embedded=sandbox)
    assert one.stdout.startswith("TCP port 8080, from appA, instance 1 (")
    assert one.stdout.count("instance ") == 2
    document = json.loads(cfnet("--sandbox", "trace", "appA", "appB", "--json", embedded=sandbox).stdout)
    pairs = [(way["group"], way["source"]["instance"], way["destination"]["instance"]) for way in document["ways"]]
    assert sorted(pair[1:] for pair in pairs) == [(here, there) for here in range(2) for there in range(3)]
    assert {group for group, _, _ in pairs} == {1, 2}


def test_json(sandbox: Foundation, cfnet: Cfnet) -> None:
    """All details for programs."""
    ran = cfnet("--sandbox", "trace", "appA", "appB", "--port", "8081", "--json", embedded=sandbox)
    document = json.loads(ran.stdout)
    (way,) = document.pop("ways")
    policy = {"source": APP_A, "destination": APP_B, "protocol": "tcp"}
    assert (ran.exit, ran.stderr) == (1, "")
    assert document == {
        "format_version": 1,
        "notes": [],
        "complete": True,
        "allowed": False,
        "certain": True,
        "protocol": "tcp",
        "port": 8081,
        "source": {"guid": APP_A, "name": "appA", "space": "dev", "org": "demo"},
        "destination": {"guid": APP_B, "name": "appB", "space": "dev", "org": "demo"},
        "near_misses": [{"miss": "port", "policy": {**policy, "ports": {"start": 8080, "end": 8080}}}],
        "obstacle": None,
        "remedy": {
            "policy": {**policy, "ports": {"start": 8081, "end": 8081}},
            "command": "cfnet add-network-policy appA appB --protocol tcp --port 8081",
            "target": "demo/dev",
            "entry": "- source: demo/dev/appA\n  destination: demo/dev/appB\n  protocol: tcp\n  ports: 8081\n",
        },
    }
    stages = way.pop("stages")
    assert way == {
        "group": 1,
        "allowed": False,
        "verdict": "rejected",
        "sure": True,
        "source": {"cell": "cell-2", "ip": "10.255.78.3", "handle": f"{A}9124-85e5", "instance": 0},
        "destination": {"cell": "cell-1", "ip": "10.255.77.4", "handle": f"{B}9a6c-a62f", "instance": 0},
    }
    assert [(stage["number"], stage["cell"]) for stage in stages] == [
        *((number, "cell-2") for number in range(1, 6)),
        (6, "cell-1"),
        (7, "cell-1"),
    ]
    assert stages[-1] == {
        "number": 7,
        "cell": "cell-1",
        "text": f"It is rejected by rule 4 of overlay--{B}:",
        "rule": {
            "chain": f"overlay--{B}",
            "position": 4,
            "text": f"-A overlay--{B} -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
            "effect": "rejected",
            "mark": "0x2",
            "policy": None,
        },
    }


DOCUMENT = "version: 1\npolicies:\n  - source: appB\n    destination: appA\n    ports: ((port))\n"


def test_after_applying_a_document(sandbox: Foundation, tmp_path: Path, cfnet: Cfnet) -> None:
    """The document's policies are added to the existing ones; bare names are in the targeted space."""
    file = tmp_path / "policies.yml"
    file.write_text(DOCUMENT, encoding="utf-8")
    words = ("--sandbox", "trace", "-f", str(file), "--var", "port=9000")
    ran = cfnet(*words, "appB", "appA", "--port", "9000", embedded=sandbox)
    assert (ran.exit, ran.stderr) == (0, f"Traced as if {file} had been applied.\n")
    assert "It is marked 0x3 by rule " in ran.stdout
    assert cfnet(*words, "appA", "appB", embedded=sandbox).exit == 0
    assert cfnet(*words, "appB", "appA", "--port", "9001", embedded=sandbox).exit == 1


def test_after_applying_a_document_with_prune(sandbox: Foundation, tmp_path: Path, cfnet: Cfnet) -> None:
    """Policies that it does not declare are removed; without --prune they stay."""
    file = tmp_path / "policies.yml"
    file.write_text("version: 1\nspace: demo/dev\npolicies: []\n", encoding="utf-8")
    words = ("--sandbox", "trace", "appA", "appB", str(file))
    assert cfnet(*words, embedded=sandbox).exit == 0
    ran = cfnet(*words, "--prune", embedded=sandbox)
    assert (ran.exit, ran.stderr) == (1, f"Traced as if {file} had been applied with --prune.\n")
    assert "Denied: rejected on cell-1.\n" in ran.stdout
    bare = cfnet("--sandbox", "trace", "appA", "appB", "--prune", embedded=sandbox)
    assert (bare.exit, bare.stderr) == (2, "--prune requires FILE\nSee 'cfnet help trace'.\n")


def test_new_apps_of_a_document_get_tags(tmp_path: Path, cfnet: Cfnet) -> None:
    """The lowest free ones, as from the policy server."""
    file = tmp_path / "policies.yml"
    file.write_text(DOCUMENT.replace("((port))", "8080"), encoding="utf-8")
    with Foundation.open(None) as foundation:
        ran = cfnet("--sandbox", "trace", "-f", str(file), "appB", "appA", embedded=foundation)
    assert ran.exit == 0
    assert "It is marked 0x" in ran.stdout


def test_a_document_with_faults(sandbox: Foundation, tmp_path: Path, cfnet: Cfnet) -> None:
    """All are reported like by `validate`, and nothing else; unknown apps are faults, too."""
    file = tmp_path / "policies.yml"
    file.write_text("version: 1\npolicies:\n  - source: appB\n    destination: appX\n    port: 1\n", encoding="utf-8")
    ran = cfnet("--sandbox", "trace", "-f", str(file), "appB", "appA", embedded=sandbox)
    assert (ran.exit, ran.stdout) == (2, "")
    assert f"{file}:5:5" in ran.stderr
    file.write_text("version: 1\npolicies:\n  - source: appB\n    destination: appX\n", encoding="utf-8")
    ran = cfnet("--sandbox", "trace", "-f", str(file), "appB", "appA", embedded=sandbox)
    assert (ran.exit, ran.stdout) == (2, "")
    assert "demo/dev/appX" in ran.stderr


def test_a_live_foundation(served: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Placement is from process stats; notes about unrelated apps and containers are omitted."""
    home = served.home(tmp_path)
    cfnet("add-network-policy", "appA", "appB", variables=home)
    ran = cfnet("trace", "appA", "appB", variables=home)
    assert ran.exit == 0
    assert "2  10." in ran.stdout
    assert ran.stderr == "No agent.json is given (--agent): default settings of the agent's BOSH job are used.\n"
    assert cfnet("trace", "-q", "appA", "appB", variables=home).stderr == ""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A snapshot: front may call the api of its own space; there is another api, and a container without an app."""

    def container(handle: str, ip: str, app: str) -> dict[str, object]:
        return {handle: {**CONTAINER, "handle": handle, "ip": ip, "metadata": {"policy_group_id": app}}}

    apps = {
        "resources": [
            {"guid": "front", "name": "front", **related("space", "s1")},
            {"guid": "back", "name": "api", **related("space", "s1")},
            {"guid": "other", "name": "api", **related("space", "s2")},
        ],
        "included": {
            "spaces": [
                {"guid": "s1", "name": "web", **related("organization", "o1")},
                {"guid": "s2", "name": "pay", **related("organization", "o1")},
            ],
            "organizations": [{"guid": "o1", "name": "shop"}],
        },
    }
    cells = {
        "cells/cell-1/store.json": container("h1", "10.255.0.4", "back") | container("h3", "10.255.0.5", "front"),
        "cells/cell-2/store.json": container("h2", "10.255.1.4", "other") | container("h4", "10.255.1.5", ""),
    }
    return str(write(tmp_path / "shop", {"apps.json": apps, **cells}))


def summary(ran: Ran) -> str:
    """The output after the verdict."""
    return ran.stdout.partition("Denied: ")[2].partition("\n\n")[2]


def test_an_app_of_the_same_name_in_another_space(shop: str, cfnet: Cfnet) -> None:
    """The nearest miss; the command names the space."""
    ran = cfnet("trace", "--from", shop, "front", "shop/pay/api")
    assert (ran.exit, summary(ran)) == (
        1,
        (
            "The same call between apps with the same names in other spaces is allowed: front to shop/web/api,"
            " tcp 8080.\n"
            "To allow it, target shop/web and run:\n"
            "  cfnet add-network-policy front api -s pay --protocol tcp --port 8080\n"
            "Or add this to a policy document:\n"
            "  - source: shop/web/front\n"
            "    destination: shop/pay/api\n"
        ),
    )


def test_a_container_without_an_app(shop: str, cfnet: Cfnet) -> None:
    """No policy can apply to it, and the output says so."""
    ran = cfnet("trace", "--from", shop, "front", "10.255.1.5")
    assert ran.stdout.startswith(
        "TCP port 8080, from front, instance 0 (10.255.0.5 on cell-1) to container h4 (10.255.1.5 on cell-2)\n"
    )
    result = "This container does not belong to an app (it has no policy_group_id): no policy can apply to it.\n"
    assert (ran.exit, summary(ran)) == (1, result)


def test_apps_without_names_are_shown_by_guid(tmp_path: Path, cfnet: Cfnet) -> None:
    """Commands do not accept these; an entry of a document does."""
    ran = cfnet("trace", "--from", str(write(tmp_path)), "10.255.0.4", "back")
    assert (ran.exit, ran.stdout, ran.stderr) == (
        2,
        "",
        "A connection from a container to itself does not leave the container.\nName two different containers.\n",
    )
    more = {**CONTAINER, "handle": "h2", "ip": "10.255.0.5", "metadata": {"policy_group_id": "front"}}
    folder = str(write(tmp_path, {"cells/cell-1/store.json": {"h1": CONTAINER, "h2": more}}))
    ran = cfnet("trace", "--from", folder, "back", "front")
    assert (ran.exit, summary(ran)) == (
        1,
        (
            "The call in the opposite direction is allowed: app front to app back, tcp 8080.\n"
            "To allow it, add this to a policy document:\n"
            "  - source: {guid: back}  # no visible app has this GUID\n"
            "    destination: {guid: front}  # no visible app has this GUID\n"
        ),
    )


@pytest.mark.parametrize(
    "ends", [("front", "back"), ("10.255.0.5", "back"), ("front", "10.255.0.4")], ids=["apps", "from an IP", "to an IP"]
)
def test_stores_of_other_cells_are_not_read(ends: tuple[str, str], tmp_path: Path, cfnet: Cfnet) -> None:
    """There may be a thousand; here one is invalid."""
    more = {**CONTAINER, "handle": "h2", "ip": "10.255.0.5", "metadata": {"policy_group_id": "front"}}
    away = {**CONTAINER, "handle": "h3", "ip": "10.255.1.5"}
    stores = {
        "cells/cell-1/store.json": {"h1": CONTAINER, "h2": more},
        "cells/cell-2/store.json": {"h3": away},
        "cells/cell-3/store.json": '{"other": 1}',
    }
    folder = str(write(tmp_path, stores))
    ran = cfnet("trace", "--from", folder, *ends)
    assert (ran.exit, ran.stderr.count("cell-3")) == (0, 0)
    last = ran.stdout.rstrip().splitlines()[-1]
    assert last == ("Allowed." if "10.255.0.4" in ends else "Allowed for all 2 pairs of instances.")


@pytest.mark.parametrize("escaped", ['"\\u0066ront"', '"fr\\u006fnt"'])
def test_escaped_names_in_stores_are_found(escaped: str, tmp_path: Path, cfnet: Cfnet) -> None:
    store = json.dumps({"h2": {**CONTAINER, "handle": "h2", "ip": "10.255.1.5", "metadata": {"policy_group_id": "X"}}})
    folder = str(write(tmp_path, {"cells/cell-2/store.json": store.replace('"X"', escaped)}))
    ran = cfnet("trace", "--from", folder, "front", "back")
    assert (ran.exit, ran.stdout.rstrip().splitlines()[-1]) == (0, "Allowed.")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_stores_in_other_encodings_are_found(encoding: str, tmp_path: Path, cfnet: Cfnet) -> None:
    store = {"h2": {**CONTAINER, "handle": "h2", "ip": "10.255.1.5", "metadata": {"policy_group_id": "front"}}}
    folder = str(write(tmp_path, {"cells/cell-2/store.json": json.dumps(store).encode(encoding)}))
    assert cfnet("trace", "--from", folder, "front", "back").exit == 0


def test_an_app_without_policies_is_found_by_guid_prefix(tmp_path: Path, cfnet: Cfnet) -> None:
    """On whichever cell it runs; an ambiguous prefix is an error."""
    guids = ["12345678-aaaa", "12345678-bbbb"]
    stores = {
        f"cells/cell-{number}/store.json": {
            "h": {**CONTAINER, "handle": "h", "ip": f"10.255.{number}.5", "metadata": {"policy_group_id": guid}}
        }
        for number, guid in enumerate(guids, 2)
    }
    folder = str(write(tmp_path, stores))
    ran = cfnet("trace", "--from", folder, "12345678-A", "back")
    assert (ran.exit, "app 12345678-aaaa" in ran.stdout) == (1, True)
    ran = cfnet("trace", "--from", folder, "12345678", "back")
    assert (
        ran.stderr == "'12345678' could be any of:\n  12345678-aaaa\n  12345678-bbbb\nUse ORG/SPACE/APP, or the GUID.\n"
    )


MISUSES = {
    "an unknown app": (["frint", "front"], "App 'frint' not found.\nDid you mean 'front'?\n"),
    "an ambiguous app": (
        ["front", "api"],
        "'api' could be any of:\n  shop/pay/api (other)\n  shop/web/api (back)\nUse ORG/SPACE/APP, or the GUID.\n",
    ),
    "an unknown IP": (["10.9.9.9", "front"], "No container has the overlay IP 10.9.9.9.\n"),
    "an unknown instance": (
        ["front", "shop/pay/api", "--to-instance", "3"],
        "'shop/pay/api' has no instance 3.\nKnown instances: 0.\n",
    ),
    "a range of ports": (
        ["front", "shop/pay/api", "--port", "1-2"],
        "--port requires a single port\nSee 'cfnet help trace'.\n",
    ),
    "no port": (
        ["front", "shop/pay/api", "--port", "x"],
        "--port: PORT must be a positive integer\nSee 'cfnet help trace'.\n",
    ),
}


@pytest.mark.parametrize(("words", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(words: list[str], stderr: str, shop: str, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    assert cfnet("trace", "--from", shop, *words) == (2, "", stderr)


def test_an_app_without_instances(sandbox: Foundation, cfnet: Cfnet) -> None:
    """There is no packet to follow."""
    sandbox.scale("appB", 0)
    ran = cfnet("--sandbox", "trace", "appA", "appB", embedded=sandbox)
    assert ran == (2, "", "No container of 'appB' is known: it is not running, or its cell is unknown.\n")


def test_a_document_may_name_unrelated_apps(served: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Only part of a live foundation is read; names outside it are not faults."""
    variables = with_policies(served, policy(WEB, API)).home(tmp_path)
    text = "version: 1\npolicies:\n  - {source: db, destination: demo/ops/log}\n  - {source: api, destination: web}\n"
    file = write_document(tmp_path, text)
    ran = cfnet("trace", "api", "web", "-f", file, variables=variables)
    assert (ran.exit, ran.stderr.splitlines()[-1]) == (0, f"Traced as if {file} had been applied.")
    assert "It is accepted by rule 2 of vpa--preview" in ran.stdout


def test_a_policy_that_may_be_invisible_makes_the_verdict_unknown(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A developer sees both apps, but not the policies with apps of other spaces; an administrator sees all."""
    with_policies(served, policy(WEB, LOG), policy(WEB, API))
    words = ("trace", "demo/dev/web", "demo/ops/log")
    assert cfnet(*words, variables=served.home(tmp_path)).exit == 0
    variables = served.home(tmp_path, "dev")
    ran = cfnet(*words, variables=variables)
    assert ran.exit == 1
    verdict = next(line for line in ran.stdout.splitlines() if line.startswith("Unknown"))
    assert re.fullmatch(r"Unknown: rejected on \S+, unless a policy allows it that you cannot see\.", verdict)
    assert "Denied" not in ran.stdout
    assert json.loads(cfnet(*words, "--json", variables=variables).stdout)["certain"] is False
    seen = json.loads(cfnet("trace", "web", "db", "--json", variables=variables).stdout)
    assert (seen["allowed"], seen["certain"]) == (False, True)
    allowed = json.loads(cfnet("trace", "web", "api", "--json", variables=variables).stdout)
    assert (allowed["allowed"], allowed["certain"]) == (True, True)
