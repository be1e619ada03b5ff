"""A small shop to draw: two orgs, three spaces, a name with markup, and a deleted app."""

from cfnet.policy import App, Org, Protocol, Space
from cfnet.show.graph.graph import Arrow, Change, graph_of
from tests.policies import policy

EVIL = "<img src=x onerror=alert(1)>"
SHOP, PAY = Org("shop-guid", "shop"), Org("pay-guid", "pay & co")
WEB, OPS, CASH = Space("web-guid", "web", SHOP), Space("ops-guid", "ops", SHOP), Space("cash-guid", "cash", PAY)
FRONT, BACK, EVIL_APP, LOGS, LEDGER = (
    App("front", "frontend", WEB),
    App("back", "backend", WEB),
    App("evil", EVIL, WEB),
    App("logs", "logs", OPS),
    App("ledger", "ledger", CASH),
)
APPS = {app.guid: app for app in (FRONT, BACK, EVIL_APP, LOGS, LEDGER)}
GONE = "c7de6123-d906-4c65-9717-c5d040568c76"


FRONT_BACK = policy("front", "back")
FRONT_BACK_TLS = policy("front", "back", "8443")
BACK_LEDGER = policy("back", "ledger", "9000-9010")
EVIL_LOGS = policy("evil", "logs", "514", Protocol.UDP)
GONE_BACK = policy(GONE, "back")
ARROWS = (
    Arrow(FRONT_BACK, Change.KEPT),
    Arrow(FRONT_BACK_TLS, Change.ADDED),
    Arrow(BACK_LEDGER, Change.ADDED),
    Arrow(EVIL_LOGS, Change.KEPT),
    Arrow(GONE_BACK, Change.REMOVED),
)
GRAPH = graph_of(ARROWS, APPS, compares=True)
EMPTY = graph_of((), APPS)
