import socket
import struct

import pytest

from cfnet.dataplane.refusals import Refusal, refusal_in


def _ip(protocol: int, source: str, destination: str, payload: bytes, options: bytes = b"") -> bytes:
    length = 20 + len(options)
    start = struct.pack("!BBHHHBBH", 0x40 | length // 4, 0, length + len(payload), 0, 0, 64, protocol, 0)
    return start + socket.inet_aton(source) + socket.inet_aton(destination) + options + payload


def _refused(about: bytes, kind: int = 3, code: int = 3) -> bytes:
    return _ip(1, "10.255.77.0", "10.255.78.3", struct.pack("!BBHI", kind, code, 0, 0) + about)


_TCP = _ip(6, "10.255.78.3", "10.255.77.4", struct.pack("!HHI", 40000, 8080, 7))


@pytest.mark.parametrize(
    ("packet", "refusal"),
    [
        pytest.param(_refused(_TCP), Refusal("10.255.78.3", "10.255.77.4", "tcp", 8080), id="TCP"),
        pytest.param(
            _refused(_ip(17, "10.255.78.3", "10.255.77.4", struct.pack("!HHI", 40000, 53, 7), b"\x01" * 4)),
            Refusal("10.255.78.3", "10.255.77.4", "udp", 53),
            id="UDP, with options in the header",
        ),
        pytest.param(_refused(_ip(1, "10.255.78.3", "10.255.77.4", b"\x08\0\0\0\0\0\0\0")), None, id="a ping"),
        pytest.param(_refused(_TCP, code=1), None, id="another code"),
        pytest.param(_refused(_TCP, kind=11), None, id="another message"),
        pytest.param(_refused(_TCP[:22]), None, id="cut off"),
        pytest.param(_refused(b""), None, id="about nothing"),
        pytest.param(_TCP, None, id="a packet of a connection"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"\x00\x01" * 20, None, id="not IP"),
    ],
)
def test_refusals_tell_who_called_whom(packet: bytes, refusal: Refusal | None) -> None:
    assert refusal_in(packet) == refusal
