"""A local Cloud Foundry for tests and demonstrations: Cloud Controller, UAA and policy server on top of SQLite.

`Foundation` is the entry point, in a file or in memory: `push`, `scale`, `delete` and `load` change it as an operator
or another user would; `wsgi` serves its API in process, `serve` over HTTP. Each name is loaded on first use: what
serves requests is slow to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfnet.sandbox.cell_inputs import CellInputs
    from cfnet.sandbox.cells import ContainerPlace, SandboxCell
    from cfnet.sandbox.deployment import DeployedInstance
    from cfnet.sandbox.faults import AlreadyThere, BadValue, NoRoom, NoSuch, SandboxError, Unusable
    from cfnet.sandbox.foundation import HOME_SPACE, Foundation
    from cfnet.sandbox.server import Server, serve
    from cfnet.sandbox.settings import Settings
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

_HOME = {
    "cell_inputs": ("CellInputs",),
    "cells": ("ContainerPlace", "SandboxCell"),
    "deployment": ("DeployedInstance",),
    "faults": ("AlreadyThere", "BadValue", "NoRoom", "NoSuch", "SandboxError", "Unusable"),
    "foundation": ("HOME_SPACE", "Foundation"),
    "server": ("Server", "serve"),
    "settings": ("Settings",),
    "uaa": ("IssuedTokens",),
    "world": (
        "CELLS",
        "CF_CLIENT",
        "DEFAULT",
        "Role",
        "User",
        "World",
        "WorldApp",
        "WorldClient",
        "WorldOrg",
        "WorldSpace",
    ),
}

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


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    for module, names in _HOME.items():
        if name in names:
            value: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
