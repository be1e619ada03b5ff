"""The rules for policies at their destinations, as text without the container's IP: each app's are made once.

An app may have hundreds of policies and dozens of containers, on as many cells. The rules for its containers differ
only in the IP, so nearly all work is done per app; those of a container are a copy of that text with its IP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.planning.refused_policies import LONGEST, comment_of
from cfnet.policy import Policy, Protocol
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import KeysView, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.tags import Tags

_HEAD: Final = "\0"
"""Represents the start of each rule. Rules do not contain it: for iptables-restore, it ends the line."""


class AllowRules:
    """The rules that allow, and log, what policies allow, by destination app."""

    def __init__(self, policies: Sequence[Policy], tags: Tags, settings: AgentSettings) -> None:
        """Use these policies; all apps in them have a tag."""
        self._logging = settings.iptables_logging
        rate = settings.iptables_accepted_udp_logs_per_sec
        self._limit = kernel_text.limit(rate, burst=rate)
        self.sources: Mapping[str, SourceParts] = {
            app: _parts(app, tags.by_app[app], self._limit) for app in {policy.source for policy in policies}
        }
        self._towards: dict[str, list[Policy]] = {}
        for policy in policies:
            self._towards.setdefault(policy.destination, []).append(policy)
        self._in_order: dict[str, list[Policy]] = {}
        self._texts: dict[str, str] = {}

    @property
    def destinations(self) -> KeysView[str]:
        """The GUIDs of the destination apps."""
        return self._towards.keys()

    def policies(self, app: str) -> list[Policy]:
        """Return the policies with `app` as destination, in the agent's order."""
        found = self._in_order.get(app)
        if found is None:
            found = self._in_order[app] = sorted(self._towards[app], key=self._sort_key)
        return found

    def lines(self, app: str, head: str) -> str:
        """Return the rules for a container of the destination `app`, in the agent's order.

        Each rule is a line that begins with `head`, the match of the container's IP. With logging, two rules in turn
        are the log rule and the allow rule of a policy.
        """
        found = self._texts.get(app)
        if found is None:
            found = self._texts[app] = self._text(app)
        return found.replace(_HEAD, head)

    def _text(self, app: str) -> str:
        """Write the rules for a destination app. The hottest loop of rendering."""
        plain, logging, sources = _is_plain(app), self._logging, self.sources
        tcp, udp = f"{_HEAD} -p tcp -m tcp", f"{_HEAD} -p udp -m udp"
        end = f'{app}" -j ACCEPT\n'
        texts = []
        for policy in self.policies(app):
            source, _, protocol, (first, last) = policy
            is_tcp = protocol is Protocol.TCP
            ports = f" --dport {first}" if 0 <= first == last <= HIGHEST else _port_match(policy)
            match = f"{tcp if is_tcp else udp}{ports}"
            parts = sources[source]
            if not (plain and parts.is_plain):
                texts.append(self._odd(match, policy, parts))
            elif logging:
                log = parts.log_tcp if is_tcp else parts.log_udp
                texts.append(f'{match}{log}{app[: parts.room]} "\n{match}{parts.allow}{end}')
            else:
                texts.append(f"{match}{parts.allow}{end}")
        return "".join(texts)

    def _odd(self, match: str, policy: Policy, parts: SourceParts) -> str:
        """Write the rules for a policy with an id that iptables escapes or truncates."""
        comment = kernel_text.comment(comment_of(policy))
        allow = f'{match}{parts.carries} -m comment --comment "{comment}" -j ACCEPT\n'
        if not self._logging:
            return allow
        limited = kernel_text.NEW_ONLY if policy.protocol is Protocol.TCP else self._limit
        prefix = kernel_text.log_prefix(f"OK_{parts.tag}_{policy.destination}")
        return f"{match}{parts.carries} {limited} -j LOG --log-prefix {prefix}\n{allow}"

    def _sort_key(self, policy: Policy) -> str:
        """Return the sort key of policies towards one app; omitted JSON fields are equal or depend on the source."""
        source, _, protocol, (first, last) = policy
        return f"{first},{last},{self.sources[source].json}" + protocol


class SourceParts(NamedTuple):
    """The parts of rules that depend on the source app only.

    Attributes:
        tag: its tag.
        mark: its mark.
        marks: the mark rule without the container's IP.
        json: its id and the closing quote in the JSON that the agent sorts by.
        carries: the match of the mark.
        is_plain: whether comments and prefixes contain its id unchanged, together with any other plain one.
        log_tcp, log_udp: a log rule between the match of the ports and the destination's id; only if plain.
        room: how many characters of the destination's id a log prefix has.
        allow: an allow rule between the match of the ports and the destination's id; only if plain.
    """

    tag: str
    mark: int
    marks: str
    json: str
    carries: str
    is_plain: bool
    log_tcp: str
    log_udp: str
    room: int
    allow: str


def _parts(app: str, tag: str, limit: str) -> SourceParts:
    mark = int(tag, 16)
    carries = f" -m mark --mark 0x{mark:x}"
    prefix = f"OK_{tag}_"
    start = f'-j LOG --log-prefix "{prefix}'
    comment = kernel_text.comment(f"src:{app}")
    return SourceParts(
        tag,
        mark,
        f'-m comment --comment "{comment}" -j MARK --set-xmark 0x{mark:x}/0xffffffff',
        f'{go_text.json_text(app)}"',
        carries,
        _is_plain(app),
        f"{carries} {kernel_text.NEW_ONLY} {start}",
        f"{carries} {limit} {start}",
        kernel_text.PREFIX_BYTES - len(prefix),
        f'{carries} -m comment --comment "src:{app}_dst:',
    )


def _is_plain(app: str) -> bool:
    """Whether comments and prefixes contain the id of an app unchanged, together with any other plain id."""
    return len(app) <= LONGEST and app.isascii() and kernel_text.comment(app) == app


def _port_match(policy: Policy) -> str:
    """Return the match of a policy's ports; ports that iptables rejects have been reported before."""
    return kernel_text.destination_ports(*(kernel_text.kept_ports(policy.protocol, policy.ports) or policy.ports))
