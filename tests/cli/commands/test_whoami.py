"""`cfnet whoami`, and other names that people try: `status` and `version`."""

import json
from pathlib import Path

import pytest

from cfnet import __version__
from tests.conftest import Cfnet, Ran, Served

OFF = {"CFNET_KEYRING": "off"}


def test_the_sandbox(cfnet: Cfnet) -> None:
    """Its only user."""
    assert cfnet("whoami", "--sandbox") == Ran(0, "admin\n", "")


def test_a_session_of_cf(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Read without a request."""
    variables = served.home(tmp_path, "dev")
    assert cfnet("whoami", variables=variables) == Ran(0, "dev\n", "")
    assert json.loads(cfnet("whoami", "--json", variables=variables).stdout) == {
        "format_version": 1,
        "user": "dev",
        "api": served.url,
        "org": "demo",
        "space": "dev",
    }
    assert served.asked == []


def test_a_session_of_cfnet(served: Served, cfnet: Cfnet) -> None:
    """Until it ends; without a target, the JSON has null."""
    assert cfnet("whoami") == Ran(
        2, "", "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint.\n"
    )
    cfnet("api", served.url)
    out = Ran(4, "", "Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.\n")
    assert cfnet("whoami") == out
    assert cfnet("auth", "admin", "admin", variables=OFF).exit == 0
    assert cfnet("whoami", variables=OFF) == Ran(0, "admin\n", "")
    assert json.loads(cfnet("whoami", "--format", "json", variables=OFF).stdout)["space"] is None
    cfnet("logout", variables=OFF)
    assert cfnet("whoami", variables=OFF) == out


def test_a_pipeline(served: Served, cfnet: Cfnet) -> None:
    """The user that the environment logs in."""
    assert cfnet("whoami", variables=served.ci("dev")) == Ran(0, "dev\n", "")


def test_a_damaged_token(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Who that is, is unknown."""
    variables = served.home(tmp_path, AccessToken="bearer x", RefreshToken="")
    assert cfnet("whoami", variables=variables).exit == 4


def test_status_is_the_target(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The API, the user, the org and the space."""
    variables = served.home(tmp_path)
    assert cfnet("status", variables=variables) == cfnet("target", variables=variables)


@pytest.mark.parametrize("words", [["--version"], ["version"], ["help", "version"], ["-v"]], ids=" ".join)
def test_version(words: list[str], cfnet: Cfnet) -> None:
    """As a command, an option, and as `cf -v`."""
    ran = cfnet(*words)
    assert (ran.exit, ran.stdout.split()[:2], ran.stderr) == (0, ["cfnet", __version__], "")
