"""Recognize the chains of the policy agent and the CNI wrapper by their names."""

from enum import StrEnum
from typing import Final


class RuleChain(StrEnum):
    """The kind of a chain."""

    POLICIES = "vpa"
    OVERLAY = "overlay"
    INPUT = "input"
    RATE_LIMIT_LOG = "rl-log"
    LOG = "log"
    NETOUT = "netout"
    SECURITY_GROUPS = "asg"
    NETIN = "netin"


_NAMES: Final = (
    ("vpa--", "", RuleChain.POLICIES),
    ("overlay--", "", RuleChain.OVERLAY),
    ("input--", "", RuleChain.INPUT),
    ("netout--", "--rl-log", RuleChain.RATE_LIMIT_LOG),
    ("netout--", "--log", RuleChain.LOG),
    ("netout--", "", RuleChain.NETOUT),
    ("asg-", "", RuleChain.SECURITY_GROUPS),
    ("casg-", "", RuleChain.SECURITY_GROUPS),
    ("netin--", "", RuleChain.NETIN),
)
"""Prefix, suffix and kind; the first match counts."""


def kind_of(chain: str) -> RuleChain | None:
    """Return the kind of a chain; None for built-in and foreign chains."""
    for beginning, ending, kind in _NAMES:
        if chain.startswith(beginning) and chain.endswith(ending):
            return kind
    return None
