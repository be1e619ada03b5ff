"""Formats a planned change as a report for a change ticket: HTML or Markdown."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.show.expectations import expectations_markdown, expectations_text
from cfnet.show.graph.diagrams import MERMAID_EDGES, mermaid
from cfnet.show.graph.graph import Change
from cfnet.show.graph.page import policy_of
from cfnet.show.graph.svg import STYLE, svg
from cfnet.show.html_escaping import fenced, markdown, markup
from cfnet.show.package_text import package_text
from cfnet.show.rule_changes import ENFORCEMENT, cell_heading, pair_lines, rules_markdown, rules_summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.cell.change.rule_changes import CellChange
    from cfnet.policy import Policy
    from cfnet.show.difference import Shown
    from cfnet.show.expectations import ExpectationResults
    from cfnet.show.graph.graph import Graph
    from cfnet.show.rule_changes import RuleChanges

_TITLE: Final = "Network policies: a planned change"
_HEADER: Final = ("change", "source", "destination", "ports", "declared at")


class ReportFormat(StrEnum):
    """The output formats of a report."""

    HTML = "html"
    MARKDOWN = "markdown"


class ChangeReport(NamedTuple):
    """The content of a report.

    Attributes:
        about: the foundation, the documents and so on, as names and values.
        shown: the changes of policies.
        rules: the changes of rules; its cells can be iterated more than once.
        graph: the changes and the policies around them.
        quotas: a sentence for each app that would exceed its quota.
        tags: warnings about tags.
    """

    about: Sequence[tuple[str, str]]
    shown: Shown
    rules: RuleChanges
    graph: Graph
    quotas: Sequence[str]
    tags: Sequence[str]

    @property
    def rows(self) -> Iterator[tuple[Change | None, Policy]]:
        """The policies of the table; the change is None if the user cannot see the policy."""
        for policy in self.shown.ordered(self.shown.difference.added):
            yield Change.ADDED, policy
        for policy in self.shown.removed:
            yield Change.REMOVED, policy
        for policy in self.shown.ordered(self.shown.difference.unknown):
            yield None, policy

    @property
    def cautions(self) -> Sequence[str]:
        """The warnings about quotas and tags, or a statement that no limit is exceeded."""
        quotas = self.quotas or ["No app would exceed its policy quota."]
        tags = self.tags or ["No tag moves to another app."]
        return [*quotas, *tags]


def report_as(form: ReportFormat, report: ChangeReport) -> str:
    """Format the report as `form`."""
    match form:
        case ReportFormat.HTML:
            return _html(report)
        case ReportFormat.MARKDOWN:
            return _markdown(report)
        case _ as never:
            assert_never(never)


def _cells(change: Change | None, policy: Policy, report: ChangeReport) -> tuple[str, str, str, str, str]:
    place = report.shown.places.get(policy)
    return (
        change.value if change else "not visible",
        report.shown.name(policy.source),
        report.shown.name(policy.destination),
        f"{policy.protocol} {policy.ports}",
        f"{place.file}:{place.line}" if place else "",
    )


def _markdown(report: ChangeReport) -> str:
    parts = [f"# {_TITLE}\n", _bullets(f"{name}: {value}" for name, value in report.about)]
    parts += ["## Summary\n", f"{markdown(report.shown.summary)}\n", f"{markdown(rules_summary(report.rules))}\n"]
    parts.append("## Policies\n")
    rows = [_cells(*row, report) for row in report.rows]
    table = [_HEADER, ("---",) * len(_HEADER)]
    lines = [f"| {' | '.join(row)} |" for row in table]
    lines += [f"| {' | '.join(map(markdown, row))} |" for row in rows]
    parts.append("".join(f"{line}\n" for line in lines) if rows else "Nothing would change.\n")
    if 0 < len(report.graph.edges) <= MERMAID_EDGES:
        parts += ["## Who may call whom\n", fenced(mermaid(report.graph), "mermaid")]
    if report.shown.expectations:
        parts.append(expectations_markdown(report.shown.expectations, heading="## Expectations"))
    parts += ["## Quotas and tags\n", _bullets(report.cautions)]
    parts.append(rules_markdown(report.rules, heading="## Rules on the cells", longest=None))
    return "\n".join(parts)


def _bullets(sentences: Iterable[str]) -> str:
    return "".join(f"- {markdown(sentence)}\n" for sentence in sentences)


def _html(report: ChangeReport) -> str:
    style = STYLE + package_text(__package__, "report.css")
    about = "".join(f"<dt>{markup(name)}</dt><dd>{markup(value)}</dd>" for name, value in report.about)
    picture = f"<h2>Who may call whom</h2>\n<figure>{svg(report.graph, alone=False)}</figure>\n"
    cautions = "".join(f"<li>{markup(sentence)}</li>\n" for sentence in report.cautions)
    notes = "".join(f"<li>{markup(note)}</li>\n" for note in report.rules.notes)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy_of(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_TITLE}</title>
<style>{style}</style>
</head>
<body>
<h1>{_TITLE}</h1>
<dl>{about}</dl>
<h2>Summary</h2>
<p>{markup(report.shown.summary)}</p>
<p>{markup(rules_summary(report.rules))}</p>
<h2>Policies</h2>
{_table(report)}
{picture if report.graph.arrows else ""}{_expectations(report.shown.expectations)}<h2>Quotas and tags</h2>
<ul>
{cautions}</ul>
<h2>Rules on the cells</h2>
<p>{ENFORCEMENT}</p>
{f"<ul>{notes}</ul>" if notes else ""}
{"".join(_folded(cell, report) for cell in report.rules.cells)}</body>
</html>
"""


def _expectations(results: ExpectationResults | None) -> str:
    if results is None:
        return ""
    lines = expectations_text(results, passed=False)
    block = "".join(f"{markup(line)}\n" for line in lines.splitlines())
    block = f"<pre>{block}</pre>\n" if block else ""
    return f"<h2>Expectations</h2>\n<p>{markup(results.summary)}</p>\n{block}"


def _table(report: ChangeReport) -> str:
    rows = []
    for change, policy in report.rows:
        first, *rest = map(markup, _cells(change, policy, report))
        kind = change.value if change else "unknown"
        rows.append(f'<tr class="{kind}"><td>{first}</td>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>\n')
    if not rows:
        return "<p>Nothing would change.</p>"
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADER)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>"


def _folded(cell: CellChange, report: ChangeReport) -> str:
    """Format the rules of a cell as `diff --rules` does, in the same colours."""
    kinds = {"+": "added", "-": "removed", "@": "about"}
    lines = "".join(
        f'<span class="{kinds[line[0]]}">{markup(line)}</span>\n' for line in pair_lines(cell, report.rules.apps)
    )
    return f"<details open><summary>{markup(cell_heading(cell))}</summary><pre>{lines}</pre></details>\n"
