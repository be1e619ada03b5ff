"""The environment of a command: streams, variables and directories; no other code uses `sys` or `os.environ`."""

from __future__ import annotations

import os
import sys
import time
from io import BufferedReader, TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, TextIO

from cfnet.errors import UsageFault
from cfnet.foundation import user_folders
from cfnet.show.printable import printable
from cfnet.show.progress import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from cfnet.foundation.http.early_connection import EarlyConnection
    from cfnet.sandbox import Foundation

_WIDTH: Final = 80
_WIDEST: Final = 100_000
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def start_nothing(words: Sequence[str], told: str) -> None:
    """Start no process."""
    del words, told


def go_bool(text: str) -> bool | None:
    """Parse `text` like Go's `strconv.ParseBool`; return None if it is invalid."""
    return True if text in _TRUE else False if text in _FALSE else None


def whole_number(text: str, highest: int) -> int | None:
    """Parse decimal digits up to `highest`; return None for anything else."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    return min(int(digits), highest) if len(digits) <= len(str(highest)) else highest


class Environment(NamedTuple):
    """The environment that a command runs in.

    Attributes:
        variables: the environment variables.
        sandbox: whether to use the embedded foundation (`--sandbox`).
        embedded: the embedded foundation, if the caller has already opened it (the tour).
        verbose: whether to show requests and responses (`-v`).
        quiet: whether to suppress notes (`-q`).
        debug: whether to show tracebacks of internal errors.
        start: starts another cfnet process with the given arguments and stdin, in the background.
        no_wait: whether to fail instead of waiting for a busy server (`--no-wait`).
        now: returns the time, in seconds since the epoch.
        sleep: waits for some seconds.
        status: shows on the terminal what is being waited for.
        early: a connection to the foundation that is being opened.
        platform: the platform, as in `sys.platform`, which determines directories.
    """

    variables: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    sandbox: bool = False
    embedded: Foundation | None = None
    verbose: bool = False
    debug: bool = False
    quiet: bool = False
    start: Callable[[Sequence[str], str], object] = start_nothing
    no_wait: bool = False
    now: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep
    status: StatusLine = StatusLine()
    early: EarlyConnection | None = None
    platform: str = sys.platform

    def adjusted(
        self,
        *,
        sandbox: bool = False,
        verbose: bool = False,
        debug: bool = False,
        quiet: bool = False,
        no_wait: bool = False,
    ) -> Environment:
        """Return this environment with options from another position on the command line."""
        return self._replace(
            sandbox=self.sandbox or sandbox,
            verbose=self.verbose or verbose,
            debug=self.debug or debug,
            quiet=self.quiet or quiet,
            no_wait=self.no_wait or no_wait,
        )

    @property
    def uses_sandbox(self) -> bool:
        """Whether `--sandbox` or `CFNET_SANDBOX` selects the embedded foundation.

        Raises:
            UsageFault: the variable is invalid: guessing could change the wrong foundation.
        """
        said = self.variables.get("CFNET_SANDBOX", "")
        meant = go_bool(said) if said else False
        if meant is None and not self.sandbox:
            raise UsageFault(f"CFNET_SANDBOX must be true or false, not '{said}'.", hint="Set it to 1 or 0.")
        return self.sandbox or bool(meant)

    def colour(self, configured: str = "", *, stream: TextIO | None = None) -> bool:
        """Whether to colour output to `stream`, stdout by default.

        `configured` is `ColorEnabled` in the session file of `cf`.

        The first found wins: `CF_COLOR`, the session file, `NO_COLOR`, `FORCE_COLOR`, a terminal that is not dumb.
        """
        for choice in (self.variables.get("CF_COLOR", ""), configured):
            decided = go_bool(choice)
            if decided is not None:
                return decided
        if self.variables.get("NO_COLOR"):
            return False
        if self.variables.get("FORCE_COLOR"):
            return True
        return (stream or self.stdout).isatty() and self.variables.get("TERM") != "dumb"

    @property
    def home(self) -> Path:
        """The user's home directory, by the same variables as in `cf`; relative if they are not set."""
        from pathlib import Path

        return Path(user_folders.home(self.variables, self.platform))

    @property
    def cache_folder(self) -> Path:
        """The directory of caches."""
        return self._folder(user_folders.CACHE)

    @property
    def data_folder(self) -> Path:
        """The directory of data."""
        return self._folder(user_folders.DATA)

    @property
    def config_folder(self) -> Path:
        """The directory of the session."""
        return self._folder(user_folders.CONFIG)

    @property
    def cf_session(self) -> Path:
        """The file of the session of `cf`."""
        from pathlib import Path

        return Path(user_folders.cf_session(self.variables, self.platform))

    def _folder(self, kind: tuple[str, str, str, str]) -> Path:
        from pathlib import Path

        return Path(user_folders.own_folder(kind, self.variables, self.platform))

    @property
    def tolerant_stdin(self) -> TextIO:
        """Stdin for texts that must be read completely: invalid bytes become escapes."""
        return self._text_stdin("backslashreplace")

    @property
    def strict_stdin(self) -> TextIO:
        """Stdin for texts that must be valid: invalid bytes raise a UnicodeDecodeError."""
        return self._text_stdin("strict")

    @property
    def raw_stdin(self) -> TextIO:
        """Stdin for kernel output: carriage returns are kept, invalid bytes become surrogate escapes."""
        return self._text_stdin(newline="\n")

    def _text_stdin(self, errors: str = "", newline: str | None = None) -> TextIO:
        """Return stdin in the encoding detected from its first bytes; wait for these, but do not consume them."""
        if isinstance(self.stdin, TextIOWrapper):
            from cfnet.foundation.encodings import encoding_of, errors_in

            encoding = encoding_of(_head(self.stdin.buffer))
            self.stdin.reconfigure(encoding=encoding, errors=errors or errors_in(encoding), newline=newline)
        return self.stdin

    @property
    def width(self) -> int:
        """The columns of stdout: `COLUMNS`, otherwise those of the terminal, otherwise 80."""
        said = whole_number(self.variables.get("COLUMNS", ""), _WIDEST)
        if said:
            return said
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns or _WIDTH
        except (OSError, ValueError):
            return _WIDTH

    def output(self, *, as_file: bool, raw: bool = False) -> TextIO:
        """Return stdout; `as_file`: for a file format, in UTF-8 and with plain newlines.

        With `raw`, surrogate escapes are written as the original bytes.
        Output to a terminal is not affected.
        """
        if as_file and isinstance(self.stdout, TextIOWrapper) and not self.stdout.isatty():
            errors = "surrogateescape" if raw else "backslashreplace"
            self.stdout.reconfigure(encoding="utf-8", errors=errors, newline="\n")
        return self.stdout

    def byte_output(self) -> Callable[[bytes | bytearray], object]:
        """Return a function that writes text in UTF-8 to stdout, with surrogate escapes as the original bytes."""
        out = self.output(as_file=True, raw=True)
        if isinstance(out, TextIOWrapper) and not out.isatty():
            out.flush()
            buffer: BinaryIO = out.buffer
            return buffer.write
        return lambda data: out.write(data.decode("utf-8", "surrogateescape"))

    def say(self, text: str) -> None:
        """Print a line on stderr."""
        self.stderr.write(text + "\n")

    def note(self, text: str) -> None:
        """Print a note on stderr, unless suppressed; names in it are escaped."""
        if not self.quiet:
            self.say(printable(text))

    def tell_notes(self, notes: Iterable[str]) -> None:
        """Print notes on stderr, each once, unless suppressed; names in them are escaped."""
        if self.quiet:
            return
        for note in dict.fromkeys(notes):
            self.say(printable(note))


def _head(stream: BinaryIO) -> bytes:
    """Return the first bytes of the stream without consuming them."""
    if isinstance(stream, BufferedReader):
        return stream.peek()
    start = stream.read(4)
    stream.seek(0)
    return start
