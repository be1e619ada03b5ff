"""Say why a call between containers failed, from the rules that the cells really have and from the policies."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.chain_names import RuleChain, kind_of
from cfnet.cell.iptables.listing import parse
from cfnet.cell.iptables.tokens import NotIptables
from cfnet.cell.model.packet import Packet
from cfnet.cell.packet.data_path import End, Hop, follow, interface_of
from cfnet.cell.packet.verdict import Evaluator, RuleEffect
from cfnet.dataplane.http_call import CallResult
from cfnet.exits import Exit
from cfnet.operations.choose_app import some

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.cell.model.instances import Running
    from cfnet.cell.model.names import Names
    from cfnet.dataplane.http_call import CallOutcome, CallTarget
    from cfnet.policy import Policy

_DOMAIN: Final = ".apps.internal"
_OWN_CHAINS: Final = frozenset({RuleChain.NETOUT, RuleChain.SECURITY_GROUPS})
_LINK_LOCAL: Final = IPv4Network("169.254.0.0/16")


class CallEvidence(NamedTuple):
    """What is known about a failed call.

    Attributes:
        source: the calling container.
        destination: the called container; None if the address is not one of a container.
        target: what was called, as typed.
        outcome: what the kernel said.
        listings: the output of `iptables -S` on the cells of both ends.
        policies: all policies.
        networks: the CIDRs of the overlay network.
        vtep: the VXLAN interface of cells.
        underlay: the interface of cells to the network between them.
        ports: the ports that the called app listens on.
        poll: how often the agents poll, in seconds.
        names: the names of apps and instances.
    """

    source: Running
    destination: Running | None
    target: CallTarget
    outcome: CallOutcome
    listings: Mapping[str, str]
    policies: Sequence[Policy]
    networks: Sequence[str]
    vtep: str
    underlay: str
    ports: Sequence[int]
    poll: float
    names: Names

    @property
    def caller(self) -> str:
        """The name of the calling app."""
        return self.names.app(self.source.container.app)

    @property
    def called(self) -> str:
        """The name of the called app, or the address."""
        there = self.destination
        return self.names.app(there.container.app) if there and there.container.app else self.outcome.address

    @property
    def port(self) -> str:
        """The protocol and the port."""
        return f"tcp {self.target.port}"


class FailedCall(NamedTuple):
    """Why a call failed.

    Attributes:
        text: a sentence.
        hint: what to do about it; may be empty.
        exit: the exit code.
        missing: whether a policy would allow the call.
        pending: whether a policy allows the call that the cells do not enforce.
        stale: whether the rules have changed since, so that the call may now succeed.
    """

    text: str
    hint: str = ""
    exit: Exit = Exit.TROUBLE
    missing: bool = False
    pending: bool = False
    stale: bool = False


def failed_call(evidence: CallEvidence) -> FailedCall:
    """Say why a call failed."""
    return _TOLD[evidence.outcome.result](evidence)


def _refused(evidence: CallEvidence) -> FailedCall:
    """A firewall has rejected the call: find out which rule of which cell."""
    hops = _decided(evidence)
    if not hops:
        return _by_rules("a firewall rejected it, but the rules of the cells do not show which.")
    hop = hops[-1]
    step = hop.verdict.decided_by
    if hop.verdict.accepted or step is None:
        stale = _by_rules("the rules that rejected it have been replaced since; now they accept it.", "Try again.")
        return stale._replace(stale=True)
    chain = kind_of(step.chain)
    rule = f"rule {step.number} of {step.chain} on {hop.cell}"
    if chain is RuleChain.OVERLAY and evidence.destination is not None:
        return _by_overlay(evidence, rule, hops)
    if chain in _OWN_CHAINS:
        return _by_rules(f"no security group allows {evidence.caller} to call {evidence.called} on {evidence.port}.")
    if chain is RuleChain.INPUT:
        return _by_rules(f"containers may not call {evidence.called} on {evidence.port}: it belongs to their cell.")
    return _by_rules(f"{rule} rejects it: {step.rule}")


def _by_overlay(evidence: CallEvidence, rule: str, hops: Sequence[Hop]) -> FailedCall:
    call = f"{evidence.caller} to call {evidence.called} on {evidence.port}"
    if any(_allows(policy, evidence) for policy in evidence.policies):
        # Without a mark the call is rejected on the other cell, but it is its own cell that should have marked it.
        cell = next((hop.cell for hop in hops if not hop.verdict.mark), hops[-1].cell)
        return _by_rules(
            f"a policy allows {call}, but {cell} does not enforce it: {rule} rejects the call.",
            f"Its agent polls every {_seconds(evidence.poll)}; 'cfnet sandbox status' shows when it did, and failures.",
        )._replace(pending=True)
    return _by_rules(f"no policy allows {call}.")._replace(missing=True)


def _by_rules(text: str, hint: str = "") -> FailedCall:
    return FailedCall(f"Connection refused: {text}", hint, Exit.FINDING)


def _allows(policy: Policy, evidence: CallEvidence) -> bool:
    there = evidence.destination
    ends = (evidence.source.container.app, there.container.app if there else "")
    ports = policy.ports
    return (
        (policy.source, policy.destination) == ends
        and policy.protocol.value == "tcp"
        and ports.start <= evidence.target.port <= ports.end
    )


def _seconds(number: float) -> str:
    return "second" if number == 1 else f"{number:g} seconds"


def _decided(evidence: CallEvidence) -> Sequence[Hop]:
    """The verdicts of the cells about the call, by their real rules; empty if they are not certain."""
    here, there = evidence.source, evidence.destination
    rules = _rules(evidence.listings)
    if not {each.cell for each in (here, there) if each} <= rules.keys():
        return ()
    port = evidence.target.port
    if there is not None:
        ends = [End(each.cell, each.container, rules[each.cell]) for each in (here, there)]
        hops = follow(ends[0], ends[1], "tcp", port, vtep=evidence.vtep)
    else:
        hops = [_elsewhere(evidence, rules[here.cell])]
    return hops if all(hop.verdict.sure for hop in hops) else ()


def _rules(listings: Mapping[str, str]) -> Mapping[str, Evaluator]:
    """The rules of the cells whose listing could be read."""
    found = {}
    for cell, text in listings.items():
        if text:  # empty if the cell could not be asked
            with suppress(NotIptables):
                found[cell] = Evaluator(parse(text))
    return found


def _elsewhere(evidence: CallEvidence, rules: Evaluator) -> Hop:
    """The verdict of the source's cell on a call to what is not a container."""
    source = evidence.source
    packet = Packet(
        IPv4Address(source.container.ip),
        IPv4Address(evidence.outcome.address),
        "tcp",
        destination_port=evidence.target.port,
        in_interface=interface_of(source.container.ip),
    )
    if packet.destination in _LINK_LOCAL:
        return Hop(source.cell, rules.evaluate("INPUT", packet))
    inside = any(packet.destination in IPv4Network(network) for network in evidence.networks)
    leaving = packet._replace(out_interface=evidence.vtep if inside else evidence.underlay)
    return Hop(source.cell, rules.evaluate("FORWARD", leaving))


