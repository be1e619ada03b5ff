import socket
import threading

import pytest

from cfnet.dataplane.app_server import AppIdentity, listening_on, respond, serve_on
from cfnet.dataplane.http_call import CallResult, CallTarget, call

_APP = AppIdentity("appB", 0, "cell-1", "10.255.77.4")
_HELLO = b"Hello from appB, instance 0 on cell-1 (10.255.77.4)\n"


@pytest.fixture(scope="module")
def port() -> int:
    ears = [ear for _ in range(2) if (ear := listening_on(0))]
    threading.Thread(target=serve_on, args=(_APP, ears), daemon=True).start()
    return int(ears[0].getsockname()[1])


def test_an_app_says_who_it_is(port: int) -> None:
    outcome = call(CallTarget("127.0.0.1", port))

    assert outcome == (CallResult.ANSWERED, "127.0.0.1", 200, _HELLO, "")


def test_an_app_calls_onwards(port: int) -> None:
    outcome = call(CallTarget("127.0.0.1", port, f"/proxy/127.0.0.1:{port}/health"))

    assert (outcome.status, outcome.body) == (200, _HELLO)


def test_an_app_calls_through_a_chain_of_apps(port: int) -> None:
    outcome = call(CallTarget("127.0.0.1", port, f"/proxy/127.0.0.1:{port}/proxy/localhost:{port}"))

    assert (outcome.status, outcome.body) == (200, _HELLO)


def test_a_failed_call_onwards_says_how_it_failed(port: int) -> None:
    outcome = call(CallTarget("127.0.0.1", port, "/proxy/127.0.0.1:1"))

    assert (outcome.status, outcome.body) == (502, b"127.0.0.1:1: reset (Connection refused)\n")


def test_many_call_at_once(port: int) -> None:
    bodies: list[bytes] = []
    callers = [
        threading.Thread(target=lambda: bodies.append(call(CallTarget("127.0.0.1", port)).body)) for _ in range(100)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert bodies == [_HELLO] * 100


def test_a_client_that_leaves_does_no_harm(port: int) -> None:
    for sent in (b"", b"GET / HT", b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(sent)

    assert call(CallTarget("127.0.0.1", port)).body == _HELLO


@pytest.mark.parametrize(
    ("request_line", "status", "body"),
    [
        pytest.param("GET / HTTP/1.1", 200, _HELLO, id="the root"),
        pytest.param("GET /any?where HTTP/1.0", 200, _HELLO, id="any path"),
        pytest.param("HEAD / HTTP/1.1", 200, b"", id="the head only"),
        pytest.param("POST / HTTP/1.1", 405, b"Only GET is answered here.\n", id="another method"),
        pytest.param("hello", 400, b"This is not an HTTP request.\n", id="not HTTP"),
        pytest.param("GET /proxy/x:y HTTP/1.1", 400, b"Use /proxy/HOST:PORT or /proxy/HOST:PORT/PATH.\n", id="no port"),
    ],
)
def test_requests_are_answered(request_line: str, status: int, body: bytes) -> None:
    assert respond(_APP, f"{request_line}\r\nHost: x\r\n\r\n".encode()) == (status, body)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("appB.apps.internal:8080", ("appB.apps.internal", 8080, "/")),
        ("10.255.77.4:9000/health?x=1", ("10.255.77.4", 9000, "/health?x=1")),
        ("http://appB.apps.internal:8080/", ("appB.apps.internal", 8080, "/")),
        ("appB.apps.internal", ("appB.apps.internal", 80, "/")),
    ],
)
def test_targets_are_read(text: str, target: tuple[str, int, str]) -> None:
    assert CallTarget.parse(text) == target


@pytest.mark.parametrize(
    "text", ["", ":8080", "a:", "a:0", "a:65536", "a:x", "a:1:2", "a b:80", "a:80/\r\nX: y", "ä:80"]
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a target"):
        CallTarget.parse(text)


def test_an_answer_that_is_not_http_is_told_apart(port: int) -> None:
    del port
    ear = listening_on(0)
    assert ear is not None

    def answer() -> None:
        wire, _ = ear.accept()
        with wire:
            wire.recv(4096)
            wire.sendall(b"SSH-2.0-dropbear\r\n")

    threading.Thread(target=answer, daemon=True).start()

    assert call(CallTarget("127.0.0.1", ear.getsockname()[1])).result is CallResult.BROKEN
    ear.close()


def test_a_silent_server_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = call(CallTarget("127.0.0.1", silent.getsockname()[1]), patience=0.05)

    assert outcome.result is CallResult.TIMEOUT
