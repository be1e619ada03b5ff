"""Shows a long text with the user's pager."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cfnet.operations.environment import whole_number

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment

_DEFAULT: Final = "less"
_LESS: Final = "FRX"
"""Options of less: end if the text fits the screen, show colours, leave the text on the screen."""
_HIGHEST: Final = 100_000


def show_text(text: str, environment: Environment) -> None:
    """Write `text` to stdout; if that is a terminal with fewer lines, through `PAGER` (default: less)."""
    try:
        words = shlex.split(environment.variables.get("PAGER", _DEFAULT))
    except ValueError:  # a quote without its counterpart
        words = []
    if not words or not _is_longer(text, environment) or not _paged(text, words, environment):
        environment.stdout.write(text)


def _is_longer(text: str, environment: Environment) -> bool:
    if not environment.stdout.isatty() or environment.variables.get("TERM") == "dumb":
        return False
    lines = whole_number(environment.variables.get("LINES", ""), _HIGHEST)
    if not lines:
        try:
            lines = os.get_terminal_size(environment.stdout.fileno()).lines
        except (OSError, ValueError):
            return False
    return text.count("\n") >= lines > 0


def _paged(text: str, words: list[str], environment: Environment) -> bool:
    """Run the pager until the user leaves it; False if it cannot be started."""
    import subprocess

    environment.stdout.flush()
    variables = {"LESS": _LESS, **environment.variables}
    try:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, env=variables)  # noqa: S603 - the user's own program
    except OSError:
        return False
    with suppress(BrokenPipeError, KeyboardInterrupt):
        process.communicate(text.encode("utf-8", "backslashreplace"))
    while process.poll() is None:
        # Ctrl-C is for the pager, which also gets it.
        with suppress(KeyboardInterrupt):
            process.wait()
    return True
