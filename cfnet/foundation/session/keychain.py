"""Stores tokens in the operating system's keyring; the only module that imports keyring.

A keyring may wait for a service that never starts, show a prompt that the user cannot see, or raise any exception.
Therefore it runs in a thread that is abandoned after a time limit.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

SERVICE: Final = "cfnet"
"""The service name of the entries in the keyring; their user name is the API's address."""

Result = TypeVar("Result")


class NoKeychain(Exception):
    """The keyring failed; the text says why, without the secret."""


class Keychain(NamedTuple):
    """A keyring.

    Attributes:
        backend: its class, such as `keyring.backends.macOS.Keyring`; empty for keyring's choice
            (`PYTHON_KEYRING_BACKEND`, its own configuration, or else what is available). Naming it saves half of the
            time that keyring takes.
        seconds: the time limit.
    """

    backend: str
    seconds: float

    def read(self, api: str) -> str:
        """Return the secret of the API; empty if there is none.

        Raises:
            NoKeychain: the keyring cannot be used.
        """
        return self._limited(lambda ring: ring.get_password(SERVICE, api) or "")

    def keep(self, api: str, secret: str) -> str:
        """Store the secret of the API, replacing the previous one.

        Returns:
            The class of the keyring that stores it.

        Raises:
            NoKeychain: the keyring cannot be used.
        """

        def job(ring: KeyringBackend) -> str:
            ring.set_password(SERVICE, api, secret)
            if ring.get_password(SERVICE, api) != secret:  # such as keyring's "null" backend, or a truncating one
                raise NoKeychain("it does not store secrets")
            return f"{type(ring).__module__}.{type(ring).__qualname__}"

        return self._limited(job)

    def forget(self, api: str) -> None:
        """Delete the secret of the API, if there is one.

        Raises:
            NoKeychain: the keyring cannot be used.
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
            except BaseException as error:  # noqa: BLE001 - backends may raise anything, and this is their thread
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
    """Name the kind of `error`, without its text, which may quote the secret; our own errors in full."""
    if isinstance(error, NoKeychain):
        return str(error)
    name = type(error).__name__
    return {"NoKeyringError": "none is available", "KeyringLocked": "it is locked"}.get(name, name)
