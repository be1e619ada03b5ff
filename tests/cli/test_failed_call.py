"""Why a call between containers failed, by the rules that the cells have and by the policies."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.change.what_if import with_policies
from cfnet.cell.iptables.listing import listing
from cfnet.cell.model.instances import names_of, running
from cfnet.cell.model.state import State
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.dataplane.http_call import CallOutcome, CallResult, CallTarget
from cfnet.exits import Exit
from cfnet.operations.failed_call import CallEvidence, FailedCall, failed_call
from cfnet.operations.sandbox_source import SandboxSource
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import Foundation

_A, _B = "2f978b7f-b3d2-4f50-b08f-776634a6e411", "c7de6123-d906-4c65-9717-c5d040568c76"
_A_IP, _B_IP = "10.255.78.3", "10.255.77.4"
_POLICY = Policy(_A, _B, Protocol.TCP, Ports(8080, 8080))
_REFUSED = CallOutcome(CallResult.REFUSED, _B_IP, detail="Connection refused")
_HOST = "appB.apps.internal"


@pytest.fixture(scope="module")
def state() -> State:
    with Foundation.open(None) as foundation:
        return SandboxSource(foundation).state()


def _listings(state: State, policies: Sequence[Policy]) -> Mapping[str, str]:
    """The rules of the cells after their agents have enforced these policies."""
    enforced, _ = with_policies(state, [TagStep(policies, adds=True)])
    planner = CellPlanner(enforced)
    return {cell.name: listing(planner.plan(cell).ruleset("vpa--1").filter) for cell in enforced.cells()}


def _evidence(
    state: State,
    outcome: CallOutcome,
    *,
    target: str = f"{_HOST}:8080",
    policies: Sequence[Policy] = (),
    enforced: Sequence[Policy] = (),
) -> CallEvidence:
    by_ip = {each.container.ip: each for each in running(state.cells())}
    return CallEvidence(
        by_ip[_A_IP],
        by_ip.get(outcome.address),
        CallTarget.parse(target),
        outcome,
        _listings(state, enforced),
        policies,
        state.settings.overlay_networks,
        state.settings.vtep_name,
        "eth0",
        (8080,) if outcome.address == _B_IP else (),
        5.0,
        names_of(state),
    )


def test_no_policy(state: State) -> None:
    failed = failed_call(_evidence(state, _REFUSED))

    assert failed == FailedCall(
        "Connection refused: no policy allows appA to call appB on tcp 8080.", exit=Exit.FINDING, missing=True
    )


def test_a_policy_for_another_port(state: State) -> None:
    failed = failed_call(_evidence(state, _REFUSED, target=f"{_HOST}:8081", policies=[_POLICY], enforced=[_POLICY]))

    assert failed.text == "Connection refused: no policy allows appA to call appB on tcp 8081."


def test_a_policy_that_no_cell_enforces_yet(state: State) -> None:
    """The caller's cell is named, whose mark is missing: the other one rejects what has no mark."""
    failed = failed_call(_evidence(state, _REFUSED, policies=[_POLICY]))

    assert failed == FailedCall(
        "Connection refused: a policy allows appA to call appB on tcp 8080, but cell-2 does not enforce it: rule 4 of"
        " overlay--94871941-aed0-585f- on cell-1 rejects the call.",
        "Its agent polls every 5 seconds; 'cfnet sandbox status' shows when it did, and failures.",
        Exit.FINDING,
        pending=True,
    )


def test_a_policy_that_only_the_callers_cell_enforces(state: State) -> None:
    evidence = _evidence(state, _REFUSED, policies=[_POLICY], enforced=[_POLICY])
    old = _listings(state, [])["cell-1"]

    failed = failed_call(evidence._replace(listings={**evidence.listings, "cell-1": old}))

    assert "but cell-1 does not enforce it: rule 4 of overlay--" in failed.text
    assert failed.pending


def test_rules_that_have_been_replaced_since(state: State) -> None:
    failed = failed_call(_evidence(state, _REFUSED, policies=[_POLICY], enforced=[_POLICY]))

    assert failed.text == (
        "Connection refused: the rules that rejected it have been replaced since; now they accept it."
    )
    assert failed.hint == "Try again."
    assert failed.stale


def _replaced(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after, 1)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        pytest.param(
            _replaced("-A FORWARD ", "-A FORWARD -p tcp -m tcp --dport 8080 -j REJECT\n-A FORWARD "),
            "Connection refused: rule 1 of FORWARD on cell-1 rejects it: -A FORWARD -p tcp -m tcp --dport 8080 -j"
            " REJECT --reject-with icmp-port-unreachable",
            id="a rule made by hand",
        ),
        pytest.param(
            _replaced("-A FORWARD ", "-A FORWARD -m strange --odd -j REJECT\n-A FORWARD "),
            "Connection refused: a firewall rejected it, but the rules of the cells do not show which.",
            id="a rule that cannot be evaluated",
        ),
    ],
)
def test_rules_of_others(edit: Callable[[str], str], text: str, state: State) -> None:
    evidence = _evidence(state, _REFUSED, policies=[_POLICY], enforced=[_POLICY])
    edited = {**evidence.listings, "cell-1": edit(evidence.listings["cell-1"])}

    failed = failed_call(evidence._replace(listings=edited))

    assert (failed.text, failed.exit) == (text, Exit.FINDING)


