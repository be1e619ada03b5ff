"""The rules for policies at their destinations, as text without the container's IP: each app's are made once.

An app may have hundreds of policies and dozens of containers, on as many cells. The rules for its containers differ
only in the IP, so nearly all work is done per app; those of a container are a copy of that text with its IP.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.planning.refused_policies import comment_of
from cfnet.policy import Policy, Protocol
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Iterable, KeysView, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.tags import Tags

_HEAD: Final = "\0"
"""Represents the start of each rule. Rules do not contain it: for iptables-restore, it ends the line."""
_HEAD_BYTE: Final = _HEAD.encode()

_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,120}+", re.ASCII)
"""An id, such as a GUID, that JSON, comments and log prefixes contain unchanged, together with any other such id."""

_PREFIX_ROOM: Final = kernel_text.PREFIX_BYTES - len("OK__")
"""Characters of a log prefix for a tag and an id."""


class AllowRules:
    """The rules that allow, and log, what policies allow.

    Half a million policies do not fit into the CPU's caches, and following references to one of them takes longer than
    formatting it. Therefore they are read once, in their order: each becomes a short row of text, whose start is the
    agent's sort key. The rest is done per destination app, with its rows only.
    """

    def __init__(self, policies: Sequence[Policy], tags: Tags, settings: AgentSettings) -> None:
        """Use these policies; all apps in them have a tag."""
        self._policies = policies
        self._logging = settings.iptables_logging
        rate = settings.iptables_accepted_udp_logs_per_sec
        self._limit = kernel_text.limit(rate, burst=rate)
        self._forms = {
            "tcp": (f"{_HEAD} -p tcp -m tcp", f' {kernel_text.NEW_ONLY} -j LOG --log-prefix "OK_'),
            "udp": (f"{_HEAD} -p udp -m udp", f' {self._limit} -j LOG --log-prefix "OK_'),
        }
        """How rules begin, and how log rules go on, by protocol."""
        self._tags = tags
        self._ends: dict[str, str] = {}
        """How the rows of a source app end; empty for those whose ids may be odd."""
        self._rows: dict[str, list[str]] = defaultdict(list)
        self.unusual: Sequence[Policy] = self._read(policies)
        """The policies with a range of ports, or with invalid ones."""

    @property
    def sources(self) -> KeysView[str]:
        """The GUIDs of the source apps."""
        return self._ends.keys()

    @property
    def destinations(self) -> KeysView[str]:
        """The GUIDs of the destination apps."""
        return self._rows.keys()

    def policies(self, app: str) -> list[Policy]:
        """Return the policies with `app` as destination, in the agent's order."""
        return sorted(self._towards[app], key=self._sort_key)

    def text(self, app: str) -> bytes:
        """Return the rules for a container of the destination `app`, in the agent's order: see `with_head`.

        With logging, two rules in turn are the log rule and the allow rule of a policy.
        """
        return self._text(app).encode("utf-8", "surrogateescape")

    def _read(self, policies: Iterable[Policy]) -> list[Policy]:
        """Add a row for each policy: sort key, match and tag; return the policies with unusual ports."""
        rows, ends, tcp = self._rows, self._ends, Protocol.TCP
        unusual = []
        for policy in policies:
            source, app, protocol, (first, last) = policy
            end = ends.get(source)
            if end is None:
                end = ends[source] = self._end(source)
            if 0 <= first == last <= HIGHEST:
                ports = f" --dport {first}"
            else:
                unusual.append(policy)
                ports = _port_match(policy)
            word = "tcp" if protocol is tcp else "udp"
            rows[app].append(end and f'{first},{last},"{source}"{word}"{ports}{end}')
        return unusual

    def _end(self, source: str) -> str:
        tag = self._tags.by_app[source]
        return f' -m mark --mark 0x{int(tag, 16):x}"{tag}' if _PLAIN.fullmatch(source) else ""

    def _text(self, app: str) -> str:
        """Write the rules towards an app; each line begins with `_HEAD`."""
        rows = sorted(self._rows[app])
        if not rows[0] or not _PLAIN.fullmatch(app):
            return "".join(map(self._odd, self.policies(app)))
        logging, forms = self._logging, self._forms
        comment, end = ' -m comment --comment "src:', f'_dst:{app}" -j ACCEPT\n'
        texts = []
        for row in rows:
            _ports, source, word, rest, tag = row.split('"')
            match, log = forms[word]
            match += rest
            if logging:
                texts.append(f'{match}{log}{tag}_{app[: _PREFIX_ROOM - len(tag)]} "\n{match}{comment}{source}{end}')
            else:
                texts.append(f"{match}{comment}{source}{end}")
        return "".join(texts)

    def _odd(self, policy: Policy) -> str:
        """Write the rules for a policy with an id that may have to be escaped or truncated."""
        protocol, tag = policy.protocol, self._tags.by_app[policy.source]
        match = f"{_HEAD} -p {protocol} -m {protocol}{_port_match(policy)} -m mark --mark 0x{int(tag, 16):x}"
        rules = f'{match} -m comment --comment "{kernel_text.comment(comment_of(policy))}" -j ACCEPT\n'
        if self._logging:
            limited = kernel_text.NEW_ONLY if protocol is Protocol.TCP else self._limit
            prefix = kernel_text.log_prefix(f"OK_{tag}_{policy.destination}")
            rules = f"{match} {limited} -j LOG --log-prefix {prefix}\n{rules}"
        return rules

    @cached_property
    def _towards(self) -> Mapping[str, Sequence[Policy]]:
        found: dict[str, list[Policy]] = defaultdict(list)
        for policy in self._policies:
            found[policy.destination].append(policy)
        return found

    @staticmethod
    def _sort_key(policy: Policy) -> str:
        """Return the sort key of policies towards one app; omitted JSON fields are equal or depend on the source."""
        source, _, protocol, (first, last) = policy
        return f'{first},{last},{go_text.json_text(source)}"' + protocol


def with_head(text: bytes, head: str) -> bytes:
    """Return rules as lines that begin with `head`, the match of a container's IP."""
    return text.replace(_HEAD_BYTE, head.encode())


def _port_match(policy: Policy) -> str:
    """Return the match of a policy's ports; ports that iptables rejects have been reported before."""
    return kernel_text.destination_ports(*(kernel_text.kept_ports(policy.protocol, policy.ports) or policy.ports))
