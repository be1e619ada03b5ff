"""A foundation of our own: Cloud Controller, UAA and policy server over SQLite.

`Foundation` is the whole of it, in a file or in memory: `push`, `scale`, `delete`, `load` change it as an operator or
another user would, `wsgi` answers its API in process, `serve` does over HTTP.
"""

from cfnet.sandbox.cells import ContainerPlace, SandboxCell
from cfnet.sandbox.deployment import DeployedInstance
from cfnet.sandbox.faults import AlreadyThere, BadValue, NoRoom, NoSuch, SandboxError, Unusable
from cfnet.sandbox.foundation import HOME_SPACE, Foundation
from cfnet.sandbox.request_context import Settings
from cfnet.sandbox.server import Server, serve
from cfnet.sandbox.uaa import IssuedTokens
from cfnet.sandbox.world import (
    CELLS,
    CF_CLIENT,
    DEFAULT,
    Role,
    User,
    World,
    WorldApp,
    WorldClient,
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
    "ContainerPlace",
    "DeployedInstance",
    "Foundation",
    "IssuedTokens",
    "NoRoom",
    "NoSuch",
    "Role",
    "SandboxCell",
    "SandboxError",
    "Server",
    "Settings",
    "Unusable",
    "User",
    "World",
    "WorldApp",
    "WorldClient",
    "WorldOrg",
    "WorldSpace",
    "serve",
]
