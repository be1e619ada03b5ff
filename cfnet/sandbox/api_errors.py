"""Error responses of the Cloud Controller's API v3."""

from werkzeug.wrappers import Response

from cfnet.sandbox.request_context import json_response


class ApiError(Exception):
    """An error response of version 3: HTTP status, error code, title and detail."""

    def __init__(self, status: int, code: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail

    def response(self) -> Response:
        """Make the response."""
        body = {"errors": [{"code": self.code, "title": self.title, "detail": self.detail}]}
        return json_response(body, self.status)


def not_authorized() -> ApiError:
    """Make the error for a caller who can see the resource, but may not do this."""
    return ApiError(403, 10003, "CF-NotAuthorized", "You are not authorized to perform the requested action")


def not_found(kind: str) -> ApiError:
    """Make the error for a resource that does not exist or is not visible to the caller."""
    return ApiError(404, 10010, "CF-ResourceNotFound", f"{kind} not found")


def unprocessable(detail: str) -> ApiError:
    """Make the error for a well-formed request that cannot be processed."""
    return ApiError(422, 10008, "CF-UnprocessableEntity", detail)
