"""Reads and writes `session.json`: the foundations that cfnet is logged in to, without secrets."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.session.endpoints import Endpoints
from cfnet.foundation.session.private_file import Fields, read_object, replace
from cfnet.policy import NOWHERE, Org, Space

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME: Final = "session.json"
HINT: Final = "Move the file away and log in again."

_FORMAT_VERSION: Final = 1


class TokenStorage(StrEnum):
    """Where the tokens of an account are stored."""

    NOWHERE = ""
    KEYRING = "keyring"
    FILE = "file"


class Account(NamedTuple):
    """A foundation, and the user who is logged in there.

    Attributes:
        endpoints: the addresses of the foundation.
        skip_ssl_validation: whether certificates are not verified.
        user: the name of the user; empty if logged out.
        client: the UAA client that is logged in with client credentials; empty for a person.
        org: the targeted org; its GUID is empty if there is none.
        space: the targeted space; its GUID is empty if there is none.
        kept: where the tokens are stored.
        keyring: the class of the keyring that stores them.
    """

    endpoints: Endpoints
    skip_ssl_validation: bool = False
    user: str = ""
    client: str = ""
    org: Org = NOWHERE.org
    space: Space = NOWHERE
    kept: TokenStorage = TokenStorage.NOWHERE
    keyring: str = ""

    @property
    def api(self) -> str:
        """The API's address, which identifies the account."""
        return self.endpoints.api

    def logged_out(self) -> Account:
        """Return the same foundation, logged out."""
        return Account(self.endpoints, self.skip_ssl_validation)

    def targeted(self, org: Org | None, space: Space | None) -> Account:
        """Return the same account with another target; None for no target."""
        return self._replace(org=org or NOWHERE.org, space=space or NOWHERE)


class Accounts(NamedTuple):
    """All accounts by API address, and the address of the current one; `current` is empty if there is none."""

    current: str
    by_api: Mapping[str, Account]

    @property
    def account(self) -> Account | None:
        """The account that commands use."""
        return self.by_api.get(self.current)

    def with_current(self, account: Account) -> Accounts:
        """Return the accounts with `account` as the current one."""
        return Accounts(account.api, {**self.by_api, account.api: account})


def read(folder: Path) -> Accounts:
    """Read the accounts in the config directory.

    Raises:
        InputFault: the file cannot be read, or was not written by cfnet.
    """
    if not folder.is_absolute():  # there is no home directory, and files in the current one are not trusted
        return Accounts("", {})
    path = folder / NAME
    told = read_object(path, HINT)
    if not told:
        return Accounts("", {})
    if told.get("format_version") != _FORMAT_VERSION:
        raise InputFault("written by another version of cfnet", where=str(path), hint=HINT)
    fields = Fields(told, path, HINT)
    listed = fields.inner("foundations")
    try:
        return Accounts(fields.text("current"), {api: _account(api, listed.inner(api)) for api in listed.names()})
    except ValueError as error:
        raise InputFault('tokens is not "keyring", "file" or empty', where=str(path), hint=HINT) from error


def write(folder: Path, accounts: Accounts) -> None:
    """Write the accounts to the config directory, which is created if necessary.

    Raises:
        UsageFault: the file cannot be written.
    """
    if not folder.is_absolute():
        raise UsageFault(
            "Cannot save the session: there is no home directory.",
            hint="Set HOME or XDG_CONFIG_HOME, or set CF_API_URL, CF_USERNAME and CF_PASSWORD instead of logging in.",
        )
    written = {
        "format_version": _FORMAT_VERSION,
        "current": accounts.current,
        "foundations": {api: _as_json(account) for api, account in accounts.by_api.items()},
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(folder / NAME, json.dumps(written, indent=2, ensure_ascii=False) + "\n", beside=f".{NAME}-")
    except OSError as error:
        raise UsageFault(f"cannot be written ({error.strerror})", where=str(folder / NAME)) from error


def _account(api: str, fields: Fields) -> Account:
    org, space = fields.inner("org"), fields.inner("space")
    target = Org(org.text("guid"), org.text("name"))
    return Account(
        Endpoints(api, fields.text("api_version"), fields.text("uaa"), fields.text("policies")),
        fields.truth("skip_ssl_validation"),
        fields.text("user"),
        fields.text("client"),
        target,
        Space(space.text("guid"), space.text("name"), target),
        TokenStorage(fields.text("tokens")),
        fields.text("keyring"),
    )


def _as_json(account: Account) -> dict[str, object]:
    return {
        "api_version": account.endpoints.version,
        "uaa": account.endpoints.uaa,
        "policies": account.endpoints.policies,
        "skip_ssl_validation": account.skip_ssl_validation,
        "user": account.user,
        "client": account.client,
        "org": {"guid": account.org.guid, "name": account.org.name},
        "space": {"guid": account.space.guid, "name": account.space.name},
        "tokens": account.kept.value,
        "keyring": account.keyring,
    }
