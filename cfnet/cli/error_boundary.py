"""The one place where errors become words on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

import click

from cfnet.errors import CfnetError, InputFault
from cfnet.exits import Exit
from cfnet.show.cf_messages import CfMessages
from cfnet.show.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.operations.environment import Environment

_OF_OUTPUT: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT})
"""How writing to a stream fails: a closed pipe, a full disk, a terminal that has gone, a file grown too large."""


class Misuse(Exception):
    """A command line that a command mirrored from `cf` does not take.

    `failed` says whether `cf` finds out while running the command (and prints FAILED) or already while parsing it;
    `bare` whether it says so without calling it an incorrect usage.
    """

    def __init__(self, message: str, *, help_text: str, failed: bool, bare: bool = False) -> None:
        super().__init__(message)
        self.bare = bare
        self.message = message
        self.help_text = help_text
        self.failed = failed


class Failed(Exception):
    """A mirrored command has failed with `cause`: to be told, and ended, as `cf` does."""

    def __init__(self, cause: CfnetError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def guard(command: Callable[[], int], environment: Environment) -> int:
    """Run `command` and return its exit code, whatever happens; what the user must know is on stderr by then."""
    try:
        code = _ended(command, environment)
        environment.stdout.flush()
    except BrokenPipeError:
        return Exit.READER_GONE
    except OSError as error:
        # What else a command opens, reads and writes is its own affair: only its output has failed here.
        with suppress(OSError):
            environment.say(f"What cfnet prints cannot be written: {error.strerror}.")
        return Exit.USAGE
    return code


def _ended(command: Callable[[], int], environment: Environment) -> int:
    """How `command` ended, with the words for it; raises OSError where they, or its output, cannot be written."""
    try:
        return command()
    except (KeyboardInterrupt, click.exceptions.Abort):
        environment.say("\nInterrupted.")
        return Exit.INTERRUPTED
    except (Misuse, Failed) as error:
        return _as_cf(error, environment)
    except click.ClickException as error:
        return _usage(error, environment)
    except CfnetError as error:
        _tell(error, environment)
        return error.exit
    except Exception as error:
        if _of_output(error):
            raise
        return _fault(error, environment)


def _as_cf(error: Misuse | Failed, environment: Environment) -> int:
    match error:
        case Misuse(failed=True):
            start = "" if error.bare else "Incorrect Usage: "
            environment.say(f"{start}{printable_lines(error.message)}")
            environment.stdout.write(f"{_failed(environment)}\n{error.help_text}")
        case Misuse():
            environment.say(f"Incorrect Usage: {printable_lines(error.message)}\n")
            environment.stdout.write(error.help_text)
        case Failed(cause=cause):
            _tell(cause, environment)
            if not isinstance(cause, InputFault):  # an unreadable session file: cf ends before it could print FAILED
                environment.stdout.write(_failed(environment))
    return Exit.FINDING


def _failed(environment: Environment) -> str:
    from cfnet.operations.connect import configured_colour

    return CfMessages(environment.colour(configured_colour(environment))).failed()


def _of_output(error: Exception) -> bool:
    """Whether `error` comes from a stream; what happens to a file has the file's name."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _OF_OUTPUT


def _usage(error: click.ClickException, environment: Environment) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "cfnet"
    message = error.format_message().replace("\n\t", "\n  ")  # click's own indentation of choices
    environment.say(f"{printable_lines(message)}\nTry '{path} --help'.")
    return Exit.USAGE


def _tell(error: CfnetError, environment: Environment) -> None:
    environment.say(printable_lines(str(error)))
    if error.hint:
        environment.say(printable_lines(error.hint))


def _fault(error: Exception, environment: Environment) -> int:
    if environment.debug:
        import traceback

        environment.say(printable_lines("".join(traceback.format_exception(error)).rstrip()))
        return Exit.FAULT
    what = printable_lines(f"{type(error).__name__}: {error}".split("\n")[0])
    environment.say(f"A fault of cfnet's own ({what}). Nothing is known of how far the command got.")
    environment.say("Run it again with --debug in front of the command, and report what it prints.")
    return Exit.FAULT


def leave(code: int) -> NoReturn:
    """End the process with `code`, without a complaint where nobody reads stdout any more."""
    try:
        sys.stdout.flush()
    except OSError:
        # That it failed has been told; the interpreter flushes once more on its way out, and what is left must go on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
