"""cfnet's own session: its accounts, with tokens in the keyring, or in a file if there is no keyring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cfnet.errors import CfnetError, NotLoggedIn, UsageFault
from cfnet.foundation.session import accounts
from cfnet.foundation.session.accounts import Account, Accounts, TokenStorage
from cfnet.foundation.session.keychain import Keychain, NoKeychain
from cfnet.foundation.session.private_file import Fields, alone, read_object, replace
from cfnet.foundation.session.session import Client, Session, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cfnet.policy import Org, Space

TOKENS: Final = "tokens.json"
_NONE: Final = Tokens("", "")


@dataclass(frozen=True, slots=True)
class CfnetSessions:
    """The accounts in the config directory, with their tokens.

    Attributes:
        folder: the config directory.
        keyring: whether the keyring may be used (`CFNET_KEYRING`).
        seconds: the time limit for the keyring.
        say: warns the user that tokens are stored in a file because the keyring fails.
    """

    folder: Path
    keyring: bool
    seconds: float
    say: Callable[[str], object]

    def read(self) -> Accounts:
        """Read all accounts. Raises InputFault if the file cannot be read."""
        return accounts.read(self.folder)

    def current(self) -> Account | None:
        """Return the account that commands use. Raises InputFault if the file cannot be read."""
        return self.read().account

    def choose(self, account: Account) -> None:
        """Save `account` and make it the current one. Raises UsageFault if it cannot be written."""
        with alone(self.folder):
            accounts.write(self.folder, self.read().with_current(account))

    def target(self, account: Account, org: Org | None, space: Space | None) -> Account:
        """Change the target of `account`, preserving changes by other processes. Raises the same as `choose`."""
        with alone(self.folder):
            changed = self.read().by_api.get(account.api, account).targeted(org, space)
            self._remember(changed)
            return changed

    def unset(self) -> None:
        """Make no account the current one. Raises UsageFault if that cannot be written."""
        with alone(self.folder):
            accounts.write(self.folder, self.read()._replace(current=""))

    def fresh(self, account: Account) -> Account:
        """Make `account` the current one, and log out its previous user.

        As in `cf`, this happens before a login, so that nothing is done as the previous user if the login fails.

        Raises:
            InputFault: the files cannot be read.
            UsageFault: they cannot be written.
        """
        before = self.read().by_api.get(account.api)
        if before is not None and before.kept is not TokenStorage.NOWHERE:
            self.log_out(before)
        self.choose(account)
        return account

    def log_in(self, account: Account, tokens: Tokens, *, keyring: bool) -> Account:
        """Store the tokens of `account`: in the keyring if requested and possible, or else in a file.

        Raises:
            UsageFault: they cannot be stored.
        """
        self.choose(account)  # creates the directory if necessary
        with alone(self.folder):
            return self._keep(account._replace(keyring=""), tokens, keyring=keyring and self.keyring)

    def log_out(self, account: Account) -> Account:
        """Delete the tokens of `account`, its user and its target; warn if the keyring fails.

        Raises:
            UsageFault: the files cannot be written.
        """
        with alone(self.folder):
            if account.kept is TokenStorage.KEYRING:
                self._forget(account)
            elif account.kept is TokenStorage.FILE:
                self._write_tokens({api: kept for api, kept in self._tokens().items() if api != account.api})
            out = account.logged_out()
            self._remember(out)
            return out

    def session(self, account: Account, tokens: Tokens | None = None) -> Session:
        """Make the session of `account`, and read its tokens unless they are given.

        Raises:
            NotLoggedIn: the tokens are in a keyring that cannot be used.
            InputFault: the file with the tokens cannot be read.
        """
        where = account.endpoints
        again = "cfnet auth --client-credentials" if account.client else "cfnet login"
        return Session(
            origin=f"cfnet's own ({self.folder / accounts.NAME})",
            api=where.api,
            uaa=where.uaa,
            policies=where.policies,
            org=account.org,
            space=account.space,
            tokens=self.tokens(account) if tokens is None else tokens,
            client=Client(account.client or "cf", "", grants_itself=bool(account.client)),
            skip_ssl_validation=account.skip_ssl_validation,
            keeper=_Keeper(self, account.api),
            version=where.version,
            trust_tip="TIP: Use 'cfnet api --skip-ssl-validation' to continue with an insecure API endpoint",
            again=f"The session with {where.api} has expired: log in again with '{again}'.",
        )

    def tokens(self, account: Account) -> Tokens:
        """Read the tokens of `account`; raises the same as `session`."""
        match account.kept:
            case TokenStorage.NOWHERE:
                return _NONE
            case TokenStorage.FILE:
                return self._tokens().get(account.api, _NONE)
        try:
            return _parsed(self._keychain(account).read(account.api))
        except NoKeychain as trouble:
            raise NotLoggedIn(
                f"The tokens of {account.api} are in the keyring, which cannot be used: {trouble}.",
                hint="Unlock it, or log in with 'cfnet login --no-keyring' to store the tokens in a file.",
            ) from trouble

    def refreshed(self, api: str, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Replace the stored tokens, unless the user has logged out or in again meanwhile.

        The caller must hold the lock. Raises the same as `session`, and UsageFault if they cannot be stored.
        """
        account = self.read().by_api.get(api)
        if account is not None and account.kept is not TokenStorage.NOWHERE and self.tokens(account) == instead_of:
            self._keep(account, tokens, keyring=account.kept is TokenStorage.KEYRING)

    def _keep(self, account: Account, tokens: Tokens, *, keyring: bool) -> Account:
        kept = account._replace(kept=TokenStorage.FILE, keyring="")
        if keyring:
            try:
                used = self._keychain(account).keep(account.api, _written(tokens))
                kept = account._replace(kept=TokenStorage.KEYRING, keyring=used)
            except NoKeychain as trouble:
                self.say(
                    f"The keyring cannot be used ({trouble}): your tokens are stored in {self.folder / TOKENS}, which"
                    " only you can read.\nUse --no-keyring or CFNET_KEYRING=off to silence this warning."
                )
        if kept.kept is TokenStorage.FILE:
            self._write_tokens(self._tokens() | {account.api: tokens})
        if kept != account:
            self._remember(kept)
        return kept

    def _remember(self, account: Account) -> None:
        now = self.read()
        accounts.write(self.folder, now._replace(by_api={**now.by_api, account.api: account}))

    def _keychain(self, account: Account) -> Keychain:
        if not self.keyring:
            raise NoKeychain("CFNET_KEYRING is off")
        return Keychain(account.keyring, self.seconds)

    def _forget(self, account: Account) -> None:
        try:
            self._keychain(account).forget(account.api)
        except NoKeychain as trouble:
            self.say(f"Cannot delete the tokens of {account.api} from the keyring: {trouble}.")

    def _tokens(self) -> dict[str, Tokens]:
        path = self.folder / TOKENS
        fields = Fields(read_object(path, accounts.HINT), path, accounts.HINT)
        return {
            api: Tokens(fields.inner(api).text("access"), fields.inner(api).text("refresh")) for api in fields.names()
        }

    def _write_tokens(self, tokens: dict[str, Tokens]) -> None:
        path = self.folder / TOKENS
        try:
            if tokens:
                text = json.dumps({api: kept._asdict() for api, kept in tokens.items()}, indent=2)
                replace(path, text + "\n", beside=f".{TOKENS}-")
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UsageFault(f"cannot be written ({error.strerror})", where=str(path)) from error


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Stores the tokens of an account."""

    sessions: CfnetSessions
    api: str

    def alone(self) -> AbstractContextManager[None]:
        """Lock the config directory."""
        return alone(self.sessions.folder)

    def kept(self) -> Tokens:
        """Read the current tokens; return none if another process has logged out."""
        try:
            now = self.sessions.read().by_api.get(self.api)
            return _NONE if now is None else self.sessions.tokens(now)
        except CfnetError:
            return _NONE

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Replace the stored tokens by `tokens`."""
        try:
            self.sessions.refreshed(self.api, tokens, instead_of=instead_of)
        except CfnetError as error:
            self.sessions.say(f"{error}; the new tokens are used for this command only.")


def _written(tokens: Tokens) -> str:
    return json.dumps(tokens._asdict(), separators=(",", ":"))


def _parsed(text: str) -> Tokens:
    """Parse what `_written` wrote; return no tokens for anything else."""
    try:
        told = json.loads(text)
    except ValueError:
        return _NONE
    match told:
        case {"access": str(access), "refresh": str(refresh)}:
            return Tokens(access, refresh)
    return _NONE
