"""Cfnet's own session from login to logout: where tokens are stored, how they are refreshed, and that none leaks."""

import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from cfnet.foundation.session.private_file import alone
from cfnet.sandbox import DEFAULT, Settings
from tests.cli.user_home import UserHome, log_in
from tests.conftest import Cfnet, Ran, Served
from tests.processes import PATIENCE_SECONDS, listen, start, take
from tests.terminal import Terminal, run

INSECURE = "Warning: Insecure http API endpoint detected: secure https API endpoints are recommended\n"
LISTING = "Listing network policies in org demo / space dev as {}...\n\n"
HEADER = "source   destination   protocol   ports   destination space   destination org\n"
ROW = "appA     appB          tcp        8080    dev                 demo\n"
ADDING = "Adding network policy from app appA to app appB in org demo / space dev as {}...\nOK\n\n"
PASSWORD = "Pa55 wörd/&"


@pytest.fixture
def user_home(tmp_path: Path) -> UserHome:
    """A user who has not logged in yet."""
    return UserHome(tmp_path)


def leaves(folder: Path) -> bytes:
    """The content of all files below a directory."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def spellings(secret: str) -> set[bytes]:
    """A secret, plain and as written in JSON, forms and URLs."""
    return {
        secret.encode(),
        json.dumps(secret)[1:-1].encode(),
        quote(secret).encode(),
        quote(secret, safe="").replace("%20", "+").encode(),
    }


def test_login_to_logout_on_a_terminal(served: Served, user_home: UserHome) -> None:
    """Log in, show the target, add, list, log out; the keyring has the tokens, and no secret is anywhere else."""
    served.foundation.load(DEFAULT._replace(users=tuple(user._replace(password=PASSWORD) for user in DEFAULT.users)))
    # With full traces, on the terminal and in a file.
    variables = user_home.variables() | {"CF_TRACE": str(user_home.folder / "home" / "trace.log")}
    screens = []
    with Terminal("login", "-a", served.url, "-v", variables=variables) as terminal:
        terminal.answer("Email: ", "admin")
        terminal.answer("Password: ", PASSWORD)
        shown = terminal.end()
    assert shown.exit == 0
    screens.append(shown.screen)
    tokens = user_home.in_keyring()
    assert list(tokens) == [served.url]
    assert (user_home.config / "session.json").stat().st_mode & 0o777 == 0o600
    assert user_home.config.stat().st_mode & 0o777 == 0o700
    for words, ending in (
        (["target"], "keyring)\n"),
        (["add-network-policy", "appA", "appB"], ADDING.format("admin").partition("\n")[2]),
        (["network-policies"], HEADER + ROW),
        (["logout"], "OK\n\n"),
    ):
        with Terminal("-v", *words, variables=variables) as terminal:
            shown = terminal.end()
        assert (shown.exit, shown.screen[-len(ending) :]) == (0, ending)
        screens.append(shown.screen)
    assert user_home.in_keyring() == {}
    assert [path.name for path in user_home.config.iterdir()] == ["session.json"]
    written = leaves(user_home.folder) + "\n".join(screens).encode()
    assert written.count(b"[PRIVATE DATA HIDDEN]") > 10
    kept = tokens[served.url]
    for secret in (PASSWORD, kept["refresh"], kept["access"].removeprefix("bearer ")):
        assert [spelling for spelling in spellings(secret) if spelling in written] == []


def test_a_ci_job_without_a_keyring(served: Served, user_home: UserHome) -> None:
    """`auth` reads everything from the environment, and says once where the tokens are; the file is private."""
    variables = user_home.variables("keyring.backends.fail.Keyring") | {"CF_USERNAME": "dev", "CF_PASSWORD": "dev"}
    assert run("api", served.url, variables=variables).exit == 0
    ran = run("auth", variables=variables)
    assert ran == Ran(
        0,
        f"API endpoint: {served.url}\n\nAuthenticating...\nOK\n\n"
        "Use 'cfnet target' to view or set your target org and space.\n",
        f"The keyring cannot be used (none is available): your tokens are stored in {user_home.config / 'tokens.json'},"
        " which only you can read.\nUse --no-keyring or CFNET_KEYRING=off to silence this warning.\n",
    )
    assert (user_home.config / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert list(user_home.in_file()) == [served.url]
    assert run("target", "-o", "demo", "-s", "dev", variables=variables).exit == 0
    assert run("add-network-policy", "appA", "appB", variables=variables) == Ran(0, ADDING.format("dev"), "")
    assert run("network-policies", variables=variables) == Ran(0, LISTING.format("dev") + HEADER + ROW, "")
    assert run("logout", variables=variables) == Ran(0, "Logging out dev...\nOK\n\n", "")
    assert [path.name for path in user_home.config.iterdir()] == ["session.json"]


@pytest.mark.parametrize(
    "chosen",
    [{"CFNET_KEYRING": "off"}, {"CFNET_KEYRING": "0"}, {}],
    ids=["CFNET_KEYRING=off", "CFNET_KEYRING=0", "--no-keyring"],
)
def test_tokens_in_a_file_by_choice(chosen: dict[str, str], served: Served, user_home: UserHome) -> None:
    """Without a note, and without access to the keyring."""
    words = [] if chosen else ["--no-keyring"]
    variables = user_home.variables() | chosen | {"CF_CLIENT_ID": "ci", "CF_CLIENT_SECRET": "ci-secret"}
    ran = run("auth", "--client-credentials", "-a", served.url, *words, variables=variables)
    assert (ran.exit, ran.stderr) == (0, "")
    assert (list(user_home.in_file()), user_home.ring.exists()) == ([served.url], False)
    assert b"ci-secret" not in leaves(user_home.folder)
    assert run("target", variables=variables).stdout.splitlines()[2] == "user:           ci"


@pytest.mark.parametrize(
    ("keyring", "why"),
    [
        ("tests.keyrings.Hanging", "it did not answer within 1 seconds"),
        ("tests.keyrings.Locked", "it is locked"),
        ("tests.keyrings.Forgetful", "it does not store secrets"),
        ("no.such.Keyring", "ModuleNotFoundError"),
    ],
    ids=["that hangs", "that is locked", "that stores nothing", "that is not installed"],
)
def test_a_keyring_that_does_not_work(keyring: str, why: str, served: Served, user_home: UserHome) -> None:
    """At login a file is used instead; the keyring is not tried again."""
    ran = log_in(user_home, served, keyring=keyring)
    assert ran.exit == 0
    assert ran.stderr.startswith(f"{INSECURE}The keyring cannot be used ({why}): your tokens are stored in ")
    assert run("network-policies", variables=user_home.variables(keyring)) == Ran(
        0, LISTING.format("admin") + HEADER, ""
    )


@pytest.mark.parametrize(
    ("keyring", "why"), [("Hanging", "it did not answer within 1 seconds"), ("Locked", "it is locked")]
)
def test_a_keyring_that_fails_later(keyring: str, why: str, served: Served, user_home: UserHome) -> None:
    """The tokens are in it: the error says so, and what to do. Logout works, and says what remains."""
    log_in(user_home, served)
    variables = user_home.variables(f"tests.keyrings.{keyring}")
    session = user_home.config / "session.json"
    session.write_text(session.read_text(encoding="utf-8").replace("InFile", keyring), encoding="utf-8")
    ran = run("network-policies", variables=variables)
    assert ran == Ran(
        1,
        "FAILED\n",
        f"The tokens of {served.url} are in the keyring, which cannot be used: {why}.\n"
        "Unlock it, or log in with 'cfnet login --no-keyring' to store the tokens in a file.\n",
    )
    ran = run("logout", variables=variables)
    assert ran == Ran(
        0,
        "Logging out admin...\nOK\n\n",
        f"Cannot delete the tokens of {served.url} from the keyring: {why}.\n",
    )
    assert run("network-policies", variables=variables).stderr.startswith("Not logged in.")


def expired(served: Served, user_home: UserHome) -> dict[str, str]:
    """Put an expired access token and a valid refresh token into the keyring."""
    issued = served.foundation.sign_in("admin", seconds=20, base=served.url)
    tokens = {"access": f"bearer {issued.access}", "refresh": issued.refresh}
    user_home.put_in_keyring(served.url, tokens)
    return tokens


def test_a_token_that_expires_soon_is_refreshed_in_the_keyring(served: Served, user_home: UserHome) -> None:
    """Before its use, once; only the keyring changes."""
    log_in(user_home, served)
    old = expired(served, user_home)
    before = leaves(user_home.config)
    served.foundation.requests.clear()
    assert run("network-policies", variables=user_home.variables()).exit == 0
    assert [line for line in served.asked if line.startswith("POST")] == ["POST /oauth/token"]
    assert user_home.in_keyring()[served.url]["access"] != old["access"]
    assert leaves(user_home.config) == before
    assert run("network-policies", variables=user_home.variables()).exit == 0
    assert len([line for line in served.asked if line.startswith("POST")]) == 1


def test_concurrent_refreshes_all_succeed(served: Served, user_home: UserHome) -> None:
    """Even if the UAA rotates refresh tokens: one process refreshes, the others use its result."""
    served.foundation.settings = Settings(rotate_refresh_tokens=True)
    log_in(user_home, served)
    expired(served, user_home)
    served.foundation.requests.clear()
    pipe = user_home.folder / "read"
    os.mkfifo(pipe)
    readers = listen(pipe)
    with alone(user_home.config):
        variables = user_home.variables() | {"TEST_KEYRING_READ": str(pipe)}
        processes = [start("network-policies", variables=variables) for _ in range(3)]
        for _ in processes:  # each has the expired token before any of them can refresh it
            assert take(readers, 1) == b"."
    ended = [(*process.communicate(timeout=PATIENCE_SECONDS), process.returncode) for process in processes]
    os.close(readers)
    assert ended == [(LISTING.format("admin") + HEADER, "", 0)] * 3
    assert served.asked.count("POST /oauth/token") == 1


def test_an_expired_session(served: Served, user_home: UserHome) -> None:
    """One line that says how to log in again."""
    log_in(user_home, served)
    expired(served, user_home)
    served.foundation.revoke_refresh_tokens("admin")
    over = f"The session with {served.url} has expired: log in again with 'cfnet login'.\n"
    ran = run("network-policies", variables=user_home.variables())
    assert ran == Ran(1, LISTING.format("admin").removesuffix("\n") + "FAILED\n", over)


def test_an_expired_session_of_a_service_account(served: Served, user_home: UserHome) -> None:
    """Its secret is not stored: it must authenticate again."""
    variables = user_home.variables() | {"CF_CLIENT_ID": "ci", "CF_CLIENT_SECRET": "ci-secret"}
    assert run("auth", "--client-credentials", "-a", served.url, variables=variables).exit == 0
    assert run("target", "-o", "demo", "-s", "dev", variables=user_home.variables()).exit == 0
    issued = served.foundation.sign_in("admin", seconds=-60, base=served.url)
    user_home.put_in_keyring(served.url, {"access": f"bearer {issued.access}", "refresh": ""})
    assert run("network-policies", variables=user_home.variables()).stderr == (
        f"The session with {served.url} has expired: log in again with 'cfnet auth --client-credentials'.\n"
    )


def test_refreshed_tokens_that_the_keyring_rejects(served: Served, user_home: UserHome) -> None:
    """They go to a file, with a note: the old refresh token may be invalid by now."""
    log_in(user_home, served)
    expired(served, user_home)
    session = user_home.config / "session.json"
    session.write_text(session.read_text(encoding="utf-8").replace("InFile", "Forgetful"), encoding="utf-8")
    ran = run("network-policies", variables=user_home.variables())
    assert ran.exit == 0
    assert ran.stderr.startswith("The keyring cannot be used (it does not store secrets): your tokens are stored")
    assert run("network-policies", variables=user_home.variables()) == Ran(0, LISTING.format("admin") + HEADER, "")


def test_each_api_has_its_own_entry(served: Served, user_home: UserHome) -> None:
    """Logging in elsewhere keeps the session here; `cfnet api` returns to it."""
    log_in(user_home, served)
    other = served.url.replace("127.0.0.1", "localhost")
    variables = user_home.variables()
    assert run("login", "-a", other, "-u", "dev", "-p", "dev", variables=variables).exit == 0
    assert sorted(user_home.in_keyring()) == sorted([served.url, other])
    assert run("network-policies", variables=variables).stdout == LISTING.format("dev") + HEADER
    assert run("api", served.url, variables=variables).exit == 0
    assert run("network-policies", variables=variables).stdout == LISTING.format("admin") + HEADER
    assert run("logout", variables=variables).exit == 0
    assert list(user_home.in_keyring()) == [other]


def test_logout_revokes_the_tokens(served: Served, user_home: UserHome, closed_port: str) -> None:
    """At the UAA, too, so that copies are worthless; if it is unreachable, they are still removed locally."""
    log_in(user_home, served)
    copy = user_home.in_keyring()[served.url]
    assert run("logout", variables=user_home.variables()) == Ran(0, "Logging out admin...\nOK\n\n", "")
    log_in(user_home, served)
    user_home.put_in_keyring(served.url, copy)
    assert run("network-policies", variables=user_home.variables()).stderr.startswith("The session with ")
    session = user_home.config / "session.json"
    session.write_text(
        session.read_text(encoding="utf-8").replace(f'"uaa": "{served.url}"', f'"uaa": "http://{closed_port}"')
    )
    assert run("logout", variables=user_home.variables()).exit == 0
    assert user_home.in_keyring() == {}


def test_the_precedence_of_sessions(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The environment, then cfnet's own, then cf's; after a logout cf's is used again."""
    variables = {"CFNET_KEYRING": "off", **served.home(tmp_path, "admin")}
    assert cfnet("network-policies", variables=variables).stdout.startswith(LISTING.format("admin"))
    assert cfnet("auth", "dev", "dev", "-a", served.url, variables=variables).exit == 0
    assert cfnet("target", "-o", "demo", variables=variables).exit == 0
    assert cfnet("network-policies", variables=variables).stdout.startswith(LISTING.format("dev"))
    inherited = variables | served.ci(CF_CLIENT_ID="ci", CF_CLIENT_SECRET="ci-secret")
    assert cfnet("network-policies", variables=inherited).stdout.startswith(LISTING.format("ci"))
    assert cfnet("auth", "dev", "dev", variables=inherited).stderr.endswith(
        "CF_API_URL is set: commands use the environment variables instead of this session.\n"
    )
    ran = cfnet("logout", variables=variables)
    assert ran.stderr == (
        f"Commands now use the session of cf ({tmp_path / '.cf' / 'config.json'}). Use 'cf logout' to end it.\n"
    )
    assert cfnet("network-policies", variables=variables).stdout.startswith(LISTING.format("admin"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
        ("[]", "not a JSON object"),
        ('{"format_version": 2}', "written by another version of cfnet"),
        ('{"format_version": 1, "current": 7}', "current is not a text"),
        ('{"format_version": 1, "foundations": {"a": {"tokens": "x"}}}', 'tokens is not "keyring", "file" or empty'),
    ],
    ids=["a truncated file", "a list", "another version's", "a number for an address", "an unknown token store"],
)
def test_an_invalid_session_file(text: str, why: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Every command reports it in two lines."""
    path = tmp_path / ".config" / "cfnet" / "session.json"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    for words in (["network-policies"], ["target"], ["login", "-a", "x"], ["logout"]):
        assert cfnet(*words).stderr == f"{path}: {why}\nMove the file away and log in again.\n"


def test_an_unreadable_config_directory(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It may contain a session, so no other one is used. Commands without a session work."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    variables = served.home(tmp_path)
    for folder, why in (
        (loop, "Too many levels of symbolic links"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        away = variables | {"XDG_CONFIG_HOME": str(folder)}
        said = f"{folder / 'cfnet' / 'session.json'}: cannot be read: {why}\n"
        for words in (["network-policies"], ["target"], ["api"]):
            assert cfnet(*words, variables=away) == Ran(1, "", said)
        assert cfnet("export", variables=away) == Ran(2, "", said)
        assert cfnet("--sandbox", "network-policies", variables=away | {"XDG_DATA_HOME": str(tmp_path)}).exit == 0
    none = variables | {"XDG_CONFIG_HOME": str(tmp_path / ".cf" / "config.json")}
    assert cfnet("network-policies", variables=none).exit == 0
