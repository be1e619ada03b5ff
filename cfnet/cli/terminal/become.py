"""Become another program: it has the terminal, the pipes and the signals of this process, and its exit code counts."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, NoReturn

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def become(words: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    """Replace this process by a program.

    Raises:
        UsageFault: the program is missing.
    """
    # Python ignores SIGPIPE, and a new program inherits that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), dict(variables))  # noqa: S606 - no shell
    except OSError as error:
        raise UsageFault(f"{words[0]} cannot be run: {error.strerror}.") from error
