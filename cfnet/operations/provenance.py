"""What files are made from: the clock, the session and this version."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cfnet import __version__
from cfnet.policy.provenance import Provenance

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory


def provenance_of(inventory: Inventory, environment: Environment) -> Provenance:
    """Return what a file about the foundation of `inventory` is made from, now."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(environment.now()))
    return Provenance(at, inventory.user, inventory.api, __version__)
