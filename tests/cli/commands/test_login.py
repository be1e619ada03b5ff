"""`cfnet login`: prompts, selection and failures."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx  # noqa: TID253 - the browser that shows the passcode
import pytest

from cfnet.sandbox import DEFAULT, Foundation, Role, Server, User, World, WorldOrg, WorldSpace, serve
from tests.certificates import certificate
from tests.conftest import Cfnet, Ran, Served
from tests.scripted_server import Reply, scripted
from tests.terminal import Shown, Terminal

INSECURE = "Warning: Insecure http API endpoint detected: secure https API endpoints are recommended\n"
TABLE = """\
API endpoint:   {}
API version:    3.228.0
user:           admin
org:            demo
space:          dev
"""
LOGGED_OUT = """\
API endpoint:   {}
API version:    3.228.0
Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.
"""
NO_ORG = """\
API endpoint:   {}
API version:    3.228.0
user:           admin
No org or space targeted, use 'cfnet target -o ORG -s SPACE'
"""
OFF = {"CFNET_KEYRING": "off"}

WIDE = World(
    cells=DEFAULT.cells,
    orgs=(WorldOrg("shop"), WorldOrg("Bank"), WorldOrg("empty")),
    spaces=(WorldSpace("web", "shop"), WorldSpace("pay", "shop"), WorldSpace("vault", "Bank")),
    users=(
        User("admin", "admin", ("cloud_controller.admin", "network.admin")),
        User("dev", "dev", ("cloud_controller.read", "network.write"), (Role("space_developer", "shop/web"),)),
    ),
    clients=DEFAULT.clients,
)


def home_of(folder: Path) -> dict[str, str]:
    """The variables of a process with this home directory and without a keyring."""
    return {"HOME": str(folder), "CF_HOME": str(folder), **OFF}


def test_with_all_options_no_terminal_is_needed(served: Served, cfnet: Cfnet) -> None:
    """API, user and password as options; there is only one org and space."""
    ran = cfnet("login", "-a", f"{served.url}/", "-u", "admin", "-p", "admin", variables=OFF)
    assert ran == Ran(
        0,
        f"API endpoint: {served.url}/\n\n\nAuthenticating...\nOK\n\nTargeted org demo.\n\nTargeted space dev.\n\n"
        + TABLE.format(served.url),
        INSECURE,
    )
    again = cfnet("login", "-u", "admin", "-p", "admin", "-o", "DEMO", "-s", "dev", variables=OFF)
    assert again.stdout == ran.stdout.replace(f"{served.url}/\n", f"{served.url}\n", 1)


def test_missing_values_are_prompted_for(served: Served, tmp_path: Path) -> None:
    """API, user and password, with the UAA's prompts; the password is hidden."""
    with Terminal("login", variables=home_of(tmp_path)) as terminal:
        terminal.answer("API endpoint: ", served.url)
        terminal.answer("Email: ", "admin")
        terminal.answer("Password: ", "admin")
        shown = terminal.end()
    assert shown == Shown(
        0,
        f"API endpoint: {served.url}\n{INSECURE}\nEmail: admin\nPassword: \n\nAuthenticating...\nOK\n\n"
        f"Targeted org demo.\n\nTargeted space dev.\n\n{TABLE.format(served.url)}",
    )


def test_three_attempts(served: Served, tmp_path: Path) -> None:
    """The third may succeed; a password option counts as the first."""
    with Terminal("login", "-a", served.url, "-u", "admin", "-p", "1", variables=home_of(tmp_path)) as terminal:
        terminal.answer("try again.\n\nPassword: ", "2")
        terminal.answer("try again.\n\nPassword: ", "admin")
        shown = terminal.end()
    assert shown.exit == 0
    assert shown.screen.count("Credentials were rejected, please try again.\n") == 2
    assert shown.screen.endswith(TABLE.format(served.url))


def test_no_fourth_attempt(served: Served, tmp_path: Path) -> None:
    """After three wrong passwords the user is not logged in."""
    with Terminal("login", "-a", served.url, "-u", "admin", variables=home_of(tmp_path)) as terminal:
        for number in "123":
            terminal.answer("Password: ", number)
        shown = terminal.end()
    assert shown.exit == 1
    assert shown.screen.endswith(
        "Credentials were rejected, please try again.\n\n"
        f"{LOGGED_OUT.format(served.url)}Unable to authenticate.\nFAILED\n"
    )


