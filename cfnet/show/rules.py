"""Formats chains as listings, for `iptables-restore`, and as JSON; cell by cell, to keep memory constant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.planning import chain_text
from cfnet.show.machine import app_json, as_unicode, policy_json, ports_json, rows_json, stream_json
from cfnet.show.printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.state import State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import App


class CellRules(NamedTuple):
    """The rules of a cell to show, as values.

    Attributes:
        rules: the rules of its policy chain, or some of them.
        positions: the position of each rule in the chain, from 1.
        own: the chains of its containers; None to show only the policy chain.
    """

    cell: str
    rules: Sequence[PlannedRule]
    positions: Sequence[int]
    own: Sequence[ContainerChain] | None = None

    def lines(self, chain: str) -> CellLines:
        """The rules as text."""
        lines = chain_text.lines_of([rule.text for rule in self.rules], chain)
        return CellLines(self.cell, [lines.encode("utf-8", "surrogateescape")], self.own)


class CellLines(NamedTuple):
    """The rules of a cell to show, as text.

    Attributes:
        lines: the lines of its policy chain, or some of them, in UTF-8 and in pieces.
        own: the chains of its containers; None to show only the policy chain.
    """

    cell: str
    lines: Sequence[bytes]
    own: Sequence[ContainerChain] | None = None


def cell_listing(cell: CellLines, chain: str, *, on_terminal: bool) -> bytes:
    """Format a cell as a `#` line with its name, followed by the output of `iptables -S`, in UTF-8.

    On a terminal, ids are escaped, as they may contain control characters. Other readers get them unchanged.
    """
    return _block(cell, chain_text.listing(chain, cell.own or ()), on_terminal=on_terminal)


def cell_save(cell: CellLines, chain: str, *, on_terminal: bool) -> bytes:
    """Format a cell as a `#` line with its name, followed by the input of `iptables-restore`; see `cell_listing`."""
    return _block(cell, chain_text.save(chain, cell.own or ()), on_terminal=on_terminal)


def _block(cell: CellLines, around: chain_text.ChainFrame, *, on_terminal: bool) -> bytes:
    lines = cell.lines
    if on_terminal:
        lines = [printable_lines(b"".join(lines).decode("utf-8", "surrogateescape")).encode()]
    # The containers' own chains contain no names: handles, interfaces and addresses are checked when read.
    return b"".join([f"# {printable(cell.cell)}\n{around.before}".encode(), *lines, around.after.encode()])


def rules_json(cells: Iterable[str], chain: str, state: State) -> Iterator[str]:
    """Format the output of `render --json`, a piece for each cell (`cell_json`), one rule per line.

        {"format_version": 1, "chain": "vpa--preview", "tags": "given", "notes": […], "complete": true, "cells": [
          {"cell": "cell-1", "rules": [RULE, …]}, …]}

    `tags` is "given", or "allotted" if cfnet had to assign tags itself; `notes` say which input was missing. RULE:

        {"position": 3, "kind": "allow", "text": "-d 10.255.77.4/32 … -j ACCEPT", "container": HANDLE,
         "ip": "10.255.77.4", "mark": "0x2", "protocol": "tcp", "ports": {"start": 8080, "end": 8080},
         "source": APP, "destination": APP,
         "policy": {"source": GUID, "destination": GUID, "protocol": "tcp", "ports": {"start": 8080, "end": 8080}}}

    `position` is the position in the cell's whole chain, even if only some rules are shown. `kind` is
    "overlay-accept", "mark", "log", "allow" or "ingress". `text` is the rule as `iptables -S` prints it, without `-A`
    and the chain. `ip` is the container's IP: the source of a mark rule, the destination of all others. APP is
    `{"guid", "name", "space", "org"}`; if an app is unknown, all except the GUID are null. Fields that do not apply to
    a kind are null: a mark has no destination, an ingress rule has no source (the routers), and an overlay-accept has
    only its text.

    With the containers' own chains, a cell also has "chains": [CHAIN, …], container by container:

        {"chain": "input--0000…", "kind": "input", "container": HANDLE, "jumps": [
          {"chain": "INPUT", "text": "-s 10.255.77.4/32 -j input--0000…"}], "rules": ["-m state …", …]}

    `kind` is "input", "netout", "overlay", "log", "rate-limit-log" or "security-groups"; `jumps` are the rules of
    INPUT and FORWARD that jump to it, below the jump to the policy chain.
    """
    head = {
        "chain": chain,
        "tags": "allotted" if state.tags.allotted else "given",
        "notes": list(state.notes),
        "complete": state.complete,
    }
    return stream_json(head, "cells", cells)


def cell_json(cell: CellRules, apps: Mapping[str, App]) -> str:
    """Format a cell, as described at `rules_json`."""
    numbered = zip(cell.positions, cell.rules, strict=True)
    rules = (rule_json(rule, position, apps) for position, rule in numbered)
    if cell.own is None:
        return rows_json({"cell": cell.cell}, rules=rules)
    return rows_json({"cell": cell.cell}, rules=rules, chains=map(_own_chain, cell.own))


def _own_chain(chain: ContainerChain) -> dict[str, object]:
    return {
        "chain": chain.name,
        "kind": chain.kind.value,
        "container": chain.container.handle,
        "jumps": [{"chain": jump.parent, "text": jump.text} for jump in chain.jumps],
        "rules": chain.rules,
    }


def rule_json(rule: PlannedRule, position: int, apps: Mapping[str, App]) -> dict[str, object]:
    """Convert a rule, as described at `rules_json`."""
    source, destination, protocol, ports = _ends(rule)
    policy = rule.policy
    return {
        "position": position,
        "kind": rule.kind.value,
        "text": as_unicode(rule.text),
        "container": rule.container and rule.container.handle,
        "ip": rule.container and rule.container.ip,
        "mark": None if rule.mark is None else f"0x{rule.mark:x}",
        "protocol": protocol,
        "ports": ports,
        "source": source and app_json(source, apps.get(source)),
        "destination": destination and app_json(destination, apps.get(destination)),
        "policy": policy and policy_json(policy),
    }


class _Ends(NamedTuple):
    source: str | None = None
    destination: str | None = None
    protocol: str | None = None
    ports: dict[str, int] | None = None


def _ends(rule: PlannedRule) -> _Ends:
    if rule.policy is not None:
        policy = rule.policy
        return _Ends(policy.source, policy.destination, policy.protocol.value, ports_json(policy.ports))
    if rule.container is None:
        return _Ends()
    if rule.port is not None:
        return _Ends(None, rule.container.app, "tcp", {"start": rule.port, "end": rule.port})
    return _Ends(rule.container.app)
