"""The executable with and without a terminal: a pseudo-terminal for reading the screen and typing."""

import codecs
import io
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Mapping
from typing import NamedTuple, Self

from tests.conftest import Ran
from tests.processes import PATIENCE_SECONDS, ROOT, take

# The pseudo-terminal becomes the controlling one, so that /dev/tty refers to it.
IN_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from cfnet.__main__ import main
sys.argv = ["cfnet", *sys.argv[1:]]
main()
"""


def run(*words: str, variables: Mapping[str, str], stdin: str = "") -> Ran:
    """Run the executable without a terminal; `stdin` is sent through a pipe."""
    ran = subprocess.run(
        [sys.executable, "-m", "cfnet", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


class Shown(NamedTuple):
    """The result of a command line on a terminal, and the whole screen output."""

    exit: int
    screen: str


class Terminal:
    """A command line of cfnet in a pseudo-terminal, as a context manager."""

    def __init__(self, *words: str, variables: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, *words],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1", **variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._screen = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def answer(self, prompt: str, line: str, *, end: str = "\n") -> None:
        """Wait for `prompt` on the screen, after anything already matched; then type `line`."""
        while prompt not in self._screen[self._seen :]:
            assert self._read(), f"{prompt!r} never came; on the screen: {self._screen}"
        self._seen = self._screen.index(prompt, self._seen) + len(prompt)
        os.write(self._ours, f"{line}{end}".encode())

    def answer_next(self, line: str) -> bool:
        """Type `line` at the next prompt, which ends in a colon and a space; False if there is none."""
        while not (len(self._screen) > self._seen and self._screen.endswith(": ")):
            if not self._read():
                return False
        self._seen = len(self._screen)
        os.write(self._ours, f"{line}\n".encode())
        return True

    @property
    def echoes(self) -> bool:
        """Whether typed characters are echoed."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def end(self) -> Shown:
        """Wait for the end of the process."""
        while self._read():
            continue
        return Shown(self._process.wait(PATIENCE_SECONDS), self._screen)

    def _read(self) -> bool:
        data = take(self._ours)
        self._screen = (self._screen + self._decode(data)).replace("\r\n", "\n")
        return bool(data)
