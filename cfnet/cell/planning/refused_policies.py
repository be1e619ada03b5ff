"""Find the policies whose rules iptables-restore rejects: the agent would fail and keep the old chain on the cell."""

from __future__ import annotations

from itertools import filterfalse
from typing import TYPE_CHECKING, Final

from cfnet.cell.model import kernel_text
from cfnet.errors import InputFault
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from cfnet.cell.model.container import Container
    from cfnet.policy import Policy

LONGEST: Final = 123
"""Maximum characters of an id for which comments are never truncated or rejected.

Two ids of 123 bytes give a comment of 255 bytes; two ids of 123 characters, one of at most 993 bytes.
"""
_ID: Final = "an id without quotes, tabs and line breaks"
_SHORTER: Final = f"ids that give a comment of at most {kernel_text.WORD_BYTES:,} bytes"
_PORTS: Final = f"ports from 0 to {HIGHEST}, the lower first"
_REFUSED: Final = "iptables-restore rejects such a rule: the agent would fail and keep the old chain on the cell."


class RefusedPolicies:
    """The policies of a foundation that iptables-restore rejects."""

    def __init__(self, policies: Sequence[Policy], origin: str, apps: AbstractSet[str]) -> None:
        """Describe them.

        Args:
            policies: all policies of the foundation.
            origin: the source of the policies, for errors.
            apps: the apps with rules that iptables-restore rejects (`with_bad_ports`, `with_bad_ids`).
        """
        self._policies = policies
        self._origin = origin
        self._apps = apps

    def require_none(self, containers: Iterable[Container]) -> None:
        """Check that the rules for `containers` can be loaded.

        Raises:
            InputFault: iptables rejects the ports or an id of a policy of one of their apps.
        """
        if self._apps:
            for container in containers:
                if container.app in self._apps:
                    raise self._not_loadable(container.app)

    def _not_loadable(self, app: str) -> InputFault:
        """Describe what iptables-restore rejects in the rules for containers of `app`."""
        for position, policy in enumerate(self._policies):
            if app in (policy.source, policy.destination):
                fault = self._fault_of(policy, f"policies[{position}]", towards=policy.destination == app)
                if fault:
                    return fault
        raise AssertionError("called for an app with valid rules only")

    def _fault_of(self, policy: Policy, place: str, *, towards: bool) -> InputFault | None:
        """Return the fault of a policy for containers of its source or, if `towards`, of its destination."""
        if not kernel_text.is_word(policy.source):
            return self._fault(f"{place}.source.id", _ID, policy.source)
        if towards and not kernel_text.is_word(policy.destination):
            return self._fault(f"{place}.destination.id", _ID, policy.destination)
        if towards and kernel_text.kept_ports(policy.protocol, policy.ports) is None:
            return self._fault(f"{place}.destination.ports", _PORTS, str(policy.ports))
        if longer := _beyond(f"src:{policy.source}"):
            return self._fault(f"{place}.source.id", _SHORTER, f"{longer:,} bytes too many")
        if towards and (longer := _beyond(comment_of(policy))):
            return self._fault(f"{place}.destination.id", _SHORTER, f"{longer:,} bytes too many")
        return None

    def _fault(self, place: str, expected: str, found: str) -> InputFault:
        return InputFault(f"{place}: expected {expected}, found {found}", where=self._origin, hint=_REFUSED)


def with_bad_ids(policies: Sequence[Policy], sources: AbstractSet[str], destinations: AbstractSet[str]) -> set[str]:
    """Return the apps of `policies` with rules that iptables-restore rejects because of an id."""
    refused: set[str] = set()
    apps = sources | destinations
    odd = set(filterfalse(kernel_text.is_word, apps))
    if max(map(len, apps), default=0) > LONGEST:
        odd |= {app for app in sources if _beyond(f"src:{app}")}
        refused |= {policy.destination for policy in policies if _beyond(comment_of(policy))}
    if odd:
        refused |= odd | {policy.destination for policy in policies if policy.source in odd}
    return refused


def with_bad_ports(policies: Iterable[Policy]) -> set[str]:
    """Return the destinations of policies whose ports iptables-restore rejects."""
    return {policy.destination for policy in policies if kernel_text.kept_ports(policy.protocol, policy.ports) is None}


def comment_of(policy: Policy) -> str:
    """Return the comment that the agent gives to the rule for a policy."""
    return f"src:{policy.source}_dst:{policy.destination}"


def _beyond(comment: str) -> int:
    """Return how many bytes a comment exceeds the limit of iptables-restore by."""
    return max(kernel_text.comment_bytes(comment) - kernel_text.WORD_BYTES, 0)
