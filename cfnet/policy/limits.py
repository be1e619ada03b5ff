"""Numbers a foundation is built with (policy-server job spec and its external API)."""

from typing import Final

from cfnet.policy.policy import Protocol
from cfnet.policy.ports import Ports

TAGS: Final = 65_535
"""Tags of two bytes: one for each app that is in a policy, as source or destination."""

POLICIES_PER_SOURCE: Final = 150
"""`max_policies_per_app_source`, for users without `network.admin`."""

BODY_BYTES: Final = 10 * 1024 * 1024
"""The largest request body the policy server reads."""

GROUP_SPACES: Final = 148
"""The most spaces, of one lifecycle, that a security group may be bound to where the policy server runs on MySQL: its
indexes of a group's spaces take no more (cf-networking-release 3.68 and later, known issue 12)."""

DEFAULT_PROTOCOL: Final = Protocol.TCP
DEFAULT_PORTS: Final = Ports(8080, 8080)
"""What `add-network-policy` allows where neither flag is given."""
