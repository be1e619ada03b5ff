"""`cfnet explain`: rules and kernel log lines as sentences."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from cfnet.sandbox import Foundation
from tests.conftest import Cfnet, Ran
from tests.field import FIELD
from tests.golden import GOLDEN_CELLS, HERE, GoldenCell
from tests.terminal import Screen
from tests.worlds import APP_A, APP_B

WALKTHROUGH = str(HERE / "02-walkthrough")
ALLOW = (
    "-A vpa--1 -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
    f' -m comment --comment "src:{APP_A}_dst:{APP_B}" -j ACCEPT'
)
NO_NAMES = "Apps are shown by GUID: without --from, --sandbox or a session, their names are unknown.\n"
NO_TAGS = (
    "Tags are unknown (reading them requires network.admin): apps are identified by addresses and comments, "
    "not by marks."
)
REFUSED = (
    "DENY_C2C_00000001-e8cf-4ca5- IN=silk-vtep OUT=s-010255077004 SRC=10.255.78.3 DST=10.255.77.4 LEN=60 TOS=0x00"
    " PROTO=TCP SPT=45678 DPT=8081 SYN URGP=0 MARK=0x2"
)


def with_stdin(text: str, *words: str) -> Ran:
    """Run cfnet with a text on stdin."""
    out, err = io.StringIO(), io.StringIO()
    code = run(words, Environment({}, io.StringIO(text), out, err))
    return Ran(int(code), out.getvalue(), err.getvalue())


def test_a_rule_as_an_argument(cfnet: Cfnet) -> None:
    """In quotes, as printed; names come from the sandbox, and the purpose follows the sentence."""
    with Foundation.open(None) as sandbox:
        cfnet("--sandbox", "add-network-policy", "appA", "appB", embedded=sandbox)
        ran = cfnet("explain", "--sandbox", ALLOW, embedded=sandbox)
    assert ran == (
        0,
        (
            f"{ALLOW}\n"
            "  A TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA)"
            " is accepted.\n"
            "  It enforces a policy: without it, the packet would reach the container's overlay chain and be"
            " rejected.\n"
        ),
        "",
    )


def test_a_rule_as_several_arguments(cfnet: Cfnet) -> None:
    """The shell has removed the quotes: everything after -A is the rule, even if it looks like an option."""
    ran = cfnet("explain", "--from", WALKTHROUGH, "-A", "c1", "-m", "comment", "--comment", "two words", "-j", "DROP")
    assert ran.stdout == (
        '-A c1 -m comment --comment "two words" -j DROP\n'
        '  Any packet that gets this far is silently dropped (comment: "two words").\n'
        "  (not a Cloud Foundry rule)\n"
    )


@pytest.mark.parametrize(
    "rule", ["-P FORWARD DROP", "-N vpa--1", "-I FORWARD 1 -j DROP", "--append FORWARD -j DROP", "-A FORWARD -j DROP"]
)
def test_any_line_of_a_listing_as_an_argument(rule: str, cfnet: Cfnet) -> None:
    """As one word or several, with two dashes before it or not, or as a whole command."""
    expected = cfnet("explain", "--from", WALKTHROUGH, "-", stdin=f"{rule}\n")
    assert expected.exit == 0
    command = ["sudo", "iptables", *rule.split()]
    for words in ([rule], rule.split(), command, ["--", rule], ["--", *rule.split()]):
        assert cfnet("explain", "--from", WALKTHROUGH, *words) == expected


def test_options_after_a_quoted_rule(cfnet: Cfnet) -> None:
    """They are still options."""
    document = json.loads(cfnet("explain", ALLOW, "--json").stdout)
    assert [line["text"] for line in document["lines"]] == [ALLOW]


def test_without_names_guids_are_shown(cfnet: Cfnet) -> None:
    """No session is needed, and a note says that there is none."""
    ran = cfnet("explain", ALLOW)
    assert (ran.exit, ran.stderr) == (0, NO_NAMES)
    assert f"(it came from app {APP_A})" in ran.stdout


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_golden_cells_from_a_file(golden: GoldenCell, cfnet: Cfnet) -> None:
    """Every line is kept, followed by its explanation; nothing is unknown."""
    file = golden.snapshot / "expected" / f"{golden.cell}.rules"
    ran = cfnet("explain", str(file), "--from", str(golden.snapshot))
    result = ran.stdout.splitlines()
    assert ran.exit == 0
    assert [line for line in result if not line.startswith("  ")] == golden.expected.splitlines()
    assert "unknown" not in ran.stdout
    assert "not one of" not in ran.stdout


def test_output_of_render_is_explained_from_stdin() -> None:
    """With the comments that name cells, and with unknown rules."""
    text = "# cell-1\n*filter\n-A c1 -m bpf --bytecode x -j NFLOG\nwhat is this?\nCOMMIT\n"
    ran = with_stdin(text, "explain", "--from", WALKTHROUGH)
    assert ran == (
        0,
        (
            "# cell-1\n"
            "*filter\n"
            "  Table filter: accepts or refuses packets.\n"
            "-A c1 -m bpf --bytecode x -j NFLOG\n"
            "  A packet that matches `-m bpf --bytecode x` (unknown to cfnet) is passed to `-j NFLOG` (unknown to "
            "cfnet).\n"
            "  (not a Cloud Foundry rule)\n"
            "what is this?\n"
            "  (unknown to cfnet)\n"
            "COMMIT\n"
            "  End of the table.\n"
        ),
        "",
    )


def test_a_refused_call_in_the_log(cfnet: Cfnet) -> None:
    """Who called whom, and what would have allowed it."""
    with Foundation.open(None) as sandbox:
        cfnet("--sandbox", "add-network-policy", "appA", "appB", embedded=sandbox)
        ran = cfnet("--sandbox", "explain", REFUSED, embedded=sandbox)
    assert ran == (
        0,
        (
            f"{REFUSED}\n"
            "  appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because"
            " no policy allows it.\n"
            "  To allow it, target demo/dev and run:\n"
            "    cfnet add-network-policy appA appB --protocol tcp --port 8081\n"
            "  Or add this to a policy document:\n"
            "    - source: demo/dev/appA\n"
            "      destination: demo/dev/appB\n"
            "      protocol: tcp\n"
            "      ports: 8081\n"
        ),
        "",
    )


def explained(text: str, *words: str) -> Ran:
    """The explanation of a text on stdin, with the names of a new sandbox."""
    with Foundation.open(None) as sandbox:
        out, err = io.StringIO(), io.StringIO()
        environment = Environment({}, io.StringIO(text), out, err, embedded=sandbox)
        code = run(["--sandbox", "explain", *words], environment)
    return Ran(int(code), out.getvalue(), err.getvalue())


def test_the_same_advice_is_given_only_once() -> None:
    """At the end, with the number of calls; other ports and protocols have their own."""
    again = REFUSED.replace("SPT=45678", "SPT=45679")
    repeated = f"Jul 24 19:15:12 cell-1 kernel: message repeated 2 times: [ {REFUSED}]"
    other = REFUSED.replace("DPT=8081", "DPT=53").replace("PROTO=TCP", "PROTO=UDP")
    ran = explained(f"{REFUSED}\n{again}\n{other}\n{repeated}")
    result = "  appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), "
    why = "refused because no policy allows it.\n"
    assert ran == (
        0,
        (
            f"{REFUSED}\n{result}TCP port 8081: {why}"
            f"{again}\n{result}TCP port 8081: {why}"
            f"{other}\n{result}UDP port 53: {why}"
            f"{repeated}\n{result}TCP port 8081 (2 times): {why}"
            "  To allow 4 refused calls, target demo/dev and run:\n"
            "    cfnet add-network-policy appA appB --protocol tcp --port 8081\n"
            "  Or add this to a policy document:\n"
            "    - source: demo/dev/appA\n"
            "      destination: demo/dev/appB\n"
            "      protocol: tcp\n"
            "      ports: 8081\n"
            "  To allow 1 refused call, target demo/dev and run:\n"
            "    cfnet add-network-policy appA appB --protocol udp --port 53\n"
            "  Or add this to a policy document:\n"
            "    - source: demo/dev/appA\n"
            "      destination: demo/dev/appB\n"
            "      protocol: udp\n"
            "      ports: 53\n"
        ),
        "",
    )
    lines = json.loads(explained(f"{REFUSED}\n{again}\n", "--json").stdout)["lines"]
    assert [line["call"]["remedy"]["command"] for line in lines] == [
        "cfnet add-network-policy appA appB --protocol tcp --port 8081"
    ] * 2


def test_advice_for_a_port_scan_is_limited() -> None:
    """Memory and output stay small; omitted advice is counted."""
    ran = explained("\n".join(REFUSED.replace("DPT=8081", f"DPT={port}") for port in range(1, 1_011)))
    assert ran.stdout.count("cfnet add-network-policy") == 1_000
    assert ran.stdout.endswith(
        "  10 more refused calls would need policies in addition to these 1,000. Use --json to see them all.\n"
    )


def test_a_reused_address_gets_no_advice(cfnet: Cfnet) -> None:
    """The mark belongs to appB, the address to appA: both are named."""
    with Foundation.open(None) as sandbox:
        cfnet("--sandbox", "add-network-policy", "appB", "appA", embedded=sandbox)
        ran = cfnet("--sandbox", "explain", REFUSED, embedded=sandbox)
    assert ran.stdout.removeprefix(REFUSED) == (
        "\n  appB (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no policy allows"
        " it. Its mark 0x2 belongs to appB, but its address 10.255.78.3 to appA. The tag may have been reused, the "
        "names may be older or newer than the log, or the address was forged.\n"
    )


def test_marks_have_no_meaning_without_tags(tmp_path: Path, cfnet: Cfnet) -> None:
    """Allotted tags are not those of the cell: apps are recognised by addresses and comments."""
    folder = tmp_path / "snapshot"
    shutil.copytree(WALKTHROUGH, folder, ignore=shutil.ignore_patterns("tags.json"))
    line = REFUSED.replace("10.255.78.3", "10.255.77.3").replace("MARK=0x2", "MARK=0x1")
    ran = cfnet("explain", "--from", str(folder), "--json", line)
    assert ran.stderr == f"{NO_TAGS}\n"
    document = json.loads(ran.stdout)
    assert document["notes"] == [NO_TAGS]
    call = document["lines"][0]["call"]
    assert (call["source"]["guid"], call["at_source_ip"], call["remedy"]["policy"]["source"]) == (APP_A, None, APP_A)
    result = cfnet("explain", "--from", str(folder), "--json", ALLOW.replace("0x2", "0x1")).stdout
    assert f"that carries mark 0x1 (it came from app {APP_A})" in json.loads(result)["lines"][0]["sentence"]


FOREIGN = "  (not a Cloud Foundry rule)\n"
RULES = {
    "-A vpa--1555608460726256 -m comment --comment temporary -j ACCEPT": (
        '  Any packet that gets this far is accepted (comment: "temporary").\n'
        "  It lets every app call every other app on every port, without a policy. Policies are not enforced.\n"
        f"{FOREIGN}"
    ),
    "-A vpa--1555608460726256 -m set --match-set trusted src -j ACCEPT": (
        "  A packet that matches `-m set --match-set trusted src` (unknown to cfnet) is accepted.\n"
        "  It accepts matching packets without a policy; it matches packets that the set trusted contains.\n"
        f"{FOREIGN}"
    ),
    "-A vpa--1555608460726256 -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -j ACCEPT": (
        "  A TCP packet for 10.255.77.4 (appB, instance 0), port 8080, is accepted.\n"
        "  It lets every app call the container at 10.255.77.4 on TCP port 8080, without a policy.\n"
        f"{FOREIGN}"
    ),
    "-A netout--772fbbd5-862a-4b3d-7 -m iprange --dst-range 0.0.0.0-9.255.255.255 -g netout--772fbbd5-862a-4--log": (
        "  A packet for 0.0.0.0 to 9.255.255.255 goes to chain netout--772fbbd5-862a-4--log (logging of allowed"
        " outbound traffic of container 772fbbd5-862a-4) and does not return here.\n"
        "  It implements a security group rule set at the container's start and logs what it accepts.\n"
    ),
    "-A vpa--1 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT": (
        "  A packet from 10.255.0.0/16 for 10.255.0.0/16 is accepted.\n"
        "  Policies are not enforced: every app can call every other app on the overlay network.\n"
    ),
    "-A vpa--2 -j LOG": "  Any packet that gets this far is written to the kernel log.\n" + FOREIGN,
    "-A vpa--2 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT": (
        "  A packet from 10.255.0.0/16 for 10.255.0.0/16 is accepted.\n"
        "  It lets anything in 10.255.0.0/16 call every container in 10.255.0.0/16 on every port, without a"
        " policy.\n"
        f"{FOREIGN}"
    ),
}


def test_the_purpose_of_a_rule_depends_on_all_its_conditions() -> None:
    """A rule that only resembles one of Cloud Foundry's is explained by its effect."""
    ran = explained("".join(f"{rule}\n" for rule in RULES))
    assert ran == (0, "".join(f"{rule}\n{result}" for rule, result in RULES.items()), "")


