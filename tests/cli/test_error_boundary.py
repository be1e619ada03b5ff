"""The error boundary: the output for each kind of error, with control characters escaped."""

import ast
import errno
import inspect
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from cfnet import errors, exits
from cfnet.cli.error_boundary import Failed, Misuse, guard
from cfnet.cli.main import misparsed
from cfnet.errors import CfnetError
from cfnet.exits import Exit
from cfnet.foundation.http.body import TooMuch
from cfnet.operations.environment import Environment
from tests.conftest import Ran

EVIL = "ev\x1b[2J\u202eil\x9b31m"
SHOWN = "ev\\x1b[2J\\u202eil\\x9b31m"
REFERENCE = (Path(__file__).parents[2] / ".github" / "docs" / "reference.md").read_text(encoding="utf-8")


def ended(error: BaseException, *, debug: bool = False) -> Ran:
    """The result of a command that raises `error`."""

    def command() -> int:
        raise error

    return guarded(command, debug=debug)


def guarded(command: Callable[[], int], *, debug: bool = False) -> Ran:
    """The result of a command."""
    stdout, stderr = io.StringIO(), io.StringIO()
    code = guard(command, Environment({}, io.StringIO(), stdout, stderr, debug=debug))
    return Ran(int(code), stdout.getvalue(), stderr.getvalue())


def kinds(root: type[CfnetError] = CfnetError) -> Iterator[type[CfnetError]]:
    """Every kind of error, and its base class."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


CODES = {
    errors.CfnetError: Exit.TROUBLE,
    errors.UsageFault: Exit.USAGE,
    errors.CommandLineFault: Exit.USAGE,
    errors.InputFault: Exit.USAGE,
    errors.DocumentFault: Exit.USAGE,
    errors.UnknownName: Exit.USAGE,
    errors.NotTargeted: Exit.USAGE,
    errors.Refused: Exit.REFUSED,
    errors.StalePlan: Exit.REFUSED,
    errors.NotLoggedIn: Exit.DENIED,
    errors.Forbidden: Exit.DENIED,
    errors.PartlyApplied: Exit.PARTIAL,
    errors.Rejected: Exit.TROUBLE,
    errors.Unreachable: Exit.TROUBLE,
    errors.ServerTrouble: Exit.TROUBLE,
    errors.Unconfirmed: Exit.TROUBLE,
    TooMuch: Exit.TROUBLE,
}


def test_every_kind_of_error_has_its_exit_code() -> None:
    """A new kind fails this test."""
    assert {kind: kind.exit for kind in kinds()} == CODES


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_an_error_is_reported_with_place_and_hint(kind: type[CfnetError]) -> None:
    """On stderr, one line each; its code is the exit code. External text is escaped."""
    error = kind(f"a {EVIL}\nand more", where=EVIL, hint=f"Mend {EVIL}.")
    assert ended(error) == Ran(CODES[kind], "", f"{SHOWN}: a {SHOWN}\nand more\nMend {SHOWN}.\n")
    see = "See 'cfnet help'.\n" if kind is errors.CommandLineFault else ""
    assert ended(kind("plain")) == Ran(CODES[kind], "", f"plain\n{see}")


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_a_command_of_cf_fails_like_cf(kind: type[CfnetError]) -> None:
    """1, and FAILED on stdout; an unreadable session file ends it earlier."""
    failed = "" if kind is errors.InputFault else "FAILED\n"
    assert ended(Failed(kind(EVIL, hint=EVIL))) == Ran(1, failed, f"{SHOWN}\n{SHOWN}\n")


def test_wrong_usage_of_a_command_of_cf() -> None:
    """With its help, and with FAILED for errors that `cf` detects late."""
    help_text = "NAME:\n   x\n"
    early = Misuse(f"unknown flag `{EVIL}'", help_text=help_text, failed=False)
    assert ended(early) == Ran(1, help_text, f"Incorrect Usage: unknown flag `{SHOWN}'\n\n")
    late = Misuse(f"bad {EVIL}", help_text=help_text, failed=True)
    assert ended(late) == Ran(1, f"FAILED\n\n{help_text}", f"Incorrect Usage: bad {SHOWN}\n")


OF_CLICK = {
    "an unknown option": (click.NoSuchOption(f"--{EVIL}"), f"--{SHOWN}"),
    "an invalid value": (click.BadParameter(f"{EVIL} is none", param_hint=EVIL), f"{SHOWN} is none"),
    "a file": (click.FileError(EVIL, hint=EVIL), SHOWN),
    "any other output": (click.UsageError(EVIL), SHOWN),
}


@pytest.mark.parametrize(("error", "shown"), OF_CLICK.values(), ids=OF_CLICK)
def test_an_error_of_click(error: click.ClickException, shown: str) -> None:
    """Exit 2, click's message, and where to find help."""
    ran = ended(misparsed(error, []))
    assert (ran.exit, ran.stdout) == (2, "")
    assert shown in ran.stderr
    assert ran.stderr.endswith("\nSee 'cfnet help'.\n")
    assert obeyed(ran) == []


