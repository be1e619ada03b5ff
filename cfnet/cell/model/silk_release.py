"""Releases of silk-release, and what differs between them on a cell.

The golden cases come from 3.53 (October 2024); cf-deployment of mid-2026 ships 3.116. Source: job specs, RFC 0038, pull
requests 148 and 155 of silk-release, and cf-networking-release's description of the agent's enforcement cycle. The
releases between the two were not compared one by one: every release after 3.53 is planned as 3.116.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})(?:\.[0-9]{1,6})?", re.ASCII)


class SilkRelease(NamedTuple):
    """What the policy agent and the CNI wrapper of a release do.

    Attributes:
        by_ip_version: whether the rules of security groups are filtered by IP version; if not, the agent fails at
            IPv6 destinations.
        several_networks: whether the overlay network may be a list.
        candidate_survives: which chain is kept where a swap of security groups was interrupted after both the
            `asg-` chain and its candidate were linked: the candidate, or the original.
    """

    by_ip_version: bool
    several_networks: bool
    candidate_survives: bool


_LAST_OF_2024: Final = (3, 53)

RELEASE_2024: Final = SilkRelease(by_ip_version=False, several_networks=False, candidate_survives=False)
"""silk-release 3.53 and older."""

CURRENT: Final = SilkRelease(by_ip_version=True, several_networks=True, candidate_survives=True)
"""silk-release after 3.53, and what is assumed where no release is given."""


def silk_release(version: str) -> SilkRelease:
    """What the release of this version does, as in `3.53`, `3.116.0` or `v3.116.0`; a current one for an empty text.

    Raises:
        ValueError: `version` is not a version.
    """
    if not version:
        return CURRENT
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"not a version of silk-release: {version}")
    return RELEASE_2024 if (int(found[1]), int(found[2])) <= _LAST_OF_2024 else CURRENT
