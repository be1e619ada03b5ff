"""Formats the results of expectations as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cfnet.change.requirements import RequirementOutcome
from cfnet.show.machine import FORMAT_VERSION, app_json, named_policy_json, ports_json

if TYPE_CHECKING:
    from cfnet.cell.model.instances import Running
    from cfnet.cell.packet.rule_requirements import RuleJudgement
    from cfnet.document import Place
    from cfnet.policy import Policy
    from cfnet.show.expectations import CheckedExpectation, ExpectationResults


def expectations_json(results: ExpectationResults) -> str:
    """Format the output of `test --json`.

        {"format_version": 1, "expectations": [EXPECTATION, …]}

    EXPECTATION:

        {"file": "policies.yml", "line": 12, "column": 14, "outcome": "failed", "expected": "denied: any app to …",
         "kind": "denied", "because": "", "pairs": 5, "breaches": 1, "breaking": [POLICY, …], "missing": [CALL, …],
         "reasons": [], "rules": RULES, "explanation": ["shop/web/a to shop/web/b, tcp 8080 is allowed."]}

    `outcome` is `passed`, `failed` or `unknown`. `pairs` is the number of pairs of apps that it concerns. `breaches`
    is the number of policies that break it, or of pairs with missing calls; the first ten of them are listed. POLICY
    is as in `network-policies --json`, plus `declared` (`{"file", "line", "column"}` or null); CALL has `source`,
    `destination`, `protocol`, `ports` (a list) and `near` (`[{"kind", "policy"}, …]`). `reasons` say why it is unknown.

    RULES is null without `--rules`, otherwise:

        {"pairs": 20, "breaches": 1, "listed": [DECISION, …], "idle": ["GUID", …], "unsure": false}

    `pairs` is the number of pairs of instances, `breaches` the number of pairs of apps about which the rules decide
    otherwise; DECISION has `source`, `destination` (each with `instance`, `cell` and `ip`), `protocol`, `ports`,
    `accepted`, `cell` and `rule` (null if no rule decides). `idle` lists apps without instances, `unsure` says whether
    some rule cannot be judged.
    """
    document = {"format_version": FORMAT_VERSION, "expectations": expectation_rows(results)}
    return json.dumps(document, indent=2) + "\n"


def expectation_rows(results: ExpectationResults) -> list[dict[str, object]]:
    """Format each expectation for JSON."""
    return [_row(each, results) for each in results.checked]


def _row(checked: CheckedExpectation, results: ExpectationResults) -> dict[str, object]:
    expectation, judgement, rules = checked
    return {
        **_place_json(expectation.place),
        "outcome": checked.outcome,
        "expected": str(expectation),
        "kind": expectation.kind,
        "because": expectation.because,
        "pairs": judgement.pairs,
        "breaches": judgement.breaches,
        "breaking": [_policy_json(policy, results) for policy in judgement.breaking],
        "missing": [
            {
                "source": app_json(call.source, results.apps.get(call.source)),
                "destination": app_json(call.destination, results.apps.get(call.destination)),
                "protocol": call.protocol,
                "ports": [ports_json(ports) for ports in call.ports],
                "near": [{"kind": near.kind, "policy": _policy_json(near.policy, results)} for near in call.near],
            }
            for call in judgement.missing
        ],
        "reasons": list(judgement.reasons),
        "rules": _rules_json(rules, results) if rules is not None else None,
        "explanation": results.explanation(checked) if checked.outcome is not RequirementOutcome.PASSED else [],
    }


def _rules_json(judgement: RuleJudgement, results: ExpectationResults) -> dict[str, object]:
    return {
        "pairs": judgement.pairs,
        "breaches": judgement.breaches,
        "listed": [
            {
                "source": _instance_json(each.source, results),
                "destination": _instance_json(each.destination, results),
                "protocol": each.protocol,
                "ports": [ports_json(ports) for ports in each.ports],
                "accepted": each.accepted,
                "cell": each.cell,
                "rule": each.rule or None,
            }
            for each in judgement.listed
        ],
        "idle": sorted(judgement.idle),
        "unsure": judgement.unsure,
    }


def _instance_json(instance: Running, results: ExpectationResults) -> dict[str, object]:
    app = instance.container.app
    where = {"instance": instance.number, "cell": instance.cell, "ip": instance.container.ip}
    return {**app_json(app, results.apps.get(app)), **where}


def _policy_json(policy: Policy, results: ExpectationResults) -> dict[str, object]:
    place = results.places.get(policy)
    return {**named_policy_json(policy, results.apps), "declared": _place_json(place) if place else None}


def _place_json(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column}
