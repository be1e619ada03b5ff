"""Reports: every name is text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.change.rule_changes import CellChange, RuleChange
from cfnet.cell.planning.policy_chain import PlannedRule, RuleKind
from cfnet.change import diff
from cfnet.document import Place
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.difference import Shown
from cfnet.show.graph.graph import Arrow, Change, graph_of
from cfnet.show.printable import printable
from cfnet.show.report import ChangeReport, ReportFormat, report_as
from cfnet.show.rule_changes import RuleChanges

POLICY = Policy("a", "b", Protocol.TCP, Ports(80, 80))
HIDDEN = Policy("a", "hidden", Protocol.TCP, Ports(80, 80))


def report(name: str) -> ChangeReport:
    """A report in which this name is used everywhere."""
    space = Space("s", name, Org("o", name))
    apps = {guid: App(guid, name, space) for guid in "ab"}
    shown = Shown(
        diff([POLICY, HIDDEN], [], owned=set(), visible={"a", "b"}),
        prune=True,
        apps=apps,
        places={POLICY: Place(name, 1, 1)},
    )
    cell = CellChange(
        name, [RuleChange(adds=True, rule=PlannedRule(RuleKind.ALLOW, name, policy=POLICY), position=1)], 0, 1
    )
    rules = RuleChanges([cell], 1, apps, [name])
    graph = graph_of([Arrow(POLICY, Change.ADDED)], apps, compares=True)
    return ChangeReport([("Foundation", name)], shown, rules, graph, [name], [name])


class Tags(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element."""
        self.elements.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data: str) -> None:
        """Record text."""
        self.text += data


def read(page: str) -> Tags:
    """Return the elements and the text of `page`."""
    tags = Tags()
    tags.feed(page)
    tags.close()
    return tags


PLAIN = read(report_as(ReportFormat.HTML, report("plain")))


@given(st.text(min_size=1, max_size=30) | st.text("<>&\"'/=!-[]` \n", min_size=1, max_size=20))
def test_no_name_adds_an_element_to_a_page(name: str) -> None:
    """The elements and attributes are those of any other report, with the name as text."""
    found = read(report_as(ReportFormat.HTML, report(name)))
    assert found.elements == PLAIN.elements
    assert printable(name) in found.text


def test_a_page_is_self_contained() -> None:
    """No script and no URL."""
    page = report_as(ReportFormat.HTML, report("plain"))
    assert "script" not in {name for name, _ in PLAIN.elements}
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


@given(st.text("ab<>&|`*_[]()#@!~\\\n", min_size=1, max_size=20))
def test_no_name_adds_a_line_or_a_cell_to_markdown(name: str) -> None:
    """The table has its columns, and the report its lines."""
    plain = report_as(ReportFormat.MARKDOWN, report("plain"))
    text = report_as(ReportFormat.MARKDOWN, report(name))
    assert text.count("\n") == plain.count("\n")
    rows = [line for line in text.splitlines() if line.startswith("| added")]
    assert [row.replace("\\\\", "").replace("\\|", "").count("|") for row in rows] == [6]


def test_policies_that_the_user_cannot_see_are_marked() -> None:
    """They are neither added nor unchanged."""
    assert "| not visible | " in report_as(ReportFormat.MARKDOWN, report("plain"))
