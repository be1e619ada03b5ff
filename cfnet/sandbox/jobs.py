"""Jobs, with which the Cloud Controller reports asynchronous work; here, all work is done before the response."""

import sqlite3
from uuid import uuid4

from werkzeug.wrappers import Response

from cfnet.sandbox import callers
from cfnet.sandbox.api_errors import not_found
from cfnet.sandbox.deployment import timestamp
from cfnet.sandbox.request_context import RequestContext, json_response


def done(db: sqlite3.Connection, context: RequestContext, operation: str) -> Response:
    """Make the response to a request that starts a job such as `app.delete`: 202, and the address of the job."""
    guid = str(uuid4())
    db.execute("INSERT INTO jobs VALUES (?, ?, ?)", (guid, operation, timestamp(context.now)))
    response = Response(b"", status=202)
    response.headers["Location"] = f"{context.base}/v3/jobs/{guid}"
    return response


def show(context: RequestContext, guid: str) -> Response:
    """Handle `GET /v3/jobs/GUID`."""
    with context.store.reading() as db:
        callers.reader(db, context)
        found = db.execute("SELECT operation, created_at FROM jobs WHERE guid = ?", (guid,)).fetchone()
    if found is None:
        raise not_found("Job")
    operation, since = found
    return json_response(
        {
            "guid": guid,
            "created_at": since,
            "updated_at": since,
            "operation": operation,
            "state": "COMPLETE",
            "errors": [],
            "warnings": [],
            "links": {"self": {"href": f"{context.base}/v3/jobs/{guid}"}},
        }
    )
