"""Collect the content of a report about a planned change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.show.report import ChangeReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.inventory import InventorySource
    from cfnet.operations.preview import Preview


def change_report(seen: Preview, files: Sequence[str], origin: InventorySource, quota: int) -> ChangeReport:
    """Collect the content of a report about the change `seen`, declared by `files`.

    `quota` is the number of policies that the server allows per source.
    """
    from cfnet.cell.change.rule_changes import rule_changes
    from cfnet.change import exceeded
    from cfnet.operations.select_graph import Part, drawn
    from cfnet.show.capacity import tag_warnings
    from cfnet.show.graph.graph import Direction
    from cfnet.show.rule_changes import RuleChanges

    apps = {**seen.before.read_apps(), **seen.shown.apps}
    shown = seen.shown._replace(apps=apps)
    changed = {guid for policy in (*shown.difference.added, *shown.removed) for guid in policy[:2]}
    part = Part(sorted(changed), (), Direction.BOTH, 1)
    cells = len({*seen.before.cell_names, *seen.after.cell_names})
    return ChangeReport(
        about=[
            ("Foundation", f"the snapshot {origin.snapshot}" if origin.snapshot else seen.api),
            *((("Snapshot", f"{seen.snapshot}, of {seen.snapshot.api}"),) if seen.snapshot else ()),
            ("Made", str(seen.made)),
            ("Documents", ", ".join(files)),
            ("Removes undeclared policies", "yes (--prune)" if shown.prune else "no"),
        ],
        shown=shown,
        rules=RuleChanges(
            list(rule_changes(seen.before, seen.after)), cells, apps, seen.before.notes, seen.before.complete
        ),
        graph=drawn(seen.before.policies if changed else (), shown, apps, part),
        quotas=[
            f"{shown.name(each.app)} would have {each.existing + each.added:,} policies; without network.admin the "
            f"server allows {each.limit:,} per app."
            for each in exceeded(shown.difference.added, seen.before.policies, quota)
        ],
        tags=tag_warnings(seen.tags, apps),
    )
