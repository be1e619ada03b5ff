"""Formats the rules that are added and removed on each cell: as text, JSON and Markdown."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.cell.planning.policy_chain import RuleKind
from cfnet.show.html_escaping import LONGEST_COMMENT, fenced, markdown, markup
from cfnet.show.line_styles import styled_by_sign
from cfnet.show.machine import rows_json, stream_json
from cfnet.show.plurals import counted
from cfnet.show.printable import printable
from cfnet.show.rules import rule_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.change.rule_changes import CellChange, RuleChange
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import App

ENFORCEMENT: Final = (
    "Rules are added when a cell next polls for policies (every 5 seconds by default), "
    "and removed when its new chain replaces the old one."
)
"""When the change takes effect (vxlan-policy-agent: `policy_poll_interval_seconds`, and its enforcer)."""

_UNFOLDED: Final = 40
"""The most lines of Markdown that are shown unfolded; with more lines, each cell is folded."""

_LAST_WORDS: Final = 40
_INGRESS: Final = "the routers"


class RulesFormat(StrEnum):
    """The output formats of rule changes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class RuleChanges(NamedTuple):
    """The rule changes on all cells.

    Attributes:
        cells: the cells that change.
        of: the number of all cells.
        apps: the apps with known names, by GUID.
        notes: caveats for the reader.
        complete: whether the user can see all policies.
    """

    cells: Iterable[CellChange]
    of: int
    apps: Mapping[str, App]
    notes: Sequence[str] = ()
    complete: bool = True


def rule_changes_as(form: RulesFormat, changes: RuleChanges, *, colour: bool = False) -> Iterator[str]:
    """Format the changes as `form`, a piece for each cell if possible; `colour` applies to text only."""
    match form:
        case RulesFormat.TEXT:
            return _text(changes, colour=colour)
        case RulesFormat.JSON:
            return rule_changes_json(changes)
        case RulesFormat.MARKDOWN:
            return iter((rules_markdown(changes),))
        case _ as never:
            assert_never(never)


class _Count:
    """Counts cells and rules as they are iterated."""

    def __init__(self, changes: RuleChanges) -> None:
        self._of = changes.of
        self.cells = self.added = self.removed = 0

    def each(self, cells: Iterable[CellChange]) -> Iterator[CellChange]:
        for cell in cells:
            self.cells += 1
            self.added += cell.added
            self.removed += cell.removed
            yield cell

    def __str__(self) -> str:
        rest = self._of - self.cells
        untouched = f"{rest:,} {'cell is' if rest == 1 else 'cells are'} unchanged."
        if not self.cells:
            return f"No rule changes. {untouched}"
        where = f"On {self.cells:,} of {self._of:,} {'cell' if self._of == 1 else 'cells'}"
        return f"{where}: {_counts(self.added, self.removed)}. {untouched}"


def rules_summary(changes: RuleChanges) -> str:
    """Summarize the changes in a sentence or two; iterates the cells."""
    count = _Count(changes)
    for _ in count.each(changes.cells):
        pass
    return str(count)


def _counts(added: int, removed: int) -> str:
    return f"{counted(added, 'rule')} to add, {removed:,} to remove"


def _text(changes: RuleChanges, *, colour: bool) -> Iterator[str]:
    """Format each cell as a heading and a diff of its rules by pair of apps; then a summary."""
    count = _Count(changes)
    for cell in count.each(changes.cells):
        yield "".join(f"{styled_by_sign(line, colour=colour)}\n" for line in _cell_lines(cell, changes.apps))
    yield f"{count}\n"
    if count.cells:
        yield f"{ENFORCEMENT}\n"


def cell_heading(cell: CellChange) -> str:
    """Summarize the changes on a cell in a line."""
    return f"{printable(cell.cell)}: {_counts(cell.added, cell.removed)} ({cell.before:,} → {cell.after:,})"


def _cell_lines(cell: CellChange, apps: Mapping[str, App]) -> Iterator[str]:
    yield f"# {cell_heading(cell)}"
    yield from pair_lines(cell, apps)


