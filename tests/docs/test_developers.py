"""The page for developers: a login on a terminal, and completion."""

import re
import shlex
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT, Foundation, User, serve
from tests.certificates import certificate
from tests.conftest import Served
from tests.docs import API, ROOT, of
from tests.pipelines import Checkout, checkout_of
from tests.terminal import Terminal


def without_blanks(text: str) -> str:
    """`text` without trailing blanks."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines()).rstrip("\n")


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """An empty directory with cfnet in PATH."""
    return checkout_of({}, tmp_path, served)


def test_a_login_looks_as_shown(tmp_path: Path) -> None:
    """On a terminal, for a foundation with a trusted certificate, except for the URL."""
    (shown,) = of("developers", "shell-session")
    command, _, screen = shown.partition("\n")
    (user,) = re.findall(r"^Email: (.*)$", screen, re.MULTILINE)
    world = DEFAULT._replace(users=(User(user, "secret", DEFAULT.users[0].scopes),))
    with Foundation.open(None) as foundation, serve(foundation, context=certificate(tmp_path, "127.0.0.1")) as server:
        foundation.load(world)
        variables = {"HOME": str(tmp_path), "SSL_CERT_FILE": str(tmp_path / "cert.pem"), "CFNET_KEYRING": "off"}
        words = shlex.split(command.removeprefix("$ cfnet ").replace(API, server.url))
        with Terminal(*words, variables=variables) as terminal:
            terminal.answer("Email: ", user)
            terminal.answer("Password: ", "secret")
            ended = terminal.end()
        assert (ended.exit, without_blanks(ended.screen.replace(server.url, API))) == (0, without_blanks(screen))


def test_completion_is_set_up_as_described(checkout: Checkout) -> None:
    """The scripts of `completions/` in standard directories; bash loads its own immediately."""
    (script,) = of("developers", "sh")
    for folder in (".zfunc", ".config/fish/completions"):
        (checkout.folder / folder).mkdir(parents=True)
    shown_text = checkout.sh(f"{script}\ncomplete -p cfnet", HOME=str(checkout.folder))
    assert shown_text == "complete -F _cfnet cfnet\n"
    for made, kept in ((".zfunc/_cfnet", "_cfnet"), (".config/fish/completions/cfnet.fish", "cfnet.fish")):
        assert checkout.kept(made) == (ROOT / "completions" / kept).read_text(encoding="utf-8")
