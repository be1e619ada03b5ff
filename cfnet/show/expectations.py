"""Formats the results of checking the expectations of documents: as text, JSON, Markdown and for build servers."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.change.requirements import AlmostAllowingKind, RequirementOutcome
from cfnet.show.annotations import Level, annotation
from cfnet.show.html_escaping import LONGEST_COMMENT, fenced
from cfnet.show.junit import CaseEnd, JunitCase, junit_xml
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.machine import FORMAT_VERSION, app_json, named_policy_json, ports_json
from cfnet.show.plurals import counted
from cfnet.show.printable import printable
from cfnet.show.sarif import SarifFinding, SarifRule, sarif_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.change.requirements import AlmostAllowing, Judgement, MissingCall
    from cfnet.document import Place
    from cfnet.document.document import Expectation
    from cfnet.policy import App, Policy

_STYLES: Final = {
    RequirementOutcome.PASSED: LineStyle.GOOD,
    RequirementOutcome.FAILED: LineStyle.BAD,
    RequirementOutcome.UNKNOWN: LineStyle.UNSURE,
}
_WIDTH: Final = max(map(len, RequirementOutcome))
_NEAR: Final = {
    AlmostAllowingKind.OTHER_PORTS: "Other ports are allowed",
    AlmostAllowingKind.OTHER_DIRECTION: "The other direction is allowed",
    AlmostAllowingKind.OTHER_SPACE: "An app in another space has the policy",
}


class ExpectationFormat(StrEnum):
    """The output formats of the results."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"


class CheckedExpectation(NamedTuple):
    """An expectation and its result."""

    expectation: Expectation
    judgement: Judgement

    @property
    def outcome(self) -> RequirementOutcome:
        """Whether the expectation holds."""
        return self.judgement.outcome


class ExpectationResults(NamedTuple):
    """The results for the expectations of documents.

    Attributes:
        checked: the results, in the order of the documents.
        apps: the apps with known names, by GUID.
        places: where policies are declared.
        allow_unknown: whether unknown expectations are acceptable.
    """

    checked: Sequence[CheckedExpectation]
    apps: Mapping[str, App]
    places: Mapping[Policy, Place]
    allow_unknown: bool = False

    def having(self, outcome: RequirementOutcome) -> Sequence[CheckedExpectation]:
        """Return the results with this outcome."""
        return [each for each in self.checked if each.outcome is outcome]

    @property
    def passed(self) -> bool:
        """Whether all expectations hold, or are unknown where that is acceptable."""
        return not any(self.level(each) is Level.ERROR for each in self.checked)

    def level(self, checked: CheckedExpectation) -> Level | None:
        """Return the severity of an expectation that does not hold; None if it holds."""
        match checked.outcome:
            case RequirementOutcome.PASSED:
                return None
            case RequirementOutcome.FAILED:
                return Level.ERROR
            case RequirementOutcome.UNKNOWN:
                return Level.WARNING if self.allow_unknown else Level.ERROR

    @property
    def summary(self) -> str:
        """All counts, in a sentence."""
        counts = Counter(each.outcome for each in self.checked)
        parts = [f"{counts[outcome]:,} {outcome}" for outcome in RequirementOutcome if counts[outcome]]
        return f"{counted(len(self.checked), 'expectation')}{': ' if parts else ''}{', '.join(parts)}."

    def name(self, guid: str) -> str:
        """Return `ORG/SPACE/APP`, or the GUID of an unknown app."""
        app = self.apps.get(guid)
        return app.known_path if app else guid

    def explanation(self, checked: CheckedExpectation) -> list[str]:
        """Return sentences that explain why an expectation fails or cannot be decided."""
        expectation, judgement = checked
        told = [f"Because: {expectation.because}"] if expectation.because else []
        told += map(self._broken_by, judgement.breaking)
        for call in judgement.missing:
            told += self._missing(call)
        rest = judgement.breaches - len(judgement.breaking) - len(judgement.missing)
        if rest:
            what = counted(rest, "more policy", "more policies") if judgement.breaking else counted(rest, "more pair")
            told.append(f"The same is true of {what}{'' if judgement.breaking else ' of apps'}.")
        told += [f"{reason[0].upper()}{reason[1:]}." for reason in judgement.reasons]
        return told

    def _broken_by(self, policy: Policy) -> str:
        return f"{self.sentence(policy)} is allowed{self._where(policy)}."

    def _missing(self, call: MissingCall) -> Iterator[str]:
        ports = ", ".join(map(str, call.ports))
        yield f"{self.name(call.source)} to {self.name(call.destination)}, {call.protocol} {ports} is not allowed."
        for each in call.near:
            yield self._near(each)

    def _near(self, near: AlmostAllowing) -> str:
        return f"{_NEAR[near.kind]}: {self.sentence(near.policy)}{self._where(near.policy)}."

    def sentence(self, policy: Policy) -> str:
        """Format a policy as `shop/web/a to shop/web/b, tcp 8080`."""
        ends = f"{self.name(policy.source)} to {self.name(policy.destination)}"
        return f"{ends}, {policy.protocol} {policy.ports}"

    def _where(self, policy: Policy) -> str:
        place = self.places.get(policy)
        return f" by the policy at {place}" if place else ""