LOG_SHAPES = (
    '{"MESSAGE":"OK_0002_c7de6123-d906-4c65-9 IN=silk-vtep OUT=s-010255077004 SRC=10.255.78.3 DST=10.255.77.4 LEN=60'
    ' PROTO=TCP SPT=45678 DPT=8080 MARK=0x2","_TRANSPORT":"kernel","PRIORITY":"4"}\n'
    '{"timestamp":"1500924111.467581511","source":"cfnetworking.iptables","message":"cfnetworking.iptables.ingress-denied"'
    ',"log_level":1,"data":{"destination":{"container_id":"94871941-aed0-585f-9a6c-a62f","app_guid":'
    '"c7de6123-d906-4c65-9717-c5d040568c76"},"packet":{"direction":"ingress","allowed":false,"src_ip":"10.255.78.3",'
    '"src_port":37366,"dst_ip":"10.255.77.4","dst_port":8081,"protocol":"TCP","mark":"0x2","icmp_type":0,"icmp_code":0}}}'
    "\n\x1b[32m[12345.678901] \x1b[0m\x1b[33mOK_0002_c7de6123-d906-4c65-9 IN=silk-vtep\x1b[0m OUT=s-010255077004"
    " SRC=10.255.78.3 DST=10.255.77.4 LEN=60 PROTO=TCP SPT=45678 DPT=8080 MARK=0x2\n"
)


