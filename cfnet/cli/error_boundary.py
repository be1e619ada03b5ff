"""The only place that turns errors into messages on stderr and an exit code."""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from cfnet.errors import CfnetError, CommandLineFault, InputFault
from cfnet.exits import Exit
from cfnet.show.cf_messages import CfMessages
from cfnet.show.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.operations.environment import Environment

_OF_OUTPUT: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT})
"""Errors of writing to a stream: closed pipe, full disk, closed terminal, file too large, quota exceeded."""


class Misuse(Exception):
    """Wrong usage of a command that mirrors `cf`.

    `failed`: `cf` detects it while running the command (and prints FAILED), not while parsing;
    `bare`: `cf` does not prefix the message with "Incorrect Usage".
    """

    def __init__(self, message: str, *, help_text: str, failed: bool, bare: bool = False) -> None:
        super().__init__(message)
        self.bare = bare
        self.message = message
        self.help_text = help_text
        self.failed = failed


class Misparsed(Exception):
    """A command line that click cannot parse; `help_name` is the argument for `cfnet help`."""

    def __init__(self, message: str, help_name: str) -> None:
        super().__init__(message)
        self.message = message
        self.help_name = help_name


class Failed(Exception):
    """A mirrored command has failed with `cause`: report it, and exit, as `cf` does."""

    def __init__(self, cause: CfnetError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def guard(command: Callable[[], int], environment: Environment, *, help_name: Callable[[], str] = str) -> int:
    """Run `command` and return its exit code; report errors on stderr.

    `help_name` returns the argument for `cfnet help` in the hint of usage errors.
    """
    try:
        code = _ended(command, environment, help_name)
        environment.stdout.flush()
    except BrokenPipeError:
        return Exit.READER_GONE
    except OSError as error:
        # Commands handle errors of other files themselves: here, only writing the output can have failed.
        with suppress(OSError):
            environment.say(f"Cannot write output: {error.strerror}.")
        return Exit.USAGE
    return code


def _ended(command: Callable[[], int], environment: Environment, help_name: Callable[[], str]) -> int:
    """Run `command`, and report errors; raise OSError if the report, or the output, cannot be written."""
    try:
        return command()
    except KeyboardInterrupt:
        environment.say("\nInterrupted.")
        return Exit.INTERRUPTED
    except (Misuse, Failed) as error:
        return _as_cf(error, environment)
    except Misparsed as error:
        return _usage(error, environment)
    except CfnetError as error:
        _tell(error, environment)
        if isinstance(error, CommandLineFault) and not error.hint:
            environment.say(_see(help_name()))
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
            if not isinstance(cause, InputFault):  # an unreadable session file: cf exits before it prints FAILED
                environment.stdout.write(_failed(environment))
    return Exit.FINDING


def _failed(environment: Environment) -> str:
    from cfnet.operations.connect import configured_colour

    return CfMessages(environment.colour(configured_colour(environment))).failed()


def _of_output(error: Exception) -> bool:
    """Whether `error` comes from a stream: errors of files have a file name."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _OF_OUTPUT


def _usage(error: Misparsed, environment: Environment) -> int:
    message = error.message.replace("\n\t", "\n  ")  # click indents choices by a tab
    environment.say(f"{printable_lines(message)}\n{_see(error.help_name)}")
    return Exit.USAGE


def _see(name: str) -> str:
    return f"See 'cfnet help {name}'." if name else "See 'cfnet help'."


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
    environment.say(f"Internal error ({what}). The command may have been carried out in part.")
    environment.say("Run it again with --debug, and report the output.")
    return Exit.FAULT


def leave(code: int) -> NoReturn:
    """Exit with `code`, without an error message if stdout is closed."""
    try:
        sys.stdout.flush()
    except OSError:
        # The error has been reported. The interpreter flushes once more when it exits: let that succeed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # The interpreter looks for cycles when it exits, among all objects: a sixth of the time of a short command.
    gc.freeze()
    sys.exit(code)
