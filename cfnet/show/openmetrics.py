"""Formats metrics in the text format of OpenMetrics 1.0, which Prometheus reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Gauge(NamedTuple):
    """A metric family of current values.

    Attributes:
        name: its name; ends with the unit, if there is one.
        about: what it is, as a sentence.
        samples: values with their labels.
        unit: the unit, such as "bytes".
    """

    name: str
    about: str
    samples: Iterable[tuple[Mapping[str, str], int]]
    unit: str = ""


def openmetrics(gauges: Iterable[Gauge]) -> Iterator[str]:
    """Yield the lines of metrics, with the end mark: readers know from it that nothing is missing."""
    for gauge in gauges:
        yield f"# TYPE {gauge.name} gauge\n"
        if gauge.unit:
            yield f"# UNIT {gauge.name} {gauge.unit}\n"
        yield f"# HELP {gauge.name} {gauge.about}\n"
        for labels, value in gauge.samples:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{gauge.name}{{{told}}} {value}\n" if told else f"{gauge.name} {value}\n"
    yield "# EOF\n"


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
