"""Keyrings for tests: named by `PYTHON_KEYRING_BACKEND`, in the processes that tests start."""

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend  # noqa: TID253 - this module defines backends of keyring
from keyring.errors import KeyringLocked  # noqa: TID253 - as above


class InFile(KeyringBackend):
    """A working keyring in a JSON file, named by TEST_KEYRING. Each read is reported to the pipe TEST_KEYRING_READ."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Return the stored password."""
        found = self._all().get(f"{service} {username}")
        if pipe := os.environ.get("TEST_KEYRING_READ"):
            with Path(pipe).open("wb", buffering=0) as listener:
                listener.write(b".")
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the password."""
        self._write(self._all() | {f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Remove the password."""
        self._write({name: kept for name, kept in self._all().items() if name != f"{service} {username}"})

    def _all(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING"])
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _write(self, kept: dict[str, str]) -> None:
        # Atomically, like a keyring service: other processes may read at any moment.
        path = Path(os.environ["TEST_KEYRING"])
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_text(json.dumps(kept), encoding="utf-8")
        beside.replace(path)


class Hanging(InFile):
    """A keyring whose service never answers."""

    def get_password(self, service: str, username: str) -> str | None:
        """Wait forever."""
        threading.Event().wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Wait forever."""
        self.get_password(service, username + password)


class Locked(InFile):
    """A keyring that stays locked; its error quotes the stored values."""

    def get_password(self, service: str, username: str) -> str | None:
        """Refuse."""
        raise KeyringLocked(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Refuse."""
        raise KeyringLocked(f"{service} {username} {password}")


class Forgetful(InFile):
    """A keyring that silently stores nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Do nothing."""
