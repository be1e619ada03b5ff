"""Everything that can go wrong and that the user can do something about: one root, kinds by what to do next.

    CfnetError
    ├── UsageFault        say it differently: arguments, settings, environment
    ├── InputFault        mend a file: not there, not JSON, the wrong shape (`where` says which and at what place)
    ├── DocumentFault     mend a policy document: what is wrong with it, and where, is told already
    ├── UnknownName       an app, space, org or cell that is not there, or that this user may not see
    ├── NotLoggedIn       log in first, or again
    ├── NotTargeted       target an org or a space first
    ├── Forbidden         ask for the permission
    ├── Refused           look again, then insist: a safety guard of cfnet's own; nothing was sent
    ├── StalePlan         make a new plan: what was reviewed is no longer what is there; nothing was sent
    ├── PartlyApplied     run the same again: some of the changes are made, the message says which
    ├── Rejected          the server understood the request and does not accept it
    ├── Unreachable       check address, network, proxy, certificate
    └── ServerTrouble     wait, or tell the operator: the server answered with an error or with nonsense
        └── Unconfirmed   find out: a change was sent, and no answer says whether it was carried out

Errors are plain data: no colours, and what comes from outside as it came. Whoever prints them makes them safe to print.
Anything that is not a `CfnetError` is a fault of cfnet's own.
"""

from typing import ClassVar

from cfnet.exits import Exit


class CfnetError(Exception):
    """The root: a failure with words for the user.

    Attributes:
        message: what happened, in a line, or as many as `cf` has for it.
        where: the file and place, or the host, it happened at; empty where the message says it.
        hint: what to do next, in a line or two; empty where that is plain.
        exit: the exit code of commands that do not mirror `cf`.
    """

    exit: ClassVar[Exit] = Exit.TROUBLE

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Where, then what."""
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageFault(CfnetError):
    """The command line or the environment asks for something that makes no sense."""

    exit = Exit.USAGE


class InputFault(CfnetError):
    """A file cannot be read as what it should be."""

    exit = Exit.USAGE


class DocumentFault(CfnetError):
    """Policy documents have faults, which are told one by one beside this error."""

    exit = Exit.USAGE


class UnknownName(CfnetError):
    """A name that nothing visible to this user has."""

    exit = Exit.USAGE


class NotLoggedIn(CfnetError):
    """There is no session, or it is no longer good."""

    exit = Exit.DENIED


class NotTargeted(CfnetError):
    """The session has no org or no space."""

    exit = Exit.USAGE


class Forbidden(CfnetError):
    """This user may not do that."""

    exit = Exit.DENIED


class Refused(CfnetError):
    """A safety guard of cfnet's own does not let this through; nothing was sent."""

    exit = Exit.REFUSED


class StalePlan(CfnetError):
    """The foundation is no longer what it was when the plan was made; nothing was sent."""

    exit = Exit.REFUSED


class PartlyApplied(CfnetError):
    """Some of the changes are made and some are not."""

    exit = Exit.PARTIAL


class Rejected(CfnetError):
    """The server understood the request and refuses to do it."""

    exit = Exit.TROUBLE


class Unreachable(CfnetError):
    """No connection, no trust in the other end, or no answer in time."""

    exit = Exit.TROUBLE


class ServerTrouble(CfnetError):
    """The other end answered with an error of its own, or with something that is no answer."""

    exit = Exit.TROUBLE


class Unconfirmed(ServerTrouble):
    """A change was sent, and no answer says whether it was carried out."""
