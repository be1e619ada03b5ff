import socket
import struct
import threading

import pytest

from cfnet.dataplane.dns_server import reply, serve_dns

_KNOWN = {"appb": ("10.255.77.4", "10.255.78.4"), "0.appb": ("10.255.77.4",), "stopped": ()}


def _query(name: str, kind: int = 1, *, number: int = 4711, flags: int = 0x0100) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!6H", number, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def _asked(message: bytes) -> tuple[int, set[str]]:
    """The response code and the addresses that answer a query."""
    answer = reply(message, _KNOWN.get)
    assert answer is not None
    number, flags, questions, answers, _, _ = struct.unpack_from("!6H", answer)
    assert number == struct.unpack_from("!H", message)[0]
    assert flags & 0x8000
    records = answer[12 + questions * (len(message) - 12) :]
    assert len(records) == answers * 16
    return flags & 15, {socket.inet_ntoa(records[at + 12 : at + 16]) for at in range(0, len(records), 16)}


@pytest.mark.parametrize(
    ("message", "code", "ips"),
    [
        pytest.param(_query("appb.apps.internal"), 0, {"10.255.77.4", "10.255.78.4"}, id="an app"),
        pytest.param(_query("appB.Apps.INTERNAL"), 0, {"10.255.77.4", "10.255.78.4"}, id="in any case"),
        pytest.param(_query("0.appb.apps.internal"), 0, {"10.255.77.4"}, id="an instance"),
        pytest.param(_query("appb.apps.internal", 255), 0, {"10.255.77.4", "10.255.78.4"}, id="any type"),
        pytest.param(_query("appb.apps.internal", 28), 0, set(), id="no IPv6 address"),
        pytest.param(_query("stopped.apps.internal"), 0, set(), id="no instances"),
        pytest.param(_query("7.appb.apps.internal"), 3, set(), id="an instance that does not exist"),
        pytest.param(_query("none.apps.internal"), 3, set(), id="an app that does not exist"),
        pytest.param(_query("apps.internal"), 5, set(), id="the domain itself"),
        pytest.param(_query("example.com"), 5, set(), id="another domain"),
        pytest.param(_query("appb.apps.internal.example.com"), 5, set(), id="the domain in the middle"),
        pytest.param(_query("appb.apps.internal")[:-3], 1, set(), id="cut off"),
        pytest.param(_query("x" * 64 + ".apps.internal"), 1, set(), id="a label too long"),
        pytest.param(_query("appb.apps.internal", flags=0x2800), 4, set(), id="an update"),
    ],
)
def test_names_are_answered(message: bytes, code: int, ips: set[str]) -> None:
    assert _asked(message) == (code, ips)


@pytest.mark.parametrize("message", [b"", b"short", _query("appb.apps.internal", flags=0x8000)])
def test_what_is_not_a_question_is_not_answered(message: bytes) -> None:
    assert reply(message, _KNOWN.get) is None


def test_many_addresses_fit_into_a_message() -> None:
    many = [f"10.255.77.{number}" for number in range(200)]

    answer = reply(_query("x" * 63 + ".apps.internal"), lambda _: many)

    assert answer is not None
    assert len(answer) <= 512


def test_a_socket_is_served() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear, socket.socket(type=socket.SOCK_DGRAM) as client:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0)
        threading.Thread(target=serve_dns, args=([ear], _KNOWN.get), daemon=True).start()
        client.settimeout(30)
        client.sendto(_query("0.appb.apps.internal"), ear.getsockname())

        assert client.recv(512).endswith(socket.inet_aton("10.255.77.4"))
