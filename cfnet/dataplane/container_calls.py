"""Calls from containers on request: each in a process of its own, which answers the client itself."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from cfnet.dataplane.forked import fork
from cfnet.dataplane.http_call import CallOutcome, CallResult, CallTarget, call

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from cfnet.dataplane.namespace import Namespace


def start_call(namespace: Namespace, target: CallTarget, client: socket.socket) -> None:
    """Call `target` from the container with this network namespace, and send the outcome to the client.

    Raises:
        OSError: no process can be started.
    """
    fork("cfnet call", partial(_call, namespace, target, client), [namespace.descriptor, client.fileno()])


def _call(namespace: Namespace, target: CallTarget, client: socket.socket) -> None:
    namespace.enter()
    client.setblocking(True)  # noqa: FBT003 - of the standard library
    client.sendall(json.dumps(written(call(target))).encode() + b"\n")


def written(outcome: CallOutcome) -> dict[str, Any]:
    """Convert an outcome to JSON."""
    return {**outcome._asdict(), "body": base64.b64encode(outcome.body).decode()}


def read_outcome(answer: Mapping[str, Any]) -> CallOutcome:
    """Read an outcome that was converted by `written`."""
    return CallOutcome(
        CallResult(answer["result"]),
        str(answer["address"]),
        int(answer["status"]),
        base64.b64decode(answer["body"]),
        str(answer["detail"]),
    )
