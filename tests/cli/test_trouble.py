"""Connection problems with a foundation: one or two clear lines each, exit 1, never a traceback."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT, Settings
from tests.certificates import certificate
from tests.cli.hostile_apps import APPS, LISTING
from tests.conftest import Cfnet, Ran, Served
from tests.scripted_server import Reply, scripted
from tests.worlds import in_ci, session_at

PROXY_TIP = (
    "TIP: If you are behind a firewall and require an HTTP proxy, verify the https_proxy environment variable is"
    " correctly set. Else, check your network connection.\n"
)


def test_an_unreachable_host(closed_port: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Nothing listens on the port."""
    ran = cfnet("network-policies", variables=session_at(f"http://{closed_port}", tmp_path))
    assert ran == Ran(
        1, f"{LISTING}FAILED\n", f"Request error: cannot connect to {closed_port}: Connection refused\n{PROXY_TIP}"
    )


def test_an_invalid_url(cfnet: Cfnet, tmp_path: Path) -> None:
    """Its scheme is not HTTP."""
    ran = cfnet("network-policies", variables=session_at("ftp://x.example.org", tmp_path))
    assert ran.exit == 1
    assert ran.stderr.startswith("'ftp://x.example.org/v3/apps?")
    assert ran.stderr.endswith("is not a valid address: Request URL has an unsupported protocol 'ftp://'.\n")


def empty(_method: str, path: str) -> Reply:
    """A foundation without apps."""
    return Reply(200, b'{"resources": []}' if path.startswith("/v3/") else b'{"policies": []}')


def test_an_untrusted_certificate(cfnet: Cfnet, tmp_path: Path) -> None:
    """The error has the host and the flag; `cf`'s setting accepts it."""
    with scripted(empty, certificate(tmp_path, "127.0.0.1")) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert ran == Ran(
            1,
            f"{LISTING}FAILED\n",
            f"Invalid SSL Cert for {server.url.removeprefix('https://')}: self-signed certificate\n"
            "TIP: Use 'cf api --skip-ssl-validation' to continue with an insecure API endpoint\n",
        )
        assert cfnet("network-policies", variables=session_at(server.url, tmp_path, SSLDisabled=True)).exit == 0


def test_a_certificate_for_another_host(cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted by SSL_CERT_FILE, but issued for a different host."""
    context = certificate(tmp_path, "api.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with scripted(empty, context) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert ran.stderr == (
            f"SSL Certificate Error {server.url.removeprefix('https://')}:"
            " IP address mismatch, certificate is not valid for '127.0.0.1'.\n"
            "TIP: Use 'cf api --skip-ssl-validation' to continue with an insecure API endpoint\n"
        )


def test_a_certificate_trusted_by_ssl_cert_file(cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual way to add a certificate works."""
    context = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with scripted(empty, context) as server:
        assert cfnet("network-policies", variables=session_at(server.url, tmp_path)).exit == 0


def test_control_characters_in_names_are_escaped(cfnet: Cfnet, tmp_path: Path) -> None:
    """Escape sequences, newlines and bidirectional controls in an app's name; also in JSON."""
    policies = {
        "policies": [
            {"source": {"id": "a"}, "destination": {"id": "b", "protocol": "tcp", "ports": {"start": 1, "end": 1}}}
        ]
    }
    with scripted(
        lambda _method, path: Reply(200, APPS if path.startswith("/v3/") else json.dumps(policies).encode())
    ) as server:
        variables = session_at(server.url, tmp_path)
        listed = cfnet("network-policies", variables=variables)
        assert listed.stdout.splitlines()[-1] == (
            "appA     evil\\x1b[2J\\n\\u202ename   tcp        1       dev                 demo"
        )
        as_json = cfnet("network-policies", "--json", variables=variables)
        assert "\x1b" not in as_json.stdout
        assert json.loads(as_json.stdout)["policies"][0]["destination"]["name"] == "evil\x1b[2J\n\u202ename"


def test_warnings_of_the_cloud_controller_are_on_stderr(cfnet: Cfnet, tmp_path: Path) -> None:
    """`X-Cf-Warnings` is a comma-separated list of URL-encoded texts."""
    headers = {"X-Cf-Warnings": "first+warning%2C+with+a+comma,second%1b"}
    with scripted(
        lambda _method, path: Reply(200, APPS, headers) if path.startswith("/v3/") else Reply(200, b'{"policies": []}')
    ) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert (ran.exit, ran.stderr) == (0, "first warning, with a comma\nsecond\\x1b\n")


@pytest.mark.parametrize(
    ("words", "stdout", "stderr"),
    [
        (["add-network-policy", "appA", "nope"],
         "Adding network policy from app appA to app nope in org demo / space dev as admin...\nFAILED\n",
         "App 'nope' not found.\n"),
        (["add-network-policy", "appA", "appA"],
         "Adding network policy from app appA to app appA in org demo / space dev as admin...\nFAILED\n",
         "policy quota exceeded\n"),
        (["remove-network-policy", "appA", "appA", "--protocol", "tcp", "--port", "1"],
         "Removing network policy from app appA to app appA in org demo / space dev as admin...\nFAILED\n",
         "policy quota exceeded\n"),
        (["network-policies"], f"{LISTING}FAILED\n", "policy quota exceeded\n"),
        (["export"], "", "policy quota exceeded\n"),
        (["copy-network-policies", "appA", "nope"],
         "Copying network policies of app appA to app nope in org demo / space dev as admin...\n",
         "App 'nope' not found.\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_warning_comes_before_the_error(
    words: list[str], stdout: str, stderr: str, cfnet: Cfnet, tmp_path: Path
) -> None:
    """It may be the cause."""
    warnings = [{"X-Cf-Warnings": "be+careful"}]

    def script(_method: str, path: str) -> Reply:
        if path.startswith("/v3/"):
            return Reply(200, APPS, warnings.pop() if warnings else {})
        return Reply(403, b'{"error": "policy quota exceeded"}')

    with scripted(script) as server:
        variables = session_at(server.url, tmp_path, SpaceFields={"GUID": "s", "Name": "dev"})
        ran = cfnet(*words, variables=variables)
    assert (ran.stdout, ran.stderr) == (stdout, f"be careful\n{stderr}")


def test_an_exceeded_quota_has_the_servers_message(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A refusal of the policy server is passed through."""
    served.foundation.load(DEFAULT)
    variables = served.home(tmp_path, "dev")
    served.foundation.settings = Settings(policies_per_source=0)
    ran = cfnet("add-network-policy", "appA", "appB", variables=variables)
    assert ran == Ran(
        1,
        "Adding network policy from app appA to app appB in org demo / space dev as dev...\nFAILED\n",
        "policy quota exceeded\n",
    )


def test_a_warning_about_the_space_of_the_environment(cfnet: Cfnet) -> None:
    """It comes before the error that the space does not exist."""
    tokens = b'{"access_token": "eyJ.e30.x", "token_type": "bearer"}'

    def script(method: str, path: str) -> Reply:
        if method == "POST":
            return Reply(200, tokens)
        links = {"login": {"href": server.url}, "network_policy_v1": {"href": server.url}}
        body: dict[str, object] = {"links": links} if path == "/" else {"resources": []}
        return Reply(200, json.dumps(body).encode(), {"X-Cf-Warnings": "be+careful"})

    with scripted(script) as server:
        ran = cfnet("network-policies", variables=in_ci(server.url, CF_ORG="o", CF_SPACE="s"))
    assert ran.stderr == (
        "be careful\nSpace 's' of org 'o' not found.\n"
        "Fix CF_ORG and CF_SPACE, or grant the user a role in that space.\n"
    )
