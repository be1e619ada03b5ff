"""The executable as a process: imports, closed pipes, Ctrl-C and internal errors."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Served
from tests.processes import HEAVY, PATIENCE_SECONDS, modules_of, start, take, take_all
from tests.scripted_server import Reply, scripted


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["help", "network-policies"], ["render", "--help"]])
def test_help_loads_no_heavy_modules(words: list[str]) -> None:
    """Start-up has a budget: help needs click and the table of commands."""
    assert modules_of(words, {}) & HEAVY == set()


@pytest.mark.parametrize(
    "words",
    [
        ["network-policies"],
        ["add-network-policy", "appA", "appB"],
        ["remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "1"],
    ],
    ids=lambda words: words[0],
)
def test_the_three_commands_load_only_what_they_need(words: list[str], served: Served, tmp_path: Path) -> None:
    """With a valid session: httpx without what it never uses here; no rich, YAML or keyring."""
    modules = modules_of(words, served.home(tmp_path))
    assert modules & {"http.client", "http.cookiejar", "urllib.request", "tempfile", "anyio", "idna", "click"} == set()
    too_heavy = {*HEAVY, "pygments", "trio", "cfnet.cli.commands.render", "concurrent.futures.thread"} - {"httpx"}
    assert modules & too_heavy == set()
    assert "httpx" in modules


def test_a_session_in_a_file_needs_no_keyring(served: Served) -> None:
    """Keyring is loaded only if it has the tokens."""
    words = ["login", "-a", served.url, "-u", "admin", "-p", "admin", "--no-keyring"]
    for command in (words, ["network-policies"], ["target"], ["logout"]):
        assert "keyring" not in modules_of(command, {})


def ended_without_a_reader(*words: str, variables: dict[str, str]) -> tuple[str, int]:
    """The stderr and exit code of a command whose stdout is a pipe without a reader."""
    ours, theirs = os.pipe()
    os.close(ours)
    with start(*words, variables=variables, stdout=theirs) as process:
        os.close(theirs)
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return stderr, process.returncode


def test_a_closed_pipe_is_not_an_error(served: Served, tmp_path: Path) -> None:
    """`cfnet … | head -0`: no message, and the shell's exit code for a broken pipe."""
    assert ended_without_a_reader("network-policies", variables=served.home(tmp_path)) == ("", 141)


def test_a_failing_command_with_a_closed_pipe(served: Served, tmp_path: Path) -> None:
    """Its message goes to stderr, and FAILED is lost."""
    said = "Incorrect Usage: the required argument `DESTINATION_APP` was not provided\n\n"
    assert ended_without_a_reader("add-network-policy", "a", variables=served.home(tmp_path)) == (said, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as on Linux")
@pytest.mark.parametrize("words", [["--help"], ["network-policies"], ["add-network-policy", "a"], ["schema"]])
def test_a_full_disk_is_reported(words: list[str], served: Served, tmp_path: Path) -> None:
    """In one line, whatever was to be printed."""
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "cfnet", *words],
            env=os.environ | served.home(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == "Cannot write output: No space left on device."
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(closed: str, served: Served, tmp_path: Path) -> None:
    """As by `cron` and careless scripts: the output is lost, nothing else fails."""
    ran = subprocess.run(
        f"{sys.executable} -m cfnet add-network-policy appA appB {closed}",
        shell=True,
        env=os.environ | served.home(tmp_path),
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert served.asked[-1] == "POST /networking/v1/external/policies"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_exits_with_130(tmp_path: Path, served: Served, number: signal.Signals) -> None:
    """While the server is slow; cancelling a CI job does the same."""
    hold = iter([None])
    asked = os.pipe()

    def script(_method: str, _path: str) -> Reply:
        os.write(asked[1], b".")
        take(released[0], 1)
        next(hold)
        return Reply()

    released = os.pipe()
    with scripted(script) as server:
        home = served.home(tmp_path, Target=server.url)
        process = start("network-policies", variables=home)
        take(asked[0], 1)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
        os.write(released[1], b".")
    for end in (*asked, *released):
        os.close(end)
    assert (process.returncode, stderr) == (130, "\nInterrupted.\n")
    assert stdout == "Listing network policies in org demo / space dev as admin...\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_waits_until_new_tokens_are_stored(
    tmp_path: Path, served: Served, number: signal.Signals
) -> None:
    """A UAA that rotates refresh tokens accepts the old one only once."""
    new = served.foundation.sign_in("admin", base=served.url)
    answer = {"access_token": new.access, "token_type": "bearer", "refresh_token": "rotated"}
    asked, released = os.pipe(), os.pipe()

    def script(_method: str, path: str) -> Reply:
        if not path.startswith("/oauth/token"):
            return Reply(500)
        os.write(asked[1], b".")
        take(released[0], 1)
        return Reply(200, json.dumps(answer).encode())

    with scripted(script) as server:
        over = served.foundation.sign_in("admin", base=served.url, seconds=-1)
        changes = {"Target": server.url, "UAAEndpoint": server.url, "AuthorizationEndpoint": server.url}
        home = served.home(tmp_path, **changes, AccessToken=f"bearer {over.access}", RefreshToken="old")
        process = start("network-policies", variables=home)
        take(asked[0], 1)
        process.send_signal(number)
        os.write(released[1], b".")
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    for end in (*asked, *released):
        os.close(end)
    assert (process.returncode, stderr) == (130, "\nInterrupted.\n")
    kept = json.loads((tmp_path / ".cf" / "config.json").read_text(encoding="utf-8"))
    assert kept["RefreshToken"] == "rotated"


def test_a_terminal_gets_colours_and_a_pipe_does_not(served: Served, tmp_path: Path) -> None:
    """The same command line, once with a pseudo-terminal as its stdout."""
    variables = os.environ | served.home(tmp_path) | {"TERM": "xterm"}
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "cfnet", "network-policies"], env=variables, stdout=theirs) as process:
        os.close(theirs)
        shown = take_all(ours).decode().replace("\r\n", "\n")
        assert process.wait(PATIENCE_SECONDS) == 0
    os.close(ours)
    piped = start("network-policies", variables=served.home(tmp_path)).communicate()[0]
    assert "org \x1b[36;1mdemo\x1b[0;22m / space" in shown
    assert "\x1b" not in piped
    assert (
        shown.replace("\x1b[36;1m", "").replace("\x1b[0;22m", "").replace("\x1b[1m", "").replace("\x1b[22m", "")
        == piped
    )


