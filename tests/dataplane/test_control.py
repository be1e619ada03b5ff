"""The control socket and its directory."""

import json
import os
import threading
from pathlib import Path

import pytest

from cfnet.dataplane import control
from cfnet.dataplane.agent import AgentOrder, AgentReport
from cfnet.dataplane.launch import wait_for_end
from cfnet.errors import UsageFault


def answering(folder: Path, answer: bytes) -> threading.Thread:
    """Answer one request."""
    server = control.listen(folder)

    def serve() -> None:
        with server, server.accept()[0] as client:
            client.recv(100)
            client.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_request_is_answered_in_a_directory_with_any_name(tmp_path: Path) -> None:
    """The kernel limits paths of sockets to about a hundred characters; those of directories are longer."""
    folder = tmp_path / ("long" * 50)
    control.make_private(folder)
    thread = answering(folder, json.dumps({"cells": []}).encode() + b"\n")
    assert control.request(folder, "status") == {"cells": []}
    thread.join()


def test_a_refusal_is_an_error(tmp_path: Path) -> None:
    thread = answering(tmp_path, b'{"failed": "unknown request: x"}\n')
    with pytest.raises(UsageFault, match="unknown request: x"):
        control.request(tmp_path, "x")
    thread.join()


def test_there_may_be_no_supervisor(tmp_path: Path) -> None:
    """None was started, one has left its socket, or one ends without an answer."""
    assert control.request(tmp_path / "absent", "status") is None
    control.listen(tmp_path).close()
    assert control.request(tmp_path, "status") is None
    thread = answering(tmp_path, b"")
    assert control.request(tmp_path, "status") is None
    thread.join()


def test_the_directory_must_be_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    control.make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    with pytest.raises(UsageFault, match="not a private directory"):
        control.make_private(folder)


@pytest.mark.parametrize("kind", ["open to others", "a link"])
def test_the_socket_of_another_user_is_not_trusted(kind: str, tmp_path: Path) -> None:
    """In /tmp, others may create the directory first: its answers say which process to enter."""
    folder = tmp_path / "made by another"
    control.make_private(folder)
    with control.listen(folder):
        if kind == "a link":
            (tmp_path / "link").symlink_to(folder)
            folder = tmp_path / "link"
        else:
            folder.chmod(0o777)
        for ask in (control.request, control.follow):
            with pytest.raises(UsageFault, match="not a private directory of yours"):
                ask(folder, "status")


def test_a_directory_that_cannot_exist_has_no_supervisor(tmp_path: Path) -> None:
    """Rather than an internal error after the command has done its work."""
    file = tmp_path / "file"
    file.touch()
    for folder in (file / "cfnet", tmp_path / ("long" * 100)):
        assert control.request(folder, "status") is None
        assert control.follow(folder, "refusals") is None
        wait_for_end(folder)
        with pytest.raises(UsageFault, match="cannot be created"):
            control.make_private(folder)


def test_a_directory_in_which_nothing_can_be_created_is_refused(tmp_path: Path) -> None:
    control.make_private(tmp_path)
    (tmp_path / "control").mkdir()
    with pytest.raises(UsageFault, match=f"{tmp_path} cannot be used: Is a directory"):
        control.listen(tmp_path)


def test_a_relative_runtime_directory_is_ignored() -> None:
    """It would name another directory for each working directory, so that `status` could not find the cells."""
    assert control.runtime_folder({"XDG_RUNTIME_DIR": "run"}, Path("/a.db")).is_absolute()


def test_each_sandbox_has_its_own_directory() -> None:
    """Below XDG_RUNTIME_DIR, or else below a directory of the user or the system."""
    one, two = (control.runtime_folder({"XDG_RUNTIME_DIR": "/r"}, Path(name)) for name in ("/a.db", "/b.db"))
    assert one != two
    assert one.parent == two.parent == Path("/r")
    places = (Path("/run"), Path(f"/run/user/{os.getuid()}"), Path("/tmp"))
    assert control.runtime_folder({}, Path("/a.db")).parent in places


def test_orders_and_reports_are_lines() -> None:
    order, report = AgentOrder(3, frozenset({"b", "a"})), AgentReport(3, 1.5, "vpa--1", "it failed")
    assert order.line() == b'{"number": 3, "handles": ["a", "b"]}\n'
    assert AgentOrder.read(order.line()) == order
    assert AgentReport.read(report.line()) == report