def test_an_internal_error() -> None:
    """70; the first line of its text, and what to do. With --debug the traceback, escaped."""
    error = RuntimeError(f"no {EVIL}\nsecond line")
    assert ended(error) == Ran(
        70,
        "",
        f"Internal error (RuntimeError: no {SHOWN}). The command may have been carried out in part.\n"
        "Run it again with --debug, and report the output.\n",
    )
    ran = ended(error, debug=True)
    assert (ran.exit, ran.stdout) == (70, "")
    assert ran.stderr.startswith("Traceback (most recent call last):\n")
    assert ran.stderr.endswith(f"\nRuntimeError: no {SHOWN}\nsecond line\n")
    assert obeyed(ran) == []


def test_an_interruption() -> None:
    """130, on a separate line."""
    assert ended(KeyboardInterrupt()) == Ran(130, "", "\nInterrupted.\n")


OF_STREAMS = {
    "a closed pipe": (BrokenPipeError(errno.EPIPE, "Broken pipe"), Ran(141, "", "")),
    "a full disk": (
        OSError(errno.ENOSPC, "No space left on device"),
        Ran(2, "", "Cannot write output: No space left on device.\n"),
    ),
    "a closed terminal": (
        OSError(errno.EIO, "Input/output error"),
        Ran(2, "", "Cannot write output: Input/output error.\n"),
    ),
}


@pytest.mark.parametrize(("error", "expected"), OF_STREAMS.values(), ids=OF_STREAMS)
def test_unwritable_output(error: OSError, expected: Ran) -> None:
    """Even if it is detected only at the end."""
    assert ended(error) == expected

    class Full(io.StringIO):
        def flush(self) -> None:
            raise error

    stderr = io.StringIO()
    assert guard(lambda: 0, Environment({}, io.StringIO(), Full(), stderr)) == expected.exit
    assert stderr.getvalue() == expected.stderr


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device", "a file"), OSError(errno.EACCES, "Permission denied")],
    ids=["a disk that is full for a file", "anything else"],
)
def test_file_errors_are_not_output_errors(error: OSError) -> None:
    """Code that opens a file reports its errors; otherwise it is an internal error."""
    assert ended(error).exit == 70


def test_the_exit_code_is_passed_through() -> None:
    assert guarded(lambda: 3) == Ran(3, "", "")


def obeyed(ran: Ran) -> list[str]:
    """Control characters in the output."""
    printed = (ran.stdout + ran.stderr).replace("\n", "")
    return [each for each in printed if unicodedata.category(each) in ("Cc", "Cf")]


def meanings() -> Iterator[tuple[int, str]]:
    """The docstring of each exit code in the source."""
    (kind,) = (node for node in ast.parse(inspect.getsource(exits)).body if isinstance(node, ast.ClassDef))
    for code, meaning in pairwise(kind.body):
        match code, meaning:
            case ast.Assign(value=ast.Constant(value=int(number))), ast.Expr(value=ast.Constant(value=str(text))):
                yield number, " ".join(text.split())


def test_the_reference_has_the_same_exit_codes() -> None:
    """Code by code, word for word."""
    table = REFERENCE.partition("## Exit codes\n")[2].partition("\n#")[0].replace("\\|", "|")
    reported = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE)}
    assert reported == {code: text[0].lower() + text[1:].removesuffix(".") for code, text in meanings()}
    assert reported.keys() == set(map(int, Exit))