def test_log_lines_in_every_format() -> None:
    """Of the journal, of iptables-logger, and with colours: explained like the plain kernel line."""
    who = "appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port"
    lines = json.loads(explained(LOG_SHAPES, "--json").stdout)["lines"]
    assert [line["sentence"] for line in lines] == [
        f"{who} 8080: accepted.",
        f"{who} 8081: refused because no policy allows it.",
        f"{who} 8080: accepted.",
    ]
    for line in LOG_SHAPES.splitlines():
        assert f"  {who} " in explained(line).stdout


def test_json(cfnet: Cfnet) -> None:
    """A rule, a log line, and a line that is neither."""
    with Foundation.open(None) as sandbox:
        cfnet("--sandbox", "add-network-policy", "appA", "appB", embedded=sandbox)
        environment = Environment(
            {}, io.StringIO(f"{ALLOW}\n\n{REFUSED}\nx\n"), io.StringIO(), io.StringIO(), embedded=sandbox
        )
        assert run(["--sandbox", "explain", "--json", "-"], environment) == 0
    assert isinstance(environment.stdout, io.StringIO)
    document = json.loads(environment.stdout.getvalue())
    app_a = {"guid": APP_A, "name": "appA", "space": "dev", "org": "demo"}
    app_b = {"guid": APP_B, "name": "appB", "space": "dev", "org": "demo"}
    none = {"sentence": None, "purpose": None, "foreign": None, "chain": None, "unknown": None, "call": None}
    assert document == {
        "format_version": 1,
        "complete": True,
        "notes": [],
        "lines": [
            {
                "number": 1,
                "kind": "rule",
                "text": ALLOW,
                "sentence": "A TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it "
                "came from appA) is accepted.",
                "purpose": "It enforces a policy: without it, the packet would reach the container's overlay chain and "
                "be rejected.",
                "foreign": False,
                "chain": "vpa--1",
                "unknown": [],
                "call": None,
            },
            {
                **none,
                "number": 3,
                "kind": "log",
                "text": REFUSED,
                "sentence": "appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: "
                "refused because no policy allows it.",
                "call": {
                    "event": "refused",
                    "source": app_a,
                    "source_ip": "10.255.78.3",
                    "destination": app_b,
                    "destination_ip": "10.255.77.4",
                    "protocol": "tcp",
                    "port": 8081,
                    "mark": "0x2",
                    "at_source_ip": None,
                    "at_destination_ip": None,
                    "time": None,
                    "uptime": None,
                    "host": None,
                    "times": 1,
                    "policy": None,
                    "remedy": {
                        "policy": {
                            "source": APP_A,
                            "destination": APP_B,
                            "protocol": "tcp",
                            "ports": {"start": 8081, "end": 8081},
                        },
                        "command": "cfnet add-network-policy appA appB --protocol tcp --port 8081",
                        "target": "demo/dev",
                        "entry": "- source: demo/dev/appA\n  destination: demo/dev/appB\n  protocol: tcp\n"
                        "  ports: 8081\n",
                    },
                },
            },
            {**none, "number": 4, "kind": "unknown", "text": "x"},
        ],
    }


