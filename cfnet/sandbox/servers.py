"""The three servers of the foundation, on one host."""

from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from cfnet.sandbox import cloud_controller, policy_server, uaa
from cfnet.sandbox.request_context import RequestContext
from cfnet.sandbox.settings import Settings
from cfnet.sandbox.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def answer(environ: "WSGIEnvironment", store: Store, settings: Settings, now: float) -> Response:
    """Let one of the servers answer a request: their paths do not overlap."""
    context = RequestContext(Request(environ), store, settings, now)
    match context.request.path.split("/")[1:2]:
        case ["networking" | "health"]:
            return policy_server.answer(context)
        case ["oauth" | "login" | "passcode"]:
            return uaa.answer(context)
        case _:
            return cloud_controller.answer(context)
