"""Foundations for tests, and sessions for them."""

import json
from pathlib import Path

from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import (
    CELLS,
    CF_CLIENT,
    Foundation,
    IssuedTokens,
    Role,
    User,
    World,
    WorldApp,
    WorldClient,
    WorldOrg,
    WorldSpace,
)

APP_A, APP_B = "2f978b7f-b3d2-4f50-b08f-776634a6e411", "c7de6123-d906-4c65-9717-c5d040568c76"
"""The two apps of the walkthrough, of the default world, and of the golden cases."""

GOLDEN_CF = Path(__file__).parent / "golden_cf"

_DEMO_GUID = "cfe7a279-ad29-48d4-b188-813e85d2b621"
DEV_GUID = "49dae64f-8231-4294-9882-1490c120f839"


def cf_world(file: str) -> World:
    """The world of a file in `golden_cf`."""
    data = json.loads((GOLDEN_CF / file).read_text(encoding="utf-8"))
    return World(
        cells=CELLS,
        orgs=tuple(WorldOrg(org["name"], _DEMO_GUID if org["name"] == "demo" else "") for org in data["orgs"]),
        spaces=tuple(
            WorldSpace(
                space["name"], space["org"], DEV_GUID if (space["org"], space["name"]) == ("demo", "dev") else ""
            )
            for space in data["spaces"]
        ),
        apps=tuple(WorldApp(app["name"], app["space"], app["guid"]) for app in data["apps"]),
        users=tuple(
            User(
                user["name"],
                user["password"],
                tuple(user["scopes"]),
                tuple(Role(role["type"], role["space"]) for role in user["roles"]),
            )
            for user in data["users"]
        ),
        clients=(
            CF_CLIENT,
            *(
                WorldClient(client["id"], client["secret"], tuple(client["grants"]), tuple(client["authorities"]))
                for client in data.get("clients", [])
            ),
        ),
        policies=tuple(
            Policy(policy["source"], policy["destination"], Protocol(policy["protocol"]), Ports.parse(policy["ports"]))
            for policy in data["policies"]
        ),
    )


CF_WORLD = cf_world("world.json")
SESSION_WORLD = cf_world("session-world.json")


def config_of(url: str, tokens: IssuedTokens) -> dict[str, object]:
    """The session file that `cf` writes after a login at `url`, with org `demo` and space `dev` targeted."""
    return {
        "AccessToken": f"bearer {tokens.access}",
        "APIVersion": "3.228.0",
        "AsyncTimeout": 0,
        "AuthorizationEndpoint": url,
        "CFOnK8s": {"Enabled": False, "AuthInfo": ""},
        "ColorEnabled": "",
        "ConfigVersion": 4,
        "DopplerEndPoint": "",
        "Locale": "",
        "LogCacheEndPoint": "",
        "MinCLIVersion": "",
        "MinRecommendedCLIVersion": "",
        "NetworkPolicyV1Endpoint": f"{url}/networking/v1/external",
        "OrganizationFields": {"GUID": _DEMO_GUID, "Name": "demo"},
        "PluginRepos": [{"Name": "CF-Community", "URL": "https://plugins.example.org"}],
        "RefreshToken": tokens.refresh,
        "RoutingAPIEndpoint": "",
        "SpaceFields": {"GUID": DEV_GUID, "Name": "dev", "AllowSSH": True},
        "SSHOAuthClient": "ssh-proxy",
        "SSLDisabled": False,
        "Target": url,
        "Trace": "",
        "UaaEndpoint": url,
        "UAAGrantType": "",
        "UAAOAuthClient": "cf",
        "UAAOAuthClientSecret": "",
    }


def in_ci(url: str, user: str = "dev", /, **changes: str) -> dict[str, str]:
    """The variables of a CI script for the foundation at `url`; in the sandbox, passwords equal the user names."""
    return {
        "CF_API_URL": url,
        "CF_USERNAME": user,
        "CF_PASSWORD": user,
        "CF_ORG": "demo",
        "CF_SPACE": "dev",
    } | changes


def session_at(url: str, folder: Path, **changes: object) -> dict[str, str]:
    """Write a session file with valid tokens for the foundation at `url`, and return the variables for it."""
    with Foundation.open(None) as foundation:
        config = config_of(url, foundation.sign_in("admin")) | changes
    (folder / ".cf").mkdir(exist_ok=True)
    (folder / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return {"CF_HOME": str(folder)}
