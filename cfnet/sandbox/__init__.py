"""A foundation of our own: Cloud Controller, UAA and policy server over SQLite.

`Foundation` is the whole of it, in a file or in memory: `push`, `scale`, `delete`, `load` change it as an operator or
another user would, `wsgi` answers its API in process, `serve` does over HTTP.
"""

from cfnet.sandbox.cells import Cell, Place
from cfnet.sandbox.deployment import Container
from cfnet.sandbox.faults import AlreadyThere, BadValue, NoRoom, NoSuch, SandboxError, Unusable
from cfnet.sandbox.foundation import HOME_SPACE, Foundation
from cfnet.sandbox.request_context import Settings
from cfnet.sandbox.server import Server, serve
from cfnet.sandbox.uaa import Tokens
from cfnet.sandbox.world import (
    CELLS,
    CF_CLIENT,
    DEFAULT,
    Client,
    Role,
    User,
    World,
    WorldApp,
    WorldOrg,
    WorldSpace,
)

__all__ = [
    "CELLS",
    "CF_CLIENT",
    "DEFAULT",
    "HOME_SPACE",
    "AlreadyThere",
    "BadValue",
    "Cell",
    "Client",
    "Container",
    "Foundation",
    "NoRoom",
    "NoSuch",
    "Place",
    "Role",
    "SandboxError",
    "Server",
    "Settings",
    "Tokens",
    "Unusable",
    "User",
    "World",
    "WorldApp",
    "WorldOrg",
    "WorldSpace",
    "serve",
]
