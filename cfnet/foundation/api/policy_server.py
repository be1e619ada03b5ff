"""The policy server's external API, version 1: list, create, delete, tags."""

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
    """The network policies of a foundation, as far as the session's user may see and change them.

    All methods raise NotLoggedIn, Forbidden, Rejected, Unreachable and ServerTrouble, as they apply; those that change
    something raise Unconfirmed where no answer says whether it was carried out.
    """

    def __init__(self, connection: Connection) -> None:
        """The policy server that `connection`'s session knows."""
        self._connection = connection
        self._base = connection.session.policies

    def policies(
        self, *, sources: Sequence[str] | None = None, destinations: Sequence[str] | None = None
    ) -> list[Policy]:
        """The policies from one of `sources` to one of `destinations` (app GUIDs; None: any), in the server's order.

        Many GUIDs go in several requests side by side; the answers follow each other in the order of the GUIDs. As in
        `cf`, what was not asked for is passed over: there may be a server that does not know these filters.
        """
        calls = [
            lambda source=source, destination=destination: self._between(source, destination)
            for source in _batches(sources)
            for destination in _batches(destinations)
        ]
        return [policy for policies in self._connection.together(calls) for policy in policies]

    def about(self, apps: Sequence[str]) -> list[Policy]:
        """The policies that have one of `apps` (GUIDs) as source or destination."""
        return list(dict.fromkeys(policy for batch in batches(apps) for policy in self._policies({"id": batch})))

    def add(self, policies: Iterable[Policy]) -> None:
        """Create `policies`, all or none of them; those that exist are left as they are."""
        self._post(f"{self._base}/policies", policies)

    def remove(self, policies: Iterable[Policy]) -> None:
        """Delete `policies`, all or none of them; those that do not exist are passed over."""
        self._post(f"{self._base}/policies/delete", policies)

    def tags(self) -> Mapping[str, str]:
        """The tag of each app, by GUID, as text (`00FF`); only for `network.admin`."""
        answer = self._get(f"{self._base}/tags", {})
        return _read(answer, answers.tags)

    def _between(self, source: str | None, destination: str | None) -> list[Policy]:
        """The policies from one of a batch of sources to one of a batch of destinations; None: any."""
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
    """Batches of `guids`; one that is no filter where there is none."""
    return [None] if guids is None else list(batches(guids))


def as_json(policy: Policy) -> dict[str, object]:
    """A policy as version 1 of the API has it."""
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
