"""Client of the policy server's external API, version 1: list, create, delete, tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from cfnet.errors import Unconfirmed
from cfnet.foundation.api import answers
from cfnet.foundation.api.batches import batches
from cfnet.foundation.http.body import TooMuch
from cfnet.foundation.http.error_answers import json_of, misshapen, policy_server_trouble, require_confirmation
from cfnet.foundation.json_values import JsonValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cfnet.foundation.http.wire import Answer
    from cfnet.foundation.session.connection import Connection
    from cfnet.policy import Policy

Value = TypeVar("Value")


class PolicyServer:
    """Lists and changes the network policies that the session's user can see.

    All methods may raise NotLoggedIn, Forbidden, Rejected, Unreachable and ServerTrouble; those that make changes raise
    Unconfirmed if no response says whether the change was made.
    """

    def __init__(self, connection: Connection) -> None:
        """Use the policy server of `connection`'s session."""
        self._connection = connection
        self._base = connection.session.policies

    def policies(
        self, *, sources: Sequence[str] | None = None, destinations: Sequence[str] | None = None
    ) -> list[Policy]:
        """List the policies from `sources` to `destinations` (app GUIDs; None matches all), in the server's order.

        Many GUIDs are split into concurrent requests, whose results are in the order of the GUIDs. As in `cf`, policies
        that do not match are dropped, because some servers may ignore these filters.
        """
        calls = [
            lambda source=source, destination=destination: self._between(source, destination)
            for source in _batches(sources)
            for destination in _batches(destinations)
        ]
        return [policy for policies in self._connection.together(calls) for policy in policies]

    def about(self, apps: Sequence[str]) -> list[Policy]:
        """List the policies that have one of `apps` (GUIDs) as source or destination."""
        return list(dict.fromkeys(policy for batch in batches(apps) for policy in self._policies({"id": batch})))

    def add(self, policies: Iterable[Policy]) -> None:
        """Create `policies`, all or none of them; existing ones are ignored."""
        self._post(f"{self._base}/policies", policies)

    def remove(self, policies: Iterable[Policy]) -> None:
        """Delete `policies`, all or none of them; missing ones are ignored."""
        self._post(f"{self._base}/policies/delete", policies)

    def tags(self) -> Mapping[str, str]:
        """Return the tag of each app by GUID, as text (`00FF`); requires `network.admin`."""
        answer = self._get(f"{self._base}/tags", {})
        return _read(answer, answers.tags)

    def _between(self, source: str | None, destination: str | None) -> list[Policy]:
        """List the policies from a batch of sources to a batch of destinations; None matches all."""
        asked = {"source_id": source, "dest_id": destination}
        found = self._policies({name: batch for name, batch in asked.items() if batch is not None})
        if source is not None:
            sources = frozenset(source.split(","))
            found = [policy for policy in found if policy.source in sources]
        if destination is not None:
            destinations = frozenset(destination.split(","))
            found = [policy for policy in found if policy.destination in destinations]
        return found

    def _policies(self, query: Mapping[str, str]) -> list[Policy]:
        return _read(self._get(f"{self._base}/policies", query), answers.policies)

    def _get(self, url: str, query: Mapping[str, str]) -> Answer:
        return _success(self._connection.get(url, query))

    def _post(self, url: str, policies: Iterable[Policy]) -> None:
        body = {"policies": [as_json(policy) for policy in policies]}
        try:
            answer = self._connection.post(url, json.dumps(body, separators=(",", ":")).encode("ascii"))
        except TooMuch as error:
            raise Unconfirmed(error.message, hint=error.hint) from error
        require_confirmation(answer)


def _batches(guids: Sequence[str] | None) -> Sequence[str | None]:
    """Split `guids` into batches; return one batch that does not filter for None."""
    return [None] if guids is None else list(batches(guids))


def as_json(policy: Policy) -> dict[str, object]:
    """Convert a policy to JSON for version 1 of the API."""
    return {
        "source": {"id": policy.source},
        "destination": {
            "id": policy.destination,
            "protocol": policy.protocol.value,
            "ports": {"start": policy.ports.start, "end": policy.ports.end},
        },
    }


def _success(answer: Answer) -> Answer:
    if not answer.is_success:
        raise policy_server_trouble(answer)
    return answer


def _read(answer: Answer, read: Callable[[JsonValue], Value]) -> Value:
    with misshapen(answer):
        return read(JsonValue(json_of(answer)))
