"""Network policies: apps, protocol, ports and limits. Pure; imports only the standard library.

- `Policy`: allows a source app to reach a destination app: their GUIDs, a `Protocol` and `Ports`. Compared and sorted
  by these four fields.
- `Ports`: an inclusive range within 1 to 65,535; `Ports.parse` parses command-line input and raises `BadPorts`.
- `App`, `Space`, `Org`: GUID, name and parent; `App.path` is `ORG/SPACE/APP`; `by_guid` maps GUIDs to apps;
  `NOWHERE` is the space where none is targeted.
- `ends`: the apps of policies, by GUID.

The limits of the policy server are in `cfnet.policy.limits`.
"""

from cfnet.policy.places import NOWHERE, App, Org, Space, by_guid
from cfnet.policy.policy import Policy, Protocol, ends
from cfnet.policy.ports import BadPorts, Ports

__all__ = ["NOWHERE", "App", "BadPorts", "Org", "Policy", "Ports", "Protocol", "Space", "by_guid", "ends"]
