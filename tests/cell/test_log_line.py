"""The formats of log lines: each yields the same packet as the plain kernel line."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain.explained_lines import LineKind, explain_lines
from cfnet.cell.explain.kernel_log import Event, LogLine
from cfnet.cell.explain.log_line import read_log_line
from cfnet.cell.model.names import Names
from tests.worlds import APP_B

PREFIX = "OK_0002_c7de6123-d906-4c65-9"
PACKET = (
    "IN=silk-vtep OUT=s-010255077004 MAC=ee:ee SRC=10.255.78.3 DST=10.255.77.4 LEN=60 TOS=0x00 PREC=0x00 TTL=62 ID=1"
    " DF PROTO=TCP SPT=45678 DPT=8080 WINDOW=64240 RES=0x00 SYN URGP=0 MARK=0x2"
)
MESSAGE = f"{PREFIX} {PACKET}"
PLAIN = LogLine(
    Event.ALLOWED, PREFIX, "c7de6123-d906-4c65-9", "", "10.255.78.3", "10.255.77.4", "tcp", 8080, 0x2, tag=0x2
)
GUID = "6aa70a7b-d6f8-4b3c-9d5d-7e3e7a9d9bd6"
FORWARDED = (
    "<6>1 2024-07-24T19:15:12.963562Z 10.0.16.15 kernel - - "
    f'[instance@47450 director="" deployment="cf" group="diego-cell" az="z1" id="{GUID}"] '
)
REPEATED = "Jul 24 19:15:12 localhost kernel: message repeated 3 times: "
COLOURED = f"\x1b[32m[12345.678901] \x1b[0m\x1b[33m{PREFIX} IN=silk-vtep\x1b[0m{PACKET.removeprefix('IN=silk-vtep')}"
JOURNAL = {"_TRANSPORT": "kernel", "PRIORITY": "4"}

SHAPES = {
    "plain kernel line": (MESSAGE, PLAIN),
    "dmesg": (f"[12345.678901] {MESSAGE}", PLAIN._replace(uptime=12345.678901)),
    "dmesg, soon after boot": (f"[    5.678901] {MESSAGE}", PLAIN._replace(uptime=5.678901)),
    "dmesg, no blank after the time": (f"[12345.678901]{MESSAGE}", PLAIN._replace(uptime=12345.678901)),
    "dmesg -T": (f"[Wed Jul 24 19:15:12 2024] {MESSAGE}", PLAIN._replace(time="Wed Jul 24 19:15:12 2024")),
    "dmesg --time-format iso": (
        f"2024-07-24T19:15:12,963562+00:00 {MESSAGE}",
        PLAIN._replace(time="2024-07-24T19:15:12,963562+00:00"),
    ),
    "dmesg --color=always": (COLOURED, PLAIN._replace(uptime=12345.678901)),
    "dmesg -x": (f"kern  :warn  : [12345.678901] {MESSAGE}", PLAIN._replace(uptime=12345.678901)),
    "after a crash": (
        f"\0\0\0\0Jul 24 19:15:12 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12", host="cell-1"),
    ),
    "journalctl -k": (
        f"Jul 24 19:15:12 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12", host="cell-1"),
    ),
    "journalctl -k, a day below ten": (
        f"Jul  4 19:15:12 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="Jul  4 19:15:12", host="cell-1"),
    ),
    "journalctl -k -o short-precise": (
        f"Jul 24 19:15:12.963562 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12.963562", host="cell-1"),
    ),
    "journalctl -k -o short-iso": (
        f"2024-07-24T19:15:12+0000 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="2024-07-24T19:15:12+0000", host="cell-1"),
    ),
    "journalctl -k -o short-monotonic": (
        f"[12345.678901] cell-1 kernel: {MESSAGE}",
        PLAIN._replace(uptime=12345.678901, host="cell-1"),
    ),
    "journalctl -k -o json": (json.dumps({"MESSAGE": MESSAGE, **JOURNAL}), PLAIN),
    "journalctl -k -o json, with time and host": (
        json.dumps({**JOURNAL, "__REALTIME_TIMESTAMP": "1721848512963562", "_HOSTNAME": "cell-1", "MESSAGE": MESSAGE}),
        PLAIN._replace(time="2024-07-24T19:15:12.963562+00:00", host="cell-1"),
    ),
    "journalctl -k -o json, a message as bytes": (json.dumps({"MESSAGE": [*MESSAGE.encode()], **JOURNAL}), PLAIN),
    "journalctl -k -o json, a message with colours": (
        json.dumps({"MESSAGE": COLOURED}),
        PLAIN._replace(uptime=12345.678901),
    ),
    "kern.log": (
        f"Jul 24 19:15:12 localhost kernel: [1468399.963562] {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12", uptime=1468399.963562, host="localhost"),
    ),
    "syslog with a priority": (
        f"<4>Jul 24 19:15:12 cell-1 kernel: {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12", host="cell-1"),
    ),
    "RFC 5424": (f"{FORWARDED}{MESSAGE}", PLAIN._replace(time="2024-07-24T19:15:12.963562Z", host="10.0.16.15")),
    "RFC 5424 with the kernel's time": (
        f"{FORWARDED}[1468399.963562] {MESSAGE}",
        PLAIN._replace(time="2024-07-24T19:15:12.963562Z", uptime=1468399.963562, host="10.0.16.15"),
    ),
    "RFC 5424 without a host": (
        f"<6>1 2024-07-24T19:15:12Z - kernel - - - {MESSAGE}",
        PLAIN._replace(time="2024-07-24T19:15:12Z"),
    ),
    "rsyslog, repeated": (
        f"{REPEATED}[ {MESSAGE}]",
        PLAIN._replace(time="Jul 24 19:15:12", host="localhost", times=3),
    ),
    "rsyslog, repeated, with the kernel's time": (
        f"{REPEATED}[ [1468399.963562] {MESSAGE} ]",
        PLAIN._replace(time="Jul 24 19:15:12", uptime=1468399.963562, host="localhost", times=3),
    ),
    "bosh ssh": (f"diego-cell/{GUID}: stdout | {MESSAGE}", PLAIN._replace(host=f"diego-cell/{GUID}")),
    "bosh ssh, around kern.log": (
        f"diego-cell/{GUID}: stdout | Jul 24 19:15:12 localhost kernel: [5.100000] {MESSAGE}",
        PLAIN._replace(time="Jul 24 19:15:12", uptime=5.1, host=f"diego-cell/{GUID}"),
    ),
    "bosh ssh, around the journal": (
        f"diego-cell/0: stdout | {json.dumps({'MESSAGE': MESSAGE, '_HOSTNAME': 'x'})}",
        PLAIN._replace(host="diego-cell/0"),
    ),
    "a carriage return at the end": (f"{MESSAGE}\r", PLAIN),
    "OUT is missing": (MESSAGE.replace("OUT=s-010255077004 ", ""), PLAIN),
}


@pytest.mark.parametrize(("text", "line"), SHAPES.values(), ids=SHAPES)
def test_every_format_has_the_same_packet(text: str, line: LogLine) -> None:
    """With the time, the host and the repeat count, if present."""
    assert read_log_line(text) == line


@pytest.mark.parametrize("text", [shape[0] for shape in SHAPES.values()], ids=SHAPES)
def test_every_format_is_explained_among_rules(text: str) -> None:
    """A prefix is not mistaken for a rule, a prompt or a comment."""
    lines = list(explain_lines(["-A FORWARD -j vpa--1", text, "COMMIT"], Names()))
    assert [line.kind for line in lines] == [LineKind.RULE, LineKind.LOG, LineKind.TABLE]


def logger_line(event: str, packet: dict[str, object], **others: object) -> str:
    """A line of iptables-logger."""
    end = "destination" if event.startswith("ingress") else "source"
    container = {
        "container_id": "94871941-aed0-585f-9a6c-a62f",
        "app_guid": APP_B,
        "space_guid": "s",
        "organization_guid": "o",
        "host_ip": "10.0.16.15",
        "host_guid": GUID,
    }
    line = {
        "timestamp": "1500924111.467581511",
        "source": "cfnetworking.iptables",
        "message": f"cfnetworking.iptables.{event}",
        "log_level": 1,
        "data": {
            end: container,
            "packet": {
                "direction": event.partition("-")[0],
                "allowed": event.endswith("allowed"),
                "src_ip": "10.255.78.3",
                "src_port": 37366,
                "dst_ip": "10.255.77.4",
                "dst_port": 8081,
                "protocol": "TCP",
                "mark": "0x2",
                "icmp_type": 0,
                "icmp_code": 0,
                **packet,
            },
        },
    }
    return json.dumps({**line, **others})


LOGGED = LogLine(
    Event.REFUSED,
    "",
    APP_B,
    "94871941-aed0-585f-9a6c-a62f",
    "10.255.78.3",
    "10.255.77.4",
    "tcp",
    8081,
    0x2,
    time="2017-07-24T19:21:51.467582+00:00",
    host="10.0.16.15",
)
LOGGER = {
    "ingress, denied": (logger_line("ingress-denied", {}), LOGGED),
    "ingress, allowed": (logger_line("ingress-allowed", {}), LOGGED._replace(event=Event.ALLOWED)),
    "egress, denied": (logger_line("egress-denied", {}), LOGGED._replace(event=Event.OUT_REFUSED)),
    "egress, allowed": (logger_line("egress-allowed", {}), LOGGED._replace(event=Event.OUT_ALLOWED)),
    "a newer time": (
        logger_line("ingress-denied", {}, timestamp="2024-07-24T19:15:12.963562345Z", level="info"),
        LOGGED._replace(time="2024-07-24T19:15:12.963562345Z"),
    ),
    "no time": (logger_line("ingress-denied", {}, timestamp=None), LOGGED._replace(time=None)),
    "a protocol without ports": (
        logger_line("egress-allowed", {"protocol": "ICMP", "dst_port": 0, "icmp_type": 8}),
        LOGGED._replace(event=Event.OUT_ALLOWED, protocol="icmp", port=None),
    ),
    "no mark": (logger_line("egress-allowed", {"mark": ""}), LOGGED._replace(event=Event.OUT_ALLOWED, mark=None)),
    "after a syslog header": (f"{FORWARDED}{logger_line('ingress-denied', {})}", LOGGED),
    "after the prefix of bosh ssh": (
        f"diego-cell/{GUID}: stdout | {logger_line('ingress-denied', {})}",
        LOGGED._replace(host=f"diego-cell/{GUID}"),
    ),
}


@pytest.mark.parametrize(("text", "line"), LOGGER.values(), ids=LOGGER)
def test_iptables_logger(text: str, line: LogLine) -> None:
    """Old and new times, both directions, both verdicts."""
    assert read_log_line(text) == line


OTHERS = {
    "nothing": "",
    "a different kernel message": "usb 1-1: new device",
    "only a prefix": "OK then",
    "a prefix without a packet": "DENY_C2C_00000001 but no packet",
    "another prefix": "audit: IN=x OUT=y SRC=1.2.3.4",
    "a rule that logs": "-A vpa--1 -j LOG --log-prefix OK_0002_x",
    "an unrelated JSON object": '{"message": "started"}',
    "an array": '["OK_0002_x IN=a"]',
    "a truncated JSON object": '{"MESSAGE": "x',
    "a journal entry without a message": '{"MESSAGE": null}',
    "a journal entry with invalid bytes": '{"MESSAGE": [300, "x"]}',
    "nested too deeply": "{" + '"a":[' * 100_000,
    "a number of 5,000 digits": f'{{"MESSAGE": {"9" * 5_000}}}',
    "a different event of iptables-logger": logger_line("started", {}),
    "a verdict that contradicts the event": logger_line("ingress-denied", {"allowed": True}),
    "a direction that contradicts the event": logger_line("ingress-denied", {"direction": "egress"}),
    "no packet": logger_line("ingress-denied", {}, data={}),
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_lines_are_not_log_lines(text: str) -> None:
    assert read_log_line(text) is None


def test_fields_come_from_the_outer_packet() -> None:
    """An ICMP error quotes another packet, with fields of the same names."""
    quoted = "SRC=10.255.77.4 DST=10.255.78.3 PROTO=TCP SPT=1 DPT=2"
    assert read_log_line(f"OK_00000002 IN=a OUT=b SRC=1.1.1.1 DST=2.2.2.2 PROTO=ICMP TYPE=3 [{quoted}]") == LogLine(
        Event.OUT_ALLOWED, "OK_00000002", "", "00000002", "1.1.1.1", "2.2.2.2", "icmp", None, None
    )


ODD_FIELDS = {
    "no address": ("SRC=10.255.78.3", "SRC=300.1.1.1", PLAIN._replace(source=None)),
    "an IPv6 address": ("SRC=10.255.78.3", f"SRC=fd00{':0000' * 6}:0001", PLAIN._replace(source="fd00::1")),
    "no port": ("DPT=8080", "DPT=http", PLAIN._replace(port=None)),
    "a port out of range": ("DPT=8080", "DPT=65536", PLAIN._replace(port=None)),
    "a port of 5,000 digits": ("DPT=8080", f"DPT={'9' * 5_000}", PLAIN._replace(port=None)),
    "no mark": ("MARK=0x2", "MARK=2x0", PLAIN._replace(mark=None)),
    "a mark out of range": ("MARK=0x2", "MARK=0x100000000", PLAIN._replace(mark=None)),
    "a duplicate field": ("MARK=0x2", "MARK=0x2 SRC=1.1.1.1", PLAIN),
}


@pytest.mark.parametrize(("plain", "odd", "line"), ODD_FIELDS.values(), ids=ODD_FIELDS)
def test_an_invalid_field_is_left_out(plain: str, odd: str, line: LogLine) -> None:
    """The rest of the line is still read."""
    assert read_log_line(MESSAGE.replace(plain, odd)) == line


@given(st.text())
def test_any_text_is_accepted_or_ignored(text: str) -> None:
    """No line makes reading fail."""
    read_log_line(text)
    assert read_log_line(f"{PREFIX} IN= {text}")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_field_value_is_accepted_or_ignored(value: object) -> None:
    """In lines of iptables-logger and the journal."""
    packet = dict.fromkeys(("src_ip", "dst_ip", "dst_port", "protocol", "mark"), value)
    assert read_log_line(logger_line("ingress-denied", packet, timestamp=value))
    read_log_line(json.dumps({"MESSAGE": value, "__REALTIME_TIMESTAMP": value, "_HOSTNAME": value}))


ADVERSARIES: dict[str, Callable[[int], str]] = {
    "brackets and prefixes": lambda n: "]OK_" * n,
    "prefixes": lambda n: "OK_ " * n,
    "first fields": lambda n: " IN=" * n,
    "prefixes and first fields": lambda n: "DENY_C2C_ IN=" * n,
    "words before a first field": lambda n: f"{'OK_' * n} IN=",
    "brackets": lambda n: "[" * n,
    "times": lambda n: f"{'[1.' * n} OK_x IN=",
    "repetitions": lambda n: f"{'message repeated 3 times: [ ' * n}OK_x IN=",
    "escapes": lambda n: "\x1b[" * n,
    "numbers in an escape": lambda n: "\x1b[" + "0;" * n,
    "blanks": lambda n: f"OK_x IN={' ' * n}",
    "objects": lambda n: '{"a":' * n,
    "instances": lambda n: "a/" * n,
    "dashes": lambda n: f"OK_0002_{'-' * n} IN=",
    "digits of a tag": lambda n: f"OK_{'00' * n}_x IN=",
}


@pytest.mark.parametrize("line", ADVERSARIES.values(), ids=ADVERSARIES)
def test_a_line_costs_time_in_proportion_to_its_length(line: Callable[[int], str]) -> None:
    """Four times the length takes about four times as long; quadratic code would take sixteen times."""

    def cost(length: int) -> float:
        text = line(length)
        costs = []
        for _ in range(5):
            started = time.process_time()
            read_log_line(text)
            costs.append(time.process_time() - started)
        return min(costs)

    shorter = 20_000
    # A cost too small to measure passes: a quadratic reader takes seconds for these.
    assert cost(4 * shorter) < 10 * max(cost(shorter), 0.005)
