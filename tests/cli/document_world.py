"""A foundation of two spaces for the commands that work with documents, and sessions for it."""

from pathlib import Path

from cfnet.policy import Policy
from cfnet.sandbox import CELLS, CF_CLIENT, DEFAULT, Role, User, World, WorldApp, WorldSpace
from tests.conftest import Served
from tests.policies import policy

WEB, API, DB, LOG = "guid-web", "guid-api", "guid-db", "guid-log"
_OPS = WorldSpace("ops", "demo", "space-ops")

WORLD = World(
    cells=CELLS,
    orgs=DEFAULT.orgs,
    spaces=(*DEFAULT.spaces, _OPS),
    apps=(
        WorldApp("web", "demo/dev", WEB),
        WorldApp("api", "demo/dev", API),
        WorldApp("db", "demo/dev", DB),
        WorldApp("log", "demo/ops", LOG),
    ),
    users=(
        User("admin", "admin", ("cloud_controller.admin", "network.admin")),
        # Sees the apps of both spaces, but only policies within the first.
        User(
            "dev",
            "dev",
            ("cloud_controller.read", "network.write"),
            (Role("space_developer", "demo/dev"), Role("space_auditor", "demo/ops")),
        ),
    ),
    clients=(CF_CLIENT,),
)

DOCUMENT = """\
version: 1
space: demo/dev
policies:
  - source: web
    destination: api
  - source: api
    destination: db
    protocol: tcp
    ports: 5432
"""


DECLARED = (policy(WEB, API), policy(API, DB, "5432"))
"""The policies that `DOCUMENT` declares."""


def with_policies(served: Served, *policies: Policy, world: World = WORLD) -> Served:
    """The foundation with these policies."""
    served.foundation.load(world._replace(policies=policies))
    return served


def write(folder: Path, text: str = DOCUMENT, name: str = "policies.yml") -> str:
    """Write a document and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def sent(served: Served) -> list[str]:
    """The requests that changed policies, without their host."""
    base = "POST /networking/v1/external/policies"
    return [line.removeprefix(base) or "add" for line in served.asked if line.startswith(base)]


def large_document(sources: int, destinations: int) -> tuple[str, tuple[WorldApp, ...]]:
    """A document of policies from each app to each, and the number of apps."""
    apps = tuple(WorldApp(f"app{number}", "demo/dev", instances=0) for number in range(max(sources, destinations)))
    names = [app.name for app in apps]
    entry = f"  - source: {names[:sources]}\n    destination: {names[:destinations]}\n"
    return f"version: 1\nspace: demo/dev\npolicies:\n{entry}", apps
