"""A foundation of our own: what an operator does with it from outside, and the WSGI application that answers for it."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from werkzeug.wrappers import Request

from cfnet.sandbox import deployment, populate, uaa, wsgi
from cfnet.sandbox.deployment import DeployedInstance
from cfnet.sandbox.faults import NoSuch
from cfnet.sandbox.request_context import RequestContext, Settings, secret
from cfnet.sandbox.store import Store, clear
from cfnet.sandbox.uaa import IssuedTokens
from cfnet.sandbox.world import CF_CLIENT, DEFAULT, World, WorldApp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOME_SPACE = "demo/dev"
"""The space of the default world."""


class Foundation:
    """A foundation, opened: a context manager, usable from several threads at once.

    Attributes:
        settings: what its servers go by from now on, in this process; may be replaced.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.settings = settings

    @classmethod
    def open(
        cls, path: Path | None, *, settings: Settings | None = None, clock: Callable[[], float] = time.time
    ) -> Self:
        """Open the foundation that is kept in a file; a new one has the default world.

        Args:
            path: the SQLite file, made (0600, its folder 0700) where it is not there; None keeps all in memory.
            settings: what its servers go by; None for the usual.
            clock: gives the time, in seconds since 1970.

        Raises:
            Unusable: the file cannot be opened, or is not a sandbox's.
        """
        return cls(Store(path, lambda db: populate.found(db, DEFAULT, clock())), settings or Settings(), clock)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI application (PEP 3333): Cloud Controller, UAA and policy server on one host."""
        response = wsgi.answer(RequestContext(Request(environ), self._store, self.settings, self._clock()))
        return response(environ, start_response)

    def push(
        self, name: str, *, instances: int = 1, space: str = HOME_SPACE, guid: str | None = None, ports: str = "8080"
    ) -> tuple[DeployedInstance, ...]:
        """Deploy a new app to the space `ORG/SPACE`; `ports` are those it listens at, comma separated.

        Returns:
            Its containers, by instance.

        Raises:
            AlreadyThere: the space has an app of that name.
            BadValue: a name, number or port that makes no sense.
            NoSuch: the space is not there.
            NoRoom: the cells have no overlay IPs left for so many instances.
        """
        with self._store.writing() as db:
            return deployment.push(db, WorldApp(name, space, guid or "", instances, ports), self._clock())

    def scale(self, name: str, instances: int, *, space: str = HOME_SPACE) -> tuple[DeployedInstance, ...]:
        """Run an app in so many instances.

        Returns:
            Its containers, by instance.

        Raises:
            NoSuch: there is no such app, or no such space.
            BadValue: fewer than none.
            NoRoom: the cells have no overlay IPs left for so many.
        """
        with self._store.writing() as db:
            return deployment.scale(db, deployment.app_guid(db, name, space), instances, self._clock())

    def delete(self, name: str, *, space: str = HOME_SPACE) -> None:
        """Delete an app and its containers. Its policies stay until the policy server cleans up, as in production.

        Raises:
            NoSuch: there is no such app, or no such space.
        """
        with self._store.writing() as db:
            deployment.delete(db, deployment.app_guid(db, name, space))

    def check(self) -> None:
        """Read what every command needs: settings, users, clients, orgs, spaces, cells and apps.

        Raises:
            Unusable: the database has lost its settings, or has something else than text where a name belongs.
        """
        with self._store.reading() as db:
            secret(db)
            for table in ("users", "clients", "organizations", "spaces", "cells", "apps"):
                db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - the names are those above

    def reset(self) -> None:
        """Make it the default world again; tokens given before are no longer good."""
        self.load(DEFAULT)

    def load(self, world: World) -> None:
        """Make it another world, all or nothing.

        Raises:
            SandboxError: the world names something twice, or something that it does not have.
        """
        with self._store.writing() as db:
            clear(db)
            populate.found(db, world, self._clock())

    def cells(self) -> tuple[str, ...]:
        """The names of the Diego cells."""
        with self._store.reading() as db:
            return tuple(cell.name for cell in deployment.cells(db))

    def store(self, cell: str) -> str:
        """The text of the cell's `store.json`: its containers, as silk-release's CNI plugin keeps them.

        Raises:
            NoSuch: there is no such cell.
        """
        with self._store.reading() as db:
            return deployment.store_json(db, cell)

    def agent(self) -> str:
        """The settings of the cells' policy agents (vxlan-policy-agent), as JSON: logging is on."""
        settings = {
            "iptables_logging": True,
            "iptables_accepted_udp_logs_per_sec": 100,
            "iptables_denied_logs_per_sec": 1,
            "enable_overlay_ingress_rules": False,
            "overlay_ingress_tag": "",
            "disable_container_network_policy": False,
            "overlay_network": "10.255.0.0/16",
        }
        return json.dumps(settings, indent=1) + "\n"

    def sign_in(self, user: str, *, seconds: int | None = None, base: str = "http://sandbox") -> IssuedTokens:
        """Give a user tokens without asking for the password; `seconds` may be negative, for one that has expired.

        Raises:
            NoSuch: there is no such user.
        """
        lifetime = self.settings.access_seconds if seconds is None else seconds
        with self._store.writing() as db:
            claims = uaa.claims_of_user(db, user, CF_CLIENT.name, self._clock(), lifetime)
            return uaa.issue(db, claims, self.settings, base)

    def revoke_refresh_tokens(self, user: str) -> None:
        """Make all refresh tokens of a user worthless.

        Raises:
            NoSuch: there is no such user.
        """
        with self._store.writing() as db:
            db.execute("DELETE FROM refresh_tokens WHERE user_guid = ?", (_user_guid(db, user),))


def _user_guid(db: sqlite3.Connection, name: str) -> str:
    found = db.execute("SELECT guid FROM users WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise NoSuch(f"The sandbox has no user {name!r}.")
    return str(found[0])