def pair_lines(cell: CellChange, apps: Mapping[str, App]) -> Iterator[str]:
    """Format the rules added and removed on a cell, below a heading for each pair of apps."""
    groups: dict[str, list[RuleChange]] = {}
    for change in cell.changes:
        groups.setdefault(_about(change.rule, apps), []).append(change)
    room = max(len(str(cell.before)), len(str(cell.after)))
    for about, found in groups.items():
        yield f"@@ {about} @@"
        for change in found:
            yield f"{'+' if change.adds else '-'} {change.position:>{room}}  {printable(change.rule.text)}"


def _about(rule: PlannedRule, apps: Mapping[str, App]) -> str:
    """Name the apps that a rule is about: `shop/web/a (GUID) to shop/web/b (GUID)`."""

    def name(guid: str) -> str:
        app = apps.get(guid)
        return printable(f"{app.path} ({guid})" if app else guid)

    if rule.policy is not None:
        return f"{name(rule.policy.source)} to {name(rule.policy.destination)}"
    match rule.kind:
        case RuleKind.MARK if rule.container is not None:
            return f"the mark of {name(rule.container.app)}"
        case RuleKind.INGRESS if rule.container is not None:
            return f"{_INGRESS} to {name(rule.container.app)}"
        case _:
            return "everything on the overlay network"


def rules_markdown(
    changes: RuleChanges, *, heading: str = "### Rules on the cells", longest: int | None = LONGEST_COMMENT
) -> str:
    """Format a comment for a pull request, or a chapter of a report; cells are folded if the text is long.

    The result has at most `longest` characters, if given.
    """
    count = _Count(changes)
    cells = [(cell_heading(cell), list(pair_lines(cell, changes.apps))) for cell in count.each(changes.cells)]
    folded = sum(len(lines) + 1 for _, lines in cells) > _UNFOLDED
    parts = [f"{heading}\n\n{count}\n"]
    if cells:
        parts.append(f"{ENFORCEMENT}\n")
    parts += [f"{markdown(note)}\n" for note in changes.notes]
    room = None if longest is None else longest - sum(map(len, parts))
    for told, (title, lines) in enumerate(cells):
        part = _cell_markdown(title, lines, folded=folded)
        if room is not None:
            room -= len(part) + 1
            if room < _LAST_WORDS:
                parts.append(f"… and {len(cells) - told:,} more cells.\n")
                break
        parts.append(part)
    return "\n".join(parts)


def _cell_markdown(title: str, lines: Sequence[str], *, folded: bool) -> str:
    block = "".join(f"{line}\n" for line in lines)
    if folded:
        return f"<details><summary>{markup(title)}</summary>\n\n{fenced(block, 'diff')}\n</details>\n"
    return fenced(f"# {title}\n{block}", "diff")


def rule_changes_json(changes: RuleChanges) -> Iterator[str]:
    """Format the output of `diff --rules --json`, a piece for each cell that changes.

        {"format_version": 1, "notes": […], "complete": true, "cells": [
          {"cell": "cell-1", "rules_before": 2, "rules_after": 4, "changes": [{"change": "added", …RULE}, …]}, …],
         "summary": {"cells": 1, "cells_not_touched": 1, "added": 2, "removed": 0}}

    RULE is as in `render --json`; `position` is the position in the new chain if `change` is "added", in the old chain
    if it is "removed".
    """
    count = _Count(changes)
    head = {"notes": list(changes.notes), "complete": changes.complete}
    cells = (
        rows_json(
            {"cell": cell.cell, "rules_before": cell.before, "rules_after": cell.after},
            changes=(_row(change, changes.apps) for change in cell.changes),
        )
        for cell in count.each(changes.cells)
    )

    def summary() -> dict[str, object]:
        untouched = changes.of - count.cells
        counts = {"cells": count.cells, "cells_not_touched": untouched, "added": count.added, "removed": count.removed}
        return {"summary": counts}

    return stream_json(head, "cells", cells, summary)


def _row(change: RuleChange, apps: Mapping[str, App]) -> dict[str, object]:
    return {"change": "added" if change.adds else "removed", **rule_json(change.rule, change.position, apps)}