def test_a_character_that_stdout_cannot_encode_is_escaped(served_cf_world: Served, tmp_path: Path) -> None:
    """An ASCII-only stdout does not fail for other names in a list."""
    variables = served_cf_world.home(tmp_path) | {"PYTHONIOENCODING": "ascii"}
    stdout, stderr = start("network-policies", variables=variables).communicate()
    assert "\\u540d\\u524d with space" in stdout
    assert stderr == ""


BROKEN = """
import io, sys
class Broken(io.StringIO):
    def write(self, text):
        raise RuntimeError("no \x1b[2J")
from cfnet.__main__ import main
sys.argv, sys.stdout = ["cfnet", *sys.argv[1:]], Broken()
main()
"""


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["default", "--debug"])
def test_an_internal_error_is_exit_70_and_one_line(debug: list[str]) -> None:
    """No traceback by default, and never the exit code of a finding."""
    ran = subprocess.run([sys.executable, "-c", BROKEN, *debug, "schema"], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (70, "")
    if debug:
        assert ran.stderr.startswith("Traceback (most recent call last):\n")
        assert ran.stderr.endswith("\nRuntimeError: no \\x1b[2J\n")
    else:
        assert ran.stderr == (
            "Internal error (RuntimeError: no \\x1b[2J). The command may have been carried out in part.\n"
            "Run it again with --debug, and report the output.\n"
        )


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["nework-policies"], ("'nework-policies' is not a registered command. See 'cfnet help'\n"
                              "Did you mean 'network-policies' or 'copy-network-policies'?\n")),
        (["apps"], ("'apps' is not a registered command. See 'cfnet help'\n"
                   "'apps' is a command of cf: use 'cf apps'.\n")),
        (["qqq"], "'qqq' is not a registered command. See 'cfnet help'\n"),
    ],
    ids=["a typing error", "a command of cf's", "unlike any command"],
)  # fmt: skip
def test_an_unknown_command(words: list[str], stderr: str) -> None:
    """Exit 2 with suggestions."""
    process = start(*words)
    assert (*process.communicate(), process.returncode) == ("", stderr, 2)


def test_an_unknown_option() -> None:
    """Exit 2, and where to find help; the message begins with click's."""
    process = start("--bogus")
    stdout, stderr = process.communicate()
    assert (stdout, process.returncode) == ("", 2)
    assert stderr.startswith("No such option")
    assert stderr.endswith("\nSee 'cfnet help'.\n")


def test_a_missing_argument_is_reported_with_the_choices() -> None:
    """Each on a separate line."""
    process = start("completion")
    stdout, stderr = process.communicate()
    assert (stdout, process.returncode) == ("", 2)
    assert stderr.endswith("Choose from:\n  bash,\n  zsh,\n  fish\nSee 'cfnet help completion'.\n")
