"""Errors of the Cloud Controller's API v3."""

from werkzeug.wrappers import Response

from cfnet.sandbox.request_context import json_response


class ApiError(Exception):
    """An answer that is an error of version 3: HTTP status, the error's own code, its title, and words."""

    def __init__(self, status: int, code: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail

    def response(self) -> Response:
        """The answer."""
        body = {"errors": [{"code": self.code, "title": self.title, "detail": self.detail}]}
        return json_response(body, self.status)


def not_authorized() -> ApiError:
    """The caller sees it, but may not do this."""
    return ApiError(403, 10003, "CF-NotAuthorized", "You are not authorized to perform the requested action")


def not_found(kind: str) -> ApiError:
    """There is none, or the caller may not see it."""
    return ApiError(404, 10010, "CF-ResourceNotFound", f"{kind} not found")


def unprocessable(detail: str) -> ApiError:
    """The request is well formed but cannot be done."""
    return ApiError(422, 10008, "CF-UnprocessableEntity", detail)
