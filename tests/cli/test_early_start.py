"""Connecting to the foundation of `cf`'s session before most modules are imported."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cfnet.cli.early_start import connect_early
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

LIST = ("network-policies",)


@pytest.fixture
def api() -> Iterator[str]:
    """The address of a server."""
    with scripted(lambda _method, _path: Reply()) as server:
        yield server.url


def logged_in(folder: Path, api: str, **changes: object) -> dict[str, str]:
    """The variables of a user with a session of `cf` in the home directory."""
    session_at(api, folder, **changes)
    return {"HOME": str(folder)}


def connected(api: str, words: tuple[str, ...], variables: Mapping[str, str]) -> bool:
    """Whether the command line has connected to the server."""
    early = connect_early(words, variables, "linux")
    if early is None:
        return False
    server = urlsplit(api)
    opened = early.take(str(server.hostname), server.port or 0)
    assert opened is not None
    opened.socket.close()
    return True


@pytest.mark.parametrize(
    "words",
    [
        LIST,
        (*LIST, "--source", "appA"),
        ("add-network-policy", "appA", "appB"),
        ("remove-network-policy", "appA", "appB"),
    ],
    ids=" ".join,
)
def test_commands_that_send_requests_connect_at_once(words: tuple[str, ...], api: str, tmp_path: Path) -> None:
    assert connected(api, words, logged_in(tmp_path, api))
    assert connected(api, words, {"CF_HOME": str(tmp_path), "HOME": "/nowhere", "HTTPS_PROXY": ""})


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--help",),
        ("export",),
        (*LIST, "--help"),
        (*LIST, "--sandbox"),
        (*LIST, "--from=snapshot"),
        ("--sandbox", *LIST),
    ],
    ids=" ".join,
)
def test_other_commands_do_not(words: tuple[str, ...], api: str, tmp_path: Path) -> None:
    """Nor those of which it is not certain that they send requests to this server."""
    assert not connected(api, words, logged_in(tmp_path, api))


@pytest.mark.parametrize("name", ["CF_API_URL", "CF_DIAL_TIMEOUT", "CFNET_SANDBOX", "http_proxy", "HTTPS_PROXY"])
def test_variables_that_change_the_route(name: str, api: str, tmp_path: Path) -> None:
    """The connection is then opened later, by the usual rules."""
    assert not connected(api, LIST, {**logged_in(tmp_path, api), name: "1"})


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_CONFIG_HOME", "cfnet"),
        ("linux", "HOME", ".config/cfnet"),
        ("darwin", "HOME", "Library/Application Support/cfnet"),
        ("win32", "APPDATA", "cfnet"),
    ],
)
def test_a_session_of_cfnet_takes_precedence(
    platform: str, variable: str, folder: str, api: str, tmp_path: Path
) -> None:
    variables = {**logged_in(tmp_path, api), "CF_HOME": str(tmp_path), variable: str(tmp_path)}
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "session.json").touch()
    assert connect_early(LIST, variables, platform) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"Target": ""},
        {"Target": None},
        {"Target": 1},
        {"Target": "https://[::1"},
        {"Target": "https://user@127.0.0.1"},
        {"Target": "ftp://127.0.0.1"},
        {"Target": "https://.example.org"},
        {"Target": "https://127.0.0.1:0"},
        {"Target": "https://127.0.0.1:65536"},
        {"AccessToken": "", "RefreshToken": ""},
    ],
    ids=str,
)
def test_sessions_without_a_usual_server(changes: Mapping[str, object], api: str, tmp_path: Path) -> None:
    assert connect_early(LIST, logged_in(tmp_path, api, **changes), "linux") is None


@pytest.mark.parametrize("content", ["", "{", "[]", "1", "\xff", "[" * 100_000], ids=lambda text: text[:5])
def test_files_that_are_not_sessions(content: str, tmp_path: Path) -> None:
    (tmp_path / ".cf").mkdir()
    (tmp_path / ".cf" / "config.json").write_text(content, encoding="latin-1")
    assert connect_early(LIST, {"HOME": str(tmp_path)}, "linux") is None
    assert connect_early(LIST, {"HOME": str(tmp_path / "nowhere")}, "linux") is None


def modules(code: str) -> set[str]:
    """The modules that a Python process has imported after `code`."""
    code = f"{code}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_little_is_imported_before_connecting() -> None:
    """Each of these takes as long as much of a round trip; other commands need none of what connecting needs."""
    start = "import sys; from cfnet.cli.early_start import connect_early; "
    slow = {"typing", "pathlib", "urllib.parse", "ipaddress", "inspect", "ssl", "click", "httpcore", "cfnet.errors"}
    assert slow.isdisjoint(modules(f"{start}import json, cfnet.foundation.http.early_connection"))
    assert {*slow, "json", "socket", "threading"}.isdisjoint(modules(f"{start}connect_early(['validate'], {{}})"))
