"""Formats how full a foundation is as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.policy.limits import TAGS
from cfnet.show.capacity import fullest_apps, fullest_cells
from cfnet.show.openmetrics import Gauge, openmetrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.cell.planning.capacity import Capacity, CellLoad
    from cfnet.policy import App
    from cfnet.show.capacity import Filling


def capacity_metrics(filling: Filling) -> Iterator[str]:
    """Format the output of `capacity --format openmetrics`.

    With a change, every sample has a label: `when` is "now" or "after". `cfnet_tags_complete` is 0 if more tags may be
    in use.
    """
    seen = _seen(filling)
    apps, cells = fullest_apps(filling), fullest_cells(filling)
    loads = [({"cell": name} | when, each.cells[name]) for name in cells for when, each in seen if name in each.cells]
    sources = [(_labels(app, filling.apps) | when, _policies(each, app)) for app in apps for when, each in seen]
    return openmetrics(
        (
            Gauge("cfnet_tags_used", "Tags in use.", [(when, each.tags) for when, each in seen]),
            Gauge("cfnet_tags_limit", "Tags that exist.", [({}, TAGS)]),
            Gauge("cfnet_tags_complete", "Whether all tags in use are known.", [({}, int(filling.all_tags))]),
            Gauge("cfnet_policy_quota", "Policies allowed for each source app.", [({}, filling.quota)]),
            Gauge("cfnet_app_policies", "Policies with this source app.", sources),
            *_of_cells(loads),
        )
    )


def _seen(filling: Filling) -> list[tuple[dict[str, str], Capacity]]:
    """Return the capacities with the labels that tell them apart."""
    if filling.then is None:
        return [({}, filling.now)]
    return [({"when": "now"}, filling.now), ({"when": "after"}, filling.then)]


def _of_cells(loads: Sequence[tuple[dict[str, str], CellLoad]]) -> Iterator[Gauge]:
    yield Gauge("cfnet_cell_containers", "Containers.", [(labels, load.containers) for labels, load in loads])
    yield Gauge("cfnet_cell_rules", "Rules in all chains.", [(labels, load.rules) for labels, load in loads])
    sizes = [(labels, load.size) for labels, load in loads]
    yield Gauge("cfnet_cell_rules_size_bytes", "Size of the output of iptables -S.", sizes, "bytes")


def _policies(capacity: Capacity, app: str) -> int:
    return capacity.sources.get(app, 0)


def _labels(guid: str, apps: Mapping[str, App]) -> dict[str, str]:
    """Return the labels of an app; names are empty if unknown, which means the same as no label."""
    app = apps.get(guid)
    names = (app.space.org.name, app.space.name, app.name) if app else ("", "", "")
    return {"guid": guid, **dict(zip(("org", "space", "app"), names, strict=True))}
