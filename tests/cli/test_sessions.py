"""The source of a session, and the handling of its tokens."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT, Role, Settings, User, WorldSpace
from tests.conftest import Cfnet, Ran, Served
from tests.scripted_server import Reply, scripted

LISTING = "Listing network policies in org demo / space dev as {}...\n"
NONE = "\nsource   destination   protocol   ports   destination space   destination org\n"
EXPIRED_SESSION = (
    "The token expired, was revoked, or the token ID is incorrect. Please log back in to re-authenticate.\n"
)


def kept(folder: Path) -> dict[str, object]:
    """The current session file."""
    config = json.loads((folder / ".cf" / "config.json").read_text(encoding="utf-8"))
    assert isinstance(config, dict)
    return config


def expired(served: Served, user: str = "admin") -> dict[str, object]:
    """The fields of a session with an expired access token and a valid refresh token."""
    tokens = served.foundation.sign_in(user, seconds=-60, base=served.url)
    return {"AccessToken": f"bearer {tokens.access}", "RefreshToken": tokens.refresh}


def test_an_expired_token_is_refreshed_once_and_written_back(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """All other fields are kept, unknown ones included; the file is private, and no temporary file remains."""
    variables = served.home(tmp_path, **expired(served), Plugin={"kept": "<&>"}, AsyncTimeout=5)
    before = kept(tmp_path)
    ran = cfnet("network-policies", variables=variables)
    assert ran == Ran(0, LISTING.format("admin") + NONE, "")
    assert [line for line in served.asked if line.startswith("POST")] == ["POST /oauth/token"]
    after = kept(tmp_path)
    assert str(after["AccessToken"]).startswith("bearer ey")
    assert after["AccessToken"] != before["AccessToken"]
    assert after | {"AccessToken": "", "RefreshToken": ""} == before | {"AccessToken": "", "RefreshToken": ""}
    assert list(after) == list(before)
    assert (tmp_path / ".cf" / "config.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / ".cf").iterdir()] == ["config.json"]
    text = (tmp_path / ".cf" / "config.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "AccessToken": "bearer ')
    assert '"kept": "\\u003c\\u0026\\u003e"' in text
    assert not text.endswith("\n")


def test_a_rejected_token_is_refreshed_and_the_request_repeated(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The token looks valid to the client, but the foundation's key has changed."""
    variables = served.home(tmp_path)
    config = kept(tmp_path)
    head, payload, _signature = str(config["AccessToken"]).split(".")
    served.home(tmp_path, AccessToken=f"{head}.{payload}.AAAA", RefreshToken=config["RefreshToken"])
    ran = cfnet("add-network-policy", "appA", "appB", variables=variables)
    assert ran.exit == 0
    assert [line.partition("?")[0] for line in served.asked] == [
        "GET /v3/apps",
        "POST /oauth/token",
        "GET /v3/apps",
        "POST /networking/v1/external/policies",
    ]


