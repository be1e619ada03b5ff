"""Begins to connect to the foundation of `cf`'s session, before most modules are imported.

Importing them takes about as long as one or two round trips to a server. So this module, and what it imports at first,
only need a few milliseconds. It covers what is usual; in all other cases, the connection is opened later
(`cfnet.operations.connect`), and errors are reported there.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes longer to import than this module
if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from cfnet.foundation.http.early_connection import EarlyConnection

_CONNECTING = frozenset({"network-policies", "add-network-policy", "remove-network-policy"})
"""Commands that nearly always send requests."""

_UNUSUAL = frozenset({"CF_API_URL", "CF_DIAL_TIMEOUT", "CFNET_SANDBOX", "HTTP_PROXY", "HTTPS_PROXY"})
"""Variables, in upper or lower case, that select another foundation or another way to it."""

_API = r"(https?)://([0-9A-Za-z][0-9A-Za-z.-]*+)(?::([0-9]{1,5}))?/*"
_HIGHEST_PORT = 65_535
_DIAL_SECONDS = 6.0


def connect_early(
    words: Sequence[str], variables: Mapping[str, str], platform: str = sys.platform
) -> EarlyConnection | None:
    """Begin to connect to the foundation that the command line `words` will send requests to; None if unsure."""
    if not words or words[0] not in _CONNECTING or any(map(_is_offline, words)):
        return None
    if any(name.upper() in _UNUSUAL for name in variables if variables[name]):
        return None
    from cfnet.foundation import user_folders

    own = user_folders.own_folder(user_folders.CONFIG, variables, platform)
    if os.path.lexists(f"{own}/session.json"):
        return None
    return _connect(user_folders.cf_session(variables, platform), variables)


def _is_offline(word: str) -> bool:
    """Whether the option `word` makes a command send no requests, or none to the foundation of the session."""
    return word in {"-h", "--help", "--sandbox"} or word.startswith("--from")


def _connect(path: str, variables: Mapping[str, str]) -> EarlyConnection | None:
    """Begin to connect to the server of the session in the file at `path`, which is read again later, with errors."""
    import json
    import re

    from cfnet.foundation.http.early_connection import PORTS, EarlyConnection

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes time to import
            session = json.loads(file.read())
        found = re.fullmatch(_API, session["Target"])
        has_tokens = session["AccessToken"] or session["RefreshToken"]
        skip_ssl_validation = session.get("SSLDisabled") is True
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return None
    if not found or not has_tokens:
        return None

    def trusting() -> ssl.SSLContext:
        from cfnet.foundation.http.trust import context_of

        return context_of(variables, skip_ssl_validation=skip_ssl_validation)

    scheme, host, written = found.groups()
    port = int(written or PORTS[scheme])
    if not 0 < port <= _HIGHEST_PORT:  # getaddrinfo(3) would take it modulo 65536
        return None
    return EarlyConnection(
        host.lower(),
        port,
        trusting=trusting if scheme == "https" else None,
        dial_seconds=_DIAL_SECONDS,
    )
