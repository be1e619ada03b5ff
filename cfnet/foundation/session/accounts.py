"""What cfnet itself knows of foundations and of who is logged in there: `session.json`, which holds no secret."""

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
HINT: Final = "Move the file away, and log in again."

_FORMAT_VERSION: Final = 1


class TokenStorage(StrEnum):
    """Where the tokens of an account are."""

    NOWHERE = ""
    KEYRING = "keyring"
    FILE = "file"


class Account(NamedTuple):
    """A foundation, and who is logged in there.

    Attributes:
        endpoints: where it is.
        skip_ssl_validation: whether any certificate of its is believed.
        user: who is logged in; empty for nobody.
        client: the UAA client that is logged in for itself (client credentials); empty for a person.
        org: the targeted org, its GUID empty where there is none.
        space: the targeted space, likewise.
        kept: where the tokens are.
        keyring: the class of the keyring that has them.
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
        """The API's address, by which the account is known."""
        return self.endpoints.api

    def logged_out(self) -> Account:
        """The same foundation with nobody logged in."""
        return Account(self.endpoints, self.skip_ssl_validation)

    def targeted(self, org: Org | None, space: Space | None) -> Account:
        """The same account with another target; None for none."""
        return self._replace(org=org or NOWHERE.org, space=space or NOWHERE)


class Accounts(NamedTuple):
    """All of them by address, and which one commands mean; `current` is empty for none."""

    current: str
    by_api: Mapping[str, Account]

    @property
    def account(self) -> Account | None:
        """The account that commands mean."""
        return self.by_api.get(self.current)

    def with_current(self, account: Account) -> Accounts:
        """The same with `account` as the one that commands mean."""
        return Accounts(account.api, {**self.by_api, account.api: account})


def read(folder: Path) -> Accounts:
    """The accounts kept in the config folder.

    Raises:
        InputFault: the file cannot be read, or is not what cfnet writes.
    """
    if not folder.is_absolute():  # there is no home folder, and what lies about where cfnet is called is not believed
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
        raise InputFault(str(error), where=str(path), hint=HINT) from error


def write(folder: Path, accounts: Accounts) -> None:
    """Keep the accounts in the config folder, which is made where it is not there.

    Raises:
        UsageFault: that is not possible.
    """
    if not folder.is_absolute():
        raise UsageFault(
            "There is no home folder to keep the session in.",
            hint="Set HOME or XDG_CONFIG_HOME; or do without a login: CF_API_URL, CF_USERNAME and CF_PASSWORD.",
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
