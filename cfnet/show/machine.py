"""JSON output shared by several commands: policies, apps and ports.

The output is the same in a pipe and on a terminal. Every document has a `format_version`, which is raised by changes
that could break a reader.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.policy import ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cfnet.policy import App, Policy, Ports

FORMAT_VERSION: Final = 1
_AT_ONCE: Final = 1_000
"""Policies that are formatted before they are written."""


def stream_json(
    head: Mapping[str, object],
    name: str,
    items: Iterable[str],
    tail: Callable[[], Mapping[str, object]] = dict,
) -> Iterator[str]:
    """Format a document with one long list, piece by piece, so that memory use does not grow with the list.

    Args:
        head: the fields before the list, without `format_version`.
        name: the list's name.
        items: the list's elements, each as JSON.
        tail: the fields after the list; called when all items are written.
    """
    yield json.dumps({"format_version": FORMAT_VERSION, **head})[:-1] + f', "{name}": ['
    separator = "\n"
    for item in items:
        yield separator + item
        separator = ",\n"
    last = tail()
    yield f"\n], {json.dumps(last)[1:]}\n" if last else "\n]}\n"


def rows_json(head: Mapping[str, object], **lists: Iterable[object]) -> str:
    """Format an object with the fields of `head` and then `lists`, with one element per line."""
    parts = [json.dumps(head)[:-1]]
    for name, elements in lists.items():
        rows = ",".join("\n" + json.dumps(each) for each in elements)
        parts.append(f'"{name}": [{rows}\n]')
    return ", ".join(parts) + "}"


def listing_json(policies: Iterable[Policy], apps: Mapping[str, App], *, complete: bool) -> Iterator[str]:
    """Format the output of `network-policies --json`.

        {"format_version": 1, "complete": true, "policies": [
          {"source": APP, "destination": APP, "protocol": "tcp", "ports": {"start": 8080, "end": 8080}}, …]}

    APP is `{"guid", "name", "space", "org"}`; for an app that was deleted or is not visible, all except the GUID are
    null. `complete` is false if the user can see only some of the foundation's policies (no `network.admin`). Policies
    are in the server's order.
    """
    listed = list(policies)
    # There may be 60,000 policies, but fewer apps.
    app = {guid: _indented(app_json(guid, apps.get(guid))) for guid in set(ends(listed))}
    document = {"format_version": FORMAT_VERSION, "complete": complete, "policies": []}
    before, after = json.dumps(document, indent=2).split("[]")
    yield f"{before}["
    for at in range(0, len(listed), _AT_ONCE):
        yield "," * bool(at) + ",".join([_policy_text(each, app) for each in listed[at : at + _AT_ONCE]])
    yield f"\n  ]{after}\n" if listed else f"]{after}\n"


def _policy_text(policy: Policy, app: Mapping[str, str]) -> str:
    """The text of `named_policy_json`, indented as in `listing_json`."""
    return f"""
    {{
      "source": {app[policy.source]},
      "destination": {app[policy.destination]},
      "protocol": "{policy.protocol}",
      "ports": {{
        "start": {policy.ports.start},
        "end": {policy.ports.end}
      }}
    }}"""


def _indented(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, indent=2).replace("\n", "\n      ")


def app_json(guid: str, app: App | None) -> dict[str, str | None]:
    """Convert an app, given its GUID; names are null if `app` is None."""
    if app is None:
        return {"guid": guid, "name": None, "space": None, "org": None}
    return {"guid": guid, "name": app.name, "space": app.space.name, "org": app.space.org.name}


def policy_json(policy: Policy) -> dict[str, object]:
    """Convert a policy, with the GUIDs of its apps."""
    return {
        "source": policy.source,
        "destination": policy.destination,
        "protocol": policy.protocol.value,
        "ports": ports_json(policy.ports),
    }


def named_policy_json(policy: Policy, apps: Mapping[str, App]) -> dict[str, object]:
    """Convert a policy, with the names of its apps if known."""
    source, destination = (app_json(guid, apps.get(guid)) for guid in (policy.source, policy.destination))
    return {**policy_json(policy), "source": source, "destination": destination}


class ActingUser(NamedTuple):
    """A user, the API, and the names of the targeted org and space, which may be empty."""

    name: str
    api: str
    org: str
    space: str


def user_json(user: ActingUser) -> str:
    """Format the output of `whoami --json`.

        {"format_version": 1, "user": "dev", "api": "https://api.example.com", "org": "demo", "space": "dev"}

    `org` and `space` are null if none is targeted.
    """
    fields = {"user": user.name, "api": user.api, "org": user.org or None, "space": user.space or None}
    return json.dumps({"format_version": FORMAT_VERSION, **fields}, indent=2) + "\n"


def as_unicode(text: str) -> str:
    """Replace bytes that are not text (surrogate escapes), which JSON cannot represent, by U+FFFD."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")


def ports_json(ports: Ports) -> dict[str, int]:
    """Convert a range of ports."""
    return {"start": ports.start, "end": ports.end}