def test_an_invalid_refresh_token(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """One line says so, and the session file is unchanged."""
    variables = served.home(tmp_path, **expired(served))
    served.foundation.revoke_refresh_tokens("admin")
    before = kept(tmp_path)
    ran = cfnet("network-policies", variables=variables)
    assert ran == Ran(1, LISTING.format("admin") + "FAILED\n", EXPIRED_SESSION)
    assert kept(tmp_path) == before


def test_an_expired_token_without_a_refresh_token(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A service account of cf: its secret is not stored, so the token cannot be refreshed."""
    variables = served.home(tmp_path, **(expired(served) | {"RefreshToken": ""}))
    assert cfnet("network-policies", variables=variables).stderr == EXPIRED_SESSION


def test_a_refresh_token_alone_is_enough(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The user's name comes from the access token, so it is fetched before any output."""
    variables = served.home(tmp_path, AccessToken="")
    assert cfnet("network-policies", variables=variables) == Ran(0, LISTING.format("admin") + NONE, "")


def test_concurrent_refreshes_all_succeed(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Even if the UAA issues a new refresh token each time, and revokes the old one."""
    served.foundation.settings = Settings(rotate_refresh_tokens=True)
    variables = served.home(tmp_path, **expired(served))
    barrier = threading.Barrier(4)
    ended: list[int] = []

    def list_policies() -> None:
        barrier.wait()
        ended.append(cfnet("network-policies", variables=variables).exit)

    threads = [threading.Thread(target=list_policies) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [0, 0, 0, 0]
    assert served.asked.count("POST /oauth/token") == 1
    assert cfnet("network-policies", variables=variables).exit == 0


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"Target": "https://api.example.org", "AccessToken": "bearer x", "RefreshToken": "x"},
        {"Target": "https://api.example.org"},
        {"AccessToken": "bearer x", "RefreshToken": "x"},
        {"AccessToken": "", "RefreshToken": ""},
        None,
        "{",
    ],
    ids=["logged in elsewhere", "another target", "logged in again", "logged out", "file deleted", "broken"],
)
def test_refreshed_tokens_do_not_overwrite_changes_of_cf(
    meanwhile: dict[str, str] | str | None, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """`cf` takes no lock: if the session changes during a refresh, the change is kept."""
    path = tmp_path / ".cf" / "config.json"
    left: list[str | None] = []

    def script(_method: str, url: str) -> Reply:
        if url != "/oauth/token":
            return Reply(200, b'{"resources": []}')
        if isinstance(meanwhile, dict):
            path.write_text(json.dumps(kept(tmp_path) | meanwhile), encoding="utf-8")
        elif meanwhile is None:
            path.unlink()
        else:
            path.write_text(meanwhile, encoding="utf-8")
        left.append(path.read_text(encoding="utf-8") if path.exists() else None)
        tokens = served.foundation.sign_in("admin")
        answer = {"access_token": tokens.access, "token_type": "bearer", "refresh_token": "new"}
        return Reply(200, json.dumps(answer).encode())

    with scripted(script) as server:
        changes = {"Target": server.url, "AuthorizationEndpoint": server.url}
        variables = served.home(tmp_path, **expired(served) | changes)
        assert cfnet("network-policies", variables=variables) == Ran(0, LISTING.format("admin") + NONE, "")
    assert left == [path.read_text(encoding="utf-8") if path.exists() else None]


def test_tokens_of_another_foundation_are_not_used(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """If `cf` logs in elsewhere before a refresh fails, its tokens are not sent here."""
    elsewhere = served.foundation.sign_in("admin")
    asked: list[str] = []

    def script(_method: str, url: str) -> Reply:
        asked.append(url)
        there = {"Target": "https://api.example.org", "AccessToken": f"bearer {elsewhere.access}", "RefreshToken": "x"}
        (tmp_path / ".cf" / "config.json").write_text(json.dumps(kept(tmp_path) | there), encoding="utf-8")
        return Reply(401, b'{"error": "invalid_token", "error_description": "expired"}')

    with scripted(script) as server:
        changes = {"Target": server.url, "AuthorizationEndpoint": server.url}
        variables = served.home(tmp_path, **expired(served) | changes)
        ran = cfnet("network-policies", variables=variables)
    assert (ran.stderr, asked) == (EXPIRED_SESSION, ["/oauth/token"])


def on_a_full_disk(*words: str, variables: dict[str, str]) -> Ran:
    """Run the executable with a file size limit of zero."""
    ran = subprocess.run(
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "-m", "cfnet", *words],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("rotates", [True, False], ids=["a new refresh token", "the same refresh token"])
def test_tokens_that_cannot_be_stored(served: Served, tmp_path: Path, *, rotates: bool) -> None:
    """An error if this ends the session; if the stored refresh token stays valid, nothing is lost."""
    served.foundation.settings = Settings(rotate_refresh_tokens=rotates)
    variables = served.home(tmp_path, **expired(served))
    path = tmp_path / ".cf" / "config.json"
    before = path.read_text(encoding="utf-8")
    ran = on_a_full_disk("network-policies", variables=variables)
    said = (
        f"{path}: cannot be written (File too large); the new tokens are used for this command only.\n"
        "The refresh token in the file may no longer be valid; if so, log in with cf again.\n"
    )
    assert ran == Ran(0, LISTING.format("admin") + NONE, said if rotates else "")
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in path.parent.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    ("config", "stderr", "stdout"),
    [
        (None, "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint.\n", "FAILED\n"),
        ("", "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint.\n", "FAILED\n"),
        ('{"ConfigVersion": 3, "Target": "http://x"}',
         "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint.\n", "FAILED\n"),
        ('{"ConfigVersion": 4, "Target": "http://x"}',
         "This command requires Network Policy API V1. Your targeted endpoint does not expose it.\n", "FAILED\n"),
        ("{", ("FILE: not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))\n"
              "Log in with cf again, or move the file away.\n"), ""),
        ("[]", "FILE: not a JSON object\nLog in with cf again, or move the file away.\n", ""),
        ('{"ConfigVersion": 4, "Target": 7}',
         "FILE: Target is not a text\nLog in with cf again, or move the file away.\n", ""),
        ('{"ConfigVersion": 4, "CFOnK8s": {"Enabled": true}}',
         "FILE: cf is logged in to Cloud Foundry on Kubernetes, which has no network policies of this kind\n",
         "FAILED\n"),
    ],
    ids=["no file", "an empty file", "another version's", "no policy server", "a truncated file", "a list",
         "a number for an address", "a session on Kubernetes"],
)  # fmt: skip
def test_an_invalid_session_file(config: str | None, stderr: str, stdout: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each is reported in one or two lines, without requests."""
    path = tmp_path / ".cf" / "config.json"
    path.parent.mkdir()
    if config is not None:
        path.write_text(config, encoding="utf-8")
    ran = cfnet("network-policies", variables={"CF_HOME": str(tmp_path)})
    assert ran == Ran(1, stdout, stderr.replace("FILE", str(path)))


def test_cf_home_takes_precedence_over_home(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A `CF_HOME` without a session means logged out; the home directory is not used instead."""
    served.home(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    assert cfnet("network-policies", variables={"HOME": str(tmp_path)}).exit == 0
    assert cfnet("network-policies", variables={"CF_HOME": str(tmp_path / "elsewhere")}).exit == 1


def test_the_environment_takes_precedence_over_the_session_of_cf(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A CI script's variables provide user and target; no file is written."""
    variables = served.home(tmp_path) | served.ci()
    before = kept(tmp_path)
    assert cfnet("network-policies", variables=variables) == Ran(0, LISTING.format("dev") + NONE, "")
    assert kept(tmp_path) == before


def test_client_credentials_from_the_environment(served: Served, cfnet: Cfnet) -> None:
    """A service account is named by its client id; it takes precedence over a user."""
    variables = served.ci(CF_CLIENT_ID="ci", CF_CLIENT_SECRET="ci-secret")
    assert cfnet("network-policies", variables=variables) == Ran(0, LISTING.format("ci") + NONE, "")


def test_org_and_space_of_the_environment_are_exact(served: Served, cfnet: Cfnet) -> None:
    """Two orgs have a space with that name."""
    world = DEFAULT._replace(
        orgs=(*DEFAULT.orgs, DEFAULT.orgs[0]._replace(name="other", guid="")),
        spaces=(WorldSpace("dev", "other"), *DEFAULT.spaces),
        users=(
            User("dev", "dev", ("cloud_controller.admin", "network.admin"), (Role("space_developer", "demo/dev"),)),
        ),
    )
    served.foundation.load(world)
    ran = cfnet("network-policies", "--source", "appA", variables=served.ci(CF_ORG="DEMO"))
    assert ran.exit == 0
    ran = cfnet("network-policies", "--source", "appA", variables=served.ci(CF_ORG="other"))
    assert ran.stderr == "App 'appA' not found.\n"


@pytest.mark.parametrize(
    ("changes", "stderr"),
    [
        ({"CF_PASSWORD": ""},
         ("CF_API_URL is set, but credentials are missing.\nSet CF_USERNAME and CF_PASSWORD, CF_CLIENT_ID and"
         " CF_CLIENT_SECRET, or CF_ASSERTION; or unset CF_API_URL to use the session of cf.\n")),
        ({"CF_PASSWORD": "wrong"},
         "Credentials were rejected, please try again.\nCheck CF_USERNAME and CF_PASSWORD.\n"),
        ({"CF_CLIENT_ID": "ci", "CF_CLIENT_SECRET": "wrong"},
         "Credentials were rejected, please try again.\nCheck CF_CLIENT_ID and CF_CLIENT_SECRET.\n"),
        ({"CF_SPACE": ""}, "No space targeted: CF_API_URL is set, but CF_SPACE is not.\nSet CF_SPACE.\n"),
        ({"CF_ORG": "", "CF_SPACE": ""},
         "No space targeted: CF_API_URL is set, but CF_ORG and CF_SPACE are not.\nSet CF_ORG and CF_SPACE.\n"),
        ({"CF_API_URL": "https://me:secret@api.example.org"},
         ("CF_API_URL: The address of the API contains a user name or password, or a stray @.\n"
          "Remove it, and use 'cfnet login', or CF_USERNAME and CF_PASSWORD.\n")),
        ({"CF_SPACE": "nope"},
         ("Space 'nope' of org 'demo' not found.\n"
         "Fix CF_ORG and CF_SPACE, or grant the user a role in that space.\n")),
        ({"CF_API_URL": "URL/v3/apps"}, "HOST is not a Cloud Foundry API.\nFix CF_API_URL.\n"),
    ],
    ids=["no password", "a wrong password", "a wrong secret", "no space", "neither org nor space",
         "a password in the address", "an unknown space", "an address that is not an API's"],
)  # fmt: skip
def test_an_invalid_environment(changes: dict[str, str], stderr: str, served: Served, cfnet: Cfnet) -> None:
    """Each error says which variable to fix."""
    host = served.url.removeprefix("http://")
    variables = served.ci(**{name: value.replace("URL", served.url) for name, value in changes.items()})
    assert cfnet("network-policies", variables=variables) == Ran(1, "FAILED\n", stderr.replace("HOST", host))


def test_the_sandbox_takes_precedence_over_everything(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With `--sandbox`, before or after the command, or `CFNET_SANDBOX`, no other server is used."""
    variables = served.home(tmp_path) | served.ci() | {"XDG_DATA_HOME": str(tmp_path)}
    expected = Ran(0, LISTING.format("admin") + NONE, "")
    assert cfnet("--sandbox", "network-policies", variables=variables) == expected
    assert cfnet("network-policies", "--sandbox", variables=variables) == expected
    assert cfnet("network-policies", variables=variables | {"CFNET_SANDBOX": "1"}) == expected
    assert served.asked == []
    assert (tmp_path / "cfnet" / "sandbox.db").is_file()


def test_no_secret_is_in_the_trace(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`CF_TRACE=true` shows requests and responses, but neither tokens nor passwords."""
    variables = served.home(tmp_path, **expired(served)) | {"CF_TRACE": "true"}
    ran = cfnet("network-policies", variables=variables)
    config = kept(tmp_path)
    assert "GET /v3/apps?include=space.organization" in ran.stdout
    assert "Authorization: [PRIVATE DATA HIDDEN]" in ran.stdout
    assert '"access_token": "[PRIVATE DATA HIDDEN]"' in ran.stdout
    assert "HTTP/1.1 200 OK" in ran.stdout
    for secret in (str(config["AccessToken"]), str(config["RefreshToken"])):
        assert secret.removeprefix("bearer ") not in ran.stdout
    password = "Pa55 wörd/&"
    served.foundation.load(DEFAULT._replace(users=(DEFAULT.users[0]._replace(password=password),)))
    variables = served.ci(CF_TRACE="1", CF_USERNAME="admin", CF_PASSWORD=password)
    by_password = cfnet("network-policies", variables=variables)
    assert by_password.exit == 0
    posted = by_password.stdout.partition("POST /oauth/token HTTP/1.1\n")[2].partition("\n\n")[0]
    assert posted.endswith("\n[PRIVATE DATA HIDDEN]")
    assert "wörd" not in by_password.stdout
    assert "Pa55" not in by_password.stdout


def test_where_the_trace_goes(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`-v` prints it; `--json` keeps stdout for the data; a file is appended to, and private."""
    variables = served.home(tmp_path)
    quiet = cfnet("network-policies", "--json", variables=variables)
    shown = cfnet("network-policies", "--json", "-v", variables=variables)
    assert shown.stdout == quiet.stdout
    assert shown.stderr.startswith("REQUEST: [")
    trace = tmp_path / "trace.log"
    for times in (1, 2):
        cfnet("network-policies", variables=variables | {"CF_TRACE": str(trace)})
        assert trace.read_text(encoding="utf-8").count("REQUEST: [") == 2 * times
    assert trace.stat().st_mode & 0o777 == 0o600
    both = cfnet("network-policies", "-v", variables=variables | {"CF_TRACE": str(trace)})
    assert both.stdout.count("REQUEST: [") == 2
    assert trace.read_text(encoding="utf-8").count("REQUEST: [") == 6


def test_a_trace_that_cannot_be_written(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The error names the variable or option; no requests are sent."""
    variables = served.home(tmp_path)
    ran = cfnet("network-policies", variables=variables | {"CF_TRACE": str(tmp_path)})
    assert ran.stderr == f"{tmp_path}: CF_TRACE names a file that cannot be written (Is a directory)\n"
    variables = served.home(tmp_path, Trace=str(tmp_path))
    ran = cfnet("network-policies", "-v", variables=variables)
    assert ran.stderr == (
        f"{tmp_path}: The trace setting of cf ('cf config --trace') names a file that cannot be written"
        " (Is a directory)\n"
    )
    assert served.asked == []


def test_the_settings_of_cf_are_honoured(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Colour and trace as stored by `cf config`; the environment takes precedence."""
    variables = served.home(tmp_path, ColorEnabled="true", Trace="true")
    ran = cfnet("network-policies", variables=variables)
    assert "org \x1b[36;1mdemo\x1b[0;22m" in ran.stdout
    assert "REQUEST: [" in ran.stdout
    ran = cfnet("network-policies", variables=variables | {"CF_COLOR": "false", "CF_TRACE": "false"})
    assert ran.stdout == LISTING.format("admin") + NONE


@pytest.mark.parametrize("setting", ["true", "false"])
def test_the_colour_setting_of_cf_applies_to_errors(setting: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """To wrong usage, and to unknown names; cfnet's own session has no such setting."""
    failed = "\x1b[31;1mFAILED\x1b[0;22m\n" if setting == "true" else "FAILED\n"
    variables = served.home(tmp_path, ColorEnabled=setting)
    assert failed in cfnet("add-network-policy", "appA", "none", variables=variables).stdout
    assert cfnet("add-network-policy", "a", "b", "--port", "1", variables=variables).stdout.startswith(failed)
    in_ci = variables | {"CF_API_URL": served.url}
    assert cfnet("add-network-policy", "appA", "appB", variables=in_ci).stdout == "FAILED\n"


@pytest.mark.parametrize("said", ["yes", "2", "on", " 1"])
def test_an_invalid_sandbox_variable(said: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Its user believes that the live foundation is not used, so it must not be."""
    variables = served.home(tmp_path) | {"CFNET_SANDBOX": said}
    printed = f"CFNET_SANDBOX must be true or false, not '{said}'.\nSet it to 1 or 0.\n"
    assert cfnet("add-network-policy", "appA", "appB", variables=variables) == Ran(1, "FAILED\n", printed)
    assert cfnet("render", variables=variables) == Ran(2, "", printed)
    assert served.asked == []
    assert cfnet("network-policies", variables=variables | {"CFNET_SANDBOX": "f"}).exit == 0
