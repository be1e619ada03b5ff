"""Limits and defaults of the policy server (from its job spec and external API)."""

from typing import Final

from cfnet.policy.policy import Protocol
from cfnet.policy.ports import Ports

TAGS: Final = 65_535
"""Number of two-byte tags; each app that is the source or destination of a policy takes one."""

POLICIES_PER_SOURCE: Final = 150
"""Default of `max_policies_per_app_source`, which applies to users without `network.admin`."""

BODY_BYTES: Final = 10 * 1024 * 1024
"""Largest request body that the policy server accepts."""

GROUP_SPACES: Final = 148
"""Most spaces, per lifecycle, that a security group can be bound to when the policy server runs on MySQL; its indexes
of a group's spaces cannot hold more (cf-networking-release 3.68 and later, known issue 12)."""

DEFAULT_PROTOCOL: Final = Protocol.TCP
DEFAULT_PORTS: Final = Ports(8080, 8080)
"""What `add-network-policy` allows if neither `--protocol` nor `--port` is given."""
