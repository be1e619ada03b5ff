"""Describes in one sentence how a rule interferes with policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.drift.chain_drift import Drift, DriftKind
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.iptables.target import Accept, Drop, Reject, Return, SetMark
from cfnet.cell.packet.packet_set import EVERYTHING

if TYPE_CHECKING:
    from cfnet.cell.iptables.target import Target
    from cfnet.cell.model.names import Names

_BYPASS: Final = "calls that no policy allows"
_BLOCKED: Final = "calls that policies allow"


def effect_told(drift: Drift, names: Names) -> str:
    """Describe a drift: `rule 1 of FORWARD accepts calls that no policy allows`."""
    if drift.wanted and not drift.rule:
        return _gone(drift, names)
    if not drift.position:
        return f"the policy of {drift.chain} is DROP: it drops {_BLOCKED}"
    place = f"rule {drift.position} of {drift.chain}"
    target = read_rule(f"-A {drift.chain} {drift.rule}").target
    match drift.kind:
        case DriftKind.ENFORCEMENT_OFF:
            together = "" if drift.calls == EVERYTHING else ", together with other rules,"
            return f"{place}{together} accepts everything: no policy is enforced"
        case DriftKind.BYPASS:
            return f"{place} {_opens(target, sure=drift.sure)}"
    return f"{place} {_closes(target, sure=drift.sure)}"


def _opens(target: Target | None, *, sure: bool) -> str:
    match target:
        case Accept():
            return f"{_verb('accept', sure=sure)} {_BYPASS}"
        case SetMark():
            return f"{_verb('give', sure=sure)} packets another mark, so that {_BYPASS} are accepted"
        case Return():
            return f"{_verb('let', sure=sure)} {_BYPASS} skip the rules that reject them"
    return f"{_verb('send', sure=sure)} {_BYPASS} to rules that accept them"


def _closes(target: Target | None, *, sure: bool) -> str:
    match target:
        case Reject():
            return f"{_verb('reject', sure=sure)} {_BLOCKED}"
        case Drop():
            return f"{_verb('drop', sure=sure)} {_BLOCKED}"
        case Accept():
            return f"{_verb('let', sure=sure)} packets out without the mark of their app: other cells reject them"
        case SetMark():
            return f"{_verb('give', sure=sure)} packets another mark, so that {_BLOCKED} are rejected"
        case Return():
            return f"{_verb('let', sure=sure)} {_BLOCKED} skip the rules that accept them"
    return f"{_verb('send', sure=sure)} {_BLOCKED} to rules that do not accept them"


def _verb(base: str, *, sure: bool) -> str:
    return f"{base}s" if sure else f"may {base}"


def _gone(drift: Drift, names: Names) -> str:
    """Describe the effect of a missing rule."""
    if drift.wanted.startswith("-j vpa--"):
        return f"no rule of {drift.chain} jumps to the policy chain or rejects other calls: no policy is enforced"
    chain = drift.wanted.partition("-j overlay--")[2]
    handle = chain or drift.chain.partition("--")[2]
    what = f"no rule of {drift.chain} jumps to overlay--{chain}" if chain else _missing(drift)
    container = names.container(handle)
    if drift.kind is DriftKind.ENFORCEMENT_OFF:
        return f"{what}: every call to {container} is accepted"
    return f"{what}: calls to {container} that no policy allows are accepted"


def _missing(drift: Drift) -> str:
    place = f"rule {drift.wanted_position} of {drift.chain}" if drift.wanted_position else f"a rule of {drift.chain}"
    return f"{place} is missing"
