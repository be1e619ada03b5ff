"""`cfnet target` and `cfnet api`: what they show and change, for each kind of session."""

import json
from pathlib import Path

import httpx  # noqa: TID253 - a proxy
import pytest

from cfnet.sandbox import DEFAULT, User, World, WorldOrg, WorldSpace
from tests.conftest import Cfnet, Ran, Served
from tests.scripted_server import Reply, scripted

OFF = {"CFNET_KEYRING": "off"}
WORLD = World(
    cells=DEFAULT.cells,
    orgs=(WorldOrg("shop"), WorldOrg("bank")),
    spaces=(WorldSpace("web", "shop"), WorldSpace("pay", "shop"), WorldSpace("vault", "bank")),
    users=(User("admin", "admin", ("cloud_controller.admin", "network.admin")),),
    clients=DEFAULT.clients,
)


def table(url: str, *rows: str) -> str:
    """The table, and the text after it."""
    return "".join(
        f"{row}\n" for row in (f"API endpoint:   {url}", "API version:    3.228.0", "user:           admin", *rows)
    )


@pytest.fixture
def logged_in(served: Served, cfnet: Cfnet) -> Served:
    """The administrator, logged in to a world of two orgs without a target."""
    served.foundation.load(WORLD)
    assert cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=OFF).exit == 0
    return served


