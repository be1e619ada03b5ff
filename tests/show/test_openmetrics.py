"""Metrics in the text format of OpenMetrics."""

from hypothesis import given
from hypothesis import strategies as st

from cfnet.show.openmetrics import Gauge, openmetrics


def test_families_and_the_end() -> None:
    """A unit if there is one; the end mark even without samples."""
    gauges = [Gauge("rules_size_bytes", "Size.", [({"cell": "cell-1"}, 3), ({}, 0)], "bytes"), Gauge("none", "No.", [])]
    assert "".join(openmetrics(gauges)) == (
        "# TYPE rules_size_bytes gauge\n"
        "# UNIT rules_size_bytes bytes\n"
        "# HELP rules_size_bytes Size.\n"
        'rules_size_bytes{cell="cell-1"} 3\n'
        "rules_size_bytes 0\n"
        "# TYPE none gauge\n"
        "# HELP none No.\n"
        "# EOF\n"
    )


@given(st.text(max_size=20) | st.text('"\\\n{},= ', max_size=10))
def test_no_name_breaks_out_of_its_quotes(name: str) -> None:
    """Quotes and backslashes are escaped, line feeds are visible."""
    lines = "".join(openmetrics([Gauge("g", "G.", [({"app": name}, 1)])])).split("\n")
    assert len(lines) == 5
    value = lines[2].removeprefix('g{app="').removesuffix('"} 1')
    assert '"' not in value.replace("\\\\", "").replace('\\"', "")
