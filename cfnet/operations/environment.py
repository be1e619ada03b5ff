"""The process around a command: its streams, variables and folders; nobody else asks `sys` or `os.environ`."""

from __future__ import annotations

import os
import sys
import time
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, TextIO

from cfnet.errors import UsageFault
from cfnet.show.printable import printable
from cfnet.show.progress import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cfnet.sandbox import Foundation

_WIDTH: Final = 80
_WIDEST: Final = 100_000
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def start_nothing(words: Sequence[str], told: str) -> None:
    """Start no process."""
    del words, told


def go_bool(text: str) -> bool | None:
    """`text` as Go's `strconv.ParseBool` reads it, None where it does not."""
    return True if text in _TRUE else False if text in _FALSE else None


def whole_number(text: str, highest: int) -> int | None:
    """The number that `text` is in decimal digits, at most `highest`; None where it is something else."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    return min(int(digits), highest) if len(digits) <= len(str(highest)) else highest


class Environment(NamedTuple):
    """What a command may know of the process it runs in.

    Attributes:
        variables: the environment variables.
        sandbox: whether the embedded foundation is meant (`--sandbox`).
        embedded: the embedded foundation itself, where the caller already has one open (the tour).
        verbose: whether requests and responses are shown (`-v`).
        quiet: whether notes are left out (`-q`).
        debug: whether a fault of cfnet's own is shown with its traceback.
        start: starts cfnet once more, with these words and this text on its stdin, and does not wait for it.
        no_wait: whether a server that asks to be left alone for a while is not waited for (`--no-wait`).
        now: gives the time, in seconds since the epoch.
        sleep: waits for some seconds.
        status: tells on the terminal what is being waited for.
        platform: what it runs on, as `sys.platform` says it: where folders are is a matter of that.
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
        """This environment with the options given in one more place on the command line."""
        return self._replace(
            sandbox=self.sandbox or sandbox,
            verbose=self.verbose or verbose,
            debug=self.debug or debug,
            quiet=self.quiet or quiet,
            no_wait=self.no_wait or no_wait,
        )

    @property
    def uses_sandbox(self) -> bool:
        """Whether `--sandbox` or `CFNET_SANDBOX` points this command at the embedded foundation.

        Raises:
            UsageFault: nobody can tell: to guess could be to change the wrong one.
        """
        said = self.variables.get("CFNET_SANDBOX", "")
        meant = go_bool(said) if said else False
        if meant is None and not self.sandbox:
            raise UsageFault(f"CFNET_SANDBOX is '{said}', which is neither true nor false.", hint="Set it to 1 or 0.")
        return self.sandbox or bool(meant)

    def colour(self, configured: str = "") -> bool:
        """Whether stdout is to be coloured; `configured` is `ColorEnabled` of `cf`'s session file.

        First found wins: `CF_COLOR`, the session file, `NO_COLOR`, `FORCE_COLOR`, then: a terminal that is not dumb.
        """
        for choice in (self.variables.get("CF_COLOR", ""), configured):
            decided = go_bool(choice)
            if decided is not None:
                return decided
        if self.variables.get("NO_COLOR"):
            return False
        if self.variables.get("FORCE_COLOR"):
            return True
        return self.stdout.isatty() and self.variables.get("TERM") != "dumb"

    @property
    def home(self) -> Path:
        """The user's home folder, by the variables that `cf` asks too; relative where they name none."""
        if self.platform == "win32":
            drive, path = self.variables.get("HOMEDRIVE", ""), self.variables.get("HOMEPATH", "")
            return Path(drive + path or self.variables.get("USERPROFILE", ""))
        return Path(self.variables.get("HOME", ""))

    @property
    def cache_folder(self) -> Path:
        """Where cfnet keeps what it can do without."""
        return self._folder("XDG_CACHE_HOME", mac="Caches", windows="LOCALAPPDATA", other=".cache")

    @property
    def data_folder(self) -> Path:
        """Where cfnet keeps data of its own."""
        return self._folder("XDG_DATA_HOME", mac="Application Support", windows="LOCALAPPDATA", other=".local/share")

    @property
    def config_folder(self) -> Path:
        """Where cfnet keeps its session."""
        return self._folder("XDG_CONFIG_HOME", mac="Application Support", windows="APPDATA", other=".config")

    def _folder(self, xdg: str, *, mac: str, windows: str, other: str) -> Path:
        """A folder of cfnet's: by the XDG base directories, or where macOS and Windows keep such things."""
        if self.variables.get(xdg):
            base = Path(self.variables[xdg])
        elif self.platform == "darwin":
            base = self.home / "Library" / mac
        elif self.platform == "win32" and self.variables.get(windows):
            base = Path(self.variables[windows])
        else:
            base = self.home / other
        return base / "cfnet"

    @property
    def tolerant_stdin(self) -> TextIO:
        """Stdin, for texts of which no character may be lost: bytes that are none come as escapes."""
        return self._text_stdin("backslashreplace")

    @property
    def strict_stdin(self) -> TextIO:
        """Stdin, for texts of which every character matters: bytes that are none raise a UnicodeDecodeError."""
        return self._text_stdin("strict")

    @property
    def raw_stdin(self) -> TextIO:
        """Stdin, for what a kernel keeps: carriage returns stay, bytes that are not text are surrogate escapes."""
        return self._text_stdin(newline="\n")

    def _text_stdin(self, errors: str = "", newline: str | None = None) -> TextIO:
        """Stdin in the encoding that its first bytes show; they are waited for, but not consumed."""
        if isinstance(self.stdin, TextIOWrapper):
            from cfnet.foundation.encodings import encoding_of, errors_in

            encoding = encoding_of(_head(self.stdin.buffer))
            self.stdin.reconfigure(encoding=encoding, errors=errors or errors_in(encoding), newline=newline)
        return self.stdin

    @property
    def width(self) -> int:
        """Characters of a line on stdout: `COLUMNS`, else what the terminal says, else 80."""
        said = whole_number(self.variables.get("COLUMNS", ""), _WIDEST)
        if said:
            return said
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns or _WIDTH
        except (OSError, ValueError):
            return _WIDTH

    def output(self, *, as_file: bool, raw: bool = False) -> TextIO:
        """Stdout; `as_file` for a text whose format is that of a file: in UTF-8, each line ended by a newline alone.

        With `raw`, bytes that are not text (surrogate escapes) are written as they are.
        A terminal shows such a text as it shows all others.
        """
        if as_file and isinstance(self.stdout, TextIOWrapper) and not self.stdout.isatty():
            errors = "surrogateescape" if raw else "backslashreplace"
            self.stdout.reconfigure(encoding="utf-8", errors=errors, newline="\n")
        return self.stdout

    def say(self, text: str) -> None:
        """Write talk to stderr, a line."""
        self.stderr.write(text + "\n")

    def note(self, text: str) -> None:
        """Write a note to stderr, unless the user wants none; names in it are escaped."""
        if not self.quiet:
            self.say(printable(text))

    def tell_notes(self, notes: Iterable[str]) -> None:
        """Write notes to stderr, each once, unless the user wants none; names in them are escaped."""
        if self.quiet:
            return
        for note in dict.fromkeys(notes):
            self.say(printable(note))


def _head(stream: BinaryIO) -> bytes:
    """What the stream begins with, without consuming it."""
    if isinstance(stream, BufferedReader):
        return stream.peek()
    start = stream.read(4)
    stream.seek(0)
    return start
