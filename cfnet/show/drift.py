"""Formats the drift of cells, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.drift.chain_drift import ABOUT_CALLS, Drift, DriftKind
from cfnet.cell.drift.drift_subject import Subject, Subjects
from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.iptables.rule import read_rule
from cfnet.show.calls import calls_told
from cfnet.show.effects import effect_told
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.machine import app_json, as_unicode, policy_json, rows_json, stream_json
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.names import Names
    from cfnet.cell.packet.rule_reach import CellNetwork
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.policy import App


_WHAT: Final = {
    DriftKind.MISSING: "rule {wanted_position} of {chain}",
    DriftKind.EXTRA: "rule {position} of {chain} should not be there",
    DriftKind.WRONG_ORDER: "rule {position} of {chain} should be rule {wanted_position}",
    DriftKind.WRONG_MARK: "rule {position} of {chain} has the mark of another app: a tag has moved",
    DriftKind.STALE_CHAIN: "no rule jumps to {chain}, a policy chain that the agent left behind",
    DriftKind.TWO_CHAINS: "rule {position} of {chain} jumps to an older policy chain, not deleted yet",
    DriftKind.UNREADABLE: "iptables could not print rule {position} of {chain} completely, so it cannot be checked",
}


class CheckedCell(NamedTuple):
    """The result of checking one cell.

    Attributes:
        planned: the chains that the cell should have.
        whole_cell: whether per-container chains were checked, too.
        drifts: the deviations; empty if the cell is in sync.
        ignored: the number of rules that are not managed by Cloud Foundry and do not affect calls between apps.
        doubtful: the kinds of findings that policies or tags may explain that are not known.
        complete: whether all policies are known.
    """

    cell: str
    planned: PlannedCell
    whole_cell: bool
    drifts: Sequence[Drift]
    ignored: int = 0
    doubtful: frozenset[DriftKind] = frozenset()
    complete: bool = True

    def word(self, kind: DriftKind) -> str:
        """The name of a kind of findings."""
        return f"possible {kind.value}" if kind in self.doubtful else kind.value


def drift_text(cells: Iterable[CheckedCell], names: Names, *, colour: bool) -> Iterator[str]:
    """Format a line for each cell, then its findings: the rule, its meaning, and the policy or container it is for."""
    for checked in cells:
        style = LineStyle.BAD if checked.drifts else LineStyle.GOOD
        yield f"{styled(printable(f'{checked.cell}: {_verdict(checked)}'), style, colour=colour)}\n"
        subjects, network = Subjects(checked.planned, names), checked.planned.network
        for drift in checked.drifts:
            lines = _finding(checked.word(drift.kind), drift, subjects.of(drift), names, network)
            yield "".join(f"  {printable(line)}\n" for line in lines)


def _verdict(checked: CheckedCell) -> str:
    if checked.drifts:
        kinds = Counter(drift.kind for drift in checked.drifts)
        return ", ".join(f"{number:,} {checked.word(kind)}" for kind, number in kinds.items())
    own = f", {counted(len(checked.planned.own), 'container chain')}" if checked.whole_cell else ""
    known = "" if checked.complete else " with the visible policies"
    return f"in sync{known}: {counted(len(checked.planned.policy), 'policy chain rule')}{own}"


def _finding(word: str, drift: Drift, about: Subject, names: Names, network: CellNetwork) -> list[str]:
    lines = [f"{word}: {_what(drift, names)}"]
    texts = dict.fromkeys(filter(None, (drift.rule, drift.wanted)))
    roles = ("is: ", "should be: ") if len(texts) > 1 else ("",)
    lines += [f"  {role}-A {drift.chain} {text}" for role, text in zip(roles, texts, strict=False)]
    for text in list(texts)[-1:]:
        sentence = explain_rule(read_rule(f"-A {drift.chain} {text}"), names)
        lines.append(f"  {sentence[0].upper()}{sentence[1:]}")
    if drift.calls:
        told = calls_told(drift.calls, network, names)
        lines.append(f"  {told[0].upper()}{told[1:]}.")
    elif about.policy:
        ends = f"{names.app(about.policy.source)} to {names.app(about.policy.destination)}"
        lines.append(f"  Its policy: {ends}, {about.policy.protocol} {about.policy.ports}.")
    elif about.handle:
        lines.append(f"  Its container: {names.container(about.handle)}.")
    return lines


def _what(drift: Drift, names: Names) -> str:
    if drift.kind in ABOUT_CALLS:
        return effect_told(drift, names)
    if drift.kind is DriftKind.STALE_CHAIN and drift.chain.startswith("casg-"):
        return _candidate(drift)
    if drift.kind is DriftKind.STALE_CHAIN and not drift.chain.startswith("vpa--"):
        whose = names.container(drift.chain.partition("--")[2] or drift.chain.removeprefix("asg-"))
        return f"{drift.chain} belongs to {whose}, which is not on this cell"
    if drift.kind is DriftKind.MISSING and not drift.wanted_position:
        own = "--" in drift.chain
        return f"one of the last rules of {drift.chain}" if own else f"a rule of {drift.chain}, at any position"
    return _WHAT[drift.kind].format(**drift._asdict())


def _candidate(drift: Drift) -> str:
    """Describe a chain of security groups that was created to replace another one."""
    candidate, original = drift.chain, drift.chain.removeprefix("c")
    if drift.kept == candidate:
        return f"{candidate} is the live chain, in the middle of a swap: the agent will replace {original} with it"
    if drift.kept:
        return f"{candidate} comes before {original}: the swap was interrupted, and the agent will restore {original}"
    return f"{candidate} was created to replace {original}: the agent is swapping them, or left it behind"


def drift_json(
    cells: Iterable[CheckedCell], names: Names, apps: Mapping[str, App], notes: Sequence[str], *, complete: bool
) -> Iterator[str]:
    """Format the output of `verify --json`, a piece for each cell, one finding per line.

        {"format_version": 1, "complete": true, "cells": [
          {"cell": "cell-1", "in_sync": false, "whole_cell": true, "ignored_rules": 7, "findings": [FINDING, …]}, …],
         "notes": […]}

    FINDING (fields that do not apply are null):

        {"class": "wrong-mark", "chain": "vpa--1…", "position": 2, "rule": "-d 10.255.77.4/32 … -j ACCEPT",
         "wanted_position": 2, "wanted": "-d 10.255.77.4/32 … -j ACCEPT", "policy": POLICY, "source": APP,
         "destination": APP, "container": HANDLE, "certain": true, "calls": "calls from every app to …"}

    `class` is "missing", "extra", "wrong-order", "wrong-mark", "stale-chain", "two-chains", "enforcement-off",
    "bypass", "blocked" or "unreadable". For "enforcement-off", "bypass" and "blocked", `calls` describes the calls that
    are wrongly accepted or blocked. `certain` is false if the rule has conditions that cfnet cannot evaluate, or if
    policies or tags that are not known may explain the finding. `ignored_rules` is the number of rules that are not
    managed by Cloud Foundry and do not affect calls between apps. `rule` is the rule at `position` of the chain,
    counted from 1, without `-A` and the chain; `wanted` is the rule expected at `wanted_position`. `complete` is false
    if some policies of the foundation, or its tags, are not known. `notes` are caveats about the results. APP and
    POLICY are as in `explain --json`.
    """
    cells_json = (_cell_json(checked, names, apps) for checked in cells)
    return stream_json({"complete": complete}, "cells", cells_json, lambda: {"notes": list(notes)})


def _cell_json(checked: CheckedCell, names: Names, apps: Mapping[str, App]) -> str:
    subjects, network = Subjects(checked.planned, names), checked.planned.network
    head = {
        "cell": checked.cell,
        "in_sync": not checked.drifts,
        "whole_cell": checked.whole_cell,
        "ignored_rules": checked.ignored,
    }
    findings = (
        _finding_json(drift, subjects.of(drift), apps)
        | {"certain": drift.sure and drift.kind not in checked.doubtful}
        | {"calls": calls_told(drift.calls, network, names) if drift.calls else None}
        for drift in checked.drifts
    )
    return rows_json(head, findings=findings)


def _finding_json(drift: Drift, about: Subject, apps: Mapping[str, App]) -> dict[str, object]:
    return {
        "class": drift.kind.value,
        "chain": drift.chain,
        "position": drift.position or None,
        "rule": as_unicode(drift.rule) or None,
        "wanted_position": drift.wanted_position or None,
        "wanted": as_unicode(drift.wanted) or None,
        "policy": policy_json(about.policy) if about.policy else None,
        "source": app_json(about.source, apps.get(about.source)) if about.source else None,
        "destination": app_json(about.destination, apps.get(about.destination)) if about.destination else None,
        "container": about.handle,
    }