@pytest.mark.parametrize(
    "there", [{}, {"cell-1": ""}, {"cell-1": "no listing"}], ids=["missing", "empty", "unreadable"]
)
def test_the_rules_of_a_cell_are_unknown(there: Mapping[str, str], state: State) -> None:
    """Nothing is concluded: without rules, the kernel would accept the call."""
    evidence = _evidence(state, _REFUSED)

    failed = failed_call(evidence._replace(listings={"cell-2": evidence.listings["cell-2"], **there}))

    assert failed.text == ("Connection refused: a firewall rejected it, but the rules of the cells do not show which.")
    assert not failed.stale
    assert not failed.missing


def test_a_container_that_cannot_be_reached(state: State) -> None:
    """It exists: it may have failed to start."""
    failed = failed_call(_evidence(state, CallOutcome(CallResult.UNREACHABLE, _B_IP, detail="No route to host")))

    assert failed.text == "appB cannot be reached from cell-2: No route to host."


def test_a_dropped_call(state: State) -> None:
    evidence = _evidence(state, CallOutcome(CallResult.TIMEOUT, _B_IP, detail="no answer"))
    dropped = evidence.listings["cell-1"].replace("-A FORWARD ", "-A FORWARD -p tcp -j DROP\n-A FORWARD ", 1)

    failed = failed_call(evidence._replace(listings={**evidence.listings, "cell-1": dropped}))

    assert failed.text == "Connection timed out: rule 1 of FORWARD on cell-1 drops it: -A FORWARD -p tcp -j DROP"
    assert failed.exit is Exit.FINDING


def test_a_call_dropped_by_the_policy_of_a_chain(state: State) -> None:
    evidence = _evidence(state, CallOutcome(CallResult.TIMEOUT, _B_IP, detail="no answer"))

    failed = failed_call(evidence._replace(listings={**evidence.listings, "cell-1": "-P FORWARD DROP\n"}))

    assert failed.text == (
        "Connection timed out: no rule of cell-1 decides about it, and the policy of the chain is DROP."
    )
    assert failed.exit is Exit.FINDING


@pytest.mark.parametrize(
    ("outcome", "target", "expected"),
    [
        pytest.param(
            CallOutcome(CallResult.RESET, _B_IP, detail="Connection refused"),
            f"{_HOST}:9999",
            FailedCall(
                "Connection refused: the call reached appB, instance 0, which does not listen on tcp 9999.",
                "appB listens on 8080.",
                Exit.TROUBLE,
            ),
            id="an app that does not listen",
        ),
        pytest.param(
            CallOutcome(CallResult.UNKNOWN_NAME, detail="Name or service not known"),
            "appX.apps.internal:8080",
            FailedCall(
                "Unknown name: no running app or instance is called appX.apps.internal.",
                "Apps are called APP.apps.internal, instances N.APP.apps.internal. Running apps: appA, appB.",
                Exit.USAGE,
            ),
            id="an unknown app",
        ),
        pytest.param(
            CallOutcome(CallResult.NO_RESOLVER, detail="Temporary failure in name resolution"),
            "example.com:80",
            FailedCall(
                "Unknown name: the DNS servers of the cells do not know example.com.",
                "They resolve only names that end with .apps.internal.",
                Exit.USAGE,
            ),
            id="a name outside",
        ),
        pytest.param(
            CallOutcome(CallResult.NO_RESOLVER, detail="Temporary failure in name resolution"),
            f"{_HOST}:8080",
            FailedCall(
                "appB.apps.internal could not be resolved: the DNS server of cell-2 did not answer (Temporary failure"
                " in name resolution).",
                "",
                Exit.TROUBLE,
            ),
            id="no DNS server",
        ),
        pytest.param(
            CallOutcome(CallResult.TIMEOUT, _B_IP, detail="connected, but no answer came"),
            f"{_HOST}:8080",
            FailedCall(
                "Connection timed out: appB.apps.internal:8080 (10.255.77.4): connected, but no answer came.",
                "",
                Exit.TROUBLE,
            ),
            id="a silent app",
        ),
        pytest.param(
            CallOutcome(CallResult.UNREACHABLE, "10.255.77.99", detail="No route to host"),
            "10.255.77.99:8080",
            FailedCall("No container has the overlay IP 10.255.77.99: No route to host.", "", Exit.TROUBLE),
            id="an overlay IP without a container",
        ),
        pytest.param(
            CallOutcome(CallResult.UNREACHABLE, "192.0.2.1", detail="Network is unreachable"),
            "192.0.2.1:80",
            FailedCall("192.0.2.1 cannot be reached from cell-2: Network is unreachable.", "", Exit.TROUBLE),
            id="an address outside",
        ),
        pytest.param(
            CallOutcome(CallResult.REFUSED, "192.0.2.1", detail="Connection refused"),
            "192.0.2.1:80",
            FailedCall(
                "Connection refused: no security group allows appA to call 192.0.2.1 on tcp 80.", "", Exit.FINDING
            ),
            id="an address that no security group allows",
        ),
        pytest.param(
            CallOutcome(CallResult.REFUSED, "169.254.0.1", detail="Connection refused"),
            "169.254.0.1:22",
            FailedCall(
                "Connection refused: containers may not call 169.254.0.1 on tcp 22: it belongs to their cell.",
                "",
                Exit.FINDING,
            ),
            id="the cell",
        ),
        pytest.param(
            CallOutcome(CallResult.BROKEN, _B_IP, detail="the answer is not HTTP"),
            f"{_HOST}:8080",
            FailedCall("appB accepted the connection on tcp 8080, but the answer is not HTTP.", "", Exit.TROUBLE),
            id="another protocol",
        ),
    ],
)
def test_other_failures(outcome: CallOutcome, target: str, expected: FailedCall, state: State) -> None:
    assert failed_call(_evidence(state, outcome, target=target)) == expected
