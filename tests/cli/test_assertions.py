"""Log in with an identity token instead of a password or secret."""

from pathlib import Path

import httpx  # noqa: TID253 - the issuer of the token
import pytest

from tests.conftest import Cfnet, Served
from tests.worlds import SESSION_WORLD

OFF = {"CFNET_KEYRING": "off"}


@pytest.fixture
def world(served: Served) -> Served:
    """The foundation of the recorded sessions."""
    served.foundation.load(SESSION_WORLD)
    return served


def of_user(world: Served) -> str:
    """An identity token of the user `dev`."""
    return world.foundation.sign_in("dev", base=world.url).access


def of_client(world: Served) -> str:
    """An identity token of the client `ci`."""
    form = {"grant_type": "client_credentials", "client_id": "ci", "client_secret": "ci-secret"}
    return str(httpx.post(f"{world.url}/oauth/token", data=form).json()["access_token"])


def test_a_token_from_the_environment_authenticates_a_user(world: Served, cfnet: Cfnet) -> None:
    """It takes precedence over a password."""
    variables = world.ci(CF_ASSERTION=of_user(world), CF_PASSWORD="wrong")
    ran = cfnet("network-policies", variables=variables)
    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, "Listing network policies in org demo / space dev as dev...")


def test_auth_prefers_a_token_to_a_password_of_the_environment(world: Served, cfnet: Cfnet) -> None:
    """As every command does; a password that is given as an argument comes first."""
    variables = {"CF_ASSERTION": of_user(world), "CF_PASSWORD": "wrong", "CFNET_KEYRING": "off"}
    assert cfnet("auth", "-a", world.url, variables=variables).exit == 0
    assert cfnet("auth", "dev", "wrong", "-a", world.url, variables=variables).exit == 1


def test_a_token_from_a_file_authenticates_a_client(world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The file is read at each login."""
    path = tmp_path / "assertion"
    variables = world.ci(CF_ASSERTION_FILE=str(path), CF_CLIENT_ID="ci")
    path.write_text("nonsense\n", encoding="ascii")
    ran = cfnet("network-policies", variables=variables)
    assert ran.stderr == (
        "The token expired, was revoked, or the token ID is incorrect. Please log back in to re-authenticate.\n"
        "Check CF_ASSERTION_FILE and CF_CLIENT_ID.\n"
    )
    path.write_text(of_client(world) + "\n", encoding="ascii")
    ran = cfnet("network-policies", variables=variables)
    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, "Listing network policies in org demo / space dev as ci...")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "names a file that cannot be read (No such file or directory)"),
        (b" \n", "names a file without an identity token"),
        (b"\xff", "names a file without an identity token"),
        (b"x" * 70_000, "names a file without an identity token"),
    ],
    ids=["no file", "blank", "binary", "large"],
)
def test_an_unusable_file(content: bytes | None, reason: str, world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The error names it and does not quote it."""
    path = tmp_path / "assertion"
    if content is not None:
        path.write_bytes(content)
    ran = cfnet("network-policies", variables=world.ci(CF_ASSERTION_FILE=str(path)))
    assert (ran.exit, ran.stderr) == (1, f"{path}: CF_ASSERTION_FILE {reason}\n")


@pytest.mark.parametrize("words", [(), ("ci", "--client-credentials")], ids=["a user's", "a client's"])
@pytest.mark.parametrize("source", ["option", "environment"])
def test_no_token_is_shown(words: tuple[str, ...], source: str, world: Served, cfnet: Cfnet) -> None:
    """Neither in a trace nor in an error, whether accepted or refused."""
    good = of_client(world) if words else of_user(world)
    for token, code in ((good, 0), ("OPAQUE-assertion", 1)):
        given = ("--assertion", token) if source == "option" else ()
        variables = OFF if given else OFF | {"CF_ASSERTION": token}
        ran = cfnet("auth", "-v", "-a", world.url, *words, *given, variables=variables)
        assert ran.exit == code
        assert "POST /oauth/token" in ran.stdout
        assert token not in ran.stdout + ran.stderr
