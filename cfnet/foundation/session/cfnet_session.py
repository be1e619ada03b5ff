"""cfnet's own session: its accounts, their tokens in the keyring, or in a file where there is no keyring."""

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
    """The accounts of the config folder, with their tokens.

    Attributes:
        folder: the config folder.
        keyring: whether the keyring may be used (`CFNET_KEYRING`).
        seconds: how long it may take.
        say: tells the user that tokens are kept in a file because the keyring fails.
    """

    folder: Path
    keyring: bool
    seconds: float
    say: Callable[[str], object]

    def read(self) -> Accounts:
        """All accounts. Raises InputFault for a file that cannot be read."""
        return accounts.read(self.folder)

    def current(self) -> Account | None:
        """The account that commands mean. Raises InputFault for a file that cannot be read."""
        return self.read().account

    def choose(self, account: Account) -> None:
        """Keep `account` as it is now, and let commands mean it. Raises UsageFault where it cannot be written."""
        with alone(self.folder):
            accounts.write(self.folder, self.read().with_current(account))

    def target(self, account: Account, org: Org | None, space: Space | None) -> Account:
        """Let `account` point elsewhere; what another process has changed of it meanwhile stays. Raises as `choose`."""
        with alone(self.folder):
            changed = self.read().by_api.get(account.api, account).targeted(org, space)
            self._remember(changed)
            return changed

    def unset(self) -> None:
        """Let commands mean no account. Raises UsageFault where that cannot be written."""
        with alone(self.folder):
            accounts.write(self.folder, self.read()._replace(current=""))

    def fresh(self, account: Account) -> Account:
        """`account` as the one that commands mean, and whoever was logged in there forgotten.

        As in `cf`, before a login: whoever fails to log in is nobody, so that nothing goes on in another's name.

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
        """Keep the tokens of `account`: in the keyring where that is wanted and works, else in a file.

        Raises:
            UsageFault: they cannot be kept.
        """
        self.choose(account)  # makes the folder, where it is not there
        with alone(self.folder):
            return self._keep(account._replace(keyring=""), tokens, keyring=keyring and self.keyring)

    def log_out(self, account: Account) -> Account:
        """Forget the tokens of `account`, its user and its target, as far as the keyring works.

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
        """The session of `account`; its tokens are read where they are not given.

        Raises:
            NotLoggedIn: they are in a keyring that cannot be used.
            InputFault: the file that they are in cannot be read.
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
            again=f"The session with {where.api} is over: log in again with '{again}'.",
        )

    def tokens(self, account: Account) -> Tokens:
        """The tokens of `account`; raises as `session`."""
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
                hint="Unlock it; or log in with 'cfnet login --no-keyring', which keeps them in a file.",
            ) from trouble

    def refreshed(self, api: str, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Keep new tokens where the old ones are, unless the user has logged out, or in again, meanwhile.

        The caller sees to it that it is alone. Raises as `session`, and UsageFault where they cannot be kept.
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
                    f"The keyring cannot be used ({trouble}): your tokens are kept in {self.folder / TOKENS}, which"
                    " only you can read.\nTo choose that, and not be told again: --no-keyring, or CFNET_KEYRING=off."
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
            self.say(f"The tokens of {account.api} stay in the keyring, which cannot be used: {trouble}.")

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
    """The keeper of an account's tokens."""

    sessions: CfnetSessions
    api: str

    def alone(self) -> AbstractContextManager[None]:
        """Lock the config folder."""
        return alone(self.sessions.folder)

    def kept(self) -> Tokens:
        """What is kept now; nothing where another process has logged out."""
        try:
            now = self.sessions.read().by_api.get(self.api)
            return _NONE if now is None else self.sessions.tokens(now)
        except CfnetError:
            return _NONE

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Keep `tokens` where the ones before are."""
        try:
            self.sessions.refreshed(self.api, tokens, instead_of=instead_of)
        except CfnetError as error:
            self.sessions.say(f"{error}; the new tokens are good for this command only.")


def _written(tokens: Tokens) -> str:
    return json.dumps(tokens._asdict(), separators=(",", ":"))


def _parsed(text: str) -> Tokens:
    """What `_written` wrote; no tokens where it is something else."""
    try:
        told = json.loads(text)
    except ValueError:
        return _NONE
    match told:
        case {"access": str(access), "refresh": str(refresh)}:
            return Tokens(access, refresh)
    return _NONE
