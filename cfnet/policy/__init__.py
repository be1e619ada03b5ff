"""What a network policy is: apps, protocol, ports, limits. Pure; the standard library only.

- `Policy`: who may call whom: GUIDs of two apps, a `Protocol`, and `Ports`. Equal by these four, and sorted by them.
- `Ports`: a range, both ends included, from 1 to 65,535; `Ports.parse` reads what people type, and raises `BadPorts`.
- `App`, `Space`, `Org`: GUID and name of each, and where it belongs; `App.path` is `ORG/SPACE/APP`.

The limits of the policy server are in `cfnet.policy.limits`.
"""

from cfnet.policy.places import App, Org, Space
from cfnet.policy.policy import Policy, Protocol
from cfnet.policy.ports import BadPorts, Ports

__all__ = ["App", "BadPorts", "Org", "Policy", "Ports", "Protocol", "Space"]
