"""A local Cloud Foundry for tests and demonstrations: Cloud Controller, UAA and policy server on top of SQLite.

`Foundation` is the entry point, in a file or in memory: `push`, `scale`, `delete` and `load` change it as an operator
or another user would; `wsgi` serves its API in process, `serve` over HTTP.
"""

from cfnet.sandbox.cell_inputs import CellInputs
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
    "CellInputs",
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
