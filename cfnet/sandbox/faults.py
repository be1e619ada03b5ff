"""The errors of the sandbox.

SandboxError
├── NoSuch         an org, space, app, user or cell that does not exist
├── AlreadyThere   a name that is already used
├── BadValue       an invalid name, number or world
├── NoRoom         the cells have no overlay IP left
└── Unusable       the sandbox's file, or the address to serve at, cannot be used
    └── ReadOnly   the file can be read but not changed
"""


class SandboxError(ValueError):
    """The base class.

    Attributes:
        message: what happened, in one line.
        hint: what to do next, in one line; empty if that is obvious.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NoSuch(SandboxError):
    """The sandbox has nothing with this name."""


class AlreadyThere(SandboxError):
    """The name is already used."""


class BadValue(SandboxError):
    """A value is invalid."""


class NoRoom(SandboxError):
    """The cells' overlay subnets have no addresses left for so many containers."""


class Unusable(SandboxError):
    """The file or the address cannot be used."""


class ReadOnly(Unusable):
    """The file can be read but not changed."""
