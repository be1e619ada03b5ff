"""Which of the three servers a request is for: they share one host here, and no path is of two of them."""

from werkzeug.wrappers import Response

from cfnet.sandbox import cloud_controller, policy_server, uaa
from cfnet.sandbox.request_context import RequestContext


def answer(context: RequestContext) -> Response:
    """Answer a request."""
    match context.request.path.split("/")[1:2]:
        case ["networking" | "health"]:
            return policy_server.answer(context)
        case ["oauth" | "login" | "passcode"]:
            return uaa.answer(context)
        case _:
            return cloud_controller.answer(context)
