"""Formats the drift of cells as metrics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cfnet.cell.drift.chain_drift import DriftKind
from cfnet.show.openmetrics import Gauge, openmetrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cfnet.show.drift import CheckedCell


def drift_metrics(cells: Iterable[CheckedCell], *, complete: bool) -> Iterator[str]:
    """Format the output of `verify --format openmetrics`; a cell that could not be verified has no samples.

    `cfnet_policies_complete` is 0 if the user can see only some policies: rules of others are then findings.
    """
    # The samples of a family must follow each other, so everything is counted first.
    found = [(each.cell, Counter(drift.kind for drift in each.drifts), each.ignored) for each in cells]
    kinds = list(DriftKind)
    findings = [
        ({"cell": cell, "class": kind.value}, numbers[kind]) for cell, numbers, _ignored in found for kind in kinds
    ]
    in_sync = [({"cell": cell}, int(not numbers)) for cell, numbers, _ignored in found]
    ignored = [({"cell": cell}, number) for cell, _numbers, number in found]
    return openmetrics(
        (
            Gauge("cfnet_cell_in_sync", "Whether the cell has the expected rules.", in_sync),
            Gauge("cfnet_cell_findings", "Deviations from the expected rules.", findings),
            Gauge("cfnet_cell_ignored_rules", "Rules not managed by Cloud Foundry, without effect on calls.", ignored),
            Gauge("cfnet_policies_complete", "Whether all policies are visible.", [({}, int(complete))]),
        )
    )
