"""Chains for people, for `iptables-restore`, and for programs; cell by cell, so that memory does not grow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.planning import chain_text
from cfnet.show.machine import FORMAT_VERSION, app_json, as_unicode, policy_json, ports_json
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.state import State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import App


class CellRules(NamedTuple):
    """What is to be shown of a cell.

    Attributes:
        rules: rules of its policy chain.
        positions: the position of each of them in the chain, from 1.
        own: chains of its containers; None where only the policy chain is to be shown.
    """

    cell: str
    rules: Sequence[PlannedRule]
    positions: Sequence[int]
    own: Sequence[ContainerChain] | None = None


def listings(cells: Iterable[CellRules], chain: str, *, on_terminal: bool) -> Iterator[str]:
    """For each cell a `#` line with its name, and what `iptables -S` prints there.

    A terminal might obey characters of ids in it: for one they are escaped. Other readers get them as they are.
    """
    return _blocks(cells, chain, chain_text.listing, chain_text.whole_listing, on_terminal=on_terminal)


def saves(cells: Iterable[CellRules], chain: str, *, on_terminal: bool) -> Iterator[str]:
    """For each cell a `#` line with its name, and what `iptables-restore` loads there; the same of terminals."""
    return _blocks(cells, chain, chain_text.save, chain_text.whole_save, on_terminal=on_terminal)


def _blocks(
    cells: Iterable[CellRules],
    chain: str,
    form: Callable[[Iterable[str], str], str],
    whole: Callable[[Iterable[str], str, Sequence[ContainerChain]], str],
    *,
    on_terminal: bool,
) -> Iterator[str]:
    for cell in cells:
        texts = [rule.text for rule in cell.rules]
        if on_terminal and not "".join(texts).isprintable():  # asked once a cell: it costs a tenth of asking each
            texts = list(map(printable, texts))
        # The containers' own chains name no apps: handles, interfaces and addresses are checked when they are read.
        block = form(texts, chain) if cell.own is None else whole(texts, chain, cell.own)
        yield f"# {printable(cell.cell)}\n{block}"


def rules_json(cells: Iterable[CellRules], chain: str, state: State) -> Iterator[str]:
    """The document of `render --json`, a piece for each cell, each rule on a line of its own.

        {"format_version": 1, "chain": "vpa--preview", "tags": "given", "notes": […], "complete": true, "cells": [
          {"cell": "cell-1", "rules": [RULE, …]}, …]}

    `tags` is "given", or "allotted" where cfnet had to; `notes` are sentences on what was missing. RULE:

        {"position": 3, "kind": "allow", "text": "-d 10.255.77.4/32 … -j ACCEPT", "container": HANDLE,
         "ip": "10.255.77.4", "mark": "0x2", "protocol": "tcp", "ports": {"start": 8080, "end": 8080},
         "source": APP, "destination": APP,
         "policy": {"source": GUID, "destination": GUID, "protocol": "tcp", "ports": {"start": 8080, "end": 8080}}}

    `position` counts in the cell's whole chain, also where only some rules are shown. `kind` is "overlay-accept",
    "mark", "log", "allow" or "ingress". `text` is the rule as `iptables -S` prints it, without `-A` and the chain.
    `ip` is the container's, the rule's source for a mark and its destination for all others. APP is `{"guid",
    "name", "space", "org"}`, where all but the GUID are null if they are not known. What a kind has not is null:
    a mark has no destination, an ingress rule no source (the routers), an overlay-accept nothing but its text.

    Where the containers' own chains are asked for, a cell has "chains": [CHAIN, …] too, container by container:

        {"chain": "input--0000…", "kind": "input", "container": HANDLE, "jumps": [
          {"chain": "INPUT", "text": "-s 10.255.77.4/32 -j input--0000…"}], "rules": ["-m state …", …]}

    `kind` is "input", "netout", "overlay", "log", "rate-limit-log" or "security-groups"; `jumps` are the rules of
    INPUT and FORWARD that lead to it, below the jump to the policy chain.
    """
    apps = state.read_apps()
    head = {
        "format_version": FORMAT_VERSION,
        "chain": chain,
        "tags": "allotted" if state.tags.allotted else "given",
        "notes": list(state.notes),
        "complete": state.complete,
    }
    yield json.dumps(head)[:-1] + ', "cells": ['
    separator = "\n"
    for cell in cells:
        numbered = zip(cell.positions, cell.rules, strict=True)
        lines = ",".join(f"\n{json.dumps(rule_json(rule, position, apps))}" for position, rule in numbered)
        own = "" if cell.own is None else f', "chains": [{",".join(map(_own_chain, cell.own))}\n]'
        yield f'{separator}{{"cell": {json.dumps(cell.cell)}, "rules": [{lines}\n]{own}}}'
        separator = ",\n"
    yield "\n]}\n"


def _own_chain(chain: ContainerChain) -> str:
    return "\n" + json.dumps(
        {
            "chain": chain.name,
            "kind": chain.kind.value,
            "container": chain.container.handle,
            "jumps": [{"chain": jump.parent, "text": jump.text} for jump in chain.jumps],
            "rules": chain.rules,
        }
    )


def rule_json(rule: PlannedRule, position: int, apps: Mapping[str, App]) -> dict[str, object]:
    """A rule as `rules_json` has it."""
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
