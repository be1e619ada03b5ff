"""Formats the results of checking the expectations of documents: as text, JSON, Markdown and for build servers."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.change.requirements import AlmostAllowingKind, RequirementOutcome
from cfnet.policy.requirement import EVERY_PORT
from cfnet.show.annotations import Level, annotation
from cfnet.show.expectation_rows import expectations_json
from cfnet.show.html_escaping import LONGEST_COMMENT, fenced
from cfnet.show.junit import CaseEnd, JunitCase, junit_xml
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.plurals import counted
from cfnet.show.printable import printable
from cfnet.show.sarif import SarifFinding, SarifRule, sarif_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.cell.packet.rule_requirements import RuleBreach, RuleJudgement
    from cfnet.change.requirements import AlmostAllowing, Judgement, MissingCall
    from cfnet.document import Place
    from cfnet.document.document import Expectation
    from cfnet.policy import App, Policy

_STYLES: Final = {
    RequirementOutcome.PASSED: LineStyle.GOOD,
    RequirementOutcome.FAILED: LineStyle.BAD,
    RequirementOutcome.UNKNOWN: LineStyle.UNSURE,
}
_MOST_IDLE: Final = 10
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
    """An expectation, what policies say of it, and, if they were asked, rules."""

    expectation: Expectation
    judgement: Judgement
    rules: RuleJudgement | None = None

    @property
    def outcome(self) -> RequirementOutcome:
        """Whether the expectation holds: by policies, and by rules."""
        outcomes = {self.judgement.outcome, self.by_rules}
        for outcome in (RequirementOutcome.FAILED, RequirementOutcome.UNKNOWN):
            if outcome in outcomes:
                return outcome
        return RequirementOutcome.PASSED

    @property
    def by_rules(self) -> RequirementOutcome | None:
        """Whether it holds by rules; None if they were not asked."""
        if self.rules is None:
            return None
        if self.rules.breaches:
            return RequirementOutcome.FAILED
        return RequirementOutcome.UNKNOWN if self.rules.idle or self.rules.unsure else RequirementOutcome.PASSED


class ExpectationResults(NamedTuple):
    """The results for the expectations of documents.

    Attributes:
        checked: the results, in the order of the documents.
        apps: the apps with known names, by GUID.
        places: where policies are declared.
        allow_unknown: whether unknown expectations are acceptable.
        notes: what must be known about the rules.
    """

    checked: Sequence[CheckedExpectation]
    apps: Mapping[str, App]
    places: Mapping[Policy, Place]
    allow_unknown: bool = False
    notes: Sequence[str] = ()

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
        told = f"{counted(len(self.checked), 'expectation')}{': ' if parts else ''}{', '.join(parts)}."
        pairs = sum(each.rules.pairs for each in self.checked if each.rules)
        by_rules = any(each.rules for each in self.checked)
        return f"{told} The rules were checked for {counted(pairs, 'pair')} of instances." if by_rules else told

    def name(self, guid: str) -> str:
        """Return `ORG/SPACE/APP`, or the GUID of an unknown app."""
        app = self.apps.get(guid)
        return app.known_path if app else guid

    def explanation(self, checked: CheckedExpectation) -> list[str]:
        """Return sentences that explain why an expectation fails or cannot be decided."""
        expectation, judgement, rules = checked
        told = [f"Because: {expectation.because}"] if expectation.because else []
        told += map(self._broken_by, judgement.breaking)
        for call in judgement.missing:
            told += self._missing(call)
        rest = judgement.breaches - len(judgement.breaking) - len(judgement.missing)
        if rest:
            what = counted(rest, "more policy", "more policies") if judgement.breaking else counted(rest, "more pair")
            told.append(f"The same is true of {what}{'' if judgement.breaking else ' of apps'}.")
        told += [f"{reason[0].upper()}{reason[1:]}." for reason in judgement.reasons]
        if rules is not None:
            told += self._rules(rules, by_policies=judgement.outcome)
        return told

    def _rules(self, judgement: RuleJudgement, *, by_policies: RequirementOutcome) -> Iterator[str]:
        """Explain what the rules decide if that differs from what the policies say."""
        failed = by_policies is RequirementOutcome.FAILED
        if judgement.breaches and not failed:
            yield from map(self._decided, judgement.listed)
            rest = judgement.breaches - len(judgement.listed)
            if rest:
                yield f"The rules have the same result for {counted(rest, 'more pair')} of apps."
        if failed and judgement.pairs and not judgement.breaches:
            yield f"But the rules do what is expected for {counted(judgement.pairs, 'pair')} of instances."
        if judgement.idle:
            idle = sorted(map(self.name, judgement.idle))
            more = f" and {len(idle) - _MOST_IDLE:,} more" if len(idle) > _MOST_IDLE else ""
            yield f"Rules were not checked for apps without instances: {', '.join(idle[:_MOST_IDLE])}{more}."
        if judgement.unsure:
            yield "Some of the rules cannot be evaluated."

    def _decided(self, breach: RuleBreach) -> str:
        ends = " to ".join(
            f"{self.name(each.container.app)}{'' if each.number is None else f' (instance {each.number})'}"
            for each in (breach.source, breach.destination)
        )
        what = "accepted" if breach.accepted else "rejected"
        ports = ", every port" if breach.ports == (EVERY_PORT,) else f" {', '.join(map(str, breach.ports))}"
        rule = f": {breach.rule}" if breach.rule else " without a matching rule."
        return f"{ends}, {breach.protocol}{ports} is {what} on {breach.cell}{rule}"

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