def test_a_locked_account_is_not_prompted_again(served: Served, tmp_path: Path) -> None:
    """After five wrong passwords the UAA locks the account; more attempts would keep it locked."""
    for _ in range(5):
        httpx.post(
            f"{served.url}/oauth/token",
            data={"grant_type": "password", "username": "admin", "password": "x"},
            auth=("cf", ""),
        )
    with Terminal("login", "-a", served.url, "-u", "admin", variables=home_of(tmp_path)) as terminal:
        terminal.answer("Password: ", "admin")
        shown = terminal.end()
    assert shown.exit == 1
    assert shown.screen.count("Password: ") == 1
    assert shown.screen.endswith(
        "Your account has been locked because of too many failed attempts to login.\n\n"
        f"{LOGGED_OUT.format(served.url)}Unable to authenticate.\nFAILED\n"
    )


def test_a_failed_login_ends_the_previous_session(served: Served, cfnet: Cfnet) -> None:
    """Later commands must not run as another user."""
    cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=OFF)
    assert cfnet("network-policies", variables=OFF).exit == 0
    ran = cfnet("login", "-u", "dev", "-p", "x", variables=OFF)
    assert ran == Ran(
        1,
        f"API endpoint: {served.url}\n\n\nAuthenticating...\n\nPassword: {LOGGED_OUT.format(served.url)}FAILED\n",
        f"{INSECURE}Credentials were rejected, please try again.\nUnable to authenticate.\n",
    )
    assert cfnet("network-policies", variables=OFF).stderr == (
        "Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.\n"
    )


MENU = """\
Select an org:
1. Bank
2. empty
3. shop

Org (enter to skip): """


