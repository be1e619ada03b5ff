"""The errors that users can act on: one root class, and a subclass for each way to proceed.

    CfnetError
    ├── UsageFault        change the arguments, settings or environment
    │   └── CommandLineFault  correct arguments or options: see the help of the command
    ├── InputFault        fix a file: missing, not JSON, or the wrong shape (`where` gives the file and position)
    ├── DocumentFault     fix a policy document: its faults have already been reported
    ├── UnknownName       check a name: the app, space, org or cell does not exist or is not visible to the user
    ├── NotLoggedIn       log in
    ├── NotTargeted       target an org or a space
    ├── Forbidden         ask for the permission
    ├── Refused           review, then override: a safety guard of cfnet stopped this; nothing was sent
    ├── StalePlan         make a new plan: the foundation changed after the plan was reviewed; nothing was sent
    ├── PartlyApplied     run the command again: some changes were made, the message says which
    ├── Rejected          the server understood the request and rejected it
    ├── Unreachable       check address, network, proxy, certificate
    └── ServerTrouble     wait, or ask the operator: the server returned an error or an invalid response
        └── Unconfirmed   check the outcome: a change was sent, but no response confirms it

Errors are plain data: no colours, and foreign text unescaped. The code that prints them escapes them.
Any other exception is a bug in cfnet.
"""

from typing import ClassVar

from cfnet.exits import Exit


class CfnetError(Exception):
    """A failure that is reported to the user.

    Attributes:
        message: what happened, in one line, or in as many as `cf` uses.
        where: the file and position, or the host; empty if the message includes it.
        hint: what to do next, in a line or two; empty if that is obvious.
        exit: the exit code of commands that do not mirror `cf`.
    """

    exit: ClassVar[Exit] = Exit.TROUBLE

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Format as `WHERE: MESSAGE`."""
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageFault(CfnetError):
    """The command line or the environment is invalid."""

    exit = Exit.USAGE


class CommandLineFault(UsageFault):
    """The arguments and options of a command do not fit together: without a better hint, its help is the next step."""


class InputFault(CfnetError):
    """A file cannot be read or has the wrong content."""

    exit = Exit.USAGE


def unreadable(error: OSError | ValueError, path: object, *, hint: str = "") -> InputFault:
    """The fault for a file or directory that the operating system cannot read."""
    reason = getattr(error, "strerror", None) or str(error)
    return InputFault(f"cannot be read: {reason}", where=str(path), hint=hint)


class DocumentFault(CfnetError):
    """Policy documents have faults; each of them is reported separately."""

    exit = Exit.USAGE


class UnknownName(CfnetError):
    """Nothing visible to this user has this name."""

    exit = Exit.USAGE


class NotLoggedIn(CfnetError):
    """There is no session, or it has expired."""

    exit = Exit.DENIED


class NotTargeted(CfnetError):
    """The session has no org or no space."""

    exit = Exit.USAGE


class Forbidden(CfnetError):
    """The user lacks a permission."""

    exit = Exit.DENIED


class Refused(CfnetError):
    """A safety guard of cfnet stopped the command; nothing was sent."""

    exit = Exit.REFUSED


class StalePlan(CfnetError):
    """The foundation has changed since the plan was made; nothing was sent."""

    exit = Exit.REFUSED


class PartlyApplied(CfnetError):
    """Some changes were made and some were not."""

    exit = Exit.PARTIAL


class Rejected(CfnetError):
    """The server understood the request and rejected it."""

    exit = Exit.TROUBLE


class Unreachable(CfnetError):
    """The server cannot be reached, its certificate is not trusted, or it timed out."""

    exit = Exit.TROUBLE


class ServerTrouble(CfnetError):
    """The server returned an error or an invalid response."""

    exit = Exit.TROUBLE


class Unconfirmed(ServerTrouble):
    """A change was sent, but no response says whether it was made."""
