"""The content of a foundation: its cells, orgs, spaces, apps, users and policies; and the default world.

Spaces are named `ORG/SPACE`, apps `ORG/SPACE/APP`. Missing GUIDs are derived from names, so that loading a world always
gives the same result.
"""

from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cfnet.policy import Policy
from cfnet.sandbox.cells import ContainerPlace, SandboxCell
from cfnet.sandbox.tokens import JWT_BEARER

SPACE_DEVELOPER: Final = "space_developer"
SPACE_MANAGER: Final = "space_manager"
ORGANIZATION_MANAGER: Final = "organization_manager"


class WorldOrg(NamedTuple):
    """An org."""

    name: str
    guid: str = ""


class WorldSpace(NamedTuple):
    """A space in an org."""

    name: str
    org: str
    guid: str = ""


class WorldApp(NamedTuple):
    """An app in the space `ORG/SPACE`.

    Attributes:
        instances: the number of its containers.
        ports: the ports they listen on, comma-separated.
        placed: the places of the first containers; the sandbox chooses places for the others.
    """

    name: str
    space: str
    guid: str = ""
    instances: int = 1
    ports: str = "8080"
    placed: tuple[ContainerPlace, ...] = ()


class Role(NamedTuple):
    """A role of a user in `ORG/SPACE` or `ORG`; `type` is the Cloud Controller's, such as `space_developer`."""

    type: str
    where: str


class User(NamedTuple):
    """A user of the UAA. Passwords are stored in plain text: the sandbox contains nothing worth protecting."""

    name: str
    password: str
    scopes: tuple[str, ...]
    roles: tuple[Role, ...] = ()
    guid: str = ""


class WorldClient(NamedTuple):
    """A client of the UAA that may request tokens with `grants`; `scopes` are its own."""

    name: str
    secret: str
    grants: tuple[str, ...] = ("client_credentials",)
    scopes: tuple[str, ...] = ()


class World(NamedTuple):
    """The content of a foundation. Ends of policies are GUIDs, even of missing apps, or `ORG/SPACE/APP`."""

    cells: tuple[SandboxCell, ...]
    orgs: tuple[WorldOrg, ...]
    spaces: tuple[WorldSpace, ...]
    apps: tuple[WorldApp, ...] = ()
    users: tuple[User, ...] = ()
    clients: tuple[WorldClient, ...] = ()
    policies: tuple[Policy, ...] = ()


def guid_of(kind: str, path: str) -> str:
    """Derive a GUID from the path of a resource."""
    return str(uuid5(NAMESPACE_URL, f"{kind}:{path}"))


CELLS: Final = (
    SandboxCell("cell-1", "10.0.16.4", "10.255.77.0/24"),
    SandboxCell("cell-2", "10.0.16.5", "10.255.78.0/24"),
)

CF_CLIENT: Final = WorldClient("cf", "", ("password", "refresh_token", JWT_BEARER))
"""The client with which `cf` logs in its users."""

DEFAULT: Final = World(
    cells=CELLS,
    orgs=(WorldOrg("demo", "cfe7a279-ad29-48d4-b188-813e85d2b621"),),
    spaces=(WorldSpace("dev", "demo", "49dae64f-8231-4294-9882-1490c120f839"),),
    apps=(
        WorldApp(
            "appA",
            "demo/dev",
            "2f978b7f-b3d2-4f50-b08f-776634a6e411",
            placed=(ContainerPlace("cell-2", "10.255.78.3"),),
        ),
        WorldApp(
            "appB",
            "demo/dev",
            "c7de6123-d906-4c65-9717-c5d040568c76",
            placed=(ContainerPlace("cell-1", "10.255.77.4"),),
        ),
    ),
    users=(
        User("admin", "admin", ("cloud_controller.admin", "network.admin")),
        User(
            "dev",
            "dev",
            ("cloud_controller.read", "cloud_controller.write", "network.write"),
            (Role(SPACE_DEVELOPER, "demo/dev"),),
        ),
    ),
    clients=(
        CF_CLIENT,
        WorldClient("ci", "ci-secret", scopes=("cloud_controller.admin_read_only", "network.admin")),
    ),
)
"""The foundation of the walkthrough: two cells, two apps with one instance each, and no policies."""
