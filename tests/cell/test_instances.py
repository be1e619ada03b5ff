"""Which instance of which app runs in a container."""

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.instances import names_of, running, short_names
from cfnet.cell.model.names import Instance, Names
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.policy import App, Org, Space

WEB, PAY = Space("s1", "web", Org("o", "shop")), Space("s2", "pay", Org("o", "shop"))
APPS = {app.guid: app for app in (App("a", "front", WEB), App("b", "back", WEB), App("c", "back", PAY))}
CELLS = {
    "one": Cell("one", [Container("1", "10.0.0.1", "a"), Container("2", "10.0.0.2", "a", workload="task")]),
    "two": Cell(
        "two",
        [
            Container("3", "10.0.0.3", "a", workload="app"),
            Container("4", "10.0.0.4", "b", workload="app", number=7),
            Container("5", "10.0.0.5", ""),
        ],
    ),
}


def test_instances_have_their_own_index_or_are_counted() -> None:
    """Per app over all cells; tasks and containers without an app have no index."""
    found = [(each.cell, each.container.handle, each.number) for each in running(CELLS.values())]
    assert found == [("one", "1", 0), ("one", "2", None), ("two", "3", 1), ("two", "4", 7), ("two", "5", None)]


def test_names_of_a_state() -> None:
    """Names of apps, instances and marks."""
    state = State(
        policies=[],
        tags=Tags({"a": "0002", "INGRESS_ROUTER": "00FF"}),
        settings=AgentSettings(),
        cell_names=["two"],
        read_cell=CELLS.__getitem__,
        read_apps=lambda: APPS,
    )
    assert names_of(state) == Names(
        apps={"a": "front", "b": "shop/web/back", "c": "shop/pay/back"},
        instances={
            "10.0.0.3": Instance("a", 0, "3"),
            "10.0.0.4": Instance("b", 7, "4"),
            "10.0.0.5": Instance("", None, "5"),
        },
        marks={2: "a", 255: "INGRESS_ROUTER"},
    )


def test_ambiguous_names_become_paths() -> None:
    """Otherwise one app could be mistaken for the other."""
    assert short_names({"a": APPS["a"]}) == {"a": "front"}
    assert short_names(APPS)["c"] == "shop/pay/back"
