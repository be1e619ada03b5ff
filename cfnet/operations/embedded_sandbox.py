"""The embedded foundation in this process: its file, and a session."""

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
    """Yield the embedded foundation: that of `environment`, otherwise the one in the user's data directory.

    Args:
        environment: the environment of this process.
        check: refuse a damaged file; not needed to replace it completely.

    Raises:
        InputFault: its file cannot be used, or it cannot be served.
        UsageFault: it refuses a request.
    """
    try:
        if environment.embedded is not None:
            yield environment.embedded
        elif not environment.data_folder.is_absolute():
            raise InputFault(
                "There is no home directory to store the sandbox in.",
                hint="Set HOME or XDG_DATA_HOME to a writable directory.",
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
    """Return a session of the sandbox's administrator, in its first space.

    Raises:
        UnknownName: this space has been deleted.
    """
    from cfnet.operations import environment_session

    try:
        return environment_session.log_in(_VARIABLES, wire)
    except UnknownName as error:
        raise UnknownName(
            error.message, hint="Create them again with cf, or run 'cfnet sandbox reset' for a new sandbox."
        ) from error
