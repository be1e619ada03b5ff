"""What benchmarks have in common."""

import os
from collections.abc import Mapping

_DISTORTING = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
"""Without files of bytecode, modules are compiled each time."""


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a measured process: that of this one, with `variables`, without what distorts results."""
    own = {name: value for name, value in os.environ.items() if name not in _DISTORTING}
    return {**own, **(variables or {})}
