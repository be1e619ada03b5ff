"""Handles requests that change apps: create, rename, delete, scale, start, stop, restart."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from werkzeug.wrappers import Response

from cfnet.sandbox import callers, deployment, jobs, json_body, listing, resources
from cfnet.sandbox.api_errors import ApiError, not_authorized, unprocessable
from cfnet.sandbox.catalogue import APPS, PROCESSES, SPACES
from cfnet.sandbox.faults import AlreadyThere, NoRoom
from cfnet.sandbox.request_context import RequestContext, json_response

_SCALED: Final = "instances"
_SIZES: Final = ("memory_in_mb", "disk_in_mb", "log_rate_limit_in_bytes_per_second")


def create(context: RequestContext) -> Response:
    """Create a stopped app with one instance."""
    given = json_body.fields(context, "name", "relationships")
    name, space = json_body.name(given), json_body.related(given, "space")
    guid = str(uuid4())
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        if not listing.with_guids(db, SPACES, [space], caller.viewer):
            raise unprocessable("Invalid space. Ensure that the space exists and you have access to it.")
        if not callers.may_develop(db, caller, space):
            raise not_authorized()
        with _reporting_taken_names(name):
            deployment.create(db, deployment.NewApp(guid, name, space, "8080"), context.now)
        row = callers.find(db, APPS, caller, guid)
    return json_response(resources.app(row, context.base), 201)


def update(context: RequestContext, guid: str) -> Response:
    """Rename an app; its GUID does not change, and neither do its policies."""
    given = json_body.fields(context, "name")
    with context.store.writing() as db:
        caller = _developer(db, context, guid)
        if "name" in given:
            name = json_body.name(given)
            with _reporting_taken_names(name):
                deployment.rename(db, guid, name, context.now)
        row = callers.find(db, APPS, caller, guid)
    return json_response(resources.app(row, context.base))


def delete(context: RequestContext, guid: str) -> Response:
    """Delete an app and its containers. Its policies stay until the policy server cleans up."""
    with context.store.writing() as db:
        _developer(db, context, guid)
        deployment.delete(db, guid)
        return jobs.done(db, context, "app.delete")


def start(context: RequestContext, guid: str) -> Response:
    """Start an app; running instances are not affected."""
    return _act(context, guid, deployment.start)


def stop(context: RequestContext, guid: str) -> Response:
    """Stop an app and all its instances."""
    return _act(context, guid, deployment.stop)


def restart(context: RequestContext, guid: str) -> Response:
    """Stop and start an app in one step, with new containers."""

    def again(db: sqlite3.Connection, app: str, now: float) -> None:
        deployment.stop(db, app, now)
        deployment.start(db, app, now)

    return _act(context, guid, again)


def scale(context: RequestContext, guid: str, kind: str = "web") -> Response:
    """Set the number of an app's instances."""
    given = json_body.fields(context, _SCALED, *_SIZES)
    if sizes := [name for name in _SIZES if given.get(name) is not None]:
        raise unprocessable(f"The sandbox can only scale instances, not {', '.join(sizes)}")
    instances = given.get(_SCALED)
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        # Apps in the sandbox have a single process, with the GUID of the app.
        process = callers.find(db, PROCESSES, caller, guid if kind == "web" else "")
        if not callers.may_develop(db, caller, process.space):
            raise not_authorized()
        if instances is not None:
            if not isinstance(instances, int) or isinstance(instances, bool):
                raise unprocessable("Instances is not a number")
            if instances < 0:
                raise unprocessable("Instances must be greater than or equal to 0")
            _fit(lambda: deployment.scale(db, guid, instances, context.now))
        row = callers.find(db, PROCESSES, caller, guid)
    return json_response(resources.process(row, context.base), 202)


def _act(context: RequestContext, guid: str, act: Callable[[sqlite3.Connection, str, float], object]) -> Response:
    with context.store.writing() as db:
        caller = _developer(db, context, guid)
        _fit(lambda: act(db, guid, context.now))
        row = callers.find(db, APPS, caller, guid)
    return json_response(resources.app(row, context.base))


def _developer(db: sqlite3.Connection, context: RequestContext, guid: str) -> callers.Caller:
    """Return the caller, and check that they may change that app."""
    caller = callers.reader(db, context)
    app = callers.find(db, APPS, caller, guid)
    if not callers.may_develop(db, callers.writer(db, context), app.space):
        raise not_authorized()
    return caller


def _fit(act: Callable[[], object]) -> None:
    try:
        act()
    except NoRoom as error:
        raise unprocessable(f"{error.message} {error.hint}") from error


@contextmanager
def _reporting_taken_names(name: str) -> Iterator[None]:
    """Report a name that is already used in the space, as the Cloud Controller does."""
    try:
        yield
    except AlreadyThere as error:
        raise ApiError(422, 10016, "CF-UniquenessError", f"App with the name '{name}' already exists.") from error
