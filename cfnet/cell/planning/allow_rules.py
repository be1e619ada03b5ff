"""The rules for policies at their destinations, as text without the container's IP: each app's are made once.

An app may have hundreds of policies and dozens of containers, on as many cells. The rules for its containers differ
only in the IP, so nearly all work is done per app; those of a container are a copy of that text with its IP.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.planning.refused_policies import comment_of
from cfnet.policy import Policy, Protocol
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import KeysView, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.tags import Tags

_HEAD: Final = "\0"
"""Represents the start of each rule. Rules do not contain it: for iptables-restore, it ends the line."""
_HEAD_BYTE: Final = _HEAD.encode()

_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,120}+", re.ASCII)
"""An id, such as a GUID, that JSON, comments and log prefixes contain unchanged, together with any other such id."""

_PREFIX_ROOM: Final = kernel_text.PREFIX_BYTES - len("OK__")
"""Characters of a log prefix for a tag and an id."""


class AppRules(NamedTuple):
    """The rules towards an app.

    Attributes:
        policies: the policies with the app as destination, in the agent's order.
        text: their rules, two for each policy if it is logged, as lines in UTF-8 that begin with `_HEAD`.
    """

    policies: Sequence[Policy]
    text: bytes

    def lines(self, head: str) -> bytes:
        """Return the rules for a container as lines that begin with `head`, the match of its IP."""
        return self.text.replace(_HEAD_BYTE, head.encode())


class AllowRules:
    """The rules that allow, and log, what policies allow."""

    def __init__(self, policies: Sequence[Policy], tags: Tags, settings: AgentSettings) -> None:
        """Use these policies; all apps in them have a tag."""
        self._logging = settings.iptables_logging
        rate = settings.iptables_accepted_udp_logs_per_sec
        self._limit = kernel_text.limit(rate, burst=rate)
        self._tags: Mapping[str, str] = {app: tags.by_app[app] for app in {policy.source for policy in policies}}
        self._plain = {app: (tag, f"0x{int(tag, 16):x}") for app, tag in self._tags.items() if _PLAIN.fullmatch(app)}
        self._towards: dict[str, list[Policy]] = {}
        for policy in policies:
            self._towards.setdefault(policy.destination, []).append(policy)
        self._made: dict[str, AppRules] = {}

    @property
    def sources(self) -> KeysView[str]:
        """The GUIDs of the source apps."""
        return self._tags.keys()

    @property
    def destinations(self) -> KeysView[str]:
        """The GUIDs of the destination apps."""
        return self._towards.keys()

    def towards(self, app: str) -> AppRules:
        """Return the rules for a destination app."""
        made = self._made.get(app)
        if made is None:
            rows = sorted(self._rows(app))
            text = "".join([row[1] for row in rows]).encode("utf-8", "surrogateescape")
            made = self._made[app] = AppRules([row[2] for row in rows], text)
        return made

    def _rows(self, app: str) -> list[tuple[str, str, Policy]]:
        """Return the agent's sort key and the rules of each policy towards an app. The hottest loop of rendering.

        Everything about a policy is done at once, with few objects: half a million do not fit into the CPU's caches.
        """
        plain = self._plain if _PLAIN.fullmatch(app) else {}
        logging, tcp = self._logging, Protocol.TCP
        new, limit, end = kernel_text.NEW_ONLY, self._limit, f'{app}" -j ACCEPT\n'
        rows = []
        for policy in self._towards[app]:
            source, _, protocol, (first, last) = policy
            if source not in plain:
                rows.append(self._odd_row(policy))
                continue
            tag, mark = plain[source]
            ports = f" --dport {first}" if 0 <= first == last <= HIGHEST else _port_match(policy)
            word, limited = ("tcp", new) if protocol is tcp else ("udp", limit)
            match = f"{_HEAD} -p {word} -m {word}{ports} -m mark --mark {mark}"
            rules = f'{match} -m comment --comment "src:{source}_dst:{end}'
            if logging:
                prefix = app[: _PREFIX_ROOM - len(tag)]
                rules = f'{match} {limited} -j LOG --log-prefix "OK_{tag}_{prefix} "\n{rules}'
            rows.append((f'{first},{last},{source}"{word}', rules, policy))
        return rows

    def _odd_row(self, policy: Policy) -> tuple[str, str, Policy]:
        """Return the same for a policy with an id that may have to be escaped or truncated."""
        source, app, protocol, (first, last) = policy
        tag = self._tags[source]
        match = f"{_HEAD} -p {protocol} -m {protocol}{_port_match(policy)} -m mark --mark 0x{int(tag, 16):x}"
        rules = f'{match} -m comment --comment "{kernel_text.comment(comment_of(policy))}" -j ACCEPT\n'
        if self._logging:
            limited = kernel_text.NEW_ONLY if protocol is Protocol.TCP else self._limit
            rules = f"{match} {limited} -j LOG --log-prefix {kernel_text.log_prefix(f'OK_{tag}_{app}')}\n{rules}"
        # The JSON fields that the key omits are equal for all policies towards an app, or depend on the source.
        return f'{first},{last},{go_text.json_text(source)}"{protocol}', rules, policy


def _port_match(policy: Policy) -> str:
    """Return the match of a policy's ports; ports that iptables rejects have been reported before."""
    return kernel_text.destination_ports(*(kernel_text.kept_ports(policy.protocol, policy.ports) or policy.ports))
