"""What can go wrong with the sandbox: words for whoever asked, kinds by what to do next.

SandboxError
├── NoSuch         an org, space, app, user or cell that the sandbox does not have
├── AlreadyThere   a name that is taken
├── BadValue       a name, number or world that makes no sense
├── NoRoom         the cells have no overlay IP left
└── Unusable       the sandbox's file, or the address to serve at, cannot be used
    └── ReadOnly   the file can be read but not changed
"""


class SandboxError(ValueError):
    """The root.

    Attributes:
        message: what happened, one line.
        hint: what to do next, one line; empty where that is plain.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NoSuch(SandboxError):
    """The sandbox has nothing of that name."""


class AlreadyThere(SandboxError):
    """The name is taken."""


class BadValue(SandboxError):
    """A value that the sandbox cannot take."""


class NoRoom(SandboxError):
    """More containers than the cells' overlay subnets have addresses for."""


class Unusable(SandboxError):
    """The file or the address cannot be used."""


class ReadOnly(Unusable):
    """The file can be read but not changed."""
