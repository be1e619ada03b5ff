"""The foundation of these tests: a shop's org, and an unrelated org."""

from cfnet.policy import Policy
from cfnet.sandbox import CELLS, CF_CLIENT, Role, User, World, WorldApp, WorldClient, WorldOrg, WorldSpace

FRONTEND, BACKEND, PAYMENTS, STRANGER = "app-frontend", "app-backend", "app-payments", "app-stranger"

SHOP = World(
    cells=CELLS,
    orgs=(WorldOrg("shop", "org-shop"), WorldOrg("Rival", "org-rival")),
    spaces=(
        WorldSpace("web", "shop", "space-web"),
        WorldSpace("pay", "shop", "space-pay"),
        WorldSpace("web", "Rival", "space-rival"),
    ),
    apps=(
        WorldApp("frontend", "shop/web", FRONTEND, instances=2),
        WorldApp("Backend, new", "shop/web", BACKEND, ports="8443,8080"),
        WorldApp("payments", "shop/pay", PAYMENTS, instances=0),
        WorldApp("frontend", "Rival/web", STRANGER),
    ),
    users=(
        User("root", "root-pass", ("cloud_controller.admin", "network.admin"), guid="user-root"),
        User(
            "dev",
            "dev-pass",
            ("cloud_controller.read", "network.write"),
            (Role("space_developer", "shop/web"), Role("space_developer", "shop/pay")),
            guid="user-dev",
        ),
        User(
            "writer",
            "writer-pass",
            ("cloud_controller.read", "cloud_controller.write", "network.write"),
            (Role("space_developer", "shop/web"),),
        ),
        User("auditor", "pass", ("cloud_controller.read", "network.write"), (Role("space_auditor", "shop/web"),)),
        User("manager", "pass", ("cloud_controller.read",), (Role("organization_manager", "shop"),)),
        User("guest", "pass", ("openid",)),
    ),
    clients=(
        CF_CLIENT,
        WorldClient("ci", "ci-secret", scopes=("cloud_controller.admin_read_only", "network.admin")),
    ),
)


def body_of(*policies: Policy) -> dict[str, object]:
    """The JSON that the policy server accepts, and that it returns with a count added."""
    return {
        "policies": [
            {
                "source": {"id": policy.source},
                "destination": {
                    "id": policy.destination,
                    "protocol": policy.protocol.value,
                    "ports": {"start": policy.ports.start, "end": policy.ports.end},
                },
            }
            for policy in policies
        ]
    }
