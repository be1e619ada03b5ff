"""Lines of the kernel log: parse and explain them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain.kernel_log import Event, LogLine
from cfnet.cell.explain.log_line import read_log_line
from cfnet.cell.explain.log_sentence import explain_log
from cfnet.cell.explain.logged_call import LoggedCall, by_ends, call_of
from cfnet.cell.explain.phrases import log_meaning
from cfnet.cell.model.names import Instance, Names
from cfnet.policy import Policy, Ports, Protocol
from tests.worlds import APP_A, APP_B

TWIN = "c7de6123-d906-4c65-9999-000000000000"
"""Has a common prefix with `APP_B`."""
NAMES = Names(
    apps={APP_A: "appA", APP_B: "appB"},
    instances={
        "10.255.78.3": Instance(APP_A, 1, "00000002-e8cf-4ca5-5a0a-838e"),
        "10.255.77.4": Instance(APP_B, 0, "00000001-e8cf-4ca5-5a0a-838e"),
    },
    marks={1: "INGRESS_ROUTER", 2: APP_A, 3: APP_B},
)
DOUBT = "The tag may have been reused, the names may be older or newer than the log, or the address was forged."
POLICY = Policy(APP_A, APP_B, Protocol.TCP, Ports(8080, 8090))
WAY = "IN=silk-vtep OUT=s-010255077004 MAC=ee:ee SRC=10.255.78.3 DST=10.255.77.4 LEN=60 TOS=0x00 PREC=0x00 TTL=62"
TCP = f"{WAY} ID=1 DF PROTO=TCP SPT=45678 DPT=8081 WINDOW=64240 RES=0x00 SYN URGP=0 MARK=0x2"
UDP = f"{WAY} ID=1 PROTO=UDP SPT=45678 DPT=53 LEN=40 MARK=0x2"
OUT = "IN=s-010255078003 OUT=eth0 SRC=10.255.78.3 DST=1.2.3.4 LEN=60 PROTO=TCP SPT=45678 DPT=443 SYN URGP=0"

CASES = {
    "an accepted call": (
        f"OK_0002_c7de6123-d906-4c65-9 {TCP}",
        (
            "appA, instance 1 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: accepted by the "
            "policy for tcp 8080-8090."
        ),
        LoggedCall(APP_A, APP_B, policy=POLICY),
    ),
    "a refused call, as syslog has it": (
        f"<4>1 2026-01-31T12:00:00.1Z cell kernel - - [12345.678] DENY_C2C_00000001-e8cf-4ca5- {UDP}",
        (
            "appA, instance 1 (10.255.78.3) called appB, instance 0 (10.255.77.4), UDP port 53: refused because no "
            "policy allows it."
        ),
        LoggedCall(APP_A, APP_B, missing=Policy(APP_A, APP_B, Protocol.UDP, Ports(53, 53))),
    ),
    "a call out of the foundation that is refused": (
        f"Jan 31 12:00:00 cell kernel: [1.2] DENY_00000002-e8cf-4ca5-5a0a {OUT}",
        "appA, instance 1 (10.255.78.3) called 1.2.3.4, TCP port 443: refused because no security group allows it.",
        LoggedCall(APP_A, None),
    ),
    "a call out of the foundation that is accepted": (
        f"OK_00000002-e8cf-4ca5-5a0a-8 {OUT}",
        "appA, instance 1 (10.255.78.3) called 1.2.3.4, TCP port 443: accepted by a security group.",
        LoggedCall(APP_A, None),
    ),
    "a call beyond the limit": (
        f"DENY_ORL_00000002-e8cf-4ca5- {OUT}",
        (
            "appA, instance 1 (10.255.78.3) called 1.2.3.4, TCP port 443: over its connection rate limit, and "
            "therefore refused unless outbound_connections.dry_run is on."
        ),
        LoggedCall(APP_A, None),
    ),
    "an accepted call whose mark and address belong to different apps": (
        f"OK_0003_c7de6123-d906-4c65-9 {TCP.replace('MARK=0x2', 'MARK=0x3')}",
        (
            "appB (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: accepted. Its mark 0x3 belongs "
            f"to appB, but its address 10.255.78.3 to appA. {DOUBT}"
        ),
        LoggedCall(APP_B, APP_B, at_source_ip=APP_A),
    ),
    "a refused call whose mark and address belong to different apps": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace('MARK=0x2', 'MARK=0x3')}",
        (
            "appB (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no policy allows "
            f"it. Its mark 0x3 belongs to appB, but its address 10.255.78.3 to appA. {DOUBT}"
        ),
        LoggedCall(APP_B, APP_B, at_source_ip=APP_A),
    ),
    "a refused call with an unknown mark, from an app with a different mark": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace('MARK=0x2', 'MARK=0x9')}",
        (
            "an app with mark 0x9 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because "
            f"no policy allows it. Its mark 0x9 belongs to no known app, but its address 10.255.78.3 to appA. {DOUBT}"
        ),
        LoggedCall(None, APP_B, at_source_ip=APP_A),
    ),
    "a refused call of one instance of an app to another": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace('10.255.78.3', '10.255.77.4').replace('0x2', '0x3')}",
        (
            "appB, instance 0 (10.255.77.4) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no "
            "policy allows it."
        ),
        LoggedCall(APP_B, APP_B, missing=Policy(APP_B, APP_B, Protocol.TCP, Ports(8081, 8081))),
    ),
    "a refused call without a mark": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace(' MARK=0x2', '').replace('8081', '80')}",
        (
            "appA, instance 1 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 80: refused because no "
            "policy allows it."
        ),
        LoggedCall(APP_A, APP_B, missing=Policy(APP_A, APP_B, Protocol.TCP, Ports(80, 80))),
    ),
    "a refused call that a policy now allows": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP}",
        (
            "appA, instance 1 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no "
            "policy allowed it then; the policy for tcp 8080-8090 allows it now."
        ),
        LoggedCall(APP_A, APP_B, policy=POLICY),
    ),
    "a refused call of a router": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace('10.255.78.3', '10.0.1.9').replace('0x2', '0x1')}",
        (
            "an ingress router (10.0.1.9) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no "
            "policy allows it."
        ),
        LoggedCall("INGRESS_ROUTER", APP_B),
    ),
    "a refused call to port 0": (
        f"DENY_C2C_00000001-e8cf-4ca5- {TCP.replace('DPT=8081', 'DPT=0')}",
        (
            "appA, instance 1 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 0: refused because no "
            "policy allows it."
        ),
        LoggedCall(APP_A, APP_B),
    ),
    "a handle that is another container's than the address": (
        f"DENY_C2C_00000002-e8cf-4ca5- {UDP}",
        (
            "appA, instance 1 (10.255.78.3) called appA (10.255.77.4), UDP port 53: refused because no policy allows "
            f"it. The address 10.255.77.4 belongs to appB. {DOUBT}"
        ),
        LoggedCall(APP_A, APP_A, at_destination_ip=APP_B),
    ),
    "the address of a callee that used to be another app's": (
        f"OK_0002_2f978b7f-b3d2-4f50-b {TCP}",
        (
            "appA, instance 1 (10.255.78.3) called appA (10.255.77.4), TCP port 8081: accepted. The address "
            f"10.255.77.4 belongs to appB. {DOUBT}"
        ),
        LoggedCall(APP_A, APP_A, at_destination_ip=APP_B),
    ),
    "nothing known": (
        "DENY_C2C_ffffffff-e8cf-4ca5- IN= OUT=x SRC=10.1.1.1 DST=10.1.1.2 PROTO=TCP SPT=1 DPT=2 MARK=0x9",
        (
            "an app with mark 0x9 (10.1.1.1) called container ffffffff-e8cf-4ca5- (10.1.1.2), TCP port 2: refused "
            "because no policy allows it."
        ),
        LoggedCall(None, None),
    ),
    "a truncated line": (
        "DENY_C2C_00000001-e8cf-4ca5- IN=silk-vtep OUT",
        "an unknown app called appB: refused because no policy allows it.",
        LoggedCall(None, APP_B),
    ),
    "a protocol without ports": (
        "OK_00000002-e8cf-4ca5-5a0a-8 IN=s OUT=eth0 SRC=10.255.78.3 DST=1.2.3.4 PROTO=ICMP TYPE=8",
        "appA, instance 1 (10.255.78.3) called 1.2.3.4, ICMP: accepted by a security group.",
        LoggedCall(APP_A, None),
    ),
}


@pytest.mark.parametrize(("text", "sentence", "call"), CASES.values(), ids=CASES)
def test_who_called_whom(text: str, sentence: str, call: LoggedCall) -> None:
    """What happened to the call, by which policy, or which policy is missing."""
    line = read_log_line(text)
    assert line is not None
    assert call_of(line, NAMES, by_ends([POLICY])) == call
    assert explain_log(line, call, NAMES) == sentence


def test_an_ambiguous_guid_prefix_is_reported() -> None:
    """The prefix has room for 20 characters of a GUID."""
    names = Names(apps={APP_B: "appB", TWIN: "twin"})
    line = read_log_line(f"OK_0002_c7de6123-d906-4c65-9 {TCP}")
    assert line is not None
    call = call_of(line, names, {})
    assert call == LoggedCall(None, None)
    assert explain_log(line, call, names) == (
        "an app with mark 0x2 (10.255.78.3) called appB or twin (same GUID prefix) (10.255.77.4), TCP port "
        "8081: accepted."
    )


def test_fields_come_from_the_outer_packet() -> None:
    """An ICMP error quotes another packet, with fields of the same names."""
    quoted = "SRC=10.255.77.4 DST=10.255.78.3 PROTO=TCP SPT=1 DPT=2"
    assert read_log_line(f"OK_00000002 IN=a OUT=b SRC=1.1.1.1 DST=2.2.2.2 PROTO=ICMP TYPE=3 [{quoted}]") == LogLine(
        Event.OUT_ALLOWED, "OK_00000002", "", "00000002", "1.1.1.1", "2.2.2.2", "icmp", None, None
    )


@pytest.mark.parametrize("tag", ["02", "0002", "000002", "00000002"])
def test_tags_of_every_length(tag: str) -> None:
    """One to four bytes (`tag_length` of the policy server), two digits each."""
    line = read_log_line(f"OK_{tag}_c7de6123-d906-4c65-9 {TCP}")
    assert line is not None
    assert (line.event, line.app) == (Event.ALLOWED, "c7de6123-d906-4c65-9")
    assert log_meaning(f"OK_{tag}_c7de6123-d906-4c65-9 ", NAMES) == "accepted: a call to appB"


OTHERS = [
    "",
    "usb 1-1: new device",
    "OK then",
    "DENY_C2C_00000001 but no packet",
    "audit: IN=x OUT=y SRC=1.2.3.4",
    "-A vpa--1 -j LOG --log-prefix OK_0002_x",
]


@pytest.mark.parametrize("text", OTHERS)
def test_other_lines_are_not_log_lines(text: str) -> None:
    assert read_log_line(text) is None


@given(st.text())
def test_any_fields_are_accepted_or_ignored(text: str) -> None:
    """No line makes reading or explaining it fail."""
    line = read_log_line(f"OK_0002_c7de6123 IN= {text}")
    assert line is None or explain_log(line, call_of(line, NAMES, by_ends([POLICY])), NAMES)


@pytest.mark.parametrize(("ports", "port"), [(Ports(70000, 70000), 4464), (Ports(65536, 131071), 53)], ids=str)
def test_a_udp_policy_allows_the_ports_that_the_kernel_stores(ports: Ports, port: int) -> None:
    """They may differ from the ports in the policy."""
    policy = Policy(APP_A, APP_B, Protocol.UDP, ports)
    line = read_log_line(f"OK_0002_c7de6123-d906-4c65-9 {UDP.replace('DPT=53', f'DPT={port}')}")
    assert line
    assert call_of(line, NAMES, by_ends([policy])).policy == policy


def test_a_reversed_range_allows_no_call() -> None:
    """Such a policy does not explain the logged call."""
    line = read_log_line(f"OK_0002_c7de6123-d906-4c65-9 {UDP}")
    assert line
    assert call_of(line, NAMES, by_ends([Policy(APP_A, APP_B, Protocol.UDP, Ports(60, 50))])).policy is None
