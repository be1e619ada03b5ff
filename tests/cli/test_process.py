"""The executable's manners: what it loads, how it takes a closed pipe, Ctrl-C and a fault of its own."""

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
from tests.scripted import Reply, scripted


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["help", "network-policies"], ["render", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """Start-up is a budget: help needs click and the table of commands."""
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
    """With a valid session: httpx without its command line, and nothing that draws, parses YAML or keeps keys."""
    modules = modules_of(words, served.home(tmp_path))
    too_heavy = {*HEAVY, "pygments", "trio", "cfnet.cli.commands.render", "concurrent.futures.thread"} - {"httpx"}
    assert modules & too_heavy == set()
    assert "httpx" in modules


def test_a_session_in_a_file_needs_no_keyring(served: Served) -> None:
    """Keyring is loaded where tokens are in it, and else never."""
    words = ["login", "-a", served.url, "-u", "admin", "-p", "admin", "--no-keyring"]
    for command in (words, ["network-policies"], ["target"], ["logout"]):
        assert "keyring" not in modules_of(command, {})


def ended_without_a_reader(*words: str, variables: dict[str, str]) -> tuple[str, int]:
    """What a command says, and how it ends, whose stdout nobody has ever read."""
    ours, theirs = os.pipe()
    os.close(ours)
    with start(*words, variables=variables, stdout=theirs) as process:
        os.close(theirs)
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return stderr, process.returncode


def test_a_reader_that_goes_away_is_no_fault(served: Served, tmp_path: Path) -> None:
    """`cfnet … | head -0`: no complaint, and the code a shell gives a program that a closed pipe ended."""
    assert ended_without_a_reader("network-policies", variables=served.home(tmp_path)) == ("", 141)


def test_a_reader_that_goes_away_is_no_fault_of_a_command_that_fails(served: Served, tmp_path: Path) -> None:
    """It has its word on stderr, and FAILED goes nowhere."""
    said = "Incorrect Usage: the required argument `DESTINATION_APP` was not provided\n\n"
    assert ended_without_a_reader("add-network-policy", "a", variables=served.home(tmp_path)) == (said, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as Linux has it")
@pytest.mark.parametrize("words", [["--help"], ["network-policies"], ["add-network-policy", "a"], ["schema"]])
def test_a_full_disk_is_told(words: list[str], served: Served, tmp_path: Path) -> None:
    """In a line of its own, whatever was to be printed."""
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
    """As by `cron` and careless scripts: what there is to print is lost, and nothing else."""
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
def test_ctrl_c_ends_it_with_130(tmp_path: Path, served: Served, number: signal.Signals) -> None:
    """While the server takes its time; what stops a CI job does the same."""
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
def test_an_interruption_waits_until_new_tokens_are_kept(
    tmp_path: Path, served: Served, number: signal.Signals
) -> None:
    """A UAA that rotates refresh tokens takes the old one once."""
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


def test_a_character_that_stdout_has_no_code_for_is_escaped(served_cf_world: Served, tmp_path: Path) -> None:
    """An ASCII-only stdout does not break a listing with other names in it."""
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


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["as always", "--debug"])
def test_a_fault_of_its_own_is_70_and_one_line(debug: list[str]) -> None:
    """No traceback, unless it is asked for; and never the exit code of a finding."""
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
    ids=["a slip of the finger", "a command of cf's", "no command at all"],
)  # fmt: skip
def test_a_command_that_is_none(words: list[str], stderr: str) -> None:
    """Exit 2, and what may have been meant."""
    process = start(*words)
    assert (*process.communicate(), process.returncode) == ("", stderr, 2)


def test_an_option_that_is_none() -> None:
    """Exit 2, and where help is; the first words are click's."""
    process = start("--bogus")
    stdout, stderr = process.communicate()
    assert (stdout, process.returncode) == ("", 2)
    assert stderr.startswith("No such option")
    assert stderr.endswith("\nSee 'cfnet help'.\n")


def test_an_argument_that_is_missing_is_told_with_the_choices() -> None:
    """Each on a line of its own."""
    process = start("completion")
    stdout, stderr = process.communicate()
    assert (stdout, process.returncode) == ("", 2)
    assert stderr.endswith("Choose from:\n  bash,\n  zsh,\n  fish\nSee 'cfnet help completion'.\n")
