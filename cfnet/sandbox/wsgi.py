"""Routes requests to the three servers, which share one host; their paths do not overlap."""

from werkzeug.wrappers import Response

from cfnet.sandbox import cloud_controller, policy_server, uaa
from cfnet.sandbox.request_context import RequestContext


def answer(context: RequestContext) -> Response:
    """Handle a request."""
    match context.request.path.split("/")[1:2]:
        case ["networking" | "health"]:
            return policy_server.answer(context)
        case ["oauth" | "login" | "passcode"]:
            return uaa.answer(context)
        case _:
            return cloud_controller.answer(context)
