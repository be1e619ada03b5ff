"""`cfnet login` with its input from a pipe, and what happens at the end of the input."""

import pytest

from tests.cli.commands.test_login import INSECURE, LOGGED_OUT, NO_ORG, OFF, TABLE, WIDE
from tests.conftest import Cfnet, Ran, Served

HINT = "Use an option, or use 'cfnet auth', which never prompts.\n"


@pytest.mark.parametrize(
    ("stdin", "label"),
    [("", "Email"), ("\n\n", "Email"), ("admin\n", "Password"), ("admin\n\n", "Password")],
    ids=["no input", "blank lines", "no password", "a blank password"],
)
def test_input_that_ends_early(stdin: str, label: str, served: Served, cfnet: Cfnet) -> None:
    """Blank answers are prompted for again; at the end the missing terminal is reported."""
    ran = cfnet("login", "-a", served.url, variables=OFF, stdin=stdin)
    assert (ran.exit, ran.stderr) == (1, f"{INSECURE}Cannot prompt for {label}: not a terminal.\n{HINT}")
    assert ran.stdout.endswith(f"{label}: {LOGGED_OUT.format(served.url)}FAILED\n")


@pytest.mark.parametrize(
    "password",
    ["admin\n", "admin\r\n", "admin", "\ufeffadmin\r\n"],
    ids=["Unix", "Windows", "no line ending", "a byte order mark"],
)
def test_a_password_from_a_pipe_is_not_repeated(password: str, served: Served, cfnet: Cfnet) -> None:
    """Whatever its line ending, and without what PowerShell puts before it."""
    ran = cfnet("login", "-a", served.url, "-u", "admin", variables=OFF, stdin=password)
    assert ran == Ran(
        0,
        f"API endpoint: {served.url}\n\nPassword: \n\nAuthenticating...\nOK\n\n"
        f"Targeted org demo.\n\nTargeted space dev.\n\n{TABLE.format(served.url)}",
        INSECURE,
    )


@pytest.mark.parametrize(
    ("stdin", "words", "output"),
    [
        ("nope\n", (), "Organization 'nope' not found.\n"),
        ("SHOP\n", (), "Organization 'SHOP' not found.\n"),
        ("shop\nnope\n", (), "Space 'nope' not found.\n"),
        ("", ("-s", "nope"), "Space 'nope' not found.\n"),
    ],
    ids=["an org", "an org in another case", "a space", "a space as an option"],
)
def test_an_unlisted_name(stdin: str, words: tuple[str, ...], output: str, served: Served, cfnet: Cfnet) -> None:
    """It ends the command; the login stays."""
    served.foundation.load(WIDE)
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", *words, variables=OFF, stdin=stdin)
    assert (ran.exit, ran.stderr) == (1, INSECURE + output)
    assert cfnet("target", variables=OFF).exit == 0


@pytest.mark.parametrize("stdin", ["", "\n", "9\n", "-1\n+0\n"], ids=["no input", "blank", "a number", "numbers"])
def test_no_selection(stdin: str, served: Served, cfnet: Cfnet) -> None:
    """Numbers outside the list show it again; the end of the input skips."""
    served.foundation.load(WIDE)
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=OFF, stdin=stdin)
    assert (ran.exit, ran.stdout.endswith(NO_ORG.format(served.url))) == (0, True)
    assert ran.stdout.count("Select an org:\n") == 1 + stdin.count("9") + 2 * stdin.count("-1")


def test_a_service_account_is_not_replaced(served: Served, cfnet: Cfnet) -> None:
    """Neither by `login` nor by `auth`; its session stays valid."""
    assert cfnet("auth", "-a", served.url, "ci", "ci-secret", "--client-credentials", variables=OFF).exit == 0
    output = "Service account currently logged in. Use 'cfnet logout' to log out service account and try again.\n"
    words = ("-u", "admin", "-p", "admin")
    assert cfnet("login", *words, variables=OFF) == Ran(1, "FAILED\n", output)
    assert cfnet("auth", "admin", "admin", variables=OFF) == Ran(1, f"API endpoint: {served.url}\nFAILED\n", output)
    assert "user:           ci\n" in cfnet("target", variables=OFF).stdout
    assert cfnet("logout", variables=OFF).exit == 0
    assert cfnet("login", *words, variables=OFF).exit == 0