def _reset(evidence: CallEvidence) -> FailedCall:
    if evidence.destination is None:
        return FailedCall(f"Connection refused: nothing listens on {evidence.port} of {evidence.called}.")
    ports = ", ".join(map(str, evidence.ports))
    return FailedCall(
        f"Connection refused: the call reached {evidence.names.at(evidence.outcome.address)}, which does not listen on"
        f" {evidence.port}.",
        f"{evidence.called} listens on {ports}." if ports else "",
    )


def _unknown_name(evidence: CallEvidence) -> FailedCall:
    host = evidence.target.host
    return FailedCall(
        f"Unknown name: no running app or instance is called {host}.",
        f"Apps are called APP{_DOMAIN}, instances N.APP{_DOMAIN}. Running apps: {_running(evidence.names)}.",
        Exit.USAGE,
    )


def _running(names: Names) -> str:
    return some(sorted({names.app(each.app) for each in names.instances.values() if each.app}))


def _no_resolver(evidence: CallEvidence) -> FailedCall:
    host = evidence.target.host
    if not host.lower().rstrip(".").endswith(_DOMAIN):
        return FailedCall(
            f"Unknown name: the DNS servers of the cells do not know {host}.",
            f"They resolve only names that end with {_DOMAIN}.",
            Exit.USAGE,
        )
    return FailedCall(
        f"{host} could not be resolved: the DNS server of {evidence.source.cell} did not answer"
        f" ({evidence.outcome.detail})."
    )


def _timeout(evidence: CallEvidence) -> FailedCall:
    outcome = evidence.outcome
    where = f"{evidence.target.host}:{evidence.target.port} ({outcome.address})"
    hop = next(reversed(_decided(evidence)), None)
    if hop and hop.verdict.effect is RuleEffect.DROPPED:
        step = hop.verdict.decided_by
        drops = f"rule {step.number} of {step.chain} on {hop.cell} drops it: {step.rule}" if step else ""
        by_policy = f"no rule of {hop.cell} decides about it, and the policy of the chain is DROP."
        return FailedCall(f"Connection timed out: {drops or by_policy}", exit=Exit.FINDING)
    return FailedCall(f"Connection timed out: {where}: {outcome.detail}.")


def _unreachable(evidence: CallEvidence) -> FailedCall:
    outcome = evidence.outcome
    inside = any(IPv4Address(outcome.address) in IPv4Network(network) for network in evidence.networks)
    if inside and evidence.destination is None:
        return FailedCall(f"No container has the overlay IP {outcome.address}: {outcome.detail}.")
    return FailedCall(f"{evidence.called} cannot be reached from {evidence.source.cell}: {outcome.detail}.")


def _broken(evidence: CallEvidence) -> FailedCall:
    return FailedCall(f"{evidence.called} accepted the connection on {evidence.port}, but {evidence.outcome.detail}.")


_TOLD: Final = {
    CallResult.REFUSED: _refused,
    CallResult.RESET: _reset,
    CallResult.UNKNOWN_NAME: _unknown_name,
    CallResult.NO_RESOLVER: _no_resolver,
    CallResult.TIMEOUT: _timeout,
    CallResult.UNREACHABLE: _unreachable,
    CallResult.BROKEN: _broken,
}
