"""The embedded foundation, in this process: where it is kept, and a session with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from cfnet.errors import InputFault, UnknownName, UsageFault
from cfnet.sandbox import Foundation, SandboxError, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.foundation.http.wire import Wire
    from cfnet.foundation.session.session import Session
    from cfnet.operations.environment import Environment

_VARIABLES: Final = {
    "CF_API_URL": "http://sandbox",
    "CF_USERNAME": "admin",
    "CF_PASSWORD": "admin",
    "CF_ORG": "demo",
    "CF_SPACE": "dev",
}


@contextmanager
def use_sandbox(environment: Environment, *, check: bool = True) -> Iterator[Foundation]:
    """The embedded foundation: the one that `environment` brings, else the one kept in the user's data folder.

    Args:
        environment: what this process was given.
        check: refuse a file that is damaged; not needed by what replaces all of it.

    Raises:
        InputFault: its file cannot be used, or it cannot be served.
        UsageFault: it refuses what it is asked.
    """
    try:
        if environment.embedded is not None:
            yield environment.embedded
        elif not environment.data_folder.is_absolute():
            raise InputFault(
                "There is no home folder to keep the sandbox in.",
                hint="Set HOME or XDG_DATA_HOME to a folder that you can write to.",
            )
        else:
            with Foundation.open(environment.data_folder / "sandbox.db") as foundation:
                if check:
                    foundation.check()
                yield foundation
    except Unusable as error:
        raise InputFault(error.message, hint=error.hint) from error
    except SandboxError as error:
        raise UsageFault(error.message, hint=error.hint) from error


def sandbox_session(wire: Wire) -> Session:
    """A session of the sandbox's administrator, in its first space.

    Raises:
        UnknownName: that space has been deleted.
    """
    from cfnet.operations import environment_session

    try:
        return environment_session.log_in(_VARIABLES, wire)
    except UnknownName as error:
        raise UnknownName(
            error.message, hint="Create them again with cf, or run 'cfnet sandbox reset' for a new sandbox."
        ) from error
