"""Reads the session of `cf` in `$CF_HOME/.cf/config.json`, and writes refreshed tokens back to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.session.private_file import Fields, alone, read_object, replace
from cfnet.foundation.session.session import Client, Session, Tokens
from cfnet.policy import Org, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

_CONFIG_VERSION: Final = 4
_LOG_IN: Final = "Log in with cf again, or move the file away."


def read(path: Path, say: Callable[[str], object]) -> Session:
    """Read the session of `cf` at `path`; it is empty if there is no file, or one of another version of `cf`.

    `say` warns the user that tokens cannot be written back.

    Raises:
        InputFault: the file cannot be read, or was not written by `cf`.
        UsageFault: `cf` is logged in to Kubernetes, which has no UAA.
    """
    config = read_object(path, _LOG_IN)
    if config.get("ConfigVersion") != _CONFIG_VERSION:
        config = {}
    fields = Fields(config, path, _LOG_IN)
    if fields.inner("CFOnK8s").truth("Enabled"):
        raise UsageFault(
            "cf is logged in to Cloud Foundry on Kubernetes, which has no network policies of this kind",
            where=str(path),
        )
    org = fields.inner("OrganizationFields")
    space = fields.inner("SpaceFields")
    target_org = Org(org.text("GUID"), org.text("Name"))
    return Session(
        origin=f"the session of cf ({path})",
        api=_api(fields),
        uaa=(fields.text("AuthorizationEndpoint") or fields.text("UaaEndpoint")).rstrip("/"),
        policies=fields.text("NetworkPolicyV1Endpoint").rstrip("/"),
        org=target_org,
        space=Space(space.text("GUID"), space.text("Name"), target_org),
        tokens=_tokens(fields),
        client=Client(
            fields.text("UAAOAuthClient") or "cf",
            fields.text("UAAOAuthClientSecret"),
            grants_itself=fields.text("UAAGrantType") == "client_credentials",
        ),
        skip_ssl_validation=fields.truth("SSLDisabled"),
        keeper=_ConfigFile(path, _api(fields), say),
        version=fields.text("APIVersion"),
        colour=fields.text("ColorEnabled"),
        trace=fields.text("Trace"),
    )


def _api(fields: Fields) -> str:
    return fields.text("Target").rstrip("/")


def _tokens(fields: Fields) -> Tokens:
    return Tokens(fields.text("AccessToken"), fields.text("RefreshToken"))


class _ConfigFile(NamedTuple):
    """Stores tokens for the foundation at the address `api` in the session file of `cf`."""

    path: Path
    api: str
    say: Callable[[str], object]

    def alone(self) -> AbstractContextManager[None]:
        """Lock the directory of the file; `cf` itself locks nothing."""
        return alone(self.path.parent)

    def kept(self) -> Tokens:
        """Read the current tokens; return none if `cf` has switched to another foundation."""
        try:
            return self._kept(read_object(self.path, _LOG_IN))
        except InputFault:
            return Tokens("", "")

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Write `tokens` and keep all other fields: read again, write a temporary file and rename it, as `cf` does."""
        try:
            config = read_object(self.path, _LOG_IN)
            if self._kept(config) == instead_of:
                changed = config | {"AccessToken": tokens.access, "RefreshToken": tokens.refresh}
                replace(self.path, _as_go(changed), beside="temp-config")
        except OSError as error:
            if tokens.refresh != instead_of.refresh:  # else the tokens in the file are still valid
                self.say(
                    f"{self.path}: cannot be written ({error.strerror}); the new tokens are used for this command only."
                    "\nThe refresh token in the file may no longer be valid; if so, log in with cf again."
                )
        except InputFault:
            return  # the session is gone

    def _kept(self, config: Mapping[str, object]) -> Tokens:
        fields = Fields(config, self.path, _LOG_IN)
        return _tokens(fields) if _api(fields) == self.api else Tokens("", "")


def _as_go(config: dict[str, object]) -> str:
    """Format `config` like Go's `json.MarshalIndent`: two spaces, and `<`, `>` and `&` escaped."""
    text = json.dumps(config, indent=2, ensure_ascii=False)
    return text.translate({ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
