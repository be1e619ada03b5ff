"""Formats what follows from logged calls: as text, Markdown, and entries of a policy document."""

from __future__ import annotations

import textwrap
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from cfnet.document.writer import write
from cfnet.show.advice_json import advice_json
from cfnet.show.advice_phrases import app_name, coverage_text, date, limits
from cfnet.show.advice_tables import advice_tables
from cfnet.show.columns import columns
from cfnet.show.html_escaping import markdown
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.needed_policies import ProposedPolicy
    from cfnet.policy import App
    from cfnet.show.advice_tables import AdviceTable


class AdviceFormat(StrEnum):
    """The forms of advice."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    YAML = "yaml"


def advice_as(form: AdviceFormat, advice: Advice, *, every_call: bool, colour: bool) -> str:
    """Format advice; `every_call` and `colour` are for text and Markdown."""
    match form:
        case AdviceFormat.TEXT:
            return _text(advice, every_call=every_call, colour=colour)
        case AdviceFormat.JSON:
            return advice_json(advice)
        case AdviceFormat.MARKDOWN:
            return _markdown(advice, every_call=every_call)
        case AdviceFormat.YAML:
            return advice_yaml(advice)
        case _ as never:
            assert_never(never)


def _text(advice: Advice, *, every_call: bool, colour: bool) -> str:
    """Format the period, a table for each kind of finding, and the limits of what logs show."""
    lines = [f"{printable(coverage_text(advice))}\n"]
    for table in advice_tables(advice, every_call=every_call):
        title = styled(table.title, LineStyle.TITLE, colour=colour)
        lines.append(f"\n{title}\n{columns(table.header, table.rows, colour=colour)}")
        lines.append(table.more and f"{table.more}\n")
    return "".join((*lines, f"\n{_summary(advice)}\n", *(f"{printable(each)}\n" for each in limits(advice))))


def _summary(advice: Advice) -> str:
    needed, unused = len(advice.needed.proposed), len(advice.unused)
    return (
        f"{counted(needed, 'policy', 'policies')} needed, {unused:,} unused, {len(advice.wide):,} wider than needed, "
        f"{len(advice.unknown):,} unknown."
    )


def _markdown(advice: Advice, *, every_call: bool) -> str:
    parts = ["## Network policies and logged calls\n", f"{markdown(coverage_text(advice))} {_summary(advice)}\n"]
    parts += [_markdown_table(table) for table in advice_tables(advice, every_call=every_call)]
    told = "".join(f"- {markdown(each)}\n" for each in limits(advice))
    return "\n".join((*parts, told) if told else parts)


def _markdown_table(table: AdviceTable) -> str:
    rows = [table.header, ["---"] * len(table.header), *([markdown(cell) for cell in row] for row in table.rows)]
    text = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"### {table.title}\n\n{text}" + (f"\n{table.more}\n" if table.more else "")


def advice_yaml(advice: Advice) -> str:
    """Format the needed policies as items of `policies` in a document, each with the calls that it would allow."""
    told = [f"# {printable(each)}\n" for each in (coverage_text(advice), *limits(advice))]
    entries = advised_entries(advice.needed.proposed, advice.context.apps)
    return "".join((*told, *(entries or ["# No policies are needed.\n"])))


def advised_entries(proposed: Iterable[ProposedPolicy], apps: Mapping[str, App]) -> list[str]:
    """Format policies as items of `policies`, not indented; those that differ only in ports share one."""
    found = []
    for _, group in groupby(proposed, lambda each: each.policy[:3]):
        proposals = list(group)
        comments = [f"# {_reason(each)}\n" for each in proposals]
        entry = write([each.policy for each in proposals], apps, space=None, owns=None).partition("policies:\n")[2]
        found.append("".join((*comments, textwrap.dedent(entry))))
    return found


def needed_line(proposed: ProposedPolicy, apps: Mapping[str, App]) -> str:
    """Format a needed policy as soon as it is known to be needed."""
    policy, calls = proposed.policy, proposed.calls
    last = "" if calls.last is None else f", last at {date(calls.last)}"
    ends = f"{app_name(policy.source, apps)} to {app_name(policy.destination, apps)}"
    told = f"Needed: {ends}, {policy.protocol} {policy.ports} ({counted(calls.times, 'refused call')}{last})"
    return f"{printable(told)}\n"


def _reason(proposed: ProposedPolicy) -> str:
    calls = proposed.calls
    when = "" if calls.last is None else f", {date(calls.first)} to {date(calls.last)}"
    return f"{proposed.policy.ports}: {counted(calls.times, 'refused call')}{when}"
