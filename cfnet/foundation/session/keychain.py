"""The keyring of the operating system: the only importer of keyring, and only where tokens are asked for or change.

A keyring may wait for a service that never comes, ask its user something that nobody sees, and fail in a hundred ways
of its own. All of it happens in a thread that is given up after a time limit.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

SERVICE: Final = "cfnet"
"""What the entries in the keyring are filed under; each is named by its API's address."""

Result = TypeVar("Result")


class NoKeychain(Exception):
    """The keyring does not do what it was asked; the text says why, without the secret."""


class Keychain(NamedTuple):
    """A keyring.

    Attributes:
        backend: the class that works with it, as `keyring.backends.macOS.Keyring`; empty for the one that keyring
            finds best (`PYTHON_KEYRING_BACKEND`, keyring's own configuration, else what there is). To name it saves
            half of the time that keyring takes.
        seconds: how long it may take.
    """

    backend: str
    seconds: float

    def read(self, api: str) -> str:
        """The secret of the API; empty where there is none.

        Raises:
            NoKeychain: there is no keyring that can be used.
        """
        return self._limited(lambda ring: ring.get_password(SERVICE, api) or "")

    def keep(self, api: str, secret: str) -> str:
        """Keep the secret of the API in the place of the one before.

        Returns:
            The class of the keyring that keeps it.

        Raises:
            NoKeychain: there is no keyring that can be used.
        """

        def job(ring: KeyringBackend) -> str:
            ring.set_password(SERVICE, api, secret)
            if ring.get_password(SERVICE, api) != secret:  # as keyring's "null" backend, and full or cut-off ones
                raise NoKeychain("it does not keep what it is given")
            return f"{type(ring).__module__}.{type(ring).__qualname__}"

        return self._limited(job)

    def forget(self, api: str) -> None:
        """Delete the secret of the API, if there is one.

        Raises:
            NoKeychain: there is no keyring that can be used.
        """

        def job(ring: KeyringBackend) -> None:
            if ring.get_password(SERVICE, api) is not None:
                ring.delete_password(SERVICE, api)

        self._limited(job)

    def _limited(self, job: Callable[[KeyringBackend], Result]) -> Result:
        done: list[Result] = []
        reasons: list[str] = []

        def run() -> None:
            try:
                done.append(job(_ring(self.backend)))
            except BaseException as error:  # noqa: BLE001 - backends raise whatever they like, and this is their thread
                reasons.append(_reason(error))

        thread = threading.Thread(target=run, name="keyring", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if done:
            return done[0]
        raise NoKeychain(reasons[0] if reasons else f"it did not answer within {self.seconds:g} seconds")


def _ring(backend: str) -> KeyringBackend:
    import keyring.core

    return keyring.core.load_keyring(backend) if backend else keyring.core.get_keyring()


def _reason(error: BaseException) -> str:
    """The kind of `error`, and nothing that a backend may have quoted; our own in full."""
    if isinstance(error, NoKeychain):
        return str(error)
    name = type(error).__name__
    return {"NoKeyringError": "there is none", "KeyringLocked": "it is locked"}.get(name, name)
