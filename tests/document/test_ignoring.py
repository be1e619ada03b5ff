"""Which policies are ignored, by name, by GUID and by all items under `ignore`."""

import pytest

from cfnet.document import DocumentSource, ignored, load
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

WEB = Space("s1", "web", Org("o1", "shop"))
FRONTEND, BACKEND = App("g1", "frontend", WEB), App("g2", "backend", WEB)
CALL = Policy("g1", "g2", Protocol.TCP, Ports(8080, 8080))
GONE = CALL._replace(destination="g9")

IGNORED = {
    "a source by its GUID": (["source: {guid: g1}"], {CALL, GONE}),
    "a destination by its GUID": (["destination: {guid: g2}"], {CALL}),
    "an app without a known name": (["destination: {guid: g9}"], {GONE}),
    "another GUID": (["source: {guid: g2}"], set()),
    "a GUID that is another app's name": (["source: {guid: frontend}"], set()),
    "a name, for an app without a known name": (["destination: '*'"], {CALL}),
    "by the second item; only the ports of the first differ": (
        ["{source: frontend, ports: 1}", "source: front*"],
        {CALL, GONE},
    ),
    "by the third item, after one of another protocol": (
        ["{source: frontend, protocol: udp}", "{source: frontend, ports: 1}", "destination: backend"],
        {CALL},
    ),
    "by none of several that almost match": (
        ["{source: frontend, ports: 1}", "{source: frontend, protocol: udp}", "source: backend"],
        set(),
    ),
}


@pytest.mark.parametrize(("items", "left"), IGNORED.values(), ids=IGNORED)
def test_ignored_policies(items: list[str], left: set[Policy]) -> None:
    """One matching item is enough, whatever its position."""
    text = "version: 1\nspace: shop/web\npolicies: []\nignore:\n" + "".join(f"  - {item}\n" for item in items)
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    assert ignored(loaded.documents, [CALL, GONE], [FRONTEND, BACKEND]) == left
