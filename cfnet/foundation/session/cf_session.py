"""The session of `cf` itself: `$CF_HOME/.cf/config.json`, read and, where a token was refreshed, written back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.session.private_file import Fields, alone, read_object, replace
from cfnet.foundation.session.session import Client, Session, Tokens
from cfnet.policy import Org, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

_CONFIG_VERSION: Final = 4
_LOG_IN: Final = "Log in with cf again, or move the file away."


def path_of_config(variables: Mapping[str, str], home: Path) -> Path:
    """Where `cf` keeps its session: below `CF_HOME`, else below the home folder."""
    return Path(variables.get("CF_HOME") or home) / ".cf" / "config.json"


def read(path: Path, say: Callable[[str], object]) -> Session:
    """The session of `cf` kept at `path`; an empty one where there is no file, or one of another version of `cf`'s.

    `say` tells the user that tokens cannot be written back.

    Raises:
        InputFault: the file cannot be read, or is not what `cf` writes.
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
    """The keeper of `cf`'s tokens for the foundation at the address `api`: its session file."""

    path: Path
    api: str
    say: Callable[[str], object]

    def alone(self) -> AbstractContextManager[None]:
        """Lock the folder of the file; `cf` itself locks nothing."""
        return alone(self.path.parent)

    def kept(self) -> Tokens:
        """What the file has now; nothing where `cf` has gone to another foundation."""
        try:
            return self._kept(read_object(self.path, _LOG_IN))
        except InputFault:
            return Tokens("", "")

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Write `tokens`, every other field kept: read again, write beside, rename, as `cf` does."""
        try:
            config = read_object(self.path, _LOG_IN)
            if self._kept(config) == instead_of:
                changed = config | {"AccessToken": tokens.access, "RefreshToken": tokens.refresh}
                replace(self.path, _as_go(changed), beside="temp-config")
        except OSError as error:
            if tokens.refresh != instead_of.refresh:  # else the file is as good as before
                self.say(
                    f"{self.path}: cannot be written ({error.strerror}); the new tokens are good for this command only."
                    "\nThe refresh token in it may be worthless by now: then log in with cf again."
                )
        except InputFault:
            return  # no session any more

    def _kept(self, config: Mapping[str, object]) -> Tokens:
        fields = Fields(config, self.path, _LOG_IN)
        return _tokens(fields) if _api(fields) == self.api else Tokens("", "")


def _as_go(config: dict[str, object]) -> str:
    """`config` as Go's `json.MarshalIndent` writes it: two spaces, and no `<`, `>` or `&` as themselves."""
    text = json.dumps(config, indent=2, ensure_ascii=False)
    return text.translate({ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
