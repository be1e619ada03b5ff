"""The session of `cf` itself: `$CF_HOME/.cf/config.json`, read and, where a token was refreshed, written back."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.session import Client, Session, Tokens
from cfnet.policy import Org, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONFIG_VERSION: Final = 4
_LOG_IN: Final = "Log in with cf again, or move the file away."


def path_of_config(variables: Mapping[str, str], home: Path) -> Path:
    """Where `cf` keeps its session: below `CF_HOME`, else below the home folder."""
    return Path(variables.get("CF_HOME") or home) / ".cf" / "config.json"


def read(path: Path) -> Session:
    """The session of `cf` kept at `path`; an empty one where there is no file, or one of another version of `cf`'s.

    Raises:
        InputFault: the file cannot be read, or is not what `cf` writes.
        UsageFault: `cf` is logged in to Kubernetes, which has no UAA.
    """
    config = _read_json(path)
    if config.get("ConfigVersion") != _CONFIG_VERSION:
        config = {}
    fields = _Fields(config, path)
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
        api=fields.text("Target").rstrip("/"),
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
        keeper=_ConfigFile(path),
        colour=fields.text("ColorEnabled"),
        trace=fields.text("Trace"),
    )


class _Fields:
    """The fields of a JSON object, narrowed; a missing one is empty, as in Go."""

    def __init__(self, fields: Mapping[str, object], path: Path) -> None:
        self._fields = fields
        self._path = path

    def text(self, name: str) -> str:
        value = self._fields.get(name) or ""
        if not isinstance(value, str):
            raise self._fault(name, "a text")
        return value

    def truth(self, name: str) -> bool:
        value = self._fields.get(name) or False
        if not isinstance(value, bool):
            raise self._fault(name, "true or false")
        return value

    def inner(self, name: str) -> _Fields:
        value = self._fields.get(name) or {}
        if not isinstance(value, dict):
            raise self._fault(name, "an object")
        return _Fields(value, self._path)

    def _fault(self, name: str, expected: str) -> InputFault:
        return InputFault(f"{name} is not {expected}", where=str(self._path), hint=_LOG_IN)


def _tokens(fields: _Fields) -> Tokens:
    return Tokens(fields.text("AccessToken"), fields.text("RefreshToken"))


def _read_json(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        config = json.loads(text) if text else {}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputFault(f"cannot be read ({error.strerror})", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputFault(f"not JSON ({error})", where=str(path), hint=_LOG_IN) from error
    if not isinstance(config, dict):
        raise InputFault("not a JSON object", where=str(path), hint=_LOG_IN)
    return config


class _ConfigFile(NamedTuple):
    """The keeper of `cf`'s tokens: its session file."""

    path: Path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock the folder of the file (`cf` itself locks nothing, and needs no file of ours to trip over)."""
        try:
            import fcntl  # noqa: PLC0415 - not on Windows

            folder = os.open(self.path.parent, os.O_RDONLY)
        except (ImportError, OSError):
            yield
            return
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def kept(self) -> Tokens:
        """What the file has now."""
        return _tokens(_Fields(_read_json(self.path), self.path))

    def keep(self, tokens: Tokens) -> None:
        """Write `tokens`, every other field kept: read again, write beside, rename, as `cf` does."""
        with suppress(OSError, InputFault):
            config = _read_json(self.path) | {"AccessToken": tokens.access, "RefreshToken": tokens.refresh}
            import tempfile  # noqa: PLC0415 - most commands never need it

            handle, beside = tempfile.mkstemp(prefix="temp-config", dir=self.path.parent)  # made with mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                    file.write(_as_go(config))
                Path(beside).replace(self.path)
            except BaseException:
                Path(beside).unlink(missing_ok=True)
                raise


def _as_go(config: dict[str, object]) -> str:
    """`config` as Go's `json.MarshalIndent` writes it: two spaces, and no `<`, `>` or `&` as themselves."""
    text = json.dumps(config, indent=2, ensure_ascii=False)
    return text.translate({ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})
