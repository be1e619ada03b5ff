"""`cfnet apply` on a terminal: the prompt, the progress bar, and Ctrl-C between two requests."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.document_world import WORLD, large_document, sent, with_policies, write
from tests.conftest import Served
from tests.processes import PATIENCE_SECONDS, start, take
from tests.resources import apps_of_a_space
from tests.scripted_server import Reply, ScriptedServer, scripted
from tests.worlds import session_at

ASKED = "[y/N] "


def shown(words: list[str], variables: dict[str, str], answer: str) -> tuple[int, str]:
    """The result of a command line in a pseudo-terminal, with its screen; `answer` is typed at the prompt."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cfnet", *words],
        env=os.environ | variables | {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80"},
        stdin=theirs, stdout=theirs, stderr=theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        screen = b""
        while read := take(ours):
            screen += read
            if ASKED.encode() in screen and answer:
                os.write(ours, answer.encode())
                answer = ""
        code = process.wait(PATIENCE_SECONDS)
    os.close(ours)
    return code, screen.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("answer", "code", "end", "writes"),
    [
        ("y\n", 0, "Applied 2 of 2 changes: 2 added, 0 removed.\n", ["add"]),
        ("Yes\n", 0, "Applied 2 of 2 changes: 2 added, 0 removed.\n", ["add"]),
        ("n\n", 3, "Nothing was sent.\n", []),
        ("\n", 3, "Nothing was sent.\n", []),
        ("\x04", 3, "Nothing was sent.\n", []),
    ],
    ids=["y", "Yes", "n", "enter", "Ctrl-D"],
)
def test_prompts_on_a_terminal(
    *, answer: str, code: int, end: str, writes: list[str], served: Served, tmp_path: Path
) -> None:
    """After showing the changes; everything except yes means no."""
    variables = with_policies(served).home(tmp_path)
    ended, screen = shown(["apply", write(tmp_path)], variables, answer)
    assert f"0 as declared.\nApply these 2 changes to {served.url} as admin? [y/N] " in screen
    assert (ended, screen[-len(end) :], sent(served)) == (code, end, writes)


def test_draws_a_bar_on_a_terminal(served: Served, tmp_path: Path) -> None:
    """If there is more than one request; it is erased at the end, and the log is off."""
    text, apps = large_document(40, 40)
    with_policies(served, world=WORLD._replace(apps=apps))
    ended, screen = shown(["apply", write(tmp_path, text)], served.home(tmp_path), "y\n")
    bar = screen.partition(ASKED)[2]
    assert ended == 0
    assert "Applying" in bar
    assert "3/3" in bar
    assert "changes applied" not in screen


@contextmanager
def slow_foundation(count: int) -> Iterator[tuple[ScriptedServer, int, int]]:
    """A foundation of `count` apps; each write is announced in one pipe, and waits for a byte in another."""
    named = {f"g{number}": f"app{number}" for number in range(count)}
    apps = apps_of_a_space(named, "dev", "demo", space_guid="49dae64f-8231-4294-9882-1490c120f839")
    (reads, begun), (released, release) = os.pipe(), os.pipe()

    def script(method: str, path: str) -> Reply:
        if path.startswith("/v3/apps"):
            return Reply(200, json.dumps(apps).encode())
        if method == "GET":
            return Reply(200, b'{"policies": []}')
        os.write(begun, b".")
        take(released, 1)
        return Reply()

    with scripted(script) as server:
        yield server, reads, release
    for end in (reads, begun, released, release):
        os.close(end)


def test_ctrl_c_stops_between_two_requests(tmp_path: Path) -> None:
    """The current request is completed; the message has what was done and how to continue; exit 130."""
    text, _ = large_document(28, 28)
    with slow_foundation(28) as (server, begun, release):
        variables = session_at(server.url, tmp_path)
        process = start("apply", write(tmp_path, text), "--yes", variables=variables)
        take(begun, 1)
        process.send_signal(signal.SIGINT)
        os.write(release, b".")
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert stdout.endswith("\nApplied 750 of 784 changes: 750 added, 0 removed.\n")
    assert (process.returncode, stderr) == (
        130,
        (
            "Stopping after this request; press Ctrl-C again to stop now\n"
            "750 of 784 changes applied\n"
            "Interrupted. Run the same command again to finish: it sends only missing changes.\n"
        ),
    )
    assert [line for line in server.asked if line.startswith("POST")] == ["POST /networking/v1/external/policies"]
