"""A home directory and a keyring, for a user with cfnet's own session."""

import json
from pathlib import Path

from tests.conftest import Ran, Served
from tests.processes import PATIENCE_SECONDS
from tests.terminal import run


class UserHome:
    """A home directory and a keyring."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ring = folder / "ring.json"
        (folder / "home").mkdir()

    def variables(self, keyring: str = "tests.keyrings.InFile") -> dict[str, str]:
        """The environment variables of the user's processes."""
        home = str(self.folder / "home")
        return {
            "HOME": home,
            "CF_HOME": home,
            "PYTHON_KEYRING_BACKEND": keyring,
            "TEST_KEYRING": str(self.ring),
            # Long enough for any working keyring on any machine.
            "CFNET_KEYRING_TIMEOUT": "1" if keyring.endswith("Hanging") else str(PATIENCE_SECONDS),
        }

    @property
    def config(self) -> Path:
        """The config directory of cfnet."""
        return self.folder / "home" / ".config" / "cfnet"

    def in_keyring(self) -> dict[str, dict[str, str]]:
        """The tokens in the keyring, by API."""
        kept = json.loads(self.ring.read_text(encoding="utf-8")) if self.ring.exists() else {}
        return {name.removeprefix("cfnet "): json.loads(text) for name, text in kept.items()}

    def in_file(self) -> dict[str, dict[str, str]]:
        """The tokens in the file, by API."""
        path = self.config / "tokens.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def put_in_keyring(self, url: str, tokens: dict[str, str]) -> None:
        """Replace the tokens."""
        self.ring.write_text(json.dumps({f"cfnet {url}": json.dumps(tokens)}), encoding="utf-8")


def log_in(user_home: UserHome, served: Served, *words: str, keyring: str = "tests.keyrings.InFile") -> Ran:
    """Log in as the administrator."""
    return run("login", "-a", served.url, "-u", "admin", "-p", "admin", *words, variables=user_home.variables(keyring))