@pytest.mark.parametrize(
    ("typed", "ending"),
    [
        (["1"], ("1\nTargeted org Bank.\n\nTargeted space vault.\n\n", "Bank", "vault")),
        (["7", "Bank"], ("Bank\nTargeted org Bank.\n\nTargeted space vault.\n\n", "Bank", "vault")),
        (["2"], ("2\nTargeted org empty.\n\n", "empty", "")),
        (["3", "2"], ("2\nTargeted space web.\n\n", "shop", "web")),
        (["3", ""], ("\n", "shop", "")),
        ([""], ("\n", "", "")),
    ],
    ids=["by number", "by name, after an invalid number", "an org without spaces", "an org, then a space",
         "an org, and no space", "none"],
)  # fmt: skip
def test_org_and_space_are_selected(
    typed: list[str], ending: tuple[str, str, str], served: Served, tmp_path: Path
) -> None:
    """A single one is selected; among several the user picks by number or name, or skips."""
    served.foundation.load(WIDE)
    with Terminal("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=home_of(tmp_path)) as terminal:
        terminal.answer(MENU, typed[0])
        for line in typed[1:]:
            terminal.answer("(enter to skip): ", line)
        shown = terminal.end()
    said, org, space = ending
    table = NO_ORG.format(served.url)
    if org:
        table = TABLE.format(served.url).replace("demo", org).replace("dev", space)
    if org and not space:
        table = table.replace("space:          \n", "space:          No space targeted, use 'cfnet target -s SPACE'\n")
    assert shown.exit == 0
    assert shown.screen.endswith(said + table)


def test_an_invalid_selection_is_prompted_again(served: Served, tmp_path: Path) -> None:
    """A number or name outside the list; names ignore case."""
    served.foundation.load(WIDE)
    with Terminal("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=home_of(tmp_path)) as terminal:
        for typo in ("nope", "4", "0", "²", "9" * 40):
            terminal.answer(MENU, typo)
        terminal.answer(MENU, "SHOP")
        terminal.answer("(enter to skip): ", "Nope")
        terminal.answer("Space 'Nope' not found.\n\nSelect a space:\n1. pay\n2. web\n\nSpace (enter to skip): ", "WEB")
        shown = terminal.end()
    assert shown.exit == 0
    assert "nope\nOrganization 'nope' not found.\n\nSelect an org:\n" in shown.screen
    assert shown.screen.endswith(TABLE.format(served.url).replace("demo", "shop").replace("dev", "web"))


def test_a_long_list_is_selected_by_name(served: Served, tmp_path: Path) -> None:
    """From 50 entries on there are no numbers."""
    served.foundation.load(WIDE._replace(orgs=tuple(WorldOrg(f"org-{number}") for number in range(50)), spaces=(),
                                         users=WIDE.users[:1]))  # fmt: skip
    with Terminal("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=home_of(tmp_path)) as terminal:
        terminal.answer("please type in the name.\n\nOrg (enter to skip): ", "1")
        terminal.answer("Organization '1' not found.\n\nSelect an org:\n", "Org-7")
        shown = terminal.end()
    assert (shown.exit, "Targeted org org-7.\n" in shown.screen) == (0, True)


def test_a_space_option_selects_the_org(served: Served, cfnet: Cfnet) -> None:
    """Only orgs with a space of that name count; a single one is selected."""
    served.foundation.load(WIDE)
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", "-s", "web", variables=OFF)
    assert (ran.exit, ran.stderr) == (0, INSECURE)
    assert ran.stdout.endswith(TABLE.format(served.url).replace("demo", "shop").replace("dev", "web"))


@pytest.mark.parametrize("question", [("Email: ", []), ("Password: ", ["-u", "admin"])], ids=["user", "password"])
@pytest.mark.parametrize(
    ("key", "end"),
    [("\x04", (1, "Unable to authenticate.\nFAILED\n")), ("\x03", (130, "Interrupted.\n"))],
    ids=["Ctrl-D", "Ctrl-C"],
)
def test_ctrl_d_and_ctrl_c_at_a_prompt(
    key: str, end: tuple[int, str], question: tuple[str, list[str]], served: Served, tmp_path: Path
) -> None:
    """Both restore the echo of the terminal. Ctrl-D ends the attempts, as in cf."""
    prompt, words = question
    with Terminal("login", "-a", served.url, *words, variables=home_of(tmp_path)) as terminal:
        terminal.answer(prompt, key, end="")
        shown = terminal.end()
        assert terminal.echoes
    assert (shown.exit, shown.screen[-len(end[1]) :]) == end


def test_prompts_again_after_an_error_of_the_uaa(cfnet: Cfnet) -> None:
    """As in cf: an error other than a refused password does not end the attempts either."""
    answers = iter([Reply(500, b"{}"), Reply(403, b'{"error":"insufficient_scope","error_description":"no"}')])

    def script(_method: str, path: str) -> Reply:
        if path.startswith("/oauth/token"):
            return next(answers, Reply(401, b'{"error":"unauthorized","error_description":"Bad credentials"}'))
        if path == "/login":
            return Reply(body=b'{"app":{"version":"77.0.0"},"prompts":{"password":["password","Password"]}}')
        links = {name: {"href": server.url} for name in ("self", "login", "uaa", "network_policy_v1")}
        links["cloud_controller_v3"] = {"href": f"{server.url}/v3", "meta": {"version": "3.228.0"}}  # type: ignore[dict-item]
        return Reply(body=json.dumps({"links": links}).encode())

    with scripted(script) as server:
        ran = cfnet("login", "-a", server.url, variables=OFF, stdin="one\ntwo\nthree\n")
        tries = [line for line in server.asked if line.startswith("POST /oauth/token")]
    assert (ran.exit, len(tries)) == (1, 3)
    assert ran.stderr.endswith("Credentials were rejected, please try again.\nUnable to authenticate.\n")


def test_a_one_time_passcode(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`--sso` prompts for it without echo and says where to get it; `--sso-passcode` passes it. Each is valid once."""

    def passcode() -> str:
        page = httpx.get(f"{served.url}/passcode", auth=("admin", "admin"))
        return page.text.removeprefix("Temporary Authentication Code: ").strip()

    with Terminal("login", "-a", served.url, "--sso", variables=home_of(tmp_path)) as terminal:
        code = passcode()
        terminal.answer(f"Temporary Authentication Code ( Get one at {served.url}/passcode ): ", code)
        shown = terminal.end()
    assert shown.exit == 0
    assert code not in shown.screen
    code = passcode()
    assert cfnet("login", "-a", served.url, "--sso-passcode", code, variables=OFF).exit == 0
    assert cfnet("login", "-a", served.url, "--sso-passcode", code, variables=OFF).exit == 1


def test_another_identity_provider(served: Served, cfnet: Cfnet) -> None:
    """`--origin` is sent as a hint; the UAA knows whether it exists."""
    words = ("login", "-a", served.url, "-u", "admin", "-p", "admin", "--origin")
    assert cfnet(*words, "uaa", variables=OFF).exit == 0
    assert 'POST /oauth/token?login_hint={"origin":"uaa"}' in map(unquote, served.asked)
    assert cfnet(*words, "ldap", variables=OFF).stderr == (
        f"{INSECURE}The origin provided is invalid.\nUnable to authenticate.\n"
    )


@pytest.mark.parametrize(
    "words",
    ["--sso --origin x", "--sso-passcode x --origin y", "--sso --sso-passcode x"],
)
def test_exclusive_options(words: str, cfnet: Cfnet) -> None:
    """Like cf."""
    ran = cfnet("login", *words.split())
    assert ran.exit == 1
    assert ran.stderr.startswith("Incorrect Usage: The following arguments cannot be used together: --sso")


def test_without_a_terminal_there_are_no_prompts(served: Served, cfnet: Cfnet) -> None:
    """Missing values are named; an ambiguous org or space stays untargeted."""
    assert cfnet("login").stderr == (
        "Cannot prompt for API endpoint: not a terminal.\nUse an option, or use 'cfnet auth', which never prompts.\n"
    )
    ran = cfnet("login", "-a", served.url, "-u", "admin", variables=OFF)
    assert (ran.exit, ran.stderr.splitlines()[1]) == (1, "Cannot prompt for Password: not a terminal.")
    served.foundation.load(WIDE)
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=OFF)
    assert (ran.exit, ran.stdout.endswith(NO_ORG.format(served.url))) == (0, True)


def test_an_unknown_org_or_space(served: Served, cfnet: Cfnet) -> None:
    """The login itself succeeds."""
    words = ("login", "-a", served.url, "-u", "admin", "-p", "admin")
    ran = cfnet(*words, "-o", "nope", variables=OFF)
    assert (ran.exit, ran.stderr) == (1, f"{INSECURE}Organization 'nope' not found.\n")
    ran = cfnet(*words, "-s", "nope", variables=OFF)
    assert (ran.exit, ran.stderr) == (1, f"{INSECURE}Space 'nope' not found.\n")
    assert cfnet("target", variables=OFF).stdout == NO_ORG.format(served.url)


NO_API = "HOST is not a Cloud Foundry API.\nCheck the address: it usually begins with 'api.'.\n"
BAD_GATEWAY = (
    'HOST answered 502 with something other than JSON: "Bad Gateway"\n'
    "Try again; if it keeps failing, contact the operator.\n"
)


@pytest.mark.parametrize(
    ("reply", "stderr"),
    [
        (Reply(200, b"<title>Welcome</title>"), NO_API),
        (Reply(404, b"{}"), NO_API),
        (Reply(502, b"<title>Bad Gateway</title>"), BAD_GATEWAY),
    ],
    ids=["a page", "an API of another kind", "a router without an API"],
)  # fmt: skip
def test_a_url_that_is_not_an_api(reply: Reply, stderr: str, cfnet: Cfnet) -> None:
    """It is detected before any prompt."""
    with scripted(lambda _method, _path: reply) as server:
        ran = cfnet("login", "-a", server.url, "-u", "admin", "-p", "admin", variables=OFF)
    host = server.url.removeprefix("http://")
    assert ran == Ran(1, f"API endpoint: {server.url}\nFAILED\n", stderr.replace("HOST", host))


def test_an_unreachable_uaa(closed_port: str, cfnet: Cfnet) -> None:
    """The API responds, but its login server does not."""
    root = f'{{"links": {{"login": {{"href": "http://{closed_port}"}}, "network_policy_v1": null}}}}'.encode()
    with scripted(lambda _method, _path: Reply(200, root)) as server:
        ran = cfnet("login", "-a", server.url, "-u", "admin", "-p", "admin", variables=OFF)
    assert ran.exit == 1
    assert ran.stderr.splitlines()[1] == f"Request error: cannot connect to {closed_port}: Connection refused"


def test_a_login_server_that_is_not_a_uaa(cfnet: Cfnet) -> None:
    """Its response is JSON, and the error does not claim otherwise."""

    def script(_method: str, path: str) -> Reply:
        root = f'{{"links": {{"login": {{"href": "{server.url}"}}, "network_policy_v1": null}}}}'
        return Reply(200, root.encode() if path == "/" else b'{"prompts": []}')

    with scripted(script) as server:
        ran = cfnet("login", "-a", server.url, "-u", "admin", "-p", "admin", variables=OFF)
    host = server.url.removeprefix("http://")
    assert ran.stderr == (
        f'{INSECURE}{host} answered 200 with unexpected JSON: "{{"prompts": []}}"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n"
    )


def test_a_url_without_a_scheme_uses_https(served: Served, cfnet: Cfnet) -> None:
    """Like cf; if the server speaks plain HTTP, the error says what to do."""
    host = served.url.removeprefix("http://")
    ran = cfnet("login", "-a", host, "-u", "admin", "-p", "admin", variables=OFF)
    assert (ran.exit, ran.stdout) == (1, f"API endpoint: {host}\nFAILED\n")
    assert ran.stderr.startswith(f"Request error: TLS handshake with {host} failed: ")
    assert ran.stderr.endswith("\nIf it uses plain HTTP, start its address with http://.\n")


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Server]:
    """The default world over HTTPS, with an untrusted certificate."""
    folder = tmp_path / "tls"
    folder.mkdir()
    with Foundation.open(None) as foundation, serve(foundation, context=certificate(folder, "127.0.0.1")) as server:
        yield server


def test_an_untrusted_certificate(secure: Server, cfnet: Cfnet) -> None:
    """The error has the host and the flag that would help; nothing was sent."""
    host = secure.url.removeprefix("https://")
    ran = cfnet("login", "-a", host, "-u", "admin", "-p", "admin", variables=OFF)
    assert ran == Ran(
        1,
        f"API endpoint: {host}\nFAILED\n",
        f"Invalid SSL Cert for {host}: self-signed certificate\n"
        "TIP: Use 'cfnet login --skip-ssl-validation' to continue with an insecure API endpoint\n",
    )


def test_skipping_validation_is_remembered_with_a_warning_at_each_login(secure: Server, cfnet: Cfnet) -> None:
    """For that API only, until `cfnet api` changes it."""
    warning = f"Warning: the certificate of {secure.url} is not verified (--skip-ssl-validation).\n"
    words = ("-u", "admin", "-p", "admin")
    ran = cfnet("login", "-a", secure.url, *words, "--skip-ssl-validation", variables=OFF)
    assert (ran.exit, ran.stderr) == (0, warning)
    for again, output in ((["login", *words], warning), (["network-policies"], ""), (["target", "-s", "dev"], "")):
        ran = cfnet(*again, variables=OFF)
        assert (ran.exit, ran.stderr) == (0, output)
    assert cfnet("api", secure.url, variables=OFF).exit == 1
    assert cfnet("network-policies", variables=OFF).exit == 0
    assert cfnet("api", secure.url, "--skip-ssl-validation", variables=OFF).exit == 0


def test_a_certificate_trusted_by_ssl_cert_file(secure: Server, tmp_path: Path) -> None:
    """No flag and no warning are needed, with and without a terminal."""
    variables = home_of(tmp_path) | {"SSL_CERT_FILE": str(tmp_path / "tls" / "cert.pem")}
    with Terminal("login", "-a", secure.url.removeprefix("https://"), variables=variables) as terminal:
        terminal.answer("Email: ", "admin")
        terminal.answer("Password: ", "admin")
        shown = terminal.end()
    assert shown.exit == 0
    assert "Warning" not in shown.screen
    assert shown.screen.endswith(TABLE.format(secure.url))


def test_the_sandbox_needs_no_login(cfnet: Cfnet) -> None:
    """Every command for sessions says so."""
    for words in (["login"], ["auth", "a", "b"], ["logout"], ["api"]):
        ran = cfnet(*words, variables={"CFNET_SANDBOX": "1"})
        assert (ran.exit, ran.stderr.splitlines()[0]) == (1, "The sandbox does not require a login.")


def test_control_characters_in_names_are_escaped(served: Served, cfnet: Cfnet) -> None:
    """Here an org's name with an escape sequence."""
    served.foundation.load(DEFAULT._replace(orgs=(WorldOrg("e\x1b[2J"),), spaces=(), apps=(), users=WIDE.users[:1]))
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=OFF)
    assert ran.exit == 0
    assert "Targeted org e\\x1b[2J.\n" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_a_session_that_cannot_be_stored(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The login fails like cf's; the error has the file and the reason."""
    (tmp_path / "file").touch()
    variables = OFF | {"XDG_CONFIG_HOME": str(tmp_path / "file")}
    said = f"{tmp_path / 'file' / 'cfnet' / 'session.json'}: cannot be written (Not a directory)\n"
    ran = cfnet("login", "-a", served.url, "-u", "admin", "-p", "admin", variables=variables)
    assert ran == Ran(1, f"API endpoint: {served.url}\n\nFAILED\n", INSECURE + said)
    ran = cfnet("api", served.url, variables=variables)
    assert ran == Ran(1, f"Setting API endpoint to {served.url}...\n{INSECURE}FAILED\n", said)