WARNED = {"X-Cf-Warnings": "be+careful"}
NONE = ["No org or space targeted, use 'cfnet target -o ORG -s SPACE'"]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("", NONE),
        ("-o shop", ["org:            shop", "No space targeted, use 'cfnet target -s SPACE'"]),
        ("-o bank", ["org:            bank", "space:          vault"]),
        ("-o SHOP -s Web", ["org:            shop", "space:          web"]),
    ],
    ids=["no options", "an org", "an org with one space", "both, in another case"],
)
def test_the_target_is_set(words: str, rows: list[str], logged_in: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The table is cf's. Later commands use the target; if cf has a session too, the output says which one applies."""
    ran = cfnet("target", *words.split(), variables=OFF)
    origin = f"Session: cfnet ({tmp_path / '.config' / 'cfnet' / 'session.json'}, tokens in a file)\n"
    assert ran == Ran(0, table(logged_in.url, *rows), "")
    assert cfnet("target", variables=OFF) == ran
    assert cfnet("target", "-v", variables=OFF) == ran._replace(stderr=origin)
    assert cfnet("target", variables=OFF | logged_in.home(tmp_path)) == ran._replace(stderr=origin)


def test_only_a_space(logged_in: Served, cfnet: Cfnet) -> None:
    """It is looked up in the targeted org, and cannot be found without one."""
    ran = cfnet("target", "-s", "web", variables=OFF)
    assert ran == Ran(1, "FAILED\n", "No org targeted, use 'cfnet target -o ORG' to target an org.\n")
    cfnet("target", "-o", "shop", variables=OFF)
    ran = cfnet("target", "-s", "pay", variables=OFF)
    assert ran.stdout == table(logged_in.url, "org:            shop", "space:          pay")


WEB = ["org:            shop", "space:          web"]
SHOP = ["org:            shop", "No space targeted, use 'cfnet target -s SPACE'"]


@pytest.mark.parametrize(
    ("words", "stderr", "left"),
    [
        ("-o nope", "Organization 'nope' not found.\n", NONE),
        ("-o bank -s web", "Space 'web' not found.\n", NONE),
        ("-s nope", "Space 'nope' not found.\n", SHOP),
    ],
)
def test_an_unknown_org_or_space_clears_the_target(
    words: str, stderr: str, left: list[str], logged_in: Served, cfnet: Cfnet
) -> None:
    """The message is cf's; and as in cf, the previous space is not used by later commands."""
    cfnet("target", "-o", "shop", "-s", "web", variables=OFF)
    assert cfnet("target", variables=OFF).stdout == table(logged_in.url, *WEB)
    assert cfnet("target", *words.split(), variables=OFF) == Ran(1, "FAILED\n", stderr)
    assert cfnet("target", variables=OFF).stdout == table(logged_in.url, *left)


def test_an_unreachable_foundation_clears_the_target(logged_in: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Like cf; its warnings are shown."""
    cfnet("target", "-o", "shop", "-s", "web", variables=OFF)
    path = tmp_path / ".config" / "cfnet" / "session.json"
    before = path.read_text(encoding="utf-8")
    with scripted(lambda _method, _path: Reply(403, b'{"errors": [{"detail": "no"}]}', WARNED)) as server:
        path.write_text(before.replace(logged_in.url, server.url), encoding="utf-8")
        tokens = path.with_name("tokens.json")
        tokens.write_text(tokens.read_text(encoding="utf-8").replace(logged_in.url, server.url), encoding="utf-8")
        assert cfnet("target", "-s", "pay", variables=OFF) == Ran(1, "FAILED\n", "be careful\nno\n")
        assert cfnet("target", variables=OFF).stdout == table(server.url, *SHOP)


def test_the_target_of_the_sessions_own_api_is_set(logged_in: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Another process may switch to another API meanwhile: that one's target is unchanged."""
    other = logged_in.url.replace("127.0.0.1", "localhost")
    assert cfnet("login", "-a", other, "-u", "admin", "-p", "admin", variables=OFF).exit == 0
    assert cfnet("api", logged_in.url, variables=OFF).exit == 0

    def script(_method: str, _path: str) -> Reply:
        assert cfnet("api", other, variables=OFF).exit == 0
        answer = httpx.get(f"{logged_in.url}{_path}", headers={"Authorization": f"bearer {token}"})
        return Reply(200, answer.content)

    token = logged_in.foundation.sign_in("admin").access
    folder = tmp_path / ".config" / "cfnet"
    with scripted(script) as server:
        for name in ("session.json", "tokens.json"):
            text = (folder / name).read_text(encoding="utf-8")
            (folder / name).write_text(text.replace(logged_in.url, server.url), encoding="utf-8")
        assert cfnet("target", "-o", "bank", variables=OFF).stdout.startswith(f"API endpoint:   {server.url}\n")
        assert cfnet("target", variables=OFF).stdout == table(other, *NONE)
        foundations = json.loads((folder / "session.json").read_text(encoding="utf-8"))["foundations"]
        assert (foundations[server.url]["space"]["name"], foundations[other]["space"]["name"]) == ("vault", "")


def test_the_session_of_cf_is_shown_and_not_changed(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Only cf may change it; the hint has its command."""
    variables = served.home(tmp_path)
    path = tmp_path / ".cf" / "config.json"
    before = path.read_bytes()
    shown = table(served.url, "org:            demo", "space:          dev")
    assert cfnet("target", variables=variables) == Ran(0, shown, "")
    assert cfnet("target", "-v", variables=variables) == Ran(0, shown, f"Session: the session of cf ({path})\n")
    ran = cfnet("target", "-o", "a", "-s", "b", variables=variables)
    assert ran.stderr == (
        "cfnet cannot change this target.\n"
        "It belongs to cf: use 'cf target -o a -s b', or 'cfnet login' for a separate session.\n"
    )
    assert cfnet("api", variables=variables).stdout == f"API endpoint:   {served.url}\nAPI version:    3.228.0\n"
    assert path.read_bytes() == before


def test_the_session_of_the_environment(served: Served, cfnet: Cfnet) -> None:
    """User and target are those of the variables, as confirmed by the foundation."""
    variables = served.ci("admin")
    assert cfnet("target", variables=variables) == Ran(
        0,
        table(served.url, "org:            demo", "space:          dev"),
        f"Session: the environment (CF_API_URL={served.url})\n",
    )
    ran = cfnet("target", "-s", "x", variables=variables)
    assert ran.stderr.endswith("Set CF_ORG and CF_SPACE instead.\n")
    for unset, printed in (
        ({"CF_SPACE": ""}, "No space targeted, set CF_SPACE"),
        ({"CF_ORG": "", "CF_SPACE": ""}, "No space targeted, set CF_ORG and CF_SPACE"),
    ):
        ran = cfnet("target", variables=variables | unset)
        assert ran == Ran(0, table(served.url, printed), f"Session: the environment (CF_API_URL={served.url})\n")


def test_the_sandbox(cfnet: Cfnet) -> None:
    """Its target is its only space."""
    ran = cfnet("target", "--sandbox")
    expected = table("http://sandbox", "org:            demo", "space:          dev")
    assert ran == Ran(0, expected, "Session: the sandbox\n")
    assert cfnet("target", "--sandbox", "-o", "x").exit == 1


@pytest.mark.parametrize("command", ["target", "network-policies"])
def test_without_a_login(command: str, served: Served, cfnet: Cfnet) -> None:
    """First without an API, then with one."""
    assert cfnet(command).stderr == "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint.\n"
    assert cfnet("api", served.url).exit == 0
    assert cfnet(command).stderr == "Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.\n"


def test_setting_showing_and_unsetting_the_api(served: Served, cfnet: Cfnet) -> None:
    shown = f"API endpoint:   {served.url}\nAPI version:    3.228.0\n"
    logged_out = "\nNot logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.\n"
    assert cfnet("api") == Ran(0, "No API endpoint set. Use 'cfnet api' to set an endpoint\n", "")
    assert cfnet("api", served.url) == Ran(
        0,
        f"Setting API endpoint to {served.url}...\n"
        "Warning: Insecure http API endpoint detected: secure https API endpoints are recommended\n"
        f"OK\n\n{shown}{logged_out}",
        "",
    )
    assert cfnet("api") == cfnet("api", "") == Ran(0, shown + logged_out, "")
    assert cfnet("api", "--unset") == Ran(0, "Unsetting API endpoint...\nOK\n\n", "")
    assert cfnet("api").stdout.startswith("No API endpoint set.")


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        ("auth -a x", "Username and password not provided."),
        ("auth -a x x", "Password not provided."),
        ("auth -a x --client-credentials", "Username and password not provided."),
        ("auth -a x --client-credentials --assertion x", "Username not provided."),
        ("auth -a x --client-credentials --origin x a b",
         "Incorrect Usage: The following arguments cannot be used together: --client-credentials, --origin"),
        ("auth a b c", 'Incorrect Usage: unexpected argument "c"'),
        ("target x", 'Incorrect Usage: unexpected argument "x"'),
    ],
)  # fmt: skip
def test_incorrect_usage(words: str, stderr: str, cfnet: Cfnet) -> None:
    """With cf's message and the help."""
    ran = cfnet(*words.split())
    assert (ran.exit, ran.stderr) == (1, f"{stderr}\n")
    assert ran.stdout == "FAILED\n\n" + cfnet(words.split(maxsplit=1)[0], "--help").stdout


def test_variables_of_users_and_clients_are_not_mixed(served: Served, cfnet: Cfnet) -> None:
    """A client's id and secret come from one pair of variables: that of clients, else like in cf that of users."""
    words = ("auth", "--client-credentials", "-a", served.url)
    missing = "Password not provided.\n"
    assert cfnet(*words, variables=OFF | {"CF_CLIENT_ID": "ci", "CF_PASSWORD": "ci-secret"}).stderr == missing
    missing = "Username not provided.\n"
    assert cfnet(*words, variables=OFF | {"CF_USERNAME": "ci", "CF_CLIENT_SECRET": "ci-secret"}).stderr == missing
    for pair in (
        {"CF_USERNAME": "ci", "CF_PASSWORD": "ci-secret"},
        {"CF_CLIENT_ID": "ci", "CF_CLIENT_SECRET": "ci-secret", "CF_USERNAME": "x", "CF_PASSWORD": "x"},
    ):
        assert cfnet(*words, variables=OFF | pair).exit == 0
    ran = cfnet(*words, "ci", variables=OFF | {"CF_CLIENT_SECRET": "ci-secret"})
    assert ran.exit == 0


@pytest.mark.parametrize("words", ["api {}", "auth dev dev -a {}", "login -a {} -u dev -p dev"])
def test_a_password_in_a_url_is_refused(words: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It would be shown and stored with the URL; no requests are sent."""
    ran = cfnet(*words.format(served.url.replace("://", "://me:secret@")).split(), variables=OFF)
    assert ran == Ran(
        1,
        "FAILED\n",
        "The address of the API contains a user name or password, or a stray @.\n"
        "Remove it, and use 'cfnet login', or CF_USERNAME and CF_PASSWORD.\n",
    )
    assert (served.asked, (tmp_path / ".config").exists()) == ([], False)


def test_auth_needs_an_api(served: Served, cfnet: Cfnet) -> None:
    """From `-a`, `cfnet api` or the environment."""
    assert cfnet("auth", "dev", "dev", variables=OFF).stderr.startswith("No API endpoint set.")
    assert cfnet("auth", "dev", "dev", variables={**OFF, "CF_API_URL": served.url}).exit == 0
    ran = cfnet("auth", "dev", "wrong", variables=OFF)
    assert ran == Ran(
        1,
        f"API endpoint: {served.url}\n\nAuthenticating...\nFAILED\n",
        "Credentials were rejected, please try again.\n",
    )
