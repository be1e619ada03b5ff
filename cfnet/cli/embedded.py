"""The embedded foundation, in this process: where it is kept, and a session with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation import environment_session
from cfnet.sandbox import Foundation, SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cli.environment import Environment
    from cfnet.foundation.session import Session
    from cfnet.foundation.wire import Wire

_VARIABLES: Final = {
    "CF_API_URL": "http://sandbox",
    "CF_USERNAME": "admin",
    "CF_PASSWORD": "admin",
    "CF_ORG": "demo",
    "CF_SPACE": "dev",
}


@contextmanager
def use_sandbox(environment: Environment) -> Iterator[Foundation]:
    """The embedded foundation: the one that `environment` brings, else the one kept in the user's data folder.

    Raises:
        InputFault: its file cannot be opened.
        UsageFault: it refuses what it is asked.
    """
    try:
        if environment.embedded is not None:
            yield environment.embedded
            return
        path = environment.data_folder / "sandbox.db"
        try:
            foundation = Foundation.open(path)
        except OSError as error:
            raise InputFault(f"cannot be opened ({error.strerror})", where=str(path)) from error
        with foundation:
            yield foundation
    except SandboxError as error:
        raise UsageFault(str(error)) from error


def sandbox_session(wire: Wire) -> Session:
    """A session of the sandbox's administrator, in its first space."""
    return environment_session.log_in(_VARIABLES, wire)