def expectations_as(form: ExpectationFormat, results: ExpectationResults, *, colour: bool = False) -> str:
    """Format the results as `form`; every line ends with a newline; `colour` applies to text only."""
    match form:
        case ExpectationFormat.TEXT:
            return expectations_text(results, colour=colour) + f"{results.summary}\n"
        case ExpectationFormat.JSON:
            return expectations_json(results)
        case ExpectationFormat.GITHUB:
            return expectations_github(results)
        case ExpectationFormat.JUNIT:
            return _junit(results)
        case ExpectationFormat.SARIF:
            return _sarif(results)
        case ExpectationFormat.MARKDOWN:
            return expectations_markdown(results)
        case _ as never:
            assert_never(never)


def expectations_text(results: ExpectationResults, *, colour: bool = False, passed: bool = True) -> str:
    """Format a line for each expectation and each reason; `passed=False` omits expectations that hold."""
    lines = []
    for each in results.checked:
        if each.outcome is RequirementOutcome.PASSED and not passed:
            continue
        expectation = each.expectation
        word = styled(f"{each.outcome:<{_WIDTH}}", _STYLES[each.outcome], colour=colour)
        lines.append(f"{word} {printable(f'{expectation.place}: {expectation}')}")
        if each.outcome is not RequirementOutcome.PASSED:
            lines += [f"{'':{_WIDTH}} {printable(told)}" for told in results.explanation(each)]
    return "".join(f"{line}\n" for line in lines)


def expectations_markdown(
    results: ExpectationResults, longest: int = LONGEST_COMMENT, *, heading: str = "### Expectations"
) -> str:
    """Format a part of a comment for a pull request, or a chapter of a report: the expectations that do not hold.

    The list in it has at most `longest` characters.
    """
    heading = f"{heading}\n\n{results.summary}\n"
    lines = expectations_text(results, passed=False).splitlines(keepends=True)
    if not lines:
        return heading
    kept = list(takewhile(lambda end: end <= longest, accumulate(map(len, lines))))
    more = f"\n… {counted(len(lines) - len(kept), 'line')} not shown.\n" if len(kept) < len(lines) else ""
    return f"{heading}\n{fenced(''.join(lines[: len(kept)]))}{more}"


def expectations_github(results: ExpectationResults) -> str:
    """Format an annotation for each expectation that does not hold."""
    return "".join(
        annotation(level, f"Expectation {each.outcome}", _message(each, results), each.expectation.place)
        for each in results.checked
        if (level := results.level(each))
    )


def _message(checked: CheckedExpectation, results: ExpectationResults) -> str:
    return "\n".join((str(checked.expectation), *results.explanation(checked)))


def _sarif(results: ExpectationResults) -> str:
    rules = {
        outcome: SarifRule(f"expectation-{outcome}", f"EXPECTATION_{outcome.name}", f"expectation {outcome}")
        for outcome in RequirementOutcome
    }
    return sarif_log(
        SarifFinding(rules[each.outcome], level, _message(each, results), each.expectation.place)
        for each in results.checked
        if (level := results.level(each))
    )


def _junit(results: ExpectationResults) -> str:
    cases = []
    for each in results.checked:
        name = f"{each.expectation.place}: {each.expectation}"
        if each.outcome is RequirementOutcome.PASSED:
            cases.append(JunitCase(name))
            continue
        unknown = CaseEnd.SKIPPED if results.allow_unknown else CaseEnd.ERROR
        end = CaseEnd.FAILURE if each.outcome is RequirementOutcome.FAILED else unknown
        cases.append(JunitCase(name, end, each.outcome, str(each.expectation), results.explanation(each)))
    return junit_xml("test", cases)


def expectations_json(results: ExpectationResults) -> str:
    """Format the output of `test --json`.

        {"format_version": 1, "expectations": [EXPECTATION, …]}

    EXPECTATION:

        {"file": "policies.yml", "line": 12, "column": 14, "outcome": "failed", "expected": "denied: any app to …",
         "kind": "denied", "because": "", "pairs": 5, "breaches": 1, "breaking": [POLICY, …], "missing": [CALL, …],
         "reasons": [], "explanation": ["shop/web/a to shop/web/b, tcp 8080 is allowed."]}

    `outcome` is `passed`, `failed` or `unknown`. `pairs` is the number of pairs of apps that it concerns. `breaches`
    is the number of policies that break it, or of pairs with missing calls; the first ten are listed. POLICY is as in
    `network-policies --json`, plus `declared` (`{"file", "line", "column"}` or null); CALL has `source`,
    `destination`, `protocol`, `ports` (a list) and `near` (`[{"kind", "policy"}, …]`). `reasons` say why it is unknown.
    """
    document = {"format_version": FORMAT_VERSION, "expectations": expectation_rows(results)}
    return json.dumps(document, indent=2) + "\n"


def expectation_rows(results: ExpectationResults) -> list[dict[str, object]]:
    """Format each expectation for JSON."""
    return [_row(each, results) for each in results.checked]


def _row(checked: CheckedExpectation, results: ExpectationResults) -> dict[str, object]:
    expectation, judgement = checked
    return {
        **_place_json(expectation.place),
        "outcome": judgement.outcome,
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
        "explanation": results.explanation(checked) if checked.outcome is not RequirementOutcome.PASSED else [],
    }


def _policy_json(policy: Policy, results: ExpectationResults) -> dict[str, object]:
    place = results.places.get(policy)
    return {**named_policy_json(policy, results.apps), "declared": _place_json(place) if place else None}


def _place_json(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column}
