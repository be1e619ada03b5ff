"""Versions of silk-release and how their behaviour on a cell differs.

The golden cases come from 3.53 (October 2024); cf-deployment of mid-2026 ships 3.116. Sources: job specs, RFC 0038,
pull requests 148 and 155 of silk-release, and cf-networking-release's description of the agent's enforcement cycle. The
releases in between were not compared one by one: every release after 3.53 is treated like 3.116.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})(?:\.[0-9]{1,6})?", re.ASCII)


class SilkRelease(NamedTuple):
    """The behaviour of the policy agent and the CNI wrapper of a release.

    Attributes:
        by_ip_version: whether security group rules are filtered by IP version; if not, the agent fails on IPv6
            destinations.
        several_networks: whether there can be several overlay networks.
        candidate_survives: whether the candidate is kept, rather than the original, if a swap of security groups was
            interrupted after both the `asg-` chain and its candidate had been linked.
    """

    by_ip_version: bool
    several_networks: bool
    candidate_survives: bool


_LAST_OF_2024: Final = (3, 53)

RELEASE_2024: Final = SilkRelease(by_ip_version=False, several_networks=False, candidate_survives=False)
"""silk-release 3.53 and older."""

CURRENT: Final = SilkRelease(by_ip_version=True, several_networks=True, candidate_survives=True)
"""silk-release after 3.53; also the default if no release is given."""


def silk_release(version: str) -> SilkRelease:
    """Return the behaviour of a version such as `3.53`, `3.116.0` or `v3.116.0`; empty means a current one.

    Raises:
        ValueError: `version` is not a valid version.
    """
    if not version:
        return CURRENT
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"not a silk-release version: {version}")
    return RELEASE_2024 if (int(found[1]), int(found[2])) <= _LAST_OF_2024 else CURRENT