def test_another_file_is_not_mistaken_for_rules(tmp_path: Path, cfnet: Cfnet) -> None:
    """Its lines are printed, and a note says that none was recognized; a single one suffices."""
    file = tmp_path / "policies.yml"
    file.write_text("version: 1\npolicies: []\n", encoding="utf-8")
    note = "No line is a rule of iptables or a log line of Cloud Foundry.\n"
    assert cfnet("explain", str(file), "--sandbox").stderr == note
    file.write_text("version: 1\n-A FORWARD -j DROP\n", encoding="utf-8")
    assert cfnet("explain", str(file), "--sandbox").stderr == ""


def test_control_characters_are_escaped(tmp_path: Path, cfnet: Cfnet) -> None:
    """Those in rules, and bytes that are not text."""
    file = tmp_path / "rules"
    file.write_bytes(b'-A c1 -m comment --comment "\x1b[2J\xff" -j DROP\n\x1b]0;x\x07\n')
    ran = cfnet("explain", str(file))
    assert ran.exit == 0
    assert all(line.isprintable() for line in ran.stdout.splitlines())
    assert "\\x1b[2J" in ran.stdout


def test_a_log_that_is_not_utf_8(tmp_path: Path) -> None:
    """As a process reads it from stdin: no line is lost for an invalid byte."""
    words = [sys.executable, "-m", "cfnet", "explain"]
    ran = subprocess.run(words, input=b"\xff x\n", capture_output=True, check=False, env={"HOME": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (0, b"\\xff x\n  (unknown to cfnet)\n")


MISUSES = {
    "a missing file": (
        "missing.txt",
        "missing.txt: cannot be read: No such file or directory\nA rule begins with -A, as 'iptables -S' prints it.\n",
    ),
    "a folder": (
        "FOLDER",
        "FOLDER: cannot be read: Is a directory\nA rule begins with -A, as 'iptables -S' prints it.\n",
    ),
}


@pytest.mark.parametrize(("word", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(word: str, stderr: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nothing on stdout, exit 2."""
    ran = cfnet("explain", word.replace("FOLDER", str(tmp_path)))
    assert ran == (2, "", stderr.replace("FOLDER", str(tmp_path)))


def test_stdin_on_a_terminal_is_refused() -> None:
    """Without input it says what it expects."""
    err = io.StringIO()
    assert run(["explain"], Environment({}, Screen(), io.StringIO(), err)) == 2
    assert (
        err.getvalue() == "explain requires a FILE, a RULE, or rules on stdin\nExample: iptables -S | cfnet explain\n"
    )


DRESSED = {
    "a byte order mark": ("{}", "utf-8-sig"),
    "UTF-16": ("{}", "utf-16"),
    "CRLF": ("{}\r", "utf-8"),
    "a prefix of bosh ssh": ("diego-cell/0: stdout | {}", "utf-8"),
    "colours": ("\x1b[31m{}\x1b[0m", "utf-8"),
    "counters": ("[1:60] {}", "utf-8"),
}


@pytest.mark.parametrize(("form", "encoding"), DRESSED.values(), ids=DRESSED)
def test_rules_in_every_encoding_and_wrapping(form: str, encoding: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Including the first line, from a file and from a pipe."""
    text = "".join(f"{form.format(rule)}\n" for rule in ("-A FORWARD -j vpa--1", ALLOW))
    (tmp_path / "rules").write_bytes(text.encode(encoding))
    ran = cfnet("explain", "--from", WALKTHROUGH, "--json", str(tmp_path / "rules"))
    stdin = io.TextIOWrapper(io.BytesIO(text.encode(encoding)), encoding="utf-8")
    out = io.StringIO()
    run(["explain", "--from", WALKTHROUGH, "--json"], Environment({}, stdin, out, io.StringIO()))
    plain = json.loads(
        with_stdin(f"-A FORWARD -j vpa--1\n{ALLOW}\n", "explain", "--from", WALKTHROUGH, "--json").stdout
    )
    for printed in (ran.stdout, out.getvalue()):
        assert [(line["kind"], line["sentence"]) for line in json.loads(printed)["lines"]] == [
            ("rule", line["sentence"]) for line in plain["lines"]
        ]


def test_the_field_case_with_a_byte_order_mark(cfnet: Cfnet) -> None:
    """A regression: its only line used to be unknown."""
    ran = cfnet("explain", "--from", WALKTHROUGH, str(FIELD / "byte-order-mark" / "one.rules"))
    assert ran.stdout.startswith("-A FORWARD -j vpa--1\n  Any packet that gets this far goes through chain vpa--1")


def test_a_rule_interrupted_by_a_warning_is_rejoined(cfnet: Cfnet) -> None:
    """The warning becomes a comment."""
    ran = cfnet(
        "explain", "--from", str(FIELD / "snapshot"), "--json", str(FIELD / "warning-mid-line" / "in-address.save")
    )
    lines = json.loads(ran.stdout)["lines"]
    assert {line["kind"] for line in lines} == {"remark", "table", "chain", "rule"}
    assert [line["text"] for line in lines if line["kind"] == "remark"] == [
        "# cell-1",
        "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them",
    ]


def test_prompts_and_commands_are_comments() -> None:
    """They are kept without an explanation."""
    ran = with_stdin("root@cell:~# iptables -S\n-P INPUT ACCEPT\n", "explain", "--from", WALKTHROUGH)
    assert ran.stdout == (
        "root@cell:~# iptables -S\n-P INPUT ACCEPT\n  A packet that no rule of INPUT decides on is accepted.\n"
    )


def test_a_line_for_two_rules_is_explained_twice() -> None:
    """With several addresses, as iptables-restore accepts it, and with -I."""
    ran = with_stdin("-I c1 1 -s 10.0.0.1,10.0.0.2 -j DROP\n", "explain", "--from", WALKTHROUGH, "--json")
    assert [line["sentence"] for line in json.loads(ran.stdout)["lines"]] == [
        "A packet from 10.0.0.1 is silently dropped.",
        "A packet from 10.0.0.2 is silently dropped.",
    ]
