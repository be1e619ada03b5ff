"""The foundation in the pictures of the documentation: a shop that is about to add card payment."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import CELLS, DEFAULT, Foundation, World, WorldApp, WorldOrg, WorldSpace
from cfnet.sandbox.world import guid_of
from tests.conftest import run_cfnet

FOLDER = Path(__file__).parents[2] / ".github" / "pictures"
GLANCE, GRAPH, PAGE, REPORT, RULES = "glance.png", "graph.svg", "page.png", "report.png", "rules.png"

_APPS = {
    "shop/web": ("frontend", "basket", "search", "worker"),
    "shop/ops": ("metrics",),
    "pay/live": ("payments", "ledger"),
}
_POLICIES = (
    ("shop/web/frontend", "shop/web/basket", "8080"),
    ("shop/web/frontend", "shop/web/search", "9200-9210"),
    ("shop/web/basket", "shop/web/worker", "7000"),
    ("shop/web/worker", "pay/live/ledger", "5432"),
    ("pay/live/payments", "pay/live/ledger", "5432"),
    ("shop/ops/metrics", "shop/web/basket", "9100"),
    ("shop/ops/metrics", "pay/live/payments", "9100"),
)

WORLD = World(
    cells=CELLS,
    orgs=(*DEFAULT.orgs, WorldOrg("shop"), WorldOrg("pay")),
    spaces=(*DEFAULT.spaces, WorldSpace("web", "shop"), WorldSpace("ops", "shop"), WorldSpace("live", "pay")),
    apps=tuple(WorldApp(name, space, instances=2) for space, names in _APPS.items() for name in names),
    users=DEFAULT.users[:1],
    clients=DEFAULT.clients,
    policies=tuple(Policy(source, to, Protocol.TCP, Ports.parse(ports)) for source, to, ports in _POLICIES),
)

DOCUMENT = """\
version: 1
space: shop/web
policies:
  - {source: frontend, destination: basket}
  - {source: frontend, destination: search, ports: 9200-9210}
  - {source: basket, destination: worker, ports: 7000}
  - {source: basket, destination: pay/live/payments, ports: 8443}
"""

MADE: Final = "2026-11-28 12:00 UTC, by admin, with cfnet 0.2.0"
"""When and with what the report in the pictures was made."""


class Shop(NamedTuple):
    """The shop and its planned change."""

    foundation: Foundation
    document: Path

    @property
    def chosen(self) -> str:
        """The GUID of the selected app in the page."""
        return guid_of("app", "shop/web/basket")

    def graph(self) -> str:
        """The change as a picture."""
        return self._cfnet("graph", "-f", str(self.document), "--prune", "--format", "svg")

    def page(self) -> str:
        """The change as a page."""
        return self._cfnet("graph", "-f", str(self.document), "--prune", "--format", "html")

    def report(self) -> str:
        """The change as a report, of the same time and version every time."""
        text = self._cfnet("report", str(self.document), "--prune").replace(str(self.document), self.document.name)
        return re.sub(r"\d{4}-[-:0-9 ]+ UTC, by admin, with cfnet [^<]+", MADE, text)

    def rules(self) -> str:
        """The change as rules, with colours."""
        return self._cfnet("diff", "--rules", "--prune", "--exit-zero", str(self.document), CF_COLOR="true")

    def _cfnet(self, *words: str, **variables: str) -> str:
        ran = run_cfnet(words, {"CFNET_SANDBOX": "1", **variables}, embedded=self.foundation)
        assert ran.exit == 0, ran.stderr
        return ran.stdout


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """The shop, with the document in `folder`."""
    document = folder / "policies.yml"
    document.write_text(DOCUMENT, encoding="utf-8")
    with Foundation.open(None) as foundation:
        foundation.load(WORLD)
        yield Shop(foundation, document)


def glance() -> str:
    """An overview of cfnet on a terminal: a policy, its rule, and a call that no policy allows."""
    variables = {"CFNET_SANDBOX": "1", "CF_COLOR": "true"}
    with Foundation.open(None) as foundation:

        def typed(*words: str, stdin: str = "") -> str:
            return run_cfnet(words, variables, embedded=foundation, stdin=stdin).stdout

        added = typed("add-network-policy", "appA", "appB")
        rules = typed("render", "--cell", "cell-1")
        *_, rule, sentence, purpose = typed("explain", stdin=rules).splitlines(keepends=True)
        way = typed("trace", "appA", "appB", "--port", "8081")
    return (
        f"$ cfnet add-network-policy appA appB\n{added}"
        f"$ cfnet render --cell cell-1 | cfnet explain | tail -n 3\n{rule}{sentence}{purpose}\n"
        f"$ cfnet trace appA appB --port 8081\n{way}"
    )
